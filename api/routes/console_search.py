"""探す: finding a case by its words. The words travel in the body, never in an address that browsers and logs keep.

The answer is one page, sent piece by piece: hits stand there as they are found, without a script.
"""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import AwareDatetime

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import PAGES, page, shell
from handoff.desk.search import LONGEST, BadQuery, Found, Place, search, words_of
from handoff.desk.staff import SignedIn
from handoff.privacy import audit

router = APIRouter(prefix="/staff/search", include_in_schema=False)
log = structlog.get_logger(__name__)
HERE = "<!--found-->"
"""Where the page is cut for what is found. Nobody else can write it: every value of a page is escaped."""
AS_IT_COMES = {"X-Accel-Buffering": "no"}


@router.get("")
async def form(staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """The empty form."""
    return _page({**shell(staff, knowledge), "query": "", "looking": False, "problem": ""})


@router.post("")
async def find(
    services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, query: Annotated[str, Form(max_length=1000)] = "",
    before: Annotated[AwareDatetime | None, Form()] = None, before_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """What is found, as it is found. That somebody searched is recorded, for what is not."""
    context = {**shell(staff, knowledge), "looking": True, "problem": ""}
    try:
        words_of(query)
    except BadQuery as why:
        problem = str(why).split(" / ", maxsplit=1)[0]
        return _page({**context, "query": query[:LONGEST], "looking": False, "problem": problem}, status=422)
    async with services.store.town(staff.municipality_id) as session:
        await audit.record(session, action="searched", staff_id=staff.id, now=services.clock())
    words = knowledge.glossary.words
    fields = {key.removeprefix("field_"): name for key, name in words.items() if key.startswith("field_")}
    reading = partial(services.store.reading, staff.municipality_id)
    behind = Place(before, before_id) if before is not None and before_id is not None else None
    found = search(reading, staff, query, fields=fields, behind=behind)
    pieces = _pieces({**context, "query": query}, found, staff)
    return StreamingResponse(pieces, media_type="text/html; charset=utf-8", headers=AS_IT_COMES)


async def _pieces(context: dict[str, Any], found: AsyncIterator[Found], staff: SignedIn) -> AsyncIterator[str]:
    """The page up to where the hits begin, hits by the portion, the end with how many there are."""
    head, _, tail = PAGES.get_template("console/search.html").render(**context).partition(HERE)
    yield head
    rows, end, hits, last = PAGES.get_template("console/found.html"), PAGES.get_template("console/found_end.html"), 0, None
    try:
        async for portion in found:
            if portion.hits:
                yield rows.render(**context, hits=portion.hits, first=hits == 0)
            hits, last = hits + len(portion.hits), portion
    except Exception as why:  # the answer has begun: what can still be said is that it is not all
        log.error("search_stopped", municipality=staff.municipality_id, exc_info=why)
        last = None
    yield end.render(**context, hits=hits, behind=last.behind if last else None, stopped=last is None)
    yield tail


def _page(context: dict[str, Any], *, status: int = 200) -> HTMLResponse:
    return page("console/search.html", context, status=status)
