"""Prepared texts on a ticket's page: put into the writer's own draft, to be changed and sent by them."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.routes.console_acts import back, working
from handoff.clock import Clock
from handoff.desk import answers, suggestions
from handoff.desk.access import in_hand
from handoff.desk.queue import TicketLine, lines_of
from handoff.desk.staff import SignedIn
from handoff.desk.suggestions import Offered
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/tickets", include_in_schema=False)


def offered_to(staff: SignedIn, line: TicketLine, knowledge: Knowledge, *, clock: Clock) -> Offered:
    """What this officer is offered on this ticket."""
    return suggestions.offered(
        knowledge.answers, line, town=knowledge.towns[staff.municipality_id], officer=staff.name or "担当", now=clock()
    )


@router.post("/{number}/suggestion")
async def take(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep,
    text_id: Annotated[str, Form(alias="suggestion", max_length=60)] = "",
) -> Response:
    """Put a text under what is in the draft already."""
    now = services.clock()
    async with working(services, staff, number) as session:
        held = await in_hand(session, staff, number)
        (line,) = await lines_of(session, [held.ticket])
        chosen = offered_to(staff, line, knowledge, clock=services.clock).find(text_id)
        if chosen is None:
            raise Problem(409, "この文は、この案件では使えません。一覧から選びなおしてください。")
        before = await answers.draft_of(session, held.ticket, staff)
        text = f"{before.rstrip()}\n\n{chosen.text}" if before.strip() else chosen.text
        await answers.save_draft(session, staff, number, text=text, now=now)
    return back(number, anchor="#reply-text")
