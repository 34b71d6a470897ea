"""探す: finding a case by its words. The words travel in the body, never in an address that browsers and logs keep."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from handoff.desk.search import LONGEST, BadQuery, Found, find
from handoff.privacy import audit

router = APIRouter(prefix="/staff/search", include_in_schema=False)


@router.get("")
async def form(staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """The empty form."""
    return _page({**shell(staff, knowledge)}, query="", found=None, problem="")


@router.post("")
async def search(
    services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, query: Annotated[str, Form(max_length=1000)] = "",
    before: Annotated[datetime | None, Form()] = None,
) -> HTMLResponse:
    """What was found. That somebody searched is recorded, for what is not."""
    context, words = shell(staff, knowledge), knowledge.glossary.words
    fields = {key.removeprefix("field_"): name for key, name in words.items() if key.startswith("field_")}
    try:
        async with services.store.reading(staff.municipality_id) as session:
            found = await find(session, staff, query, fields=fields, before=before)
    except BadQuery as why:
        return _page(context, query=query[:LONGEST], found=None, problem=str(why).split(" / ", maxsplit=1)[0], status=422)
    async with services.store.town(staff.municipality_id) as session:
        await audit.record(session, action="searched", staff_id=staff.id, now=services.clock())
    return _page(context, query=query, found=found, problem="")


def _page(context: dict[str, Any], *, query: str, found: Found | None, problem: str, status: int = 200) -> HTMLResponse:
    return page("console/search.html", {**context, "query": query, "found": found, "problem": problem}, status=status)
