"""朝の一覧: the page that is read first after a night or a holiday, and printed on one sheet of A4."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console import names_of_staff, newest_event
from api.session import require
from api.wiring import Services
from handoff.desk import morning
from handoff.desk.staff import SignedIn
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff", include_in_schema=False)
Watching = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin", background=True))]
OfWindow = Annotated[str | None, Query(max_length=100)]
PAPER = {"arrivals": 12, "due": 4, "late": 4}
"""Lines of each part that fit on one sheet together (a test prints the fullest one); the rest is counted there."""


@router.get("/morning")
async def sheet(services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, window: OfWindow = None) -> HTMLResponse:
    return page("console/morning.html", await _listed(services, staff, knowledge, window))


@router.get("/morning/rows")
async def rows(services: ServicesDep, staff: Watching, knowledge: KnowledgeDep, window: OfWindow = None) -> HTMLResponse:
    """Only what is in it, for a page that is open."""
    return page("console/morning_rows.html", await _listed(services, staff, knowledge, window))


async def _listed(services: Services, staff: SignedIn, knowledge: Knowledge, window: str | None) -> dict[str, Any]:
    now = services.clock()
    town = knowledge.towns[staff.municipality_id]
    async with services.store.reading(staff.municipality_id) as session:
        found = await morning.morning(session, staff, town=town, now=now, window=window or None)
        people = await names_of_staff(session)
        cursor = await newest_event(session)
    return {
        **shell(staff, knowledge), "morning": found, "people": people, "window": window or None, "now": now, "paper": PAPER,
        "cursor": cursor,
    }
