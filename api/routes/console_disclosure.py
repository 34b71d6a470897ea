"""開示請求: the guide for whoever is asked, and the page on which people decide what of a ticket's record is shown."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console import names_of_staff
from api.routes.console_acts import working
from api.routes.console_closing import Day
from api.wiring import Services
from handoff.desk.staff import SignedIn
from handoff.disclosure import items, requests
from handoff.disclosure.requests import Given, Sheet
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff", include_in_schema=False)
Short = Annotated[str, Form(max_length=20)]
Rows = Annotated[list[str], Form(max_length=2_000)]
ON_A_SHEET = 100
"""Pieces on one page: each has four fields, and a form takes a thousand."""
SheetNumber = Annotated[int, Query(ge=1, le=1_000)]
WORDS = {
    "requesters": requests.REQUESTERS, "whose": requests.WHOSE, "choices": requests.CHOICES,
    "endings": requests.OUTCOMES, "kinds": items.KIND_NAMES, "each": ON_A_SHEET,
}


def _law(knowledge: Knowledge) -> dict[str, Any]:
    """What the pages cite."""
    law = requests.law_of(knowledge)
    return {"law": law, "grounds": law.labels, "days": law.days}


@router.get("/disclosure")
async def guide(staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """What to do and what to say when somebody asks to see a record, whether there is one or not."""
    return page("console/disclosure_guide.html", {**shell(staff, knowledge), **WORDS, **_law(knowledge)})


@router.get("/tickets/{number}/disclosure")
async def desk(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, sheet: SheetNumber = 1
) -> HTMLResponse:
    """The page. Opening it is a reading of the ticket."""
    async with working(services, staff, number) as session:
        context = await _context(session, services, staff, knowledge, number, sheet=sheet)
    return page("console/disclosure.html", context)


@router.post("/tickets/{number}/disclosure")
async def take(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, on: Day, requester: Short = "",
    whose: Short = "", proof: LongText = "",
) -> Response:
    async with working(services, staff, number) as session:
        await requests.take(
            session, staff, number, requester=requester, whose=whose, proof=proof, on=on, knowledge=knowledge,
            now=services.clock(),
        )
    return _to(number)


@router.post("/tickets/{number}/disclosure/decide")
async def decide(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, key: Rows = [], choice: Rows = [],  # noqa: B006
    ground: Rows = [], words: Rows = [], bot_too: Annotated[bool, Form()] = False,  # noqa: B006 - FastAPI copies them
    sheet: Annotated[int, Form(ge=1, le=1_000)] = 1,
) -> Response:
    """All pieces of a sheet at once, decided or not yet. What could not be kept is shown again as it was typed, with why."""
    given = [Given(*one) for one in zip(key, choice, ground, words, strict=False)]
    async with working(services, staff, number) as session:
        problems = await requests.decide(session, staff, number, given, bot_too=bot_too, knowledge=knowledge, now=services.clock())
        if not problems:
            return _to(number, sheet=sheet)
        typed = {one.key: one for one in given if one.key in problems}
        context = await _context(session, services, staff, knowledge, number, sheet=sheet, typed=typed, problems=problems)
    return page("console/disclosure.html", context, status=422)


@router.post("/tickets/{number}/disclosure/confirm")
async def confirm(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> Response:
    async with working(services, staff, number) as session:
        await requests.confirm(session, staff, number, knowledge=knowledge, now=services.clock())
    return _to(number)


@router.get("/tickets/{number}/disclosure/extract")
async def extract(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """The paper to hand over: only what people have decided to show."""
    async with working(services, staff, number) as session:
        found = await requests.extract(session, staff, number, knowledge=knowledge, now=services.clock())
    shown = [(item, text) for item in found.items if (text := found.shown(item))]
    return page("console/disclosure_extract.html", {
        **shell(staff, knowledge), **WORDS, **_law(knowledge), "number": number, "row": found.row, "shown": shown, "why": found.grounds,
        "now": services.clock(),
    })


@router.post("/tickets/{number}/disclosure/close")
async def close(number: str, services: ServicesDep, staff: Worker, outcome: Short = "") -> Response:
    async with working(services, staff, number) as session:
        await requests.close(session, staff, number, outcome=outcome, now=services.clock())
    return _to(number)


def _to(number: str, *, sheet: int = 1) -> RedirectResponse:
    return RedirectResponse(f"/staff/tickets/{number}/disclosure{f'?sheet={sheet}' if sheet > 1 else ''}#saved", 303)


async def _context(
    session: AsyncSession, services: Services, staff: SignedIn, knowledge: Knowledge, number: str, *, sheet: int,
    typed: Mapping[str, Given] | None = None, problems: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    found = await requests.sheet(session, staff, number, knowledge=knowledge, now=services.clock())
    entered, skipped = typed or {}, (sheet - 1) * ON_A_SHEET
    return {
        **shell(staff, knowledge), **WORDS, **_law(knowledge), "sheet": found, "ticket": found.view.ticket, "row": found.row,
        "people": await names_of_staff(session), "now": services.clock(), "problems": problems or {},
        "rows": [
            (item, entered.get(item.key) or _standing(found, item)) for item in found.items[skipped : skipped + ON_A_SHEET]
        ],
        "skipped": skipped, "at_sheet": sheet, "sheets": -(-len(found.items) // ON_A_SHEET),
        "to_decide": next((at // ON_A_SHEET + 1 for at, item in enumerate(found.items) if item.key not in found.decided), 0),
    }


def _standing(found: Sheet, item: items.Item) -> Given:
    """What the form shows: the decision, or an open choice with the words that were found."""
    decided = found.decided.get(item.key)
    if decided is None:
        return Given(item.key, "", "", "\n".join(item.words))
    return Given(item.key, decided.choice, decided.ground, "\n".join(decided.words))
