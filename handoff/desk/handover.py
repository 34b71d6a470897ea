"""Warm handover between windows: offered, answered, and in the sender's hands until somebody else has said yes.

The receiving window accepts, shares, advises or declines; silence through its staffed hours gives the matter back.
The first refusal tells the coordinator. Nothing here speaks to the resident. Other bodies are `introduction`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, assert_never

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import Held, held_by, in_hand
from handoff.desk.answers import LONGEST_NOTE, Resolved, clean
from handoff.desk.hours import after_staffed
from handoff.desk.naming import set_kind
from handoff.desk.routing import coordinator_window
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import Ticket, TicketMove, TicketWindow
from knowledge.schema import Town, Urgency, Window

How = Literal["accept", "share", "advise", "decline"]
TIME_TO_ANSWER: dict[Urgency, timedelta] = {
    "emergency": timedelta(hours=1), "urgent": timedelta(hours=2), "normal": timedelta(hours=8),
}
"""Staffed hours of the receiving window; the product's own line, no law sets it. Eight are about a working day."""


class NoSuchWindow(Exception):
    """The town has no such window, or it has the ticket already, or it is of another body (see `introduction`)."""


class OfferOpen(Exception):
    """The ticket is offered to a window that has not answered yet."""


class NoOffer(Exception):
    """Nothing is offered to a window of theirs: answered, withdrawn or given back meanwhile."""


async def offer(
    session: AsyncSession, staff: SignedIn, number: str, *, to_window: str, reason: str, town: Town, now: datetime
) -> TicketMove:
    """Ask another window to take the ticket over; until it says yes everything stays as it is.

    NotYours, OnlyAsked, Resolved, BadText (a reason is needed), NoSuchWindow, OfferOpen.
    """
    why = clean(reason, longest=LONGEST_NOTE)
    held = await unresolved(session, staff, number)
    ticket, window = held.ticket, window_of(town, to_window)
    target = f"{town.id}.{window.id}"
    if target == held.windows[0] or window.relation == "other_body":
        raise NoSuchWindow(to_window)
    if offered_to(ticket) is not None:
        raise OfferOpen
    row = move_of(ticket, from_window=held.windows[0], to_window=target, staff=staff, reason=why, now=now)
    row.answer_by = after_staffed(town, now, TIME_TO_ANSWER[_urgency(ticket)], window=window)
    session.add(row)
    if target not in held.windows:
        session.add(TicketWindow(
            id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, ticket_id=ticket.id,
            window_id=target, role="asked",
        ))
    ticket.state = {**ticket.state, "offered": target, "unread": True}
    await told(session, ticket, "handover_offered", staff=staff, reason=why, now=now)
    return row


async def answer(
    session: AsyncSession, staff: SignedIn, number: str, *, how: How, text: str, town: Town, now: datetime
) -> TicketMove:
    """The receiving window's answer. text: why not, or the advice; the two yeses need none.

    NotYours, NoOffer, BadText.
    """
    said = clean(text, longest=LONGEST_NOTE) if how in ("advise", "decline") or text.strip() else None
    held = await held_by(session, staff, number)
    row = await _open(session, held.ticket)
    if row is None or row.to_window not in staff.windows:
        raise NoOffer
    row.status, row.answer, row.answered_by = _status(how), said, staff.id
    if held.ticket.restricted and how in ("accept", "share"):
        for one in dict.fromkeys((held.ticket.assignee_id, row.staff_id, staff.id)):
            if one is not None:
                await set_kind(session, held.ticket, one, "named", now=now)
    await _settle(session, held.ticket, row, town=town, now=now)
    if how == "accept":
        held.ticket.assignee_id = staff.id
    await told(session, held.ticket, f"handover_{row.status}", staff=staff, reason=said, now=now)
    return row


async def withdraw(session: AsyncSession, staff: SignedIn, number: str, *, town: Town, now: datetime) -> None:
    """The sender thinks better of it. NotYours, OnlyAsked, NoOffer."""
    ticket = (await in_hand(session, staff, number)).ticket
    row = await _open(session, ticket)
    if row is None:
        raise NoOffer
    row.status, row.answered_by = "withdrawn", staff.id
    await _settle(session, ticket, row, town=town, now=now)
    await told(session, ticket, "handover_withdrawn", staff=staff, reason=None, now=now)


async def retold(session: AsyncSession, staff: SignedIn, number: str, *, now: datetime) -> None:
    """Staff say that the resident had to tell the story again: counted like the moves. NotYours, OnlyAsked."""
    ticket = (await in_hand(session, staff, number)).ticket
    ticket.state = {**ticket.state, "retold": int(ticket.state.get("retold", 0)) + 1}
    await told(session, ticket, "retold", staff=staff, reason=None, now=now)


