"""Passing a ticket on: to another window (offered, answered), or to another body (with a ground, item by item)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console_acts import back, working
from handoff.desk import handover, introduction
from handoff.desk.handover import How

router = APIRouter(prefix="/staff/tickets", include_in_schema=False)
Short = Annotated[str, Form(max_length=100)]


@router.post("/{number}/move")
async def move(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, window: Short, reason: LongText
) -> Response:
    """Offer the ticket to another window."""
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        await handover.offer(session, staff, number, to_window=window, reason=reason, town=town, now=services.clock())
    return back(number, anchor="#saved-moves")


@router.post("/{number}/answer")
async def answer(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, how: Annotated[How, Form()],
    text: LongText = "",
) -> Response:
    """The asked window's answer. Who did not take it goes back to the list: the ticket is no longer theirs to see."""
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        await handover.answer(session, staff, number, how=how, text=text, town=town, now=services.clock())
    return back(number) if how in ("accept", "share") else RedirectResponse("/staff/tickets#saved", 303)


@router.post("/{number}/withdraw")
async def withdraw(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> Response:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        await handover.withdraw(session, staff, number, town=town, now=services.clock())
    return back(number, anchor="#saved-moves")


@router.post("/{number}/retold")
async def retold(number: str, services: ServicesDep, staff: Worker) -> Response:
    """The resident had to tell it again: counted."""
    async with working(services, staff, number) as session:
        await handover.retold(session, staff, number, now=services.clock())
    return back(number, anchor="#saved-moves")


@router.post("/{number}/introduce")
async def introduce(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, reason: LongText, basis: Short,
    window: Short = "", other: Short = "", ground: LongText = "", items: Annotated[list[str] | None, Form(max_length=10)] = None,
) -> Response:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        await introduction.introduce(
            session, staff, number, to_window=window, other=other, reason=reason, basis=basis, ground=ground,
            items=items or [], town=town, now=services.clock(),
        )
    return back(number, anchor="#saved-moves")


@router.post("/{number}/bodies/aside")
async def set_aside(
    number: str, services: ServicesDep, staff: Worker, window: Short, reason: LongText
) -> Response:
    """Another body that the decision named is not told, or reads the ticket no more."""
    async with working(services, staff, number) as session:
        await introduction.set_aside(session, staff, number, window=window, reason=reason, now=services.clock())
    return back(number, anchor="#saved-moves")


@router.post("/{number}/moves/{move_id}/confirm")
async def confirm(
    number: str, move_id: UUID, services: ServicesDep, staff: Worker, taken: Annotated[bool, Form()],
    text: LongText = "",
) -> Response:
    """What the other body answered."""
    async with working(services, staff, number) as session:
        await introduction.confirm(
            session, staff, number, move_id=move_id, taken=taken, text=text, now=services.clock()
        )
    return back(number, anchor="#saved-moves")


@router.get("/{number}/moves/{move_id}/sheet")
async def sheet(
    number: str, move_id: UUID, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep
) -> HTMLResponse:
    """The sheet for the other body: what was chosen, and nothing else."""
    async with working.looking(services, staff, number) as session:  # what may not go is refused before it is recorded
        found = await introduction.handed(session, staff, number, move_id=move_id, town=knowledge.towns[staff.municipality_id])
    async with working(services, staff, number) as session:
        await introduction.note_sheet(session, staff, number, found, now=services.clock())
    context = {
        **shell(staff, knowledge), "sheet": found, "items": introduction.ITEM_NAMES,
        "bases": introduction.BASIS_NAMES,
    }
    return page("console/sheet.html", context)
