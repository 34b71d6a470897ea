"""アセスメントシート of one person over HTTP: filled from the case, put right, kept as the assessment, printed."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import names_of, page, shell
from api.routes.coordination import back, row_id, working
from api.routes.coordination_papers import as_file, on_paper
from api.wiring import Services
from handoff.coordination import documents
from handoff.coordination.access import held_by, note_reading
from handoff.coordination.view import look, view
from handoff.desk.staff import SignedIn
from handoff.forms.assessment import Given, Sheet, corrections, paired, sheet
from handoff.forms.blocks import Paper
from handoff.forms.concerns import boxes
from handoff.forms.coordination import assessment_paper
from handoff.privacy import audit
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/cases/{number}/people/{person}/sheet", include_in_schema=False)
Column = Annotated[list[str], Form(max_length=40)]


async def _sheet(
    session: AsyncSession, services: Services, staff: SignedIn, knowledge: Knowledge, number: str, person: str
) -> Sheet:
    """For what is written in the same transaction. Opening it is a reading of the case."""
    town = knowledge.towns[staff.municipality_id]
    case = await view(session, staff, number, town=town, statutory=knowledge.meetings, now=services.clock())
    return await sheet(session, case, row_id(person), name=names_of(knowledge))


async def _looked_at(services: Services, staff: SignedIn, knowledge: Knowledge, number: str, person: str) -> Sheet:
    """The same to look at: the reading is recorded first, and nobody who writes waits while it is filled."""
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        await held_by(session, staff, number)
        await note_reading(session, staff, number, now=services.clock())
    async with working.looking(services, staff, number) as session:
        case = await look(session, staff, number, town=town, statutory=knowledge.meetings)
        return await sheet(session, case, row_id(person), name=names_of(knowledge))


@router.get("")
async def shown(
    number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep
) -> HTMLResponse:
    found = await _looked_at(services, staff, knowledge, number, person)
    return page("coordination/sheet.html", {
        **shell(staff, knowledge), "number": number, "sheet": found,
        "boxes": [one.name for one in boxes().application.items],
    })


@router.post("")
async def keep(
    number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, text: LongText,
    field: Column = [], was: Column = [], line: Column = [],  # noqa: B006 - FastAPI copies them
    ticked: Column = [], ticked_was: LongText = "",  # noqa: B006 - FastAPI copies it
) -> RedirectResponse:
    """The sheet is the assessment: what was written over is kept with it, what was left alone follows the case."""
    async with working(services, staff, number) as session:
        found = await _sheet(session, services, staff, knowledge, number, person)
        held = await held_by(session, staff, number)
        given = [*paired(field, was, line), Given("concerns", ticked_was, "、".join(ticked))]
        await documents.assess(
            session, staff, held.case, row_id(person), text=text, fields=corrections(found, given),
            now=services.clock(),
        )
    return back(number, anchor=f"#saved-{person}")


@router.get("/paper")
async def paper(number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    here = f"/staff/cases/{number}/people/{person}/sheet"
    made = await _paper(services, staff, knowledge, number, person)
    return on_paper(staff, knowledge, made, back=here, file=f"{here}/paper/file")


@router.get("/paper/file")
async def paper_file(number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> Response:
    return as_file(await _paper(services, staff, knowledge, number, person))


async def _paper(services: Services, staff: SignedIn, knowledge: Knowledge, number: str, person: str) -> Paper:
    found = await _looked_at(services, staff, knowledge, number, person)  # NotShared before it is recorded as made
    async with working(services, staff, number) as session:
        await audit.record(session, action="paper_assessment", staff_id=staff.id, reason=number, now=services.clock())
    return assessment_paper(found, number=number, made_by=staff.name or staff.login, at=services.clock())
