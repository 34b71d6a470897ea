"""つながり on a ticket's page: tickets of one household, tickets of one matter, and parting them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console import names_of_staff
from api.routes.console_acts import working
from handoff.desk import linking
from handoff.desk.access import seen_by
from handoff.desk.queue import lines_of
from handoff.intake.safety import kept_apart

router = APIRouter(prefix="/staff/tickets", include_in_schema=False)


@router.get("/{number}/ties")
async def ties(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """What is tied already, what might belong together, and a form for what is known otherwise."""
    now = services.clock()
    async with working.looking(services, staff, number) as session:
        held = await seen_by(session, staff, number)
        (line,) = await lines_of(session, [held.ticket])
        linked = await linking.links_of(session, staff, line)
        found = await linking.suggested(session, staff, number, apart=kept_apart(knowledge.safe_contact), now=now)
        people = await names_of_staff(session)
    return page("console/ties.html", {
        **shell(staff, knowledge), "ticket": line, "linked": linked, "found": found, "people": people, "now": now,
    })


@router.post("/{number}/ties")
async def tie(
    number: str, services: ServicesDep, staff: Worker, other: Annotated[str, Form(max_length=60)],
    kind: Annotated[str, Form(max_length=12)] = linking.HOUSEHOLD,
) -> Response:
    async with working(services, staff, number) as session:
        await linking.tie(session, staff, number, other.strip(), kind=kind, now=services.clock())
    return _back(number)


@router.post("/{number}/ties/{link_id}/part")
async def part(number: str, link_id: UUID, services: ServicesDep, staff: Worker) -> Response:
    async with working(services, staff, number) as session:
        await linking.part(session, staff, number, link_id, now=services.clock())
    return _back(number)


def _back(number: str) -> RedirectResponse:
    return RedirectResponse(f"/staff/tickets/{number}/ties#saved", 303)
