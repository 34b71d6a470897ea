"""Who has a ticket in hand: taking and giving it, moving it to another window, ending it.

A move keeps the sender on the ticket and is counted: passing people round is never hidden. A ticket ends with an
outcome from a closed list, and "not ours" is none of them.
"""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import Held, held_by, hold_conversation
from handoff.desk.answers import LONGEST_NOTE, Resolved, clean
from handoff.desk.staff import SignedIn, signed_in
from handoff.privacy import audit
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import StaffMember, Ticket, TicketMove, TicketWindow
from knowledge.schema import Town

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


class NoSuchWindow(Exception):
    """The town has no such window, or it has the ticket already."""


class NoSuchOutcome(ValueError):
    """Not in the closed list."""


async def assign(
    session: AsyncSession, staff: SignedIn, number: str, *, to: UUID | None, expected: UUID | None, now: datetime
) -> Ticket:
    """Give a ticket to a colleague, take it, or lay it down (None).

    expected: who had it on the asker's screen; of two who act at once exactly one wins, the other gets AlreadyTaken.
    NotYours, Resolved, NoSuchColleague.
    """
    held = await _unresolved(session, staff, number)
    ticket = held.ticket
    if ticket.assignee_id != expected:
        raise AlreadyTaken(ticket.assignee_id)
    if to is not None and to != staff.id:
        await _check_colleague(session, to, held)
    ticket.assignee_id = to
    await audit.record(session, action="assigned", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await emit(session, kind="ticket_changed", conversation_id=ticket.conversation_id, ticket_id=ticket.id)
    return ticket


async def move(
    session: AsyncSession, staff: SignedIn, number: str, *, to_window: str, reason: str, town: Town, now: datetime
) -> Ticket:
    """Make another window the main one; the one before stays as the second and goes on seeing it.

    NotYours, Resolved, BadText (a reason is needed), NoSuchWindow.
    """
    why = clean(reason, longest=LONGEST_NOTE)
    held = await _unresolved(session, staff, number)
    ticket, before = held.ticket, held.windows[0]
    target = _window_of(town, to_window)
    if target == before:
        raise NoSuchWindow(to_window)
    await _make_main(session, ticket, target, now=now)
    session.add(TicketMove(
        id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, data_key_id=ticket.data_key_id,
        data_key=ticket.data_key, ticket_id=ticket.id, from_window=before, to_window=target, staff_id=staff.id,
        reason=why,
    ))
    ticket.assignee_id = None
    ticket.state = {**ticket.state, "unread": True, "moves": int(ticket.state.get("moves", 0)) + 1}
    await audit.record(session, action="moved", staff_id=staff.id, ticket_id=ticket.id, reason=why, now=now)
    await emit(session, kind="ticket_changed", conversation_id=ticket.conversation_id, ticket_id=ticket.id)
    return ticket


async def resolve(session: AsyncSession, staff: SignedIn, number: str, *, outcome: str, now: datetime) -> Ticket:
    """End a ticket with an outcome; the conversation goes back to the bot. NotYours, Resolved, NoSuchOutcome."""
    if outcome not in OUTCOMES:
        raise NoSuchOutcome(f"choose one of: {', '.join(OUTCOMES)}")
    conversation = await hold_conversation(session, number)
    ticket = (await _unresolved(session, staff, number)).ticket
    ticket.status, ticket.outcome, ticket.resolved_at = "resolved", outcome, now
    ticket.state = {**ticket.state, "unread": False}
    conversation.holder = "bot"
    conversation.version += 1  # a turn of the dialogue that is being thought out now starts again
    await audit.record(session, action="resolved", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await emit(session, kind="ticket_changed", conversation_id=ticket.conversation_id, ticket_id=ticket.id)
    return ticket


async def _unresolved(session: AsyncSession, staff: SignedIn, number: str) -> Held:
    held = await held_by(session, staff, number)
    if held.ticket.status == "resolved":
        raise Resolved
    return held


async def _check_colleague(session: AsyncSession, to: UUID, held: Held) -> None:
    """Whoever is given a ticket works at one of its windows, or coordinates."""
    row = await session.get(StaffMember, to)
    if row is None or row.disabled_at is not None:
        raise NoSuchColleague
    colleague = await signed_in(session, row)
    if colleague.role == "auditor" or (colleague.role != "coordinator" and colleague.windows.isdisjoint(held.windows)):
        raise NoSuchColleague


def _window_of(town: Town, window: str) -> str:
    """The full id. NoSuchWindow."""
    try:
        return f"{town.id}.{town.window(window).id}"
    except KeyError:
        raise NoSuchWindow(window) from None


async def _make_main(session: AsyncSession, ticket: Ticket, target: str, *, now: datetime) -> None:
    rows = list(await session.scalars(select(TicketWindow).where(TicketWindow.ticket_id == ticket.id)))
    for row in rows:
        row.role = "main" if row.window_id == target else "second"
    if all(row.window_id != target for row in rows):
        session.add(TicketWindow(
            id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, ticket_id=ticket.id,
            window_id=target, role="main",
        ))
