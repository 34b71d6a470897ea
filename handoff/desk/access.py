"""Opening a ticket: who may, and the record of who did.

Every reading and every act on a ticket goes through here. A ticket that is not theirs and one that doesn't exist are
the same to the asker.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.staff import SignedIn, may_see
from handoff.privacy import audit
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.models import Conversation, Ticket, TicketStaff, TicketWindow

ROLES_IN_ORDER = ("main", "second", "outside", "asked", "named")
NUMBER = re.compile(r"[a-z][a-z0-9_]{0,39}-[0-9]{4}-[0-9]{4,9}", re.ASCII)


class NotYours(Exception):
    """There is no such ticket for this member of staff."""


class Unnamed(NotYours):
    """Restricted, and not in their name: they may take it or answer an offer of it, and read it then (`threshold`)."""


class OnlyAsked(Exception):
    """The ticket is offered to their window: they read it and answer the offer; the rest is still the sender's."""


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket with the windows that see it, the main one first. The row belongs to the session it came from.

    asked: those of them that it is only offered to; outside: those of another body; people: staff named for it, or kept
    out. named: windows of other bodies that do not see it (`seating`).
    """

    ticket: Ticket
    windows: tuple[str, ...]
    asked: frozenset[str] = frozenset()
    people: Mapping[UUID, str] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()

    def in_hands_of(self, staff: SignedIn) -> bool:
        """Whether they act on it, not only answer an offer of it."""
        own = staff.windows & (set(self.windows) - self.asked)
        named = staff.role == "coordinator" or self.people.get(staff.id) == "named"
        return named or self.ticket.assignee_id == staff.id or bool(own)

    def reads(self, staff: SignedIn) -> bool:
        """Whether its content is theirs to read: of a restricted one only by name. Who took it down knows it already."""
        return (
            not self.ticket.restricted or staff.role == "coordinator" or self.ticket.assignee_id == staff.id
            or self.people.get(staff.id) == "named" or self.ticket.state.get("taken_by") == str(staff.id)
        )

    def waits_for(self, staff: SignedIn) -> bool:
        """Whether it is in nobody's hand and of a window of theirs, and not what a colleague took down."""
        untaken = self.ticket.assignee_id is None and "named" not in self.people.values()
        own = staff.windows & (set(self.windows) - self.asked)
        return untaken and "taken_by" not in self.ticket.state and bool(own)


async def open_for(session: AsyncSession, staff: SignedIn, number: str, *, now: datetime, waiting: bool = False) -> Held:
    """Open a ticket: recorded, first reading kept, unread mark gone. waiting: also what waits for their window. NotYours, Unnamed."""
    held = await held_by(session, staff, number)
    if not (held.reads(staff) or (waiting and held.waits_for(staff))):
        raise Unnamed
    ticket = held.ticket
    if ticket.first_read_at is None:
        ticket.first_read_at = now
    if ticket.state.get("unread"):
        ticket.state = {**ticket.state, "unread": False}
        await emit(session, kind="ticket_changed", conversation_id=ticket.conversation_id, ticket_id=ticket.id)
    await audit.record(session, action="ticket_opened", staff_id=staff.id, ticket_id=ticket.id, now=now)
    return held


async def held_by(session: AsyncSession, staff: SignedIn, number: str) -> Held:
    """The ticket, locked for a change; not recorded as a reading. NotYours."""
    return await _held(session, staff, select(Ticket).where(Ticket.number == known_form(number)).with_for_update(of=Ticket))


async def seen_by(session: AsyncSession, staff: SignedIn, number: str) -> Held:
    """The same to look at only, in a reading session: nobody who writes waits for it. NotYours."""
    return await _held(session, staff, select(Ticket).where(Ticket.number == known_form(number)))


async def read_by(session: AsyncSession, staff: SignedIn, number: str) -> Held:
    """The same for who reads on in what they have opened. NotYours, Unnamed."""
    held = await seen_by(session, staff, number)
    if not held.reads(staff):
        raise Unnamed
    return held


async def _held(session: AsyncSession, staff: SignedIn, wanted: Select[Ticket]) -> Held:
    ticket = await session.scalar(wanted)
    if ticket is None:
        raise NotYours
    rows = await _windows(session, ticket)
    windows = tuple(row.window_id for row in rows if row.role != "named")
    asked = _in_role(rows, "asked")
    people = {
        row.staff_id: row.kind
        for row in await session.scalars(select(TicketStaff).where(TicketStaff.ticket_id == ticket.id))
    }
    if not may_see(staff, ticket, windows=windows, people=people, asked=asked):
        raise NotYours
    return Held(ticket, windows, asked, people, _in_role(rows, "outside"), _in_role(rows, "named"))


async def in_hand(session: AsyncSession, staff: SignedIn, number: str) -> Held:
    """The same for who is to act on the ticket. NotYours, OnlyAsked."""
    held = await held_by(session, staff, number)
    if not held.in_hands_of(staff):
        raise OnlyAsked
    return held


async def hold_conversation(session: AsyncSession, number: str) -> Conversation:
    """The ticket's conversation, locked. Comes before `held_by`: the dialogue locks in the same order. NotYours."""
    conversation = await session.scalar(
        select(Conversation).join(Ticket, Ticket.conversation_id == Conversation.id)
        .where(Ticket.number == known_form(number)).with_for_update(of=Conversation)
    )
    if conversation is None:
        raise NotYours
    return conversation


def known_form(number: str) -> str:
    """The number itself; NotYours for what can be none, before it comes near a database."""
    if not NUMBER.fullmatch(number):
        raise NotYours
    return number


async def windows_of(session: AsyncSession, ticket: Ticket) -> tuple[str, ...]:
    """Full ids, the main window first, then as they came, those only asked or named last."""
    return tuple(row.window_id for row in await _windows(session, ticket))


async def _windows(session: AsyncSession, ticket: Ticket) -> list[TicketWindow]:
    rows = await session.scalars(select(TicketWindow).where(TicketWindow.ticket_id == ticket.id))
    return sorted(rows, key=lambda row: (ROLES_IN_ORDER.index(row.role), row.id))


def _in_role(rows: Iterable[TicketWindow], role: str) -> frozenset[str]:
    return frozenset(row.window_id for row in rows if row.role == role)


async def record_refusal(store: Store, staff: SignedIn, number: str, *, now: datetime) -> None:
    """Write down that somebody asked for what is not theirs. Its own transaction: the asking one was rolled back."""
    async with store.town(staff.municipality_id) as session:
        known = select(Ticket.id).where(Ticket.number == number)
        ticket = await session.scalar(known) if NUMBER.fullmatch(number) else None
        await audit.record(session, action="ticket_refused", staff_id=staff.id, ticket_id=ticket, now=now)
