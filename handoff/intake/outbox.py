"""The outbox: the one way in which anything is said to a resident.

`enqueue` writes inside the caller's transaction; `claim` and `record` are transactions of the worker, with no
transaction open while a platform is called. A LINE push carries the row's id as retry key and is never doubled.
Knows channels only by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bots.types import Outgoing
from handoff.intake import answer_mail, safety
from handoff.intake.entrance import Doors, How, Wrapping, forget_old, mode_of
from handoff.intake.inbox import UNSEALABLE
from handoff.intake.state import State
from handoff.intake.taps import Door
from handoff.intake.unpaid import Unpaid, take_unpaid
from handoff.store import ahead
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import ChannelAccount, Contact, Conversation, Message, OutboxItem
from handoff.store.models.base import UtcTime
from handoff.store.saying import next_message
from knowledge.schema.contact_ways import SafeContact

CLAIM_AT_ONCE = 32
LEASE = timedelta(seconds=45)
"""Longer than the 10 s after which a platform call is given up, with its one repeat."""
GIVE_UP_AFTER = timedelta(hours=23)
"""LINE forgets a retry key after 24 h: a later retry could double a message."""
BUBBLES_A_CALL = 5

Sender = Literal["bot", "staff"]
PUSHED = {"line", "telegram"}
REPLY_TOKEN_LIFE = timedelta(seconds=50)
"""LINE promises one minute from receipt; ten seconds stay for the way."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply token and until when it may be used (`REPLY_TOKEN_LIFE` from receipt)."""

    token: str
    until: datetime


async def enqueue(
    session: AsyncSession,
    conversation: Conversation,
    bubbles: Sequence[Outgoing],
    *,
    sender: Sender,
    now: datetime,
    staff_id: UUID | None = None,
    reply: Reply | None = None,
    doors: Sequence[Door] = (),
    doors_asked: bool = False,
    quiet: bool = False,
    heard_on: str | None = None,
    files: Sequence[str] = (),
) -> list[Message]:
    """Say bubbles: messages with the next sequences, an outbox row per five where the channel needs pushing.

    LINE only: doors are its buttons (where LINE is the whole conversation, only the notice unless asked for); quiet keeps
    notifications neutral, as whatever is said where a child writes, or of danger, or somebody must not know. heard_on: the channel
    that the resident has just used; what answers the town's page stays on the page. files: kinds of what goes after the bubbles, each a message of its
    own that stays on the page: platforms are told only that there is something, with the way in. The caller holds the conversation's row (it is the sequence
    counter). Returns the new messages in order.
    """
    parts = [*((bubble, None) for bubble in bubbles), *((Outgoing(""), kind) for kind in files)]
    messages = [
        next_message(session, conversation, sender=sender, payload=said.as_json(), now=now, staff_id=staff_id, media=kind)
        for said, kind in parts
    ]
    if messages:
        conversation.last_at = now
        if sender == "staff":
            conversation.version += 1  # a bot answer that is being thought out must not talk over staff
            await answer_mail.answered(session, conversation.id, now=now)
        await emit(session, kind="message", conversation_id=conversation.id)
    if conversation.channel in PUSHED and heard_on != "web" and (messages or reply):
        quiet = quiet or await _private(session, conversation)
        wrapping = Wrapping(tuple(doors), quiet, asked=doors_asked)
        await _queue(session, conversation, bubbles, messages, sender=sender, reply=reply, wrapping=wrapping, now=now)
    return messages


def stands_by(conversation: Conversation) -> bool:
    """Whether the platform has given the talk to another module: the bot says nothing there of its own accord."""
    return State.from_json(conversation.dialogue or {}).standby


