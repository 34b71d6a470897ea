"""Other windows' tickets: number and field in a list, and a page to read one, after saying why."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console import names_of_staff
from api.routes.console_acts import working
from api.routes.console_ticket import household_of, how_to_reach, pieces
from handoff.desk import looking, reception
from handoff.desk.access import NotYours
from handoff.desk.looking import ReasonNeeded
from handoff.desk.seating import works_outside
from handoff.desk.staff import SignedIn
from handoff.desk.veil import reported
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/others", include_in_schema=False)


@router.get("")
async def others(services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """The list."""
    async with services.store.reading(staff.municipality_id) as session:
        outside = works_outside(staff, knowledge.towns[staff.municipality_id])
        found = () if outside else await looking.others(session, staff)
    return page("console/others.html", {**shell(staff, knowledge), "others": found, "hours": looking.LASTS.seconds // 3600})


@router.post("")
async def ask(
    services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, number: Annotated[str, Form(max_length=60)],
    reason: LongText = "",
) -> Response:
    """Say why, then read."""
    async with working(services, staff, number) as session:
        _check_inside(staff, knowledge)
        await looking.ask(session, staff, number, reason=reason, now=services.clock())
    return RedirectResponse(f"/staff/others/{number}", 303)


@router.get("/{number}")
async def look(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> Response:
    """The page to read; back to the list where the reason is missing or old."""
    try:
        async with working(services, staff, number) as session:
            _check_inside(staff, knowledge)
            found = await looking.look(session, staff, number, now=services.clock())
            people = await names_of_staff(session)
            contact = await how_to_reach(session, found.ticket, knowledge)
            spoke = None if reported(found.ticket) else await reception.speaker(session, found.ticket)
    except ReasonNeeded:
        return RedirectResponse("/staff/others", 303)
    return page("console/other_ticket.html", {
        **pieces(services, found.ticket, found.messages), **shell(staff, knowledge), "people": people,
        "contact": contact, "speaker": spoke, "looking": True,
        "family": household_of(staff, found.ticket, knowledge, named=False),
    })


def _check_inside(staff: SignedIn, knowledge: Knowledge) -> None:
    """A reason lets colleagues of the town look; to another body it would be 提供, which a reason is not enough for."""
    if works_outside(staff, knowledge.towns[staff.municipality_id]):
        raise NotYours
