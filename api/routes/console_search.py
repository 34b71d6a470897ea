"""探す: finding a case by its words. The words travel in the body, never in an address that browsers and logs keep.

The answer is one page, sent piece by piece: hits stand there as they are found, without a script.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
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
from api.wiring import Services
from handoff.coordination import finding
from handoff.desk.search import LONGEST, BadQuery, Found, Place, search, words_of
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from knowledge.schema import Town

router = APIRouter(prefix="/staff/search", include_in_schema=False)
log = structlog.get_logger(__name__)
HERE, CASES_HERE = "<!--found-->", "<!--cases-->"
"""Where the page is cut for what is found. Nobody else can write them: every value of a page is escaped."""
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
    look = partial(_cases, services, staff, query, knowledge.towns[staff.municipality_id])
    pieces = _pieces({**context, "query": query, "first_page": behind is None}, found, staff, look)
    return StreamingResponse(pieces, media_type="text/html; charset=utf-8", headers=AS_IT_COMES)


async def _cases(services: Services, staff: SignedIn, query: str, town: Town) -> list[finding.Hit]:
    async with services.store.reading(staff.municipality_id) as session:
        return await finding.find(session, staff, words_of(query), town=town)


async def _pieces(
    context: dict[str, Any], found: AsyncIterator[Found], staff: SignedIn, cases: Callable[[], Awaitable[list[finding.Hit]]]
) -> AsyncIterator[str]:
    """The page up to where the hits begin, hits by the portion, the end with how many; then cases, on the first page."""
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
    before, there, after = tail.partition(CASES_HERE)
    yield before
    if there:
        yield PAGES.get_template("coordination/found.html").render(
            **context, found=await _or_none(cases, staff), kinds=finding.KIND_NAMES
        )
    yield after


async def _or_none(cases: Callable[[], Awaitable[list[finding.Hit]]], staff: SignedIn) -> list[finding.Hit] | None:
    """None where they could not all be read: the answer has begun, so that is said on the page."""
    try:
        return await cases()
    except Exception as why:
        log.error("case_search_stopped", municipality=staff.municipality_id, exc_info=why)
        return None


def _page(context: dict[str, Any], *, status: int = 200) -> HTMLResponse:
    return page("console/search.html", context, status=status)