async def _private(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether somebody beside the resident must not read on a locked screen what is said."""
    if State.from_json(conversation.dialogue or {}).private:
        return True
    return bool((await safety.wish_of(session, conversation.id)).hide_from)


@dataclass(frozen=True, slots=True)
class _Call:
    """What goes out in one call: bubbles, how they are wrapped, which messages they stand for."""

    bubbles: tuple[Outgoing, ...]
    wrapping: Wrapping
    first: int
    last: int


async def _queue(
    session: AsyncSession, conversation: Conversation, bubbles: Sequence[Outgoing], messages: Sequence[Message],
    *, sender: Sender, reply: Reply | None, wrapping: Wrapping, now: datetime,
) -> None:
    """Outbox rows of one call each. Only the first call may use the reply token: it is good for one."""
    contact = await ahead.one(session, Contact, conversation.contact_id)
    mode = await mode_of(session, contact)
    wrapping = wrapping.on(mode)
    if len(messages) > len(bubbles):
        wrapping = replace(wrapping, notice="staff_file", doors=("open",), outside=True)
    unpaid = await take_unpaid(session, conversation) if reply else Unpaid()
    calls = _behind_the_door(messages, outside=wrapping.outside) if mode == "entrance" and sender == "staff" else _in_fives(bubbles, messages, wrapping)
    for number, call in enumerate(_with_unpaid(calls, unpaid, wrapping)):
        token = reply if number == 0 else None
        session.add(OutboxItem(
            id=new_id(now), municipality_id=conversation.municipality_id, created_at=now,
            data_key_id=conversation.data_key_id, data_key=conversation.data_key, conversation_id=conversation.id,
            account_id=contact.account_id, channel=conversation.channel, first_sequence=call.first,
            last_sequence=call.last, due_at=now, reply_until=token.until if token else None,
            payload={
                "reply_token": token.token if token else None, "wrapping": call.wrapping.as_json(),
                "bubbles": [bubble.as_json() for bubble in call.bubbles],
            },
        ))
    await emit(session, kind="outbox", conversation_id=conversation.id)


def _behind_the_door(messages: Sequence[Message], *, outside: bool) -> list[_Call]:
    """What staff write stays on the town's page: LINE says only that it is there."""
    wrapping = Wrapping(("open",), quiet=True, notice="staff_answer", mode="entrance", outside=outside)
    return [_Call((), wrapping, messages[0].sequence, messages[-1].sequence)] if messages else []


def _in_fives(bubbles: Sequence[Outgoing], messages: Sequence[Message], wrapping: Wrapping) -> list[_Call]:
    """Calls in order; the buttons stand under the last, which also tells of files."""
    starts = range(0, len(bubbles), BUBBLES_A_CALL)
    last = starts[-1] if starts else 0
    return [
        _Call(tuple(bubbles[start : start + BUBBLES_A_CALL]), wrapping if start == last else replace(wrapping, doors=(), notice=None),
              messages[start].sequence, (messages[-1] if start == last else messages[start + BUBBLES_A_CALL - 1]).sequence)
        for start in starts
    ]


def _with_unpaid(calls: list[_Call], unpaid: Unpaid, wrapping: Wrapping) -> list[_Call]:
    """What an empty quota has kept back goes first, with this free reply."""
    if not unpaid.found:
        return calls
    first, *rest = calls or [_Call((), wrapping, unpaid.first, unpaid.last)]
    if unpaid.notice is not None:
        doors = tuple(dict.fromkeys(("open", *first.wrapping.doors)))
        first = replace(first, wrapping=replace(first.wrapping, notice=unpaid.notice, doors=doors))
    if unpaid.quiet:
        first = replace(first, wrapping=replace(first.wrapping, quiet=True))
    span = min(unpaid.first, first.first), max(unpaid.last, first.last)
    return [_Call((*unpaid.bubbles, *first.bubbles), first.wrapping, *span), *rest]


@dataclass(frozen=True, slots=True)
class Sending:
    """A claimed row, opened: everything a channel needs to send it."""

    id: UUID
    municipality_id: str
    account_id: UUID
    lease: UUID
    attempts: int
    created_at: datetime
    to: str
    reply_token: str | None
    bubbles: tuple[Outgoing, ...]


async def claim(
    store: Store, *, now: datetime, most: int = CLAIM_AT_ONCE, doors: Doors | None = None,
    ways: SafeContact | None = None,
) -> list[Sending]:
    """Take up to `most` due rows, the oldest unfinished one of each conversation, and mark them `sending`.

    A row whose lease ran out while sending comes back if the platform can tell a repeat (LINE push); else it has
    become `uncertain`. doors: puts links and neutral previews on what goes to LINE; what a town says that they don't know
    waits. ways: with them, residents' wishes about when to write to them are kept (`safety`).
    """
    served = doors is not None
    asked = {"now": now, "towns": [] if doors is None else list(doors.knowledge.towns)}
    async with store.reading_everywhere() as session:  # who finds nothing keeps nobody from writing
        seen = set(await session.scalars(_may_go(served=served), asked))
    if not seen:
        return []
    async with store.everywhere() as session:
        if "held" in seen:
            await safety.release(session, now=now)
        if "sending" in seen:
            await _recover(session, now=now)
        rows = await session.scalars(_due(served=served), {**asked, "most": most})
        going = await safety.going(session, list(rows), ways, now=now)
        whose = await _whose(session, going)
        if doors is not None and going:
            await forget_old(session, whose, now=now)
        taken = [await _take(session, row, *whose[row.conversation_id], doors, now=now) for row in going]
        return [sending for sending in taken if sending is not None]


_NOW, _MOST = bindparam("now", type_=UtcTime), bindparam("most", type_=Integer)


def _of(*, served: bool) -> ColumnElement[bool]:
    return OutboxItem.municipality_id.in_(bindparam("towns", expanding=True)) if served else true()


@cache
def _due(*, served: bool) -> Select[OutboxItem]:
    """The oldest unfinished row of each conversation, where it is due and its account is not paused, locked. served: of
    the towns that are. Made once, as `_may_go`: making it costs more than asking it.
    """
    earlier = aliased(OutboxItem)
    blocked = (
        select(earlier.id)
        .where(earlier.conversation_id == OutboxItem.conversation_id)
        .where(earlier.first_sequence < OutboxItem.first_sequence)
        .where(earlier.status.in_(["queued", "sending"]))
        .exists()
    )
    paused = (
        select(ChannelAccount.id)
        .where(ChannelAccount.id == OutboxItem.account_id)
        .where(ChannelAccount.paused_until > _NOW)
        .exists()
    )
    due = select(OutboxItem).where(OutboxItem.status == "queued", OutboxItem.due_at <= _NOW, ~blocked, ~paused, _of(served=served))
    return due.order_by(OutboxItem.due_at).limit(_MOST).with_for_update(skip_locked=True, of=OutboxItem)


@cache
def _may_go(*, served: bool) -> Select[str]:
    """The states of what a claim may have to do with: rows that are due, left in flight, or set aside."""
    waits = or_(
        and_(OutboxItem.status == "queued", OutboxItem.due_at <= _NOW),
        and_(OutboxItem.status == "sending", OutboxItem.lease_until < _NOW), OutboxItem.status == "held",
    )
    return select(OutboxItem.status).where(waits, _of(served=served)).distinct()


async def _whose(session: AsyncSession, rows: Sequence[OutboxItem]) -> dict[UUID, tuple[Conversation, Contact]]:
    """Conversations and contacts of a batch in one statement; row by row they would cost most of the sending."""
    found = await session.execute(
        select(Conversation, Contact).join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.id.in_({row.conversation_id for row in rows}))
    )
    return {conversation.id: (conversation, contact) for conversation, contact in found}


