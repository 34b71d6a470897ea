"""届いていないもの: words of ours that were kept back, refused, or may never have arrived; and what a person decides.

The outbox does nothing more of its own accord with what stands here, save what waits for a time that the resident wishes.
Only what they may see is read. Knows no platforms and no screens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import Held, hold_conversation, in_hand
from handoff.desk.queue import clipped, visible
from handoff.desk.staff import SignedIn
from handoff.desk.standing import NEVER_BY_TELEPHONE
from handoff.intake import resending
from handoff.intake.inbox import UNSEALABLE
from handoff.intake.safety import FOR_GOOD, Wish
from handoff.privacy import audit
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import (
    Contact,
    Conversation,
    Message,
    OutboxItem,
    SafeContactWish,
    StaffMember,
    Ticket,
    TicketStaff,
    TicketWindow,
    UnsentDecision,
)

State = Literal["held", "failed", "uncertain", "late"]
Choice = Literal["again", "telephone", "let_be"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
CHOICE_NAMES: dict[Choice, str] = {"again": "もう一度送る", "telephone": "電話で伝える", "let_be": "そのままにする"}
LATE = timedelta(minutes=30)
"""Still in the queue after this time: a fault of the platform, or a channel that is paused."""
SHOWN, REMEMBERED = 100, timedelta(days=30)
UNOPENED = "unopened"
"""The words cannot be unsealed."""
NEVER_AGAIN = frozenset({UNOPENED, "no_address", "no_channel", "blocked", "empty"})


class NothingToDecide(Exception):
    """It has gone out meanwhile, somebody else has decided, or this is not to be chosen for it."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """One turn that has not arrived. number: of its ticket; sender: bot | staff; why: a code of the outbox.

    words: "" where the ticket is restricted, they cannot be opened, or there are none (a link, a mere notice);
    until: when it goes out by itself; wish: how the resident may be reached; twice: sent again, it may arrive twice.
    """

    id: UUID
    number: str
    restricted: bool
    at: datetime
    channel: str
    sender: str
    state: State
    why: str
    words: str
    notice: bool
    until: datetime | None
    wish: Wish
    twice: bool
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody has decided. by: login."""

    number: str
    at: datetime
    by: str
    choice: str
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Overview:
    """elsewhere: how many turns of the bot did not arrive in talks that are no ticket; None: not for this role."""

    open: tuple[Unsent, ...]
    more: int
    decided: tuple[Decided, ...]
    elsewhere: int | None


async def count(session: AsyncSession, staff: SignedIn, *, now: datetime) -> int:
    """How many turns wait for a decision of theirs. What waits at the resident's wish is no task."""
    return await _count(session, _stuck(now), OutboxItem.status != "held", _of_theirs(staff))


async def overview(session: AsyncSession, staff: SignedIn, *, now: datetime) -> Overview:
    """What may be decided first (the newest above), and what has been, for a month."""
    rows = list(await session.scalars(
        select(OutboxItem).where(_stuck(now), _of_theirs(staff)).order_by(OutboxItem.created_at.desc()).limit(SHOWN)
    ))
    total = await _count(session, _stuck(now), _of_theirs(staff)) if len(rows) == SHOWN else len(rows)
    return Overview(
        tuple(await _lines(session, staff, rows, now=now)), total - len(rows), await _decided(session, staff, now=now),
        await _elsewhere(session, now=now) if staff.role in ("coordinator", "admin") else None,
    )


