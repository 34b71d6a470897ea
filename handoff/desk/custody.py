"""Who has a ticket in hand: taking and giving it, ending it. Other windows: `handover`; other bodies: `introduction`.

A ticket ends with an outcome from a closed list, and "not ours" is none of them.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk import closing
from handoff.desk.access import Held, hold_conversation, in_hand
from handoff.desk.closing import OUTCOMES, Ending
from handoff.desk.folding import end_with
from handoff.desk.handover import OfferOpen, offered_to, told, unresolved
from handoff.desk.restriction import NoSuchColleague
from handoff.desk.staff import SignedIn, signed_in
from handoff.desk.tickets import open_again
from handoff.store.models import StaffMember, Ticket


class AlreadyTaken(Exception):
    """Somebody else was faster. `by` has the ticket now (None: nobody)."""

    def __init__(self, by: UUID | None) -> None:
        super().__init__("the ticket changed hands")
        self.by = by


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
    body = await _check_colleague(session, to, held) if to is not None and to != staff.id else staff.organisation
    ticket.assignee_id = to
    await told(session, ticket, "assigned", staff=staff, reason=body if body != staff.organisation else None, now=now)
    return ticket


async def resolve(
    session: AsyncSession, staff: SignedIn, number: str, *, outcome: str, ending: Ending = Ending(), now: datetime
) -> Ticket:
    """End a ticket with an outcome; the conversation goes back to the bot.

    NotYours, OnlyAsked, Resolved, NoSuchOutcome, OfferOpen, NotYet, BadText.
    """
    found = next((one for one in OUTCOMES if one == outcome), None)
    if found is None:
        raise NoSuchOutcome(f"choose one of: {', '.join(OUTCOMES)}")
    conversation = await hold_conversation(session, number)
    ticket = (await unresolved(session, staff, number)).ticket
    if offered_to(ticket) is not None:
        raise OfferOpen
    await closing.check(session, ticket, found, ending, now=now)
    closing.keep(ticket, ending)
    ticket.status, ticket.outcome, ticket.resolved_at = "resolved", outcome, now
    ticket.state = {**ticket.state, "unread": False}
    conversation.holder, conversation.closed_at = "bot", now
    conversation.version += 1  # a turn of the dialogue that is being thought out now starts again
    await end_with(session, ticket, now=now)
    await told(session, ticket, "resolved", staff=staff, reason=None, now=now)
    return ticket


async def reopen(session: AsyncSession, staff: SignedIn, number: str, *, now: datetime) -> Ticket:
    """Go on with a ticket that had ended. NotYours, OnlyAsked."""
    conversation = await hold_conversation(session, number)
    ticket = (await in_hand(session, staff, number)).ticket
    if ticket.status == "resolved":
        open_again(ticket)
        conversation.closed_at = None
        await told(session, ticket, "reopened", staff=staff, reason=None, now=now)
    return ticket


async def _check_colleague(session: AsyncSession, to: UUID, held: Held) -> str | None:
    """Whoever is given a ticket works at one of its windows, or coordinates. The body that they work for, for the record."""
    row = await session.get(StaffMember, to)
    if row is None or row.disabled_at is not None or held.people.get(to) == "known":
        raise NoSuchColleague
    if held.people.get(to) == "named":
        return row.organisation
    colleague = await signed_in(session, row)
    if colleague.role == "auditor" or (colleague.role != "coordinator" and colleague.windows.isdisjoint(set(held.windows) - held.asked)):
        raise NoSuchColleague
    return row.organisation
