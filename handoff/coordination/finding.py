"""Finding cases, meetings and plans by what staff call them: number, household, name, agency, goal, occasion.

Everything that the asker may see is opened and looked through, whether anything is found or not. A restricted case, and
one with a restricted consultation in it, is read by nobody's search; of a person who has not agreed to share, others than
the coordinator find no name and no plan; what was said in a meeting is not looked through. Knows no screens.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import cases, course, meetings, plans
from handoff.coordination.access import coordinating, kept_out, may_see
from handoff.desk.search import excerpt, plain
from handoff.desk.staff import SignedIn
from handoff.store.models import (
    Case,
    CaseAgency,
    CasePerson,
    CaseTicket,
    ConsentRecord,
    DataKey,
    MeetingMember,
    MeetingRecord,
    SupportPlan,
    Ticket,
)
from knowledge.schema import Town

Kind = Literal["case", "meeting", "plan"]
KIND_NAMES: dict[Kind, str] = {"case": "ケース", "meeting": "会議", "plan": "プラン"}
MOST_READ, MOST_FOUND = 2_000, 50


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found. path: of its page in the console; title: as staff call it; excerpt: around the first word."""

    kind: Kind
    path: str
    title: str
    excerpt: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One thing to look through. own: what it is itself; around: what it belongs to, so that words of both find it."""

    kind: Kind
    path: str
    title: str
    own: tuple[str, ...]
    around: tuple[str, ...]
    at: datetime


async def find(session: AsyncSession, staff: SignedIn, words: Sequence[str], *, town: Town) -> list[Hit]:
    """The newest first. words: as `desk.search.words_of` made them; all of them stand in what is found."""
    seen = await _cases(session, staff)
    sheets = [
        *await _of_cases(session, staff, seen), *await _of_meetings(session, staff, seen, town),
        *await _of_plans(session, staff, seen),
    ]
    found = [hit for hit in (_hit(sheet, words) for sheet in sheets) if hit is not None]
    return sorted(found, key=lambda hit: hit.at, reverse=True)[:MOST_FOUND]


def _hit(sheet: _Sheet, words: Sequence[str]) -> Hit | None:
    """Words of the case around it alone find the case, not everything in it."""
    piece = excerpt((*sheet.own, *sheet.around), words)
    if piece is None or not any(word in plain(text) for word in words for text in sheet.own):
        return None
    return Hit(sheet.kind, sheet.path, sheet.title, piece, sheet.at)


async def _cases(session: AsyncSession, staff: SignedIn) -> dict[UUID, Case]:
    """Those that they may see and that nothing restricts."""
    hidden = select(CaseTicket.case_id).join(Ticket, Ticket.id == CaseTicket.ticket_id).where(Ticket.restricted.is_(True))
    rows = list(await session.scalars(
        select(Case).join(DataKey, DataKey.id == Case.data_key_id).where(
            Case.restricted.is_(False), Case.id.not_in(hidden), Case.id.not_in(kept_out(staff)), DataKey.destroyed_at.is_(None)
        ).order_by(Case.created_at.desc()).limit(MOST_READ)
    ))
    agencies = defaultdict[UUID, list[CaseAgency]](list)
    for agency in await session.scalars(select(CaseAgency).where(CaseAgency.case_id.in_([row.id for row in rows]))):
        agencies[agency.case_id].append(agency)
    return {row.id: row for row in rows if may_see(staff, row, agencies[row.id])}


async def _of_cases(session: AsyncSession, staff: SignedIn, seen: Mapping[UUID, Case]) -> Iterator[_Sheet]:
    parts = defaultdict[UUID, list[str]](list)
    for agency in await session.scalars(select(CaseAgency).where(CaseAgency.case_id.in_(list(seen)))):
        parts[agency.case_id] += [agency.body["name"], agency.body["role"]]
    shared = await _shared(session, staff, seen)
    for person in await session.scalars(select(CasePerson).where(CasePerson.case_id.in_(list(seen)))):
        parts[person.case_id].append(cases.label(person, open_to=coordinating(staff) or person.id in shared))
    return (
        _Sheet(
            "case", f"/staff/cases/{row.number}", f"{row.number} {row.body['household']}".strip(),
            (row.number, row.body["household"], row.body["next"], _stage(row), *parts[row.id]), (), row.created_at,
        )
        for row in seen.values()
    )


async def _of_meetings(
    session: AsyncSession, staff: SignedIn, seen: Mapping[UUID, Case], town: Town
) -> list[_Sheet]:
    """Of a case that they see, and without a case where they belong to it. Their names, never what was said."""
    own = set(await session.scalars(select(MeetingMember.meeting_id).where(MeetingMember.staff_id == staff.id)))
    rows = await session.scalars(select(MeetingRecord).where(or_(
        MeetingRecord.case_id.in_(list(seen)), MeetingRecord.case_id.is_(None)
    )))
    packs = {one.id: one.name for one in town.meetings}
    found = []
    for row in rows:
        case = seen.get(row.case_id) if row.case_id else None
        if case is None and row.id not in own:
            continue
        called = packs.get(row.pack_meeting, "会議")
        state = next((label for state, label in meetings.STATE_NAMES.items() if state == row.state), "")
        agenda = row.body["agenda"] if case is None else ()
        to = f"/staff/meetings/{row.id}" if row.id in own or case is None else f"/staff/cases/{case.number}#meetings"
        found.append(_Sheet(
            "meeting", to, " ".join(part for part in (called, row.occasion or "", state) if part),
            (called, row.occasion or "", state, *agenda), _around(case), row.held_at or row.created_at,
        ))
    return found


async def _of_plans(session: AsyncSession, staff: SignedIn, seen: Mapping[UUID, Case]) -> list[_Sheet]:
    shared = await _shared(session, staff, seen)
    rows = await session.scalars(select(SupportPlan).where(SupportPlan.case_id.in_(list(seen))))
    found = []
    for row in rows:
        if not (coordinating(staff) or row.person_id in shared):
            continue
        case = seen[row.case_id]
        state = next((label for state, label in plans.STATE_NAMES.items() if state == row.state), "")
        does = (text for action in row.body["actions"] for text in (action["agency"], action["what"]))
        found.append(_Sheet(
            "plan", f"/staff/cases/{case.number}#p{row.person_id}", f"第{row.version}版 {state} {case.number}",
            (row.body["goal"], state, *does), _around(case), row.created_at,
        ))
    return found


async def _shared(session: AsyncSession, staff: SignedIn, seen: Mapping[UUID, Case]) -> frozenset[UUID]:
    """Who has agreed that what concerns them is shared, by the answer that holds. The coordinator need not ask."""
    if coordinating(staff):
        return frozenset()
    rows = await session.execute(
        select(ConsentRecord.person_id, ConsentRecord.status)
        .where(ConsentRecord.case_id.in_(list(seen)), ConsentRecord.item == "share")
        .order_by(ConsentRecord.at, ConsentRecord.id)
    )
    newest = {row.person_id: row.status for row in rows}
    return frozenset(person for person, status in newest.items() if status == "given")


def _around(case: Case | None) -> tuple[str, ...]:
    return () if case is None else (case.number, case.body["household"])


def _stage(case: Case) -> str:
    return next((label for stage, label in course.STAGE_NAMES.items() if stage == case.stage), "")