async def decide(
    session: AsyncSession, staff: SignedIn, number: str, item: UUID, *, choice: str, now: datetime
) -> None:
    """Do with it what was chosen, under their name. NotYours, OnlyAsked, NothingToDecide."""
    conversation = await hold_conversation(session, number)
    held: Held = await in_hand(session, staff, number)
    row = await session.scalar(
        select(OutboxItem).where(OutboxItem.id == item, OutboxItem.conversation_id == conversation.id, _stuck(now))
        .where(OutboxItem.status != "sending").with_for_update(of=OutboxItem)
    )
    if row is None:
        raise NothingToDecide
    (line,) = await _lines(session, staff, [row], now=now)
    if choice not in line.choices:
        raise NothingToDecide
    session.add(UnsentDecision(
        id=new_id(now), municipality_id=row.municipality_id, created_at=now, ticket_id=held.ticket.id,
        staff_id=staff.id, choice=choice, state=line.state, why=line.why, sequence=row.first_sequence,
    ))
    if choice == "again":
        await resending.again(session, row, now=now)
    else:
        resending.aside(row, choice)
    await audit.record(session, action=f"unsent_{choice}", staff_id=staff.id, ticket_id=held.ticket.id, now=now)
    await emit(session, kind="ticket_changed", conversation_id=conversation.id, ticket_id=held.ticket.id)


def _stuck(now: datetime) -> ColumnElement[bool]:
    """Held, refused, doubtful or late; not what somebody has decided about."""
    open_end = and_(OutboxItem.status.in_(["failed", "uncertain"]), func.coalesce(OutboxItem.error, "").not_in(CHOICES))
    late = and_(OutboxItem.status.in_(["queued", "sending"]), OutboxItem.created_at < now - LATE)
    return or_(open_end, OutboxItem.status == "held", late)


def _of_theirs(staff: SignedIn) -> ColumnElement[bool]:
    return select(Ticket.id).where(Ticket.conversation_id == OutboxItem.conversation_id, visible(staff)).exists()


async def _lines(session: AsyncSession, staff: SignedIn, rows: Sequence[OutboxItem], *, now: datetime) -> list[Unsent]:
    """A handful of statements for all of them."""
    ids = {row.conversation_id for row in rows}
    tickets = await _tickets(session, staff, ids)
    theirs = await _in_hand(session, staff, list(tickets.values()))
    wishes = {
        one.conversation_id: Wish.from_json(one.wish)
        for one in await session.scalars(select(SafeContactWish).where(SafeContactWish.conversation_id.in_(ids)))
    }
    blocked = set(await session.scalars(
        select(Conversation.id).join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.id.in_(ids), Contact.blocked)
    ))
    said = await _said(session, rows)
    return [
        _line(row, tickets[row.conversation_id], said.get(row.id, ()), wishes.get(row.conversation_id, Wish()),
              blocked=row.conversation_id in blocked, theirs=tickets[row.conversation_id].id in theirs, now=now)
        for row in rows
    ]


def _line(
    row: OutboxItem, ticket: Ticket, said: Sequence[Message], wish: Wish, *, blocked: bool, theirs: bool, now: datetime
) -> Unsent:
    wrapping, why = _opened(row)
    state, why = _state(row), "blocked" if blocked else why
    waits = state == "held" and row.due_at < now + FOR_GOOD / 2
    decidable = theirs and row.status != "sending"
    return Unsent(
        id=row.id, number=ticket.number, restricted=ticket.restricted, at=row.created_at, channel=row.channel,
        sender=said[0].sender if said else "bot", state=state, why=why,
        words="" if ticket.restricted else clipped(" ".join(filter(None, map(_text, said)))),
        notice=wrapping.get("notice") is not None, until=row.due_at if waits else None, wish=wish,
        twice=state == "uncertain" and not resending.never_doubled(row, now=now),
        choices=_choices(state, why, ticket, wish) if decidable else (),
    )


def _state(row: OutboxItem) -> State:
    match row.status:
        case "held" | "failed" | "uncertain":
            return row.status
        case _:
            return "late"


def _opened(row: OutboxItem) -> tuple[Mapping[str, object], str]:
    """How it was to be sent, and why it was not."""
    try:
        return (row.payload or {}).get("wrapping") or {}, (row.error or "").removeprefix("gave_up:")
    except UNSEALABLE:
        return {}, UNOPENED


