"""Tickets of other windows: their number and field in a list, and a look into one for a reason, which is kept.

A look is a reading, not a part in the matter: nothing can be done with it, the mark of being unread stays, and its
reason stands in the record that lets it happen. Restricted tickets, and those of people they know, do not exist here.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import NotYours, known_form
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.queue import MOST, TicketLine, elsewhere, lines_of, order
from handoff.desk.staff import SignedIn
from handoff.desk.thread import ThreadMessage, thread
from handoff.desk.veil import of_reporter, reported
from handoff.privacy import audit
from handoff.store.models import AuditEntry, Ticket

LOOKED = "looked_in"
LASTS = timedelta(hours=2)
"""How long one reason is good for; then it is asked for again."""


class ReasonNeeded(Exception):
    """They have not said why they want to read it, or it was too long ago."""


@dataclass(frozen=True, slots=True)
class Bare:
    """All that a list says of another window's ticket."""

    number: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a look shows. Files stay with those who have the matter, and so does who reported."""

    ticket: TicketLine
    messages: tuple[ThreadMessage, ...]


async def others(session: AsyncSession, staff: SignedIn) -> tuple[Bare, ...]:
    """Open tickets that are not theirs, newest number first."""
    rows = await session.execute(
        select(Ticket.number, Ticket.fields)
        .where(elsewhere(staff), Ticket.status != "resolved")
        .order_by(*order()).limit(MOST)
    )
    found = (Bare(row.number, tuple(row.fields)) for row in rows)
    return tuple(sorted(found, key=lambda one: one.number, reverse=True))


async def ask(session: AsyncSession, staff: SignedIn, number: str, *, reason: str, now: datetime) -> None:
    """Say why; from then on it can be read for a while. NotYours, BadText."""
    why = clean(reason, longest=LONGEST_NOTE)
    ticket = await _ticket(session, staff, number)
    await audit.record(session, action=LOOKED, staff_id=staff.id, ticket_id=ticket.id, reason=why, now=now)


async def look(session: AsyncSession, staff: SignedIn, number: str, *, now: datetime) -> Look:
    """Read it; each time is recorded. NotYours, ReasonNeeded."""
    ticket = await _ticket(session, staff, number)
    said = await session.scalar(
        select(AuditEntry.id).where(
            AuditEntry.ticket_id == ticket.id, AuditEntry.staff_id == staff.id, AuditEntry.action == LOOKED,
            AuditEntry.at > now - LASTS,
        ).limit(1)
    )
    if said is None:
        raise ReasonNeeded
    (line,) = await lines_of(session, [ticket])
    messages = await thread(session, ticket.conversation_id, quotes=line.summary.quotes)
    await audit.record(session, action="ticket_opened", staff_id=staff.id, ticket_id=ticket.id, now=now)
    bare = tuple(replace(message, file=None) for message in messages)
    if not reported(line):
        return Look(line, bare)
    return (await of_reporter(session, line)).through(Look(replace(line, wish=None), tuple(replace(one, marks=()) for one in bare)))


async def _ticket(session: AsyncSession, staff: SignedIn, number: str) -> Ticket:
    """Another window's ticket. NotYours also for an auditor, and for one that is theirs anyway."""
    if staff.role == "auditor":
        raise NotYours
    ticket = await session.scalar(select(Ticket).where(Ticket.number == known_form(number), elsewhere(staff)))
    if ticket is None:
        raise NotYours
    return ticket