async def _take(
    session: AsyncSession, row: OutboxItem, conversation: Conversation, contact: Contact, doors: Doors | None,
    *, now: datetime,
) -> Sending | None:
    """Mark a row `sending` and open it. One that cannot be opened fails alone; staff see it."""
    if contact.blocked:  # LINE would say 200 and deliver nothing
        await _close(session, row, "failed", "blocked")
        return None
    try:
        payload, to = row.payload, contact.address
    except UNSEALABLE as why:
        await _close(session, row, "failed", type(why).__name__)
        return None
    if row.account_id is None or to is None:
        await _close(session, row, "failed", "no_address")
        return None
    row.status, row.lease, row.lease_until = "sending", new_id(now), now + LEASE
    row.attempts += 1
    fresh = row.reply_until is not None and row.reply_until > now  # a try that may have used it up is never queued again
    row.how = "reply" if fresh else "push"
    bubbles = tuple(Outgoing.from_json(bubble) for bubble in payload["bubbles"])
    if doors is not None:
        bubbles = _wrapped(session, row, conversation, bubbles, doors, now=now)
    return Sending(
        id=row.id, municipality_id=row.municipality_id, account_id=row.account_id, lease=row.lease,
        attempts=row.attempts, created_at=row.created_at, to=to,
        reply_token=payload["reply_token"] if fresh else None,
        bubbles=bubbles,
    )


