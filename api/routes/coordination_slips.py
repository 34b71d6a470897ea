"""連絡票 over HTTP: given by the coordinator, printed with a receipt, opened by a link with a number."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse, RedirectResponse

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep, TownDep
from api.pages import page, shell
from api.routes.coordination import ShortText, Word, back, day_of, row_id, working
from handoff.coordination import slips
from handoff.coordination.access import NotYours, coordinated_by, held_by
from handoff.coordination.slips import Slip, Wanted
from handoff.privacy import audit
from handoff.store.models import Case, CaseEntry
from knowledge.loader import Knowledge
from knowledge.schema import Town

router = APIRouter(include_in_schema=False)
CLOSED = "開けません。期限がすぎたか、番号がちがいます。わたした職員に聞いてください。"
Code = Annotated[str, Form(max_length=12)]
SlipId = Annotated[str, Path(max_length=40)]
DIGITS = 6


@router.post("/staff/cases/{number}/people/{person}/slips")
async def give(
    number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, ground: Word, way: Word,
    to: ShortText = "", window: Word = "", at: Word = "", why: ShortText = "", called: ShortText = "", watch: ShortText = "", when: ShortText = "",
    tell: ShortText = "",
) -> HTMLResponse:
    """Give one; for a link the page shows the address and the number, this once. window: of the list, or to: by name, or both."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    items = {"called": called, "watch": watch, "when": when, "tell": tell}
    wanted = Wanted(to, items, ground, why, way, day_of(at, hour=17), window)
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        entry = await slips.give(
            session, staff, held, row_id(person), wanted=wanted, code=code, keys=services.store.keys,
            town=knowledge.towns[staff.municipality_id], now=services.clock(),
        )
        await session.flush()
        slip = await slips.of(session, held.case, entry.id)
    link = f"{services.settings.public_url}/slips/{staff.municipality_id}/{slip.id}"
    return page("coordination/slip.html", {
        **shell(staff, knowledge), **_words(), "slip": slip, "number": number, "link": link if way == "link" else "",
        "code": code if way == "link" else "",
    })


@router.get("/staff/cases/{number}/slips/{slip}")
async def printed(
    number: str, slip: SlipId, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep
) -> HTMLResponse:
    """The paper with its receipt. Opening it is recorded."""
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        found = await slips.of(session, held.case, row_id(slip))
        await audit.record(session, action="slip_printed", staff_id=staff.id, reason=number, now=services.clock())
    return page("coordination/slip.html", {
        **shell(staff, knowledge), **_words(), "slip": found, "number": number, "link": "", "code": "",
    })


@router.post("/staff/cases/{number}/slips/{slip}/receipt")
async def received(number: str, slip: SlipId, services: ServicesDep, staff: Worker) -> RedirectResponse:
    """The signed slip came back."""
    async with working(services, staff, number) as session:
        held = await held_by(session, staff, number)
        await slips.receipt(session, held.case, row_id(slip), now=services.clock())
    return back(number, anchor="#saved-slips")


@router.post("/staff/cases/{number}/slips/{slip}/end")
async def ended(number: str, slip: SlipId, services: ServicesDep, staff: Worker, how: Word) -> RedirectResponse:
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        await slips.end(session, staff, held.case, row_id(slip), how=how, now=services.clock())
    return back(number, anchor="#saved-slips")


@router.get("/slips/{municipality}/{slip}")
async def door(town: TownDep, slip: SlipId, knowledge: KnowledgeDep) -> HTMLResponse:
    """Asks for the number; the same page whether there is such a slip or not."""
    return _door(town, slip, knowledge)


@router.post("/slips/{municipality}/{slip}")
async def opened(
    town: TownDep, slip: SlipId, services: ServicesDep, knowledge: KnowledgeDep, code: Code, got: Word = ""
) -> HTMLResponse:
    """What stands on it, for who has the link and knows the number. got: they press 「受け取りました」."""
    found: Slip | None = None
    try:
        slip_id = row_id(slip)
    except NotYours:
        return _door(town, slip, knowledge, closed=CLOSED)
    async with services.store.reading(town.id) as session:
        if not await slips.waits(session, slip_id, now=services.clock()):
            return _door(town, slip, knowledge, closed=CLOSED)
    async with services.store.town(town.id) as session:
        found = await slips.open_with(session, slip_id, code=code, keys=services.store.keys, now=services.clock())
        if found is not None and got == "yes":
            entry = await session.get_one(CaseEntry, slip_id)
            case = await session.get_one(Case, entry.case_id)
            await slips.receipt(session, case, slip_id, now=services.clock())
    if found is None:
        return _door(town, slip, knowledge, closed=CLOSED)
    context = {**shell(None, knowledge), **_words(), "town": town, "slip": found, "code": code, "got": got == "yes"}
    return page("coordination/slip_opened.html", context)


def _door(town: Town, slip: str, knowledge: Knowledge, *, closed: str = "") -> HTMLResponse:
    context = {**shell(None, knowledge), "town": town, "slip_id": slip, "closed": closed}
    return page("coordination/slip_door.html", context, status=403 if closed else 200)


def _words() -> dict[str, object]:
    return {"slip_items": slips.ITEM_NAMES, "grounds": slips.GROUND_NAMES, "ways": slips.WAY_NAMES}
