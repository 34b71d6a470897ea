"""閲覧制限 over HTTP: restricting, naming who may see, declaring 知り合い, marking an inquiry about somebody else."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.routes.console_acts import back, working
from handoff.desk import restriction

router = APIRouter(prefix="/staff/tickets", include_in_schema=False)


@router.post("/{number}/restrict")
async def restrict(number: str, services: ServicesDep, staff: Worker, reason: LongText) -> Response:
    """By hand, as when the resident asks that nobody they know reads it."""
    async with working(services, staff, number) as session:
        await restriction.restrict(session, staff, number, reason=reason, now=services.clock())
    return back(number, anchor="#saved-restriction")


@router.post("/{number}/lift")
async def lift(number: str, services: ServicesDep, staff: Worker, reason: LongText) -> Response:
    async with working(services, staff, number) as session:
        await restriction.lift(session, staff, number, reason=reason, now=services.clock())
    return back(number, anchor="#saved-restriction")


@router.post("/{number}/name")
async def name(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, colleague: Annotated[UUID, Form()]
) -> Response:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        await restriction.name(session, staff, number, colleague=colleague, town=town, now=services.clock())
    return back(number, anchor="#saved-restriction")


@router.post("/{number}/known")
async def known(number: str, services: ServicesDep, staff: Worker) -> Response:
    """知り合い: from here on it is not theirs to see."""
    async with working(services, staff, number) as session:
        await restriction.declare_known(session, staff, number, now=services.clock())
    return RedirectResponse("/staff/tickets#saved", 303)


@router.post("/{number}/inquiry")
async def inquiry(number: str, services: ServicesDep, staff: Worker) -> Response:
    """Somebody asks about somebody else. The answer is the same whether it concerns anybody or not."""
    async with working(services, staff, number) as session:
        await restriction.inquiry(session, staff, number, now=services.clock())
    return back(number, anchor="#saved-restriction")
