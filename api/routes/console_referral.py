"""つなぐシート: first to whom, on what ground and which items, then the paper with those items. What left stands on the ticket."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console_acts import working
from api.routes.console_papers import EXCEL, paper_names
from api.wiring import Services
from handoff.coordination import partners
from handoff.coordination.consent import HOW_NAMES, STATUS_NAMES, Standing
from handoff.desk import introduction
from handoff.desk.access import open_for
from handoff.desk.hours import TOKYO, day_text
from handoff.desk.seating import is_outside
from handoff.desk.staff import SignedIn
from handoff.desk.thread import look
from handoff.forms.blocks import Paper, kind_of
from handoff.forms.casefile import note_paper, read_file
from handoff.forms.papers import TITLES, paper_of
from handoff.store.models import Ticket
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/tickets/{number}/referral", include_in_schema=False)
Word = Annotated[str, Form(max_length=100)]


@router.get("")
async def asked(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """What has to be said before there is a paper, and the papers made so far. A recorded consent is filled in."""
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        await open_for(session, staff, number, now=services.clock())
    async with working.looking(services, staff, number) as session:
        found = await look(session, staff, number)
        answers = await introduction.agreed(session, await session.get_one(Ticket, found.ticket.id))
        outside = await partners.outside(session, town)
    windows = [one for one in town.windows if f"{town.id}.{one.id}" != found.ticket.windows[0]]
    context: dict[str, Any] = {
        **shell(staff, knowledge), "ticket": found.ticket, "moves": found.moves, "papers": TITLES,
        "bases": {id: introduction.BASIS_NAMES[id] for id in introduction.ON_PAPER}, "on_paper": introduction.ON_PAPER,
        "items": introduction.ITEM_NAMES, "on_referral": introduction.ON_REFERRAL,
        "outside": outside, "longest_name": partners.LONGEST_NAME,
        "own": [one for one in windows if not is_outside(f"{town.id}.{one.id}", town)],
        "answers": answers, "statuses": STATUS_NAMES, "ground": next((_told(one) for one in answers if one.given), ""),
        "said_yes": next((one for one in answers if one.given and one.items), None),
    }
    return page("console/referral.html", context)


def _told(one: Standing) -> str:
    """A recorded yes as the ground it is."""
    day = f"{day_text(one.at.astimezone(TOKYO).date())}、" if one.at else ""
    how = next((label for key, label in HOW_NAMES.items() if key == one.how), "")
    return f"本人の同意の記録（{day}{how}。渡してよい機関: {one.to_whom}）"


@router.post("")
async def made(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, reason: LongText, basis: Word,
    window: Word = "", other: Word = "", ground: LongText = "", items: Annotated[list[str] | None, Form(max_length=10)] = None,
) -> RedirectResponse:
    """Record to whom, why and what; then the paper."""
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        row = await introduction.introduce(
            session, staff, number, to_window=window, other=other, reason=reason, basis=basis, ground=ground,
            items=items or [], town=town, now=services.clock(),
        )
        move = row.id
    return RedirectResponse(f"/staff/tickets/{number}/referral/{move}", 303)


@router.get("/{move_id}")
async def on_screen(
    number: str, move_id: UUID, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep
) -> HTMLResponse:
    """The paper, ready to print."""
    paper = await _paper(services, staff, knowledge, number, move_id)
    here = f"/staff/tickets/{number}/referral/{move_id}"
    return page("console/paper.html", {
        **shell(staff, knowledge), "paper": paper, "papers": TITLES, "kind_of": kind_of, "file": f"{here}/file",
    })


@router.get("/{move_id}/file")
async def as_file(
    number: str, move_id: UUID, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep
) -> Response:
    """The paper as Excel."""
    from handoff.forms.sheets import as_xlsx  # openpyxl takes long to load: the web process starts without it

    paper = await _paper(services, staff, knowledge, number, move_id)
    headers = {"Content-Disposition": f'attachment; filename="{paper.number}-referral.xlsx"'}
    return Response(as_xlsx(paper), media_type=EXCEL, headers=headers)


async def _paper(
    services: Services, staff: SignedIn, knowledge: Knowledge, number: str, move_id: UUID
) -> Paper:
    town, now = knowledge.towns[staff.municipality_id], services.clock()
    async with working.looking(services, staff, number) as session:  # what may not go is refused before it is recorded as made
        handed = await introduction.handed(session, staff, number, move_id=move_id, town=town)
    async with working(services, staff, number) as session:
        await note_paper(session, staff, number, paper="referral", to=handed.to_window, now=now)
    async with working.looking(services, staff, number) as session:
        file = await read_file(session, staff, number, town=town, name=paper_names(knowledge), now=now, handed=handed)
    return paper_of("referral", file)
