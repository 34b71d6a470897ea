"""受け皿がない over HTTP: the report, and the agenda of a 重層的支援会議 made of it."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import names_of, page, shell
from api.routes.console import newest_event
from api.routes.coordination import Watching, Word, meeting_at, working
from api.wiring import Services
from handoff.coordination import gaps, meetings
from handoff.coordination.eligibility import may_call
from handoff.coordination.gaps import NothingChosen
from handoff.desk.queue import Filters, rows_for
from handoff.desk.staff import SignedIn
from handoff.desk.tickets import fiscal_year
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/gaps", include_in_schema=False)
ENDED = Filters(status="resolved", outcome="no_resource", limit=500)


@router.get("")
async def report(services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """What is missing in the town, of the tickets that they may see."""
    return page("console/gaps.html", {**await _listed(services, staff, knowledge), "alone": False})


@router.get("/rows")
async def rows(services: ServicesDep, staff: Watching, knowledge: KnowledgeDep) -> HTMLResponse:
    """The same as it is now, for a page that is open."""
    return page("console/gaps.html", {**await _listed(services, staff, knowledge), "alone": True})


async def _listed(services: Services, staff: SignedIn, knowledge: Knowledge) -> dict[str, object]:
    town, year = knowledge.towns[staff.municipality_id], fiscal_year(services.clock())
    async with services.store.reading(staff.municipality_id) as session:
        lacks = gaps.report(await rows_for(session, staff, ENDED))
        cursor = await newest_event(session)
    callable_now = [one for one in town.meetings if one.status == "running" and may_call(staff, town, one)]
    return {
        **shell(staff, knowledge), "lacks": lacks, "year": year, "by_field": gaps.by_field(lacks, year),
        "callable": [one for one in callable_now if one.kind == "plan"], "cursor": cursor,
    }


@router.post("/agenda")
async def agenda(
    services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, meeting: Word, at: Word = "", clock: Word = "",
    gap: Annotated[list[str], Form(max_length=500)] = [],  # noqa: B006  # FastAPI copies it
) -> RedirectResponse:
    """A meeting without a case that talks about what was chosen; its lines can be changed there."""
    town, name = knowledge.towns[staff.municipality_id], names_of(knowledge)
    async with working(services, staff, meeting) as session:
        lacks = gaps.report(await rows_for(session, staff, ENDED))
        try:
            lines = gaps.agenda(lacks, gap, name=lambda field: name("field", field))
        except NothingChosen as why:
            raise Problem(422, str(why)) from None
        row = await meetings.call_without_case(
            session, staff, meeting_id=meeting, at=meeting_at(at, clock), agenda=lines, town=town, now=services.clock()
        )
        to = str(row.id)
    return RedirectResponse(f"/staff/meetings/{to}", 303)
