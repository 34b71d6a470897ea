"""案件: opened by the dialogue when a person is needed, one open ticket a conversation.

Later decisions raise urgency and add windows, fields and patterns; they never lower anything by themselves: only
people do. Works inside the caller's transaction, which holds the conversation's row. Knows nothing of channels.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.confining import GUARDED, confine
from handoff.desk.deadlines import deadline, safety_checks
from handoff.desk.hours import TOKYO
from handoff.desk.naming import carry
from handoff.desk.outsiders import with_writer
from handoff.desk.routing import coordinator_window, needs_coordinator
from handoff.desk.seating import held_at, seated, seats_for
from handoff.desk.standing import answered
from handoff.desk.summary import URGENCY_ORDER, Summary, carry_over, summarise
from handoff.store import ahead
from handoff.store.counters import next_value
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import Contact, Conversation, Ticket, TicketWindow
from knowledge.schema import Town, Urgency
from triage.types import Decision

FISCAL_YEAR_BEGINS = 4
SAME_MATTER_WITHIN = timedelta(days=30)
LEFT_OPEN = ("unreachable", "not_wanted")
"""Ends after which any word of the resident is news."""


async def open_or_update(
    session: AsyncSession, conversation: Conversation, decision: Decision, *, town: Town, windows: Sequence[str],
    why: str, now: datetime,
) -> Ticket:
    """The conversation's open ticket, brought up to this decision; a new one where none is open.

    windows: full ids, the main one first; the coordinator's window holds what nobody is named for. Those of another
    body are named on it, not opened to it (`seating`).
    why: "triage" | "media" | "asked_enough" | "parked".
    """
    known: list[Ticket] = await ahead.rows(session, of_conversations, conversation.id)
    ticket = next((one for one in known if one.status != "resolved"), None) or _come_back(known, decision, now=now)
    owners = tuple(windows) or (coordinator_window(town),)
    if ticket is not None and (_in_hands(ticket) or not windows):
        owners = tuple(dict.fromkeys((*await _main(session, ticket), *owners)))
    seats = seats_for(owners, decision, town)
    conversation.closed_at = None
    contact = await session.get_one(Contact, conversation.contact_id)
    fresh = summarise(
        decision, town, windows=seats.own, why=why, channel=conversation.channel, named=contact.name_sealed is not None,
        now=now,
    )
    if ticket is None:
        before = known[0] if known else None
        ticket = await _open(session, conversation, decision, town=town, summary=fresh, before=before, now=now)
        known.insert(0, ticket)
        await seated(session, ticket, seats, held=(), town=town, now=now)
        await emit(session, kind="ticket", conversation_id=conversation.id, ticket_id=ticket.id)
    else:
        _raise(ticket, decision, town=town, summary=fresh, now=now)
        if not GUARDED.isdisjoint(decision.crisis):
            await confine(session, ticket)
        await seated(session, ticket, seats, held=await held_at(session, ticket), town=town, now=now)
        await emit(session, kind="ticket_changed", conversation_id=conversation.id, ticket_id=ticket.id)
    return ticket


async def attach(session: AsyncSession, conversation: Conversation, *, town: Town, now: datetime) -> Ticket | None:
    """The resident wrote while a ticket is open: mark it unread. None when no ticket is open."""
    ticket = await current(session, conversation.id)
    if ticket is not None:
        wait_again(ticket, town=town, now=now)
        ticket.last_resident_at = now
        ticket.state = {**ticket.state, "unread": True}
        await emit(session, kind="ticket_changed", conversation_id=conversation.id, ticket_id=ticket.id)
    return ticket


async def heard_again(
    session: AsyncSession, conversation: Conversation, *, town: Town, now: datetime
) -> Ticket | None:
    """Somebody who could not be reached, or did not want to go on, has written, whatever it is: staff see it."""
    known: list[Ticket] = await ahead.rows(session, of_conversations, conversation.id)
    ticket = known[0] if known else None
    if ticket is None or ticket.status != "resolved" or ticket.outcome not in LEFT_OPEN:
        return None
    open_again(ticket)
    wait_again(ticket, town=town, now=now)
    conversation.closed_at = None
    ticket.last_resident_at = now
    await emit(session, kind="ticket_changed", conversation_id=conversation.id, ticket_id=ticket.id)
    return ticket


def wait_again(ticket: Ticket, *, town: Town, now: datetime) -> None:
    """They write after our answer: a wait of its own begins. `due_at` stays that of the first answer, for the figures."""
    if ticket.first_answer_at is None:
        return
    due, before = deadline(_urgency(ticket.urgency), town, now), ticket.state.get("due_again")
    if before is not None and not answered(ticket):  # they wait already: nothing they add puts the date off
        due = min(due, datetime.fromisoformat(before))
    ticket.state = {**ticket.state, "due_again": due.isoformat()}


def open_again(ticket: Ticket) -> None:
    """Take the end back; how it had ended is kept."""
    ended = [*ticket.state.get("ended", ()), ticket.outcome]
    ticket.status, ticket.outcome, ticket.resolved_at = "in_progress" if ticket.first_answer_at else "open", None, None
    ticket.state = {**ticket.state, "unread": True, "ended": ended}


async def current(session: AsyncSession, conversation_id: UUID) -> Ticket | None:
    """The open ticket of a conversation, locked."""
    return await session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation_id, Ticket.status != "resolved")
        .order_by(Ticket.created_at.desc()).limit(1).with_for_update(of=Ticket)
    )


def of_conversations(conversations: Sequence[UUID]) -> Select[Ticket]:
    """Their tickets, the newest first, locked."""
    return (
        select(Ticket).where(Ticket.conversation_id.in_(conversations))
        .order_by(Ticket.created_at.desc()).with_for_update(of=Ticket)
    )


def _come_back(known: Sequence[Ticket], decision: Decision, *, now: datetime) -> Ticket | None:
    """The same matter soon after its end is the same ticket, so that nobody begins anew; another matter is not."""
    ticket = known[0] if known else None
    if ticket is None or ticket.resolved_at is None or now - ticket.resolved_at > SAME_MATTER_WITHIN:
        return None
    if decision.fields and set(decision.fields).isdisjoint(ticket.fields) and ticket.outcome not in LEFT_OPEN:
        return None
    open_again(ticket)
    return ticket


def fiscal_year(when: datetime) -> int:
    """年度: from April, in Japanese time."""
    local = when.astimezone(TOKYO)
    return local.year if local.month >= FISCAL_YEAR_BEGINS else local.year - 1


async def _open(
    session: AsyncSession, conversation: Conversation, decision: Decision, *, town: Town, summary: Summary,
    before: Ticket | None, now: datetime,
) -> Ticket:
    year = fiscal_year(now)
    number = await next_value(session, town.id, f"ticket:{year}")
    ticket = Ticket(
        id=new_id(now), municipality_id=town.id, created_at=now, data_key_id=conversation.data_key_id,
        data_key=conversation.data_key, number=f"{town.id}-{year}-{number:04d}", conversation_id=conversation.id,
        status="open", urgency=decision.urgency, coordinator=needs_coordinator(decision, town),
        restricted=not GUARDED.isdisjoint(decision.crisis), fields=list(decision.fields),
        patterns=list(decision.patterns), crisis=list(decision.crisis), due_at=deadline(decision.urgency, town, now),
        last_resident_at=now, state=with_writer(_first_state(before), decision.about), summary=summary.as_json(),
    )
    _watch_safety(ticket, decision, town=town, now=now)
    session.add(ticket)
    if before is not None:
        await session.flush()
        await carry(session, before, ticket, now=now)
    return ticket


def _first_state(before: Ticket | None) -> dict[str, Any]:
    """A matter that comes back after its end names the ticket before it."""
    return {"unread": True} if before is None else {"unread": True, "previous": before.number}


def _raise(ticket: Ticket, decision: Decision, *, town: Town, summary: Summary, now: datetime) -> None:
    if _graver(decision.urgency, ticket.urgency):
        ticket.urgency, ticket.due_at = decision.urgency, _sooner(ticket.due_at, deadline(decision.urgency, town, now))
    wait_again(ticket, town=town, now=now)
    taken_back = "flag_taken_back" in ticket.state  # a person has said so, with a reason
    ticket.coordinator = ticket.coordinator or (not taken_back and needs_coordinator(decision, town))
    ticket.fields = _union(ticket.fields, decision.fields)
    ticket.patterns = _union(ticket.patterns, decision.patterns)
    ticket.crisis = _union(ticket.crisis, decision.crisis)
    ticket.summary = carry_over(summary, Summary.from_json(ticket.summary), text=decision.text).as_json()
    ticket.last_resident_at = now
    ticket.state = {**with_writer(ticket.state, decision.about), "unread": True}
    _watch_safety(ticket, decision, town=town, now=now)


def _watch_safety(ticket: Ticket, decision: Decision, *, town: Town, now: datetime) -> None:
    """The clock of a safety check begins with the first word of such a danger, and nothing later sets it back."""
    known: dict[str, str] = ticket.state.get("safety", {})
    fresh = {key: due for key, due in safety_checks(decision.crisis, town, now).items() if key not in known}
    if fresh:
        ticket.state = {**ticket.state, "safety": {**known, **{key: due.isoformat() for key, due in fresh.items()}}}
        ticket.due_at = _sooner(ticket.due_at, min(fresh.values()))


def _in_hands(ticket: Ticket) -> bool:
    """Whether somebody has opened or taken it: from then on people say whose it is, and triage only adds."""
    return ticket.first_read_at is not None or ticket.assignee_id is not None


async def _main(session: AsyncSession, ticket: Ticket) -> Sequence[str]:
    """The one window that answers for it."""
    asked = select(TicketWindow.window_id).where(TicketWindow.ticket_id == ticket.id, TicketWindow.role == "main")
    return (await session.scalars(asked)).all()


def _urgency(value: str) -> Urgency:
    return next(one for one in URGENCY_ORDER if one == value)


def _graver(one: Urgency, other: str) -> bool:
    order = list[str](URGENCY_ORDER)
    return order.index(one) < order.index(other)


def _sooner(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _union(old: Sequence[str], new: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*old, *new)))
