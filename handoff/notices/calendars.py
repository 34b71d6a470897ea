"""Meetings as calendars (RFC 5545): one as a file, a member's own as a feed behind a secret address.

Titles are the pack's names of the meetings, never a person's; papers, purposes and case numbers stay in the console.
A day without a time is a whole day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import schedule
from handoff.desk.access import NotYours
from handoff.desk.hours import TOKYO
from handoff.desk.staff import SignedIn
from handoff.intake.tokens import hash_token
from handoff.privacy import audit
from handoff.store.ids import new_id
from handoff.store.models import CalendarFeed, MeetingMember, MeetingRecord, StaffMember
from knowledge.schema import Town

if TYPE_CHECKING:
    from icalendar import Event as Entry

LENGTH = timedelta(hours=1)
BACK = timedelta(days=60)
MOST = 500
USED_EVERY = timedelta(hours=1)
STATES = {"called": "CONFIRMED", "held": "CONFIRMED", "called_off": "CANCELLED"}


@dataclass(frozen=True, slots=True)
class Line:
    """A meeting in a calendar. changes: how often it was moved; a calendar that has it already takes the newer one."""

    id: UUID
    title: str
    at: datetime
    state: str
    made: datetime
    changes: int = 0


def written(lines: Iterable[Line], town: Town, *, site: str, now: datetime) -> bytes:
    """The file. site: where the meeting's page is."""
    from icalendar import Calendar  # here: the web process starts without it

    calendar = Calendar()
    calendar.add("prodid", "-//tsunagu//meetings//JA")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{town.name} 会議")
    for line in lines:
        calendar.add_component(_entry(line, site=site, now=now))
    return bytes(calendar.to_ical())


def _entry(line: Line, *, site: str, now: datetime) -> "Entry":
    from icalendar import Event as Entry

    entry, local = Entry(), line.at.astimezone(TOKYO)
    entry.add("uid", f"{line.id}@tsunagu")
    entry.add("dtstamp", now)
    entry.add("created", line.made)
    entry.add("sequence", line.changes)
    if local.time() == time():
        entry.add("dtstart", local.date())
        entry.add("dtend", local.date() + timedelta(days=1))
    else:
        entry.add("dtstart", line.at)
        entry.add("dtend", line.at + LENGTH)
    entry.add("summary", line.title)
    entry.add("status", STATES[line.state])
    entry.add("class", "PRIVATE")
    entry.add("url", f"{site}/staff/meetings/{line.id}")
    return entry


async def one(session: AsyncSession, staff: SignedIn, meeting_id: UUID, town: Town) -> tuple[Line, ...]:
    """A meeting that they belong to and that has a day. NotYours."""
    found = await _of(session, staff.id, town, meeting_id=meeting_id)
    if not found:
        raise NotYours
    return tuple(found)


async def own(session: AsyncSession, staff_id: UUID, town: Town, *, now: datetime) -> tuple[Line, ...]:
    """All of a member's meetings, from two months back on."""
    return tuple(await _of(session, staff_id, town, since=now - BACK))


async def _of(
    session: AsyncSession, staff_id: UUID, town: Town, *, meeting_id: UUID | None = None, since: datetime | None = None
) -> list[Line]:
    asked = (
        select(MeetingRecord).join(MeetingMember, MeetingMember.meeting_id == MeetingRecord.id)
        .where(MeetingMember.staff_id == staff_id, MeetingRecord.held_at.is_not(None))
        .where(MeetingRecord.state.in_(STATES)).order_by(MeetingRecord.held_at.desc()).limit(MOST)
    )
    if meeting_id is not None:
        asked = asked.where(MeetingRecord.id == meeting_id)
    if since is not None:
        asked = asked.where(MeetingRecord.held_at >= since)
    names = {meeting.id: meeting.name for meeting in town.meetings}
    return [
        Line(row.id, names.get(row.pack_meeting, "会議"), row.held_at, row.state, row.created_at, len(schedule.changes_of(row)))
        for row in await session.scalars(asked) if row.held_at is not None
    ]


async def has_feed(session: AsyncSession, staff: SignedIn) -> CalendarFeed | None:
    """Their feed's row, None where there is none."""
    return await session.scalar(select(CalendarFeed).where(
        CalendarFeed.staff_id == staff.id, CalendarFeed.revoked_at.is_(None)
    ))


async def open_feed(session: AsyncSession, staff: SignedIn, token: str, *, now: datetime) -> None:
    """A new secret address; an older one of theirs works no more."""
    await close_feed(session, staff, now=now)
    session.add(CalendarFeed(
        id=new_id(now), municipality_id=staff.municipality_id, created_at=now, staff_id=staff.id,
        token_hash=hash_token(token),
    ))
    await audit.record(session, action="calendar_opened", staff_id=staff.id, now=now)


async def close_feed(session: AsyncSession, staff: SignedIn, *, now: datetime) -> None:
    """Revoke it."""
    row = await has_feed(session, staff)
    if row is not None:
        row.revoked_at = now
        await audit.record(session, action="calendar_closed", staff_id=staff.id, now=now)


async def of_feed(session: AsyncSession, token: str, town: Town, *, now: datetime) -> tuple[Line, ...]:
    """The meetings behind a secret address. NotYours when it is unknown, revoked, or the account closed."""
    row = await session.scalar(
        select(CalendarFeed).join(StaffMember, StaffMember.id == CalendarFeed.staff_id)
        .where(CalendarFeed.token_hash == hash_token(token), CalendarFeed.revoked_at.is_(None))
        .where(StaffMember.disabled_at.is_(None))
    )
    if row is None:
        raise NotYours
    if row.used_at is None or now - row.used_at >= USED_EVERY:
        row.used_at = now
    return await own(session, row.staff_id, town, now=now)


