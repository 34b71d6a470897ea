"""閲覧制限: who is named for a ticket, who knows the resident and is kept out, and what the holder sees of it.

A ticket is restricted by itself on DV, abuse and sexual violence (`tickets`), and by staff where the resident asks
that nobody they know reads it. Who may see it is `staff.may_see` and, as a condition, `queue`. Nothing here tells
anybody outside whether a ticket exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import held_by, in_hand
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.confining import confine
from handoff.desk.handover import told
from handoff.desk.naming import kinds, set_kind
from handoff.desk.seating import works_outside
from handoff.desk.staff import SignedIn, signed_in
from handoff.store.events import emit
from handoff.store.models import AuditEntry, StaffMember, Ticket
from knowledge.schema import Town

READINGS = ("ticket_opened", "ticket_refused", "sheet_printed", "looked_in")
MOST_READERS = 200
MOST_INQUIRIES = 20


class NotAllowed(Exception):
    """Only the coordinator lifts a restriction; only who has the ticket names others."""


class NoSuchColleague(Exception):
    """The person doesn't exist, is closed, reads no content, or knows the resident."""


@dataclass(frozen=True, slots=True)
class Reader:
    """An entry of the read log; by: login, "" where the account is gone. action: opened, refused, printed, looked in from another window (with the reason)."""

    at: datetime
    by: str
    action: str
    reason: str | None = None


async def restrict(session: AsyncSession, staff: SignedIn, number: str, *, reason: str, now: datetime) -> None:
    """Restrict by hand, as when the resident asks for it; who does it is named. NotYours, OnlyAsked, BadText."""
    why = clean(reason, longest=LONGEST_NOTE)
    ticket = (await in_hand(session, staff, number)).ticket
    await confine(session, ticket)
    await set_kind(session, ticket, staff.id, "named", now=now)
    await told(session, ticket, "restricted", staff=staff, reason=why, now=now)


async def lift(session: AsyncSession, staff: SignedIn, number: str, *, reason: str, now: datetime) -> None:
    """Take the restriction away. NotYours, NotAllowed, BadText."""
    why = clean(reason, longest=LONGEST_NOTE)
    ticket = (await held_by(session, staff, number)).ticket
    if staff.role != "coordinator":
        raise NotAllowed
    ticket.restricted = False
    await told(session, ticket, "restriction_lifted", staff=staff, reason=why, now=now)


async def name(
    session: AsyncSession, staff: SignedIn, number: str, *, colleague: UUID, town: Town, now: datetime
) -> None:
    """Let a colleague see a restricted ticket; who works for another body alone is none (`introduction` hands over).

    NotYours, OnlyAsked, NoSuchColleague.
    """
    ticket = (await in_hand(session, staff, number)).ticket
    row = await session.get(StaffMember, colleague)
    known = await kinds(session, ticket)
    if row is None or row.disabled_at is not None or row.role == "auditor" or known.get(colleague) == "known":
        raise NoSuchColleague
    if works_outside(await signed_in(session, row), town):
        raise NoSuchColleague
    await set_kind(session, ticket, staff.id, "named", now=now)  # who names others stays among them
    await set_kind(session, ticket, colleague, "named", now=now)
    await told(session, ticket, "staff_named", staff=staff, reason=row.organisation, now=now)


async def declare_known(session: AsyncSession, staff: SignedIn, number: str, *, now: datetime) -> None:
    """知り合い: they see the conversation's tickets no more, and the coordinator is told. NotYours."""
    ticket = (await held_by(session, staff, number)).ticket
    rows = await session.scalars(select(Ticket).where(Ticket.conversation_id == ticket.conversation_id))
    for one in rows:
        await set_kind(session, one, staff.id, "known", now=now)
        one.assignee_id = None if one.assignee_id == staff.id else one.assignee_id
        one.coordinator = True
        one.state = {**one.state, "unread": True}
    await told(session, ticket, "declared_known", staff=staff, reason=None, now=now)


async def inquiry(session: AsyncSession, staff: SignedIn, number: str, *, now: datetime) -> None:
    """This ticket asks where somebody is, or whether somebody was here. Staff of restricted tickets are warned.

    Whether there are any is told to nobody, and the warning names neither the ticket nor who wrote. NotYours, OnlyAsked.
    """
    asking = (await in_hand(session, staff, number)).ticket
    asking.state = {**asking.state, "asks_about_others": True}
    await warn(session, asking=asking.conversation_id, at=now)
    await told(session, asking, "inquiry_marked", staff=staff, reason=None, now=now)


async def warn(session: AsyncSession, *, asking: UUID | None, at: datetime) -> None:
    """Tell whoever holds a restricted ticket that somebody asked. asking: their conversation, which is not warned itself."""
    rows = await session.scalars(
        select(Ticket).where(Ticket.restricted.is_(True), Ticket.status != "resolved", Ticket.conversation_id != asking)
        .order_by(Ticket.id).with_for_update(of=Ticket)
    )
    for row in rows:
        seen = [*row.state.get("inquiries", ()), at.isoformat(timespec="minutes")]
        row.state = {**row.state, "inquiries": seen[-MOST_INQUIRIES:], "unread": True}
        await emit(session, kind="ticket_changed", conversation_id=row.conversation_id, ticket_id=row.id)


async def readers(session: AsyncSession, ticket_id: UUID) -> tuple[Reader, ...]:
    """Who opened a ticket or tried to, newest first. For its holder."""
    rows = await session.execute(
        select(AuditEntry, StaffMember.login)
        .outerjoin(StaffMember, StaffMember.id == AuditEntry.staff_id)
        .where(AuditEntry.ticket_id == ticket_id, AuditEntry.action.in_(READINGS))
        .order_by(AuditEntry.sequence.desc()).limit(MOST_READERS)
    )
    return tuple(Reader(entry.at, login or "", entry.action, entry.reason) for entry, login in rows)


def may_see_log(staff: SignedIn, ticket: Ticket, people: Mapping[UUID, str]) -> bool:
    """The holder, the named and the coordinator see who read it."""
    return staff.role == "coordinator" or ticket.assignee_id == staff.id or people.get(staff.id) == "named"