def _text(message: Message) -> str:
    try:
        return (message.payload or {}).get("text") or ("［ファイル］" if message.media else "")
    except UNSEALABLE:
        return ""


def _choices(state: State, why: str, ticket: Ticket, wish: Wish) -> tuple[Choice, ...]:
    """Nobody is offered the telephone where it may put the resident in danger, or is not wanted."""
    again = state in ("failed", "uncertain") and why not in NEVER_AGAIN
    unsafe = ticket.restricted or bool(NEVER_BY_TELEPHONE & set(ticket.crisis))
    offered: dict[Choice, bool] = {
        "again": again, "telephone": not (unsafe or wish.only_answers or "telephone" in wish.avoid), "let_be": True,
    }
    return tuple(choice for choice, may in offered.items() if may)


async def _tickets(session: AsyncSession, staff: SignedIn, conversations: set[UUID]) -> dict[UUID, Ticket]:
    """By conversation: its newest ticket that they may see, an open one before those that have ended."""
    rows = await session.scalars(
        select(Ticket).where(Ticket.conversation_id.in_(conversations), visible(staff))
        .order_by((Ticket.status != "resolved").asc(), Ticket.created_at)
    )
    return {row.conversation_id: row for row in rows}


async def _in_hand(session: AsyncSession, staff: SignedIn, tickets: Sequence[Ticket]) -> set[UUID]:
    """Those that they act on, not only read an offer of: `access.Held.in_hands_of` for many at once."""
    ids = {ticket.id for ticket in tickets}
    if staff.role == "coordinator":
        return ids
    own = select(TicketWindow.ticket_id).where(
        TicketWindow.ticket_id.in_(ids), TicketWindow.window_id.in_(sorted(staff.windows)),
        TicketWindow.role.not_in(["asked", "named"]),
    )
    named = select(TicketStaff.ticket_id).where(
        TicketStaff.ticket_id.in_(ids), TicketStaff.staff_id == staff.id, TicketStaff.kind == "named"
    )
    taken = {ticket.id for ticket in tickets if ticket.assignee_id == staff.id}
    return taken | set(await session.scalars(own)) | set(await session.scalars(named))


async def _said(session: AsyncSession, rows: Sequence[OutboxItem]) -> dict[UUID, list[Message]]:
    """The messages of each turn, in order."""
    ids = {row.conversation_id for row in rows}
    sequences = {sequence for row in rows for sequence in range(row.first_sequence, row.last_sequence + 1)}
    found = await session.scalars(
        select(Message).where(Message.conversation_id.in_(ids), Message.sequence.in_(sequences))
    )
    messages = {(one.conversation_id, one.sequence): one for one in found}
    return {
        row.id: [
            messages[key] for sequence in range(row.first_sequence, row.last_sequence + 1)
            if (key := (row.conversation_id, sequence)) in messages
        ]
        for row in rows
    }


async def _decided(session: AsyncSession, staff: SignedIn, *, now: datetime) -> tuple[Decided, ...]:
    rows = await session.execute(
        select(UnsentDecision, Ticket.number, StaffMember.login)
        .join(Ticket, Ticket.id == UnsentDecision.ticket_id).join(StaffMember, StaffMember.id == UnsentDecision.staff_id)
        .where(visible(staff), UnsentDecision.created_at > now - REMEMBERED)
        .order_by(UnsentDecision.created_at.desc()).limit(SHOWN)
    )
    return tuple(Decided(number, one.created_at, login, one.choice, one.state, one.why) for one, number, login in rows)


async def _elsewhere(session: AsyncSession, *, now: datetime) -> int:
    """Nobody can be asked to look after them; a growing number says that a channel is not well."""
    held = select(Ticket.id).where(Ticket.conversation_id == OutboxItem.conversation_id)
    recent = OutboxItem.created_at > now - REMEMBERED
    return await _count(session, _stuck(now), OutboxItem.status != "held", recent, ~held.exists())


async def _count(session: AsyncSession, *which: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(OutboxItem).where(*which)) or 0
