"""A meeting's page: its papers for its members, every opening written down; and regular meetings without a case."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console import names_of_staff
from api.routes.coordination import ShortText, Word, meeting_at, row_id, working
from handoff.coordination import meetings, papers, taxes
from handoff.coordination.eligibility import may_call
from handoff.coordination.papers import SecrecyFirst
from handoff.coordination.view import words
from handoff.desk.staff import colleagues

router = APIRouter(prefix="/staff/meetings", include_in_schema=False)


def _to(meeting: str) -> RedirectResponse:
    return RedirectResponse(f"/staff/meetings/{meeting}#saved", 303)


@router.post("")
async def call_regular(
    services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, meeting: Word, agenda: LongText, at: Word = "",
    clock: Word = "",
) -> RedirectResponse:
    """A regular meeting on the work itself, without any case."""
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, meeting) as session:
        row = await meetings.call_without_case(
            session, staff, meeting_id=meeting, at=meeting_at(at, clock), agenda=agenda, town=town, now=services.clock()
        )
        to = str(row.id)
    return RedirectResponse(f"/staff/meetings/{to}", 303)


@router.get("/{meeting}")
async def meeting_page(meeting: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """The papers, or first the secrecy notice. For members only; opening them is recorded for good before they are read."""
    town = knowledge.towns[staff.municipality_id]
    context = {**shell(staff, knowledge), **words(), "secrecy": papers.SECRECY, "sources": papers.SOURCE_NAMES}
    async with working(services, staff, meeting) as session:
        try:
            await papers.note_opening(session, staff, row_id(meeting), now=services.clock())
        except SecrecyFirst:
            return page("coordination/secrecy.html", {**context, "meeting_id": meeting})
    async with working.looking(services, staff, meeting) as session:
        opened = await papers.look(session, staff, row_id(meeting))
        others = await papers.others_on_person(session, staff, opened.meeting)
        people, seats = await names_of_staff(session), await colleagues(session)
        called = await papers.case_number(session, opened.meeting)
    pack = next((one for one in town.meetings if one.id == opened.meeting.pack_meeting), None)
    return page("coordination/meeting.html", {
        **context, "opened": opened, "meeting": opened.meeting, "pack": pack, "others": others, "people": people, "colleagues": seats,
        "case_number": called, "stopped": papers.STOPPED, "tax_refused": taxes.REFUSED,
        "may_hold": pack is not None and may_call(staff, town, pack) and opened.meeting.state == "called",
        "may_seat": papers.may_seat(staff, opened.meeting, town),
        "tax_there": any(taxes.is_tax_office(one.body["agency"]) for one in opened.members),
    })


@router.post("/{meeting}/secrecy")
async def promise(meeting: str, services: ServicesDep, staff: Worker) -> RedirectResponse:
    async with working(services, staff, meeting) as session:
        await papers.promise_secrecy(session, staff, row_id(meeting), now=services.clock())
    return _to(meeting)


@router.post("/{meeting}/members")
async def add_member(
    meeting: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, agency: ShortText, login: Word = "",
    name: ShortText = "",
) -> RedirectResponse:
    """By those who called the meeting, and the coordinator."""
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, meeting) as session:
        await papers.add_member(
            session, staff, row_id(meeting), login=login, name=name, agency=agency, town=town, now=services.clock()
        )
    return _to(meeting)


@router.post("/{meeting}/items")
async def add_item(
    meeting: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, source: Word, text: LongText
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, meeting) as session:
        await papers.add_item(
            session, staff, row_id(meeting), source=source, text=text, town=town, now=services.clock()
        )
    return _to(meeting)


@router.post("/{meeting}/copies")
async def copy_items(
    meeting: str, services: ServicesDep, staff: Worker, of: Word,
    item: Annotated[list[str], Form(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
) -> RedirectResponse:
    async with working(services, staff, meeting) as session:
        await papers.copy_items(
            session, staff, of=row_id(of), to=row_id(meeting), chosen=[row_id(one) for one in item],
            now=services.clock(),
        )
    return _to(meeting)


@router.post("/{meeting}/held")
async def held(
    meeting: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, minutes: LongText,
    decisions: LongText, tax: Word = "", present: Annotated[list[str], Form(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, meeting) as session:
        row, _ = await papers.meeting_for(session, staff, row_id(meeting))
        await meetings.hold(
            session, staff, row, minutes=minutes, decisions=decisions, present=[row_id(one) for one in present],
            tax=tax, town=town, now=services.clock(),
        )
    return _to(meeting)
