"""朝の一覧: the page that is read first after a night or a holiday, and printed on one sheet of A4."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console import names_of_staff
from handoff.desk import morning

router = APIRouter(prefix="/staff", include_in_schema=False)
PAPER = {"arrivals": 12, "due": 4, "late": 4}
"""Lines of each part that fit on one sheet together (a test prints the fullest one); the rest is counted there."""


@router.get("/morning")
async def sheet(
    services: ServicesDep, staff: Worker, knowledge: KnowledgeDep,
    window: Annotated[str | None, Query(max_length=100)] = None,
) -> HTMLResponse:
    now = services.clock()
    town = knowledge.towns[staff.municipality_id]
    async with services.store.reading(staff.municipality_id) as session:
        found = await morning.morning(session, staff, town=town, now=now, window=window or None)
        people = await names_of_staff(session)
    return page("console/morning.html", {
        **shell(staff, knowledge), "morning": found, "people": people, "window": window or None, "now": now, "paper": PAPER,
    })
