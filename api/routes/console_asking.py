"""Asking the resident by button whether another body may hear something: what the ticket's page shows of it, and the act."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.routes.console_acts import back, working
from handoff.coordination import partners
from handoff.desk import asking
from handoff.desk.outsiders import is_report
from handoff.desk.queue import TicketLine
from handoff.intake.spoken import SPOKEN
from handoff.intake.voice import Voice
from handoff.store.models import Ticket
from knowledge.schema import Town

router = APIRouter(prefix="/staff/tickets", include_in_schema=False)
Short = Annotated[str, Form(max_length=100)]
STATES: dict[str, dict[str, str]] = {
    "own": {
        "waiting": "聞いています。まだ返事がありません", "given": "本人の同意あり", "refused": "本人は、渡さないでほしいと答えました",
        "unsure": "わからない、と答えました。同意ではありません", "withdrawn": "本人が同意をやめました。これからは渡せません",
        "closed": "聞きなおしました",
    },
    "other": {
        "waiting": "聞いています。まだ返事がありません", "given": "書いた人は賛成しています。本人の同意ではありません",
        "refused": "書いた人は、渡さないでほしいと答えました", "unsure": "書いた人は、わからないと答えました",
        "withdrawn": "書いた人が、やめたいと答えました", "closed": "聞きなおしました",
    },
}


async def questions_of(session: AsyncSession, line: TicketLine, town: Town) -> dict[str, Any]:
    """What the ticket's page shows and offers; askable: whether who writes can be asked at all, whoever looks."""
    ticket = await session.get_one(Ticket, line.id)
    written = line.summary.channel not in SPOKEN and not is_report(ticket) and ticket.status != "resolved"
    return {
        "questions": await asking.lines(session, ticket.id), "askable": written, "asked_states": STATES, "writer": asking.writer_is(ticket),
        "bodies": await partners.outside(session, town), "asked_items": asking.ITEMS, "longest_name": partners.LONGEST_NAME,
    }


@router.post("/{number}/ask-body")
async def ask(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, window: Short = "", other: Short = "",
    items: Annotated[list[str] | None, Form(max_length=10)] = None, own: Annotated[bool | None, Form()] = None,
    words: LongText = "",
) -> Response:
    """Send the question. own: whether who writes is the person whom it is about."""
    town, now = knowledge.towns[staff.municipality_id], services.clock()
    async with working(services, staff, number) as session:
        sequence = await asking.ask(
            session, staff, number, body=window, other=other, items=items or [], own=own, words=words, town=town,
            speak=lambda language: Voice(knowledge, town, now, language), now=now,
        )
    return back(number, anchor=f"#m{sequence}")
