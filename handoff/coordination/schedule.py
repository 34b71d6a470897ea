"""A meeting's day, hour and place: set, moved, called off, by those who call it; its members are told that it changed.

Every change stays with its reason in the meeting's sealed body ("days"). A calendar, a mail and the board learn only of
the day: the place stands where the papers stand. A meeting that was held keeps the day on which it was held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import papers, tasks, taxes
from handoff.coordination.eligibility import may_call
from handoff.coordination.meetings import NotOpen
from handoff.coordination.taxes import TaxSecret
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.hours import TOKYO
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.models import Case, MeetingMember, MeetingRecord, MeetingView
from knowledge.schema import Meeting, Town

LONGEST_PLACE = 100
SHOWN_FOR = timedelta(days=14)
"""How long a meeting that was called off still stands on its members' lists."""
MOST = 50
NOT_PLANNED = "日と場所を変えたり、とりやめたりできるのは、予定の会議を招集する窓口だけです。招集する窓口に伝えてください。"
OVER = "過ぎた日は選べません。もう開いた会議は「開催ずみにする」で、開いた日を書いてください。"


class BadDay(ValueError):
    """A day that can't be set. The text says why, for officials."""


class Change(TypedDict):
    """One entry of a meeting's "days": what was set, by whom, when it was noted. at None: no day any more."""

    at: str | None
    place: str
    why: str
    by: str
    noted: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A meeting that somebody belongs to. fresh: they have not opened it since it was called, moved or called off."""

    meeting: MeetingRecord
    fresh: bool


def place_of(row: MeetingRecord) -> str:
    return str(row.body.get("place", ""))


def changes_of(row: MeetingRecord) -> tuple[Change, ...]:
    """Oldest first."""
    return tuple(row.body.get("days", ()))


def changes_by(row: MeetingRecord, upto: datetime) -> tuple[Change, ...]:
    """Those that had been noted by then."""
    return tuple(one for one in changes_of(row) if _noted(one) <= upto)


async def settle(
    session: AsyncSession, staff: SignedIn, row: MeetingRecord, *, at: datetime | None, place: str, why: str,
    town: Town, now: datetime,
) -> bool:
    """Set the day and the place, or move them; at None: the day is open again. False when nothing changed.

    NotOpen, BadDay, BadText, TaxSecret.
    """
    planned(staff, row, town)
    where = clean(place, longest=LONGEST_PLACE) if place.strip() else ""
    if (at, where) == (row.held_at, place_of(row)):
        return False
    if at is not None and at != row.held_at and at.astimezone(TOKYO).date() < now.astimezone(TOKYO).date():
        raise BadDay(OVER)
    await _check_tax(session, row, f"{where}\n{why}")
    row.held_at = at
    _note(staff, row, place=where, why=why, now=now)
    await audit.record(session, action="meeting_moved", staff_id=staff.id, now=now)
    return True


async def call_off(
    session: AsyncSession, staff: SignedIn, row: MeetingRecord, *, why: str, town: Town, now: datetime
) -> None:
    """It will not be held. What it was called for wants a meeting again, on a date. NotOpen, BadText."""
    meeting = planned(staff, row, town)
    reason = clean(why, longest=LONGEST_NOTE)
    await _check_tax(session, row, reason)
    row.state = "called_off"
    if meeting.kind == "plan" and row.case_id is not None:
        case = await session.get_one(Case, row.case_id)
        tasks.add(
            session, kind="meeting", due_at=now + tasks.MEETING_WITHIN, case=case, person_id=row.person_id,
            meeting=meeting, occasion=row.occasion, now=now,
        )
    _note(staff, row, place=place_of(row), why=reason, now=now)
    await audit.record(session, action="meeting_called_off", staff_id=staff.id, now=now)


async def seats(session: AsyncSession, staff: SignedIn, *, now: datetime) -> list[Seat]:
    """The meetings that they belong to and that are to come or have just been called off, by day; no day last."""
    rows = await _rows(session, staff.id, now)
    seen = await _seen(session, staff, rows)
    found = [Seat(row, row.id not in seen or _changed_after(row, seen[row.id])) for row in rows]
    return sorted(found, key=lambda one: (one.meeting.held_at is None, one.meeting.held_at or now))


async def moved_since(session: AsyncSession, staff: SignedIn, since: datetime, *, now: datetime) -> int:
    """How many of their meetings somebody else set, moved, called off or asked about possible days for since then."""
    rows = await _rows(session, staff.id, now)
    return sum(
        any(_noted(one) > since and one["by"] != staff.login for one in changes_of(row))
        or _asked_after(row, since, staff.login) for row in rows
    )


def planned(staff: SignedIn, row: MeetingRecord, town: Town) -> Meeting:
    """The pack's meeting, for those who call it while it is still to come. NotOpen."""
    meeting = next((one for one in town.meetings if one.id == row.pack_meeting), None)
    if row.state != "called" or meeting is None or not may_call(staff, town, meeting):
        raise NotOpen(NOT_PLANNED)
    return meeting


def _note(staff: SignedIn, row: MeetingRecord, *, place: str, why: str, now: datetime) -> None:
    reason = clean(why, longest=LONGEST_NOTE) if why.strip() else ""
    at = row.held_at.isoformat() if row.held_at else None
    change = Change(at=at, place=place, why=reason, by=staff.login, noted=now.isoformat())
    body: dict[str, Any] = {**row.body, "place": place, "days": [*changes_of(row), change]}
    if row.held_at is not None:
        body["possible"] = None  # a day that is set ends the round of possible ones
    row.body = body


async def _check_tax(session: AsyncSession, row: MeetingRecord, words: str) -> None:
    """Place and reason stand on the meeting's page and paper. TaxSecret."""
    if row.case_id is not None and taxes.told_by_it(words) and not await papers.tax_is_given(session, row):
        raise TaxSecret


async def _rows(session: AsyncSession, staff_id: UUID, now: datetime) -> Sequence[MeetingRecord]:
    over = and_(MeetingRecord.state == "called_off", or_(
        MeetingRecord.held_at.is_(None), MeetingRecord.held_at >= now - SHOWN_FOR
    ))
    wanted = (
        select(MeetingRecord).join(MeetingMember, MeetingMember.meeting_id == MeetingRecord.id)
        .where(MeetingMember.staff_id == staff_id, or_(MeetingRecord.state == "called", over))
        .order_by(MeetingRecord.created_at.desc()).limit(MOST)
    )
    rows = (await session.scalars(wanted)).all()
    return [row for row in rows if row.state == "called" or _changed_after(row, now - SHOWN_FOR)]


async def _seen(session: AsyncSession, staff: SignedIn, rows: Sequence[MeetingRecord]) -> dict[UUID, datetime]:
    """When they last opened each."""
    found = await session.execute(
        select(MeetingView.meeting_id, func.max(MeetingView.at).label("at"))
        .where(MeetingView.staff_id == staff.id, MeetingView.meeting_id.in_([row.id for row in rows]))
        .group_by(MeetingView.meeting_id)
    )
    return {row.meeting_id: row.at for row in found}


def _changed_after(row: MeetingRecord, when: datetime) -> bool:
    return any(_noted(one) > when for one in changes_of(row))


def _asked_after(row: MeetingRecord, when: datetime, login: str) -> bool:
    """Whether somebody else has asked since then which day is possible."""
    asked = row.body.get("possible")
    return asked is not None and asked["by"] != login and datetime.fromisoformat(asked["noted"]) > when


def _noted(change: Change) -> datetime:
    return datetime.fromisoformat(change["noted"])