def _wrapped(
    session: AsyncSession, row: OutboxItem, conversation: Conversation, bubbles: Sequence[Outgoing], doors: Doors,
    *, now: datetime,
) -> tuple[Outgoing, ...]:
    """The turn with its links, made when it first leaves and kept: a retry key stands for one body."""
    payload = row.payload
    kept, wrapping = payload.get("wrapped"), payload.get("wrapping")
    if kept is not None and kept["how"] == row.how:
        return tuple(Outgoing.from_json(bubble) for bubble in kept["bubbles"])
    if wrapping is None or (row.channel != "line" and wrapping["notice"] is None):
        return tuple(bubbles)
    how: How = "reply" if row.how == "reply" else "push"
    made = doors.wrap(session, conversation, bubbles, Wrapping.from_json(wrapping), how=how, now=now)
    row.payload = {**payload, "wrapped": {"how": how, "bubbles": [bubble.as_json() for bubble in made]}}
    return made


async def _close(session: AsyncSession, row: OutboxItem, status: str, error: str) -> None:
    """End a row without sending it; staff see why."""
    row.status, row.error, row.lease, row.lease_until = status, error, None, None
    await emit(session, kind="delivery", conversation_id=row.conversation_id, municipality_id=row.municipality_id)


async def _recover(session: AsyncSession, *, now: datetime) -> None:
    """Rows that a dead worker left in flight. A LINE push may be repeated (retry key); the others can't be known."""
    rows = await session.scalars(
        select(OutboxItem).where(OutboxItem.status == "sending", OutboxItem.lease_until < now)
        .with_for_update(skip_locked=True, of=OutboxItem)
    )
    for row in rows:
        forgotten = row.created_at < now - GIVE_UP_AFTER
        if row.channel != "line" or row.how == "reply" or forgotten:
            await _close(session, row, "uncertain", "interrupted")
        else:
            row.status, row.lease, row.lease_until, row.due_at = "queued", None, None, now


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a send. again_at only with `queued`."""

    status: Literal["sent", "queued", "failed", "uncertain"]
    error: str | None = None
    again_at: datetime | None = None
    push_next: bool = False


async def record(store: Store, results: Sequence[tuple[Sending, Outcome]], *, now: datetime) -> None:
    """Write down a batch of outcomes. A row that lost its lease meanwhile is left as it is."""
    async with store.everywhere() as session:
        found = await session.scalars(
            select(OutboxItem).where(OutboxItem.id.in_([sending.id for sending, _ in results]))
            .order_by(OutboxItem.id).with_for_update(of=OutboxItem)
        )
        rows = {(row.id, row.lease): row for row in found}
        for sending, outcome in results:
            row = rows.get((sending.id, sending.lease))
            if row is None:
                continue
            row.status, row.error = outcome.status, outcome.error
            row.lease = row.lease_until = None
            if outcome.again_at is not None:
                row.due_at = outcome.again_at
            if outcome.push_next:
                row.reply_until = None
            if outcome.status == "sent":
                row.sent_at, row.payload = now, None
            await emit(
                session, kind="delivery", conversation_id=row.conversation_id, municipality_id=row.municipality_id
            )


def back_off(attempts: int, *, spread: float) -> timedelta:
    """Waiting time before the next try: 1 s doubling to 30 min, `spread` in [0, 1) shaking it by up to a half."""
    seconds = min(1800.0, 2.0 ** (attempts - 1))
    return timedelta(seconds=seconds * (0.75 + spread / 2))
