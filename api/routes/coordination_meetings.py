"""A meeting's page: its papers for its members, every opening written down; and regular meetings without a case."""

from itertools import zip_longest
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console import names_of_staff, newest_event
from api.routes.coordination import ShortText, Watching, Word, day_of, meeting_at, row_id, working
from api.wiring import Services
from handoff.coordination import meetings, papers, partners, possible_days, schedule, taxes
from handoff.coordination.access import NotYours
from handoff.coordination.eligibility import may_call
from handoff.coordination.papers import SecrecyFirst
from handoff.coordination.view import words
from handoff.desk.seating import is_outside
from handoff.desk.staff import SignedIn, colleagues
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/meetings", include_in_schema=False)

PARTS = ("summary", "asked", "ways", "laid", "seated", "holding", "opened")
Marks = Annotated[list[str], Form(max_length=20)]


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
    async with working(services, staff, meeting) as session:
        try:
            await papers.note_opening(session, staff, row_id(meeting), now=services.clock())
        except SecrecyFirst:
            context = {**shell(staff, knowledge), "secrecy": papers.SECRECY, "meeting_id": meeting}
            return page("coordination/secrecy.html", context)
    async with working.looking(services, staff, meeting) as session:
        context = await _shown(session, services, staff, knowledge, await papers.look(session, staff, row_id(meeting)))
    return page("coordination/meeting.html", {**context, "alone": False})


@router.get("/{meeting}/rows")
async def rows(meeting: str, services: ServicesDep, staff: Watching, knowledge: KnowledgeDep) -> HTMLResponse:
    """What is true of it now, for a page that is open. Papers that came in since are an opening again."""
    try:
        async with services.store.reading(staff.municipality_id) as session:
            opened, news = await papers.look_again(session, staff, row_id(meeting))
            context = await _shown(session, services, staff, knowledge, opened)
        if news:
            async with services.store.town(staff.municipality_id) as session:
                await papers.note_opening(session, staff, row_id(meeting), now=services.clock())
    except (NotYours, SecrecyFirst):
        return page("coordination/gone.html", {**shell(staff, knowledge), "parts": PARTS})
    return page("coordination/meeting.html", {**context, "alone": True})


async def _shown(
    session: AsyncSession, services: Services, staff: SignedIn, knowledge: Knowledge, opened: papers.Opened
) -> dict[str, object]:
    town = knowledge.towns[staff.municipality_id]
    pack = next((one for one in town.meetings if one.id == opened.meeting.pack_meeting), None)
    return {
        **shell(staff, knowledge), **words(), "secrecy": papers.SECRECY, "sources": papers.SOURCE_NAMES, "opened": opened,
        "meeting": opened.meeting, "pack": pack, "others": await papers.others_on_person(session, staff, opened.meeting),
        "people": await names_of_staff(session), "colleagues": await colleagues(session),
        "case_number": await papers.case_number(session, opened.meeting), "stopped": papers.STOPPED,
        "tax_refused": taxes.REFUSED, "place": schedule.place_of(opened.meeting),
        "possible": possible_days.round_of(opened.meeting), "cans": possible_days.CAN_NAMES,
        "changes": schedule.changes_of(opened.meeting), "now": services.clock(), "cursor": await newest_event(session),
        "may_hold": pack is not None and may_call(staff, town, pack) and opened.meeting.state == "called",
        "may_seat": papers.may_seat(staff, opened.meeting, town),
        "bodies": await partners.outside(session, town),
        "own_windows": [one for one in town.windows if not is_outside(f"{town.id}.{one.id}", town)],
        "tax_there": any(taxes.is_tax_office(one.body["agency"]) for one in opened.members),
    }


@router.post("/{meeting}/secrecy")
async def promise(meeting: str, services: ServicesDep, staff: Worker) -> RedirectResponse:
    async with working(services, staff, meeting) as session:
        await papers.promise_secrecy(session, staff, row_id(meeting), now=services.clock())
    return _to(meeting)


@router.post("/{meeting}/members")
async def add_member(
    meeting: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, agency: ShortText = "", window: Word = "",
    login: Word = "", name: ShortText = "",
) -> RedirectResponse:
    """By those who called the meeting, and the coordinator. window: the agency's id, where the list has it."""
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, meeting) as session:
        await papers.add_member(
            session, staff, row_id(meeting), login=login, name=name, agency=agency, body=window, town=town, now=services.clock()
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
    on: Word = "",
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, meeting) as session:
        row, _ = await papers.meeting_for(session, staff, row_id(meeting))
        await meetings.hold(
            session, staff, row, minutes=minutes, decisions=decisions, present=[row_id(one) for one in present],
            tax=tax, town=town, now=services.clock(), on=day_of(on, hour=0),
        )
    return _to(meeting)


@router.post("/{meeting}/day")
async def set_day(
    meeting: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, at: Word = "", clock: Word = "",
    place: ShortText = "", why: ShortText = "",
) -> RedirectResponse:
    """Set or move the day, the hour and the place; by a member who may call it."""
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, meeting) as session:
        row, _ = await papers.meeting_for(session, staff, row_id(meeting))
        await schedule.settle(
            session, staff, row, at=meeting_at(at, clock), place=place, why=why, town=town, now=services.clock()
        )
    return _to(meeting)


@router.post("/{meeting}/possible")
async def propose(
    meeting: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, at: Marks = [], clock: Marks = [],  # noqa: B006 - FastAPI copies them
) -> RedirectResponse:
    """Ask the members which of these days they can come; no day at all ends the asking."""
    town = knowledge.towns[staff.municipality_id]
    found = [meeting_at(day, hour) for day, hour in zip_longest(at, clock, fillvalue="") if day]
    async with working(services, staff, meeting) as session:
        row, _ = await papers.meeting_for(session, staff, row_id(meeting))
        days = [day for day in found if day is not None]
        await possible_days.propose(session, staff, row, days=days, town=town, now=services.clock())
    return _to(meeting)


@router.post("/{meeting}/can")
async def say(
    meeting: str, services: ServicesDep, staff: Worker, day: Marks = [], can: Marks = [],  # noqa: B006 - FastAPI copies them
) -> RedirectResponse:
    """A member's own answers."""
    answers = {key: mark for key, mark in zip(day, can, strict=False) if mark}
    async with working(services, staff, meeting) as session:
        row, _ = await papers.meeting_for(session, staff, row_id(meeting))
        await possible_days.say(session, staff, row, answers=answers, now=services.clock())
    return _to(meeting)


@router.post("/{meeting}/off")
async def call_off(
    meeting: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, why: ShortText
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, meeting) as session:
        row, _ = await papers.meeting_for(session, staff, row_id(meeting))
        await schedule.call_off(session, staff, row, why=why, town=town, now=services.clock())
    return _to(meeting)
