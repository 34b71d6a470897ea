"""帳票 of tangled cases: プラン, 会議資料, the whole case; on the screen for A4, and as Excel. Each opening is recorded.

A meeting without consent (支援会議) gives no file: its papers are read by members, and printed under their name.
"""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.routes.console_papers import EXCEL
from api.routes.coordination import row_id, working
from api.wiring import Services
from handoff.coordination import meetings, papers
from handoff.coordination.access import held_by, note_reading
from handoff.coordination.view import look
from handoff.desk.staff import SignedIn
from handoff.forms.blocks import Paper, kind_of
from handoff.forms.coordination import case_paper, meeting_paper, plan_paper
from handoff.privacy import audit
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff", include_in_schema=False)
NO_FILE = "支援会議の資料は、ファイルでは取り出せません（社会福祉法第106条の6の守秘義務）。画面から、構成員が印刷できます。"


@router.get("/cases/{number}/paper")
async def whole(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """ケースの引き継ぎ: what the reader may see of it, as one paper."""
    made = await _whole(services, staff, knowledge, number)
    return on_paper(staff, knowledge, made, back=f"/staff/cases/{number}", file=f"/staff/cases/{number}/paper/file")


@router.get("/cases/{number}/paper/file")
async def whole_file(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> Response:
    return as_file(await _whole(services, staff, knowledge, number))


@router.get("/cases/{number}/plans/{plan}/paper")
async def plan(number: str, plan: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    made = await _plan(services, staff, knowledge, number, plan)
    here = f"/staff/cases/{number}"
    return on_paper(staff, knowledge, made, back=here, file=f"{here}/plans/{plan}/paper/file")


@router.get("/cases/{number}/plans/{plan}/paper/file")
async def plan_file(number: str, plan: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> Response:
    return as_file(await _plan(services, staff, knowledge, number, plan))


@router.get("/meetings/{meeting}/paper")
async def meeting(meeting: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """会議資料, for a member."""
    made, kind = await _meeting(services, staff, knowledge, meeting)
    here = f"/staff/meetings/{meeting}"
    return on_paper(staff, knowledge, made, back=here, file="" if kind == "support" else f"{here}/paper/file")


@router.get("/meetings/{meeting}/paper/file")
async def meeting_file(meeting: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> Response:
    made, kind = await _meeting(services, staff, knowledge, meeting)
    if kind == "support":
        raise Problem(409, NO_FILE)
    return as_file(made)


async def _whole(services: Services, staff: SignedIn, knowledge: Knowledge, number: str) -> Paper:
    town, now = knowledge.towns[staff.municipality_id], services.clock()
    async with working(services, staff, number) as session:
        case = (await held_by(session, staff, number)).case
        await note_reading(session, staff, number, now=now)
        await audit.record(session, action="paper_whole", staff_id=staff.id, reason=number, now=now)
        noted = await papers.note_minutes(session, staff, await meetings.of_case(session, case), now=now)
    async with working.looking(services, staff, number) as session:
        found = await look(session, staff, number, town=town, statutory=knowledge.meetings)
        said = {one: await papers.look(session, staff, one) for one in noted}
    return case_paper(found, made_by=staff.name or staff.login, at=now, town=town, minutes=said)


async def _plan(services: Services, staff: SignedIn, knowledge: Knowledge, number: str, plan: str) -> Paper:
    town, now = knowledge.towns[staff.municipality_id], services.clock()
    async with working(services, staff, number) as session:
        await held_by(session, staff, number)
        await note_reading(session, staff, number, now=now)
        await audit.record(session, action="paper_plan", staff_id=staff.id, reason=number, now=now)
    async with working.looking(services, staff, number) as session:
        found = await look(session, staff, number, town=town, statutory=knowledge.meetings)
    pairs = [(person, one) for person in found.people for one in person.plans if str(one.id) == plan]
    if not pairs:
        raise Problem(404, "No such plan")
    return plan_paper(found, *pairs[0])


async def _meeting(services: Services, staff: SignedIn, knowledge: Knowledge, meeting: str) -> tuple[Paper, str]:
    town, now = knowledge.towns[staff.municipality_id], services.clock()
    async with working(services, staff, meeting) as session:
        number = await papers.case_number(session, await papers.note_opening(session, staff, row_id(meeting), now=now))
        await audit.record(session, action="paper_meeting", staff_id=staff.id, reason=number, now=now)
    async with working.looking(services, staff, meeting) as session:
        opened = await papers.look(session, staff, row_id(meeting))
    pack = next((one for one in town.meetings if one.id == opened.meeting.pack_meeting), None)
    made = meeting_paper(opened, pack, number=number or town.id, reader=staff.name or staff.login, at=now)
    return made, opened.meeting.kind


def on_paper(staff: SignedIn, knowledge: Knowledge, paper: Paper, *, back: str, file: str) -> HTMLResponse:
    return page("coordination/paper.html", {
        **shell(staff, knowledge), "paper": paper, "kind_of": kind_of, "back": back, "file": file,
    })


def as_file(paper: Paper) -> Response:
    from handoff.forms.sheets import as_xlsx  # openpyxl takes long to load: the web process starts without it

    name = f"{paper.number}-{paper.id}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_xlsx(paper), media_type=EXCEL, headers=headers)