async def return_late(store: Store, towns: Mapping[str, Town], *, now: datetime) -> int:
    """Give back what no receiving window answered in time, in the towns that are served now; how many."""
    async with store.reading_everywhere() as session:
        late = (await session.execute(
            select(TicketMove.municipality_id, TicketMove.ticket_id)
            .where(TicketMove.status == "offered", TicketMove.answer_by <= now, TicketMove.municipality_id.in_(list(towns)))
        )).all()
    for town_id, ticket_id in late:
        async with store.town(town_id) as session:
            ticket = await session.scalar(select(Ticket).where(Ticket.id == ticket_id).with_for_update(of=Ticket))
            row = await _open(session, ticket) if ticket is not None else None
            if ticket is None or row is None or row.answer_by is None or row.answer_by > now:
                continue
            row.status = "returned"
            await _settle(session, ticket, row, town=towns[town_id], now=now)
            await told(session, ticket, "handover_returned", staff=None, reason=None, now=now)
    return len(late)


def offered_to(ticket: Ticket) -> str | None:
    """The window that has been asked and has not answered."""
    return ticket.state.get("offered")


def window_of(town: Town, window: str) -> Window:
    """NoSuchWindow."""
    try:
        return town.window(window)
    except KeyError:
        raise NoSuchWindow(window) from None


def move_of(
    ticket: Ticket, *, from_window: str, to_window: str, staff: SignedIn, reason: str, now: datetime
) -> TicketMove:
    return TicketMove(
        id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, data_key_id=ticket.data_key_id,
        data_key=ticket.data_key, ticket_id=ticket.id, from_window=from_window, to_window=to_window,
        staff_id=staff.id, reason=reason, status="offered", items=[],
    )


async def unresolved(session: AsyncSession, staff: SignedIn, number: str) -> Held:
    """The ticket in their hands, not closed. NotYours, OnlyAsked, Resolved."""
    held = await in_hand(session, staff, number)
    if held.ticket.status == "resolved":
        raise Resolved
    return held


async def told(
    session: AsyncSession, ticket: Ticket, action: str, *, staff: SignedIn | None, reason: str | None, now: datetime
) -> None:
    """Write an act on a ticket down and let open pages know."""
    await audit.record(
        session, action=action, staff_id=staff.id if staff else None, ticket_id=ticket.id, reason=reason, now=now
    )
    await emit(session, kind="ticket_changed", conversation_id=ticket.conversation_id, ticket_id=ticket.id)


def _status(how: How) -> str:
    match how:
        case "accept":
            return "accepted"
        case "share":
            return "shared"
        case "advise":
            return "advised"
        case "decline":
            return "declined"
        case _:
            assert_never(how)


async def _open(session: AsyncSession, ticket: Ticket) -> TicketMove | None:
    return await session.scalar(
        select(TicketMove).where(TicketMove.ticket_id == ticket.id, TicketMove.status == "offered")
    )


async def _settle(session: AsyncSession, ticket: Ticket, row: TicketMove, *, town: Town, now: datetime) -> None:
    """Seat the windows as the answer says, count, and put the matter before whoever has it now."""
    row.answered_at = now
    state = {**ticket.state, "offered": None, "unread": row.status != "withdrawn"}
    if row.status == "accepted":
        await seat(session, ticket, row.to_window, "main", now=now)
        ticket.assignee_id = None
        state["moves"] = int(state.get("moves", 0)) + 1
    elif row.status == "shared":
        await seat(session, ticket, row.to_window, "second", now=now)
    else:
        await _unseat(session, ticket, row.to_window)
    if row.status in ("declined", "returned"):
        state["refused"] = int(state.get("refused", 0)) + 1
        ticket.coordinator = True
        await seat(session, ticket, coordinator_window(town), "second", now=now)
    ticket.state = state


async def seat(
    session: AsyncSession, ticket: Ticket, window: str, role: Literal["main", "second"], *, now: datetime
) -> None:
    """Give a window its place. A main one stays main when asked to be second; there is one main window."""
    rows = {
        row.window_id: row
        for row in await session.scalars(select(TicketWindow).where(TicketWindow.ticket_id == ticket.id))
    }
    if role == "main":
        for row in rows.values():
            row.role = "second" if row.role == "main" else row.role
    if window not in rows:
        session.add(TicketWindow(
            id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, ticket_id=ticket.id,
            window_id=window, role=role,
        ))
    elif role == "main" or rows[window].role == "asked":
        rows[window].role = role


async def _unseat(session: AsyncSession, ticket: Ticket, window: str) -> None:
    """Who was only asked and did not take it sees it no more."""
    row = await session.scalar(select(TicketWindow).where(
        TicketWindow.ticket_id == ticket.id, TicketWindow.window_id == window, TicketWindow.role == "asked"
    ))
    if row is not None:
        await session.delete(row)


def _urgency(ticket: Ticket) -> Urgency:
    return next((urgency for urgency in TIME_TO_ANSWER if urgency == ticket.urgency), "normal")
