"""Who has a ticket in hand: taking and giving it, ending it. Other windows: `handover`; other bodies: `introduction`.

A ticket ends with an outcome from a closed list, and "not ours" is none of them.
"""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import Held, hold_conversation
from handoff.desk.handover import OfferOpen, offered_to, unresolved
from handoff.desk.staff import SignedIn, signed_in
from handoff.privacy import audit
from handoff.store.events import emit
from handoff.store.models import StaffMember, Ticket

Outcome = Literal["connected", "informed", "other_body", "unreachable", "not_wanted", "no_resource"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
OUTCOME_NAMES: dict[Outcome, str] = {
    "connected": "支援につながった",
    "informed": "情報提供で終了",
    "other_body": "他機関へつないだ",
    "unreachable": "連絡がとれない",
    "not_wanted": "本人が望まない",
    "no_resource": "受け皿がない",
}


class AlreadyTaken(Exception):
    """Somebody else was faster. `by` has the ticket now (None: nobody)."""

    def __init__(self, by: UUID | None) -> None:
        super().__init__("the ticket changed hands")
        self.by = by


class NoSuchColleague(Exception):
    """The person doesn't exist, is closed, or could not see the ticket."""


class NoSuchOutcome(ValueError):
    """Not in the closed list."""


async def assign(
    session: AsyncSession, staff: SignedIn, number: str, *, to: UUID | None, expected: UUID | None, now: datetime
) -> Ticket:
    """Give a ticket to a colleague, take it, or lay it down (None).

    expected: who had it on the asker's screen; of two who act at once exactly one wins, the other gets AlreadyTaken.
    NotYours, Resolved, NoSuchColleague.
    """
    held = await unresolved(session, staff, number)
    ticket = held.ticket
    if ticket.assignee_id != expected:
        raise AlreadyTaken(ticket.assignee_id)
    if to is not None and to != staff.id:
        await _check_colleague(session, to, held)
    ticket.assignee_id = to
    await audit.record(session, action="assigned", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await emit(session, kind="ticket_changed", conversation_id=ticket.conversation_id, ticket_id=ticket.id)
    return ticket


async def resolve(session: AsyncSession, staff: SignedIn, number: str, *, outcome: str, now: datetime) -> Ticket:
    """End a ticket with an outcome; the conversation goes back to the bot. NotYours, Resolved, NoSuchOutcome, OfferOpen."""
    if outcome not in OUTCOMES:
        raise NoSuchOutcome(f"choose one of: {', '.join(OUTCOMES)}")
    conversation = await hold_conversation(session, number)
    ticket = (await unresolved(session, staff, number)).ticket
    if offered_to(ticket) is not None:
        raise OfferOpen
    ticket.status, ticket.outcome, ticket.resolved_at = "resolved", outcome, now
    ticket.state = {**ticket.state, "unread": False}
    conversation.holder = "bot"
    conversation.version += 1  # a turn of the dialogue that is being thought out now starts again
    await audit.record(session, action="resolved", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await emit(session, kind="ticket_changed", conversation_id=ticket.conversation_id, ticket_id=ticket.id)
    return ticket


async def _check_colleague(session: AsyncSession, to: UUID, held: Held) -> None:
    """Whoever is given a ticket works at one of its windows, or coordinates."""
    row = await session.get(StaffMember, to)
    if row is None or row.disabled_at is not None:
        raise NoSuchColleague
    colleague = await signed_in(session, row)
    if colleague.role == "auditor" or (colleague.role != "coordinator" and colleague.windows.isdisjoint(set(held.windows) - held.asked)):
        raise NoSuchColleague
