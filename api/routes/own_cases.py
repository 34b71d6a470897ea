"""The town's own cases over HTTP: read by a second person, counted or refused, taken away as YAML."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.routes.console import newest_event
from api.routes.editing import names_by_id
from api.session import require
from api.wiring import Services
from handoff.desk.hours import TOKYO
from handoff.desk.staff import SignedIn
from handoff.editing import own_cases
from handoff.editing.drafts import OwnWork
from handoff.editing.own_cases import NoSuchCase
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/own-cases", include_in_schema=False)
Reviewer = Annotated[SignedIn, Depends(require("coordinator", "admin"))]
Watching = Annotated[SignedIn, Depends(require("coordinator", "admin", background=True))]
Number = Annotated[int, Path(ge=0, le=2_000_000_000)]


@router.get("")
async def listed(services: ServicesDep, staff: Reviewer, knowledge: KnowledgeDep) -> HTMLResponse:
    """Those that wait for a second person, and those that count."""
    return page("editing/own_cases.html", await _listed(services, staff, knowledge))


@router.get("/rows")
async def rows(services: ServicesDep, staff: Watching, knowledge: KnowledgeDep) -> HTMLResponse:
    """The same for a page that is open."""
    return page("editing/own_cases_rows.html", await _listed(services, staff, knowledge))


async def _listed(services: Services, staff: SignedIn, knowledge: Knowledge) -> dict[str, Any]:
    async with services.store.reading(staff.municipality_id) as session:
        found = await own_cases.listed(session)
        people = await names_by_id(session)
        cursor = await newest_event(session)
    return {**shell(staff, knowledge), "found": found, "people": people, "cursor": cursor}


@router.post("/{number}/approve")
async def approve(number: Number, services: ServicesDep, staff: Reviewer) -> Response:
    return await _judged(number, services, staff, good=True)


@router.post("/{number}/refuse")
async def refuse(number: Number, services: ServicesDep, staff: Reviewer) -> Response:
    return await _judged(number, services, staff, good=False)


async def _judged(number: int, services: ServicesDep, staff: SignedIn, *, good: bool) -> Response:
    try:
        async with services.store.town(staff.municipality_id) as session:
            await own_cases.judge(session, staff, number, good=good, now=services.clock())
    except NoSuchCase:
        raise Problem(404, "No such case") from None
    except OwnWork:
        raise Problem(409, "自分で書いた事例は、ほかの人（調整役か管理者）が確かめます。") from None
    return RedirectResponse("/staff/own-cases", 303)


@router.get("/file")
async def file(services: ServicesDep, staff: Reviewer, knowledge: KnowledgeDep) -> Response:
    """What counts, as `municipalities/<id>/cases.yaml`."""
    town, day = knowledge.towns[staff.municipality_id], services.clock().astimezone(TOKYO).date()
    async with services.store.reading(staff.municipality_id) as session:
        found = await own_cases.approved(session, town.id)
    headers = {"Content-Disposition": f'attachment; filename="cases-{town.id}.yaml"', "Cache-Control": "no-store"}
    return Response(own_cases.as_yaml(found, town, day=day.isoformat()), media_type="application/yaml", headers=headers)
