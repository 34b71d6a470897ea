"""帳票 of a case: on the screen for A4, and as Excel. Each opening is recorded; the file's name names nobody.

The one that leaves, つなぐシート, is `console_referral`: it asks first.
"""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import names_of, page, shell
from api.wiring import Services
from handoff.desk.access import NotYours, record_refusal
from handoff.desk.staff import SignedIn
from handoff.figures.tables import CHANNEL_NAMES
from handoff.forms.blocks import Paper, kind_of
from handoff.forms.casefile import Name, note_paper, read_file
from handoff.forms.papers import TITLES, PaperId, PlainId, paper_of
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/tickets/{number}/papers", include_in_schema=False)
FIRST = "つなぐシートは、紹介先・渡してよい根拠・渡すものを先に記録してから作ります。案件の「帳票」から「つなぐシート」を開いてください。"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/{paper}")
async def on_screen(
    number: str, paper: PaperId, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep
) -> Response:
    """The paper, ready to print."""
    if paper == "referral":
        return RedirectResponse(f"/staff/tickets/{number}/referral", 303)
    made = await _made(services, staff, knowledge, number, paper)
    context: dict[str, Any] = {**shell(staff, knowledge), "paper": made, "papers": TITLES, "kind_of": kind_of}
    context["file"] = f"/staff/tickets/{number}/papers/{paper}/file"
    return page("console/paper.html", context)


@router.get("/{paper}/file")
async def as_file(
    number: str, paper: PaperId, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep
) -> Response:
    """The paper as Excel."""
    if paper == "referral":
        raise Problem(409, FIRST)
    from handoff.forms.sheets import as_xlsx  # openpyxl takes long to load: the web process starts without it

    made = await _made(services, staff, knowledge, number, paper)
    return Response(as_xlsx(made), media_type=EXCEL, headers={
        "Content-Disposition": f'attachment; filename="{made.number}-{made.id}.xlsx"',
    })


async def _made(services: Services, staff: SignedIn, knowledge: Knowledge, number: str, paper: PlainId) -> Paper:
    now, town = services.clock(), knowledge.towns[staff.municipality_id]
    try:
        async with services.store.town(staff.municipality_id) as session:
            await note_paper(session, staff, number, paper=paper, now=now)
        async with services.store.reading(staff.municipality_id) as session:
            file = await read_file(session, staff, number, town=town, name=paper_names(knowledge), now=now)
    except NotYours:
        await record_refusal(services.store, staff, number, now=now)
        raise Problem(404, "No such ticket") from None
    return paper_of(paper, file)


def paper_names(knowledge: Knowledge) -> Name:
    """The glossary's names, and those of the channels."""
    known = names_of(knowledge)

    def name(vocabulary: str, value: str) -> str:
        return CHANNEL_NAMES.get(value, value) if vocabulary == "channel" else str(known(vocabulary, value))

    return name
