"""The inbox: what came in and waits to be read, claimed conversation by conversation.

Bubbles that follow each other within `PAUSE` of silence are read together, `LONGEST` at most after the first; crisis
words seen at a glance are read at once. An item that fails `TRIES` times is parked, never dropped.
Knows nothing of what the events mean.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Integer, Select, bindparam, case, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.privacy.keys import KeyDestroyed
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import InboxItem, Message
from handoff.store.models.base import UtcTime
from handoff.store.sealed import SealError

PAUSE = timedelta(seconds=1.5)
LONGEST = timedelta(seconds=6)
LEASE = timedelta(seconds=30)
OLDEST = timedelta(minutes=2)
"""An item that waits longer means that no worker is working."""
TRIES = 5
AT_ONCE = 100
AHEAD = 8
"""Batches of ready conversations that a reader knows of: others may have taken the first of them meanwhile."""
UNSEALABLE = (SealError, KeyDestroyed)
"""One row that cannot be opened must not stop the queue of everybody else."""


@dataclass(frozen=True, slots=True)
class Item:
    """One claimed event, opened. raw None: a web chat message already stored as `message_id`."""

    id: UUID
    attempts: int
    event_at: datetime
    received_at: datetime
    raw: Mapping[str, Any] | None
    message_id: UUID | None


@dataclass(frozen=True, slots=True)
class Claim:
    """All that one conversation has waiting, in order of the platform's time."""

    lease: UUID
    municipality_id: str
    channel: str
    account_id: UUID
    conversation_id: UUID | None
    items: tuple[Item, ...]

    @property
    def attempts(self) -> int:
        return max(item.attempts for item in self.items)


def _pending(now: datetime | BindParameter[datetime]) -> Any:
    """New, or leased by a worker that has gone silent."""
    return or_(InboxItem.status == "new", (InboxItem.status == "leased") & (InboxItem.lease_until < now))


@dataclass(frozen=True, slots=True)
class Glanced:
    """How many items were looked at, how many of them may not wait, and when the others' pauses end."""

    items: int
    urgent: int
    ready_at: tuple[datetime, ...] = ()


async def glance(
    store: Store, *, is_crisis: Callable[[str, str], bool], text_of: Callable[[str, Mapping[str, Any]], str | None]
) -> Glanced:
    """Look through what has just come in for crisis words and let those conversations jump the pause.

    is_crisis takes the words and the town; text_of the channel and the raw event.
    """
    unseen = (InboxItem.status == "new", InboxItem.glanced.is_(False))
    async with store.reading_everywhere() as session:  # who finds nothing keeps nobody from writing
        if not await session.scalar(select(exists().where(*unseen))):
            return Glanced(0, 0)
    async with store.everywhere() as session:
        rows = list(await session.scalars(
            select(InboxItem).where(*unseen)
            .order_by(InboxItem.created_at).limit(AT_ONCE)
            .with_for_update(skip_locked=True, of=InboxItem)
        ))
        for row in rows:
            row.glanced = True
            row.urgent = await _urgent(session, row, is_crisis, text_of)
        return Glanced(len(rows), sum(row.urgent for row in rows), tuple(row.ready_at for row in rows if not row.urgent))


async def _urgent(
    session: AsyncSession, row: InboxItem, is_crisis: Callable[[str, str], bool],
    text_of: Callable[[str, Mapping[str, Any]], str | None],
) -> bool:
    """Whether it has crisis words. What cannot be read here waits its ordinary turn."""
    try:
        text = await _text(session, row, text_of)
    except (*UNSEALABLE, ValueError, TypeError, LookupError):
        return False
    return text is not None and is_crisis(text, row.municipality_id)


async def _text(
    session: AsyncSession, row: InboxItem, text_of: Callable[[str, Mapping[str, Any]], str | None]
) -> str | None:
    if row.message_id is not None:
        message = await session.get(Message, row.message_id)
        return message.payload["text"] if message is not None and message.payload else None
    return text_of(row.channel, row.raw) if isinstance(row.raw, Mapping) else None


async def claim(store: Store, *, now: datetime) -> Claim | None:
    """Lease everything that the longest-waiting ready conversation has. None when nothing is ready."""
    return next(iter(await claim_some(store, now=now, most=1)), None)


async def claim_some(
    store: Store, *, now: datetime, most: int, towns: Collection[str] | None = None
) -> list[Claim]:
    """Lease what several conversations of one town have, for one transaction to settle. [] when nothing is ready.

    Who is in danger waits for nobody else; what was tried before comes alone: what stopped it takes no others along.
    towns: those that are served now, all where none are named; what came in for another waits until it is back.
    """
    async with store.reading_everywhere() as session:
        ready = await _ready(session, now=now, most=most * AHEAD, towns=towns)
    while ready:
        keys = _together(ready)[:most]
        async with store.everywhere() as session:
            found = await _lease(session, keys, now=now)
        if found:
            return found
        ready = [one for one in ready if one.key not in keys]  # others were quicker
    return []


@dataclass(frozen=True, slots=True)
class _Ready:
    """A conversation that has waited long enough."""

    municipality_id: str
    key: bytes
    urgent: bool
    tried: bool


async def _ready(session: AsyncSession, *, now: datetime, most: int, towns: Collection[str] | None) -> list[_Ready]:
    """Conversations that have waited long enough, those in danger first. Read only: what is taken is locked later."""
    asked = {"now": now, "long_ago": now - LONGEST, "most": most, "towns": [] if towns is None else list(towns)}
    rows = await session.execute(_waited(served=towns is not None), asked)
    return [_Ready(town, key, bool(danger), bool(attempts)) for town, key, danger, attempts in rows]


@cache
def _waited(*, served: bool) -> Select[str, bytes, int, int]:
    """served: only in the towns that are. Made once: making it costs more than asking it."""
    now = bindparam("now", type_=UtcTime)
    urgent, tried = func.max(case((InboxItem.urgent, 1), else_=0)), func.max(InboxItem.attempts)
    held = select(InboxItem.conversation_key).where(InboxItem.status == "leased", InboxItem.lease_until >= now)
    return (
        select(InboxItem.municipality_id, InboxItem.conversation_key, urgent, tried)
        .where(_pending(now), InboxItem.conversation_key.not_in(held))
        .where(InboxItem.municipality_id.in_(bindparam("towns", expanding=True)) if served else true())
        .group_by(InboxItem.municipality_id, InboxItem.conversation_key)
        .having(or_(
            func.max(InboxItem.ready_at) <= now,
            urgent == 1,
            # A claim that failed waits for its own ready_at, however old it is.
            (func.min(InboxItem.created_at) <= bindparam("long_ago", type_=UtcTime)) & (tried == 0),
        ))
        .order_by(urgent.desc(), func.min(InboxItem.created_at))
        .limit(bindparam("most", type_=Integer))
    )


def _together(ready: Sequence[_Ready]) -> list[bytes]:
    """The first, and who may be settled with it."""
    first = ready[0]
    if first.tried:
        return [first.key]
    return [one.key for one in ready if one == _Ready(first.municipality_id, one.key, first.urgent, tried=False)]


async def _lease(session: AsyncSession, keys: Sequence[bytes], *, now: datetime) -> list[Claim]:
    """Lease conversations' rows, without those of which another worker has, or is just taking, some."""
    found = await session.scalars(
        select(InboxItem).where(_pending(now), InboxItem.conversation_key.in_(keys))
        .order_by(InboxItem.event_at, InboxItem.id)
        .with_for_update(skip_locked=True, of=InboxItem)
    )
    rows: dict[bytes, list[InboxItem]] = {key: [] for key in keys}
    for row in found:
        rows[row.conversation_key].append(row)
    # Counted after locking: a row that came in since, or that another worker holds, would be read out of order.
    counted = await session.execute(
        select(InboxItem.conversation_key, func.count())
        .where(InboxItem.conversation_key.in_(keys), InboxItem.status.in_(["new", "leased"]))
        .group_by(InboxItem.conversation_key)
    )
    whole = [rows[key] for key, unfinished in counted if rows[key] and unfinished == len(rows[key])]
    claims = [_claim(one, lease=new_id(now), now=now) for one in sorted(whole, key=lambda one: keys.index(one[0].conversation_key))]
    return [claim for claim in claims if claim is not None]


def _claim(rows: Sequence[InboxItem], *, lease: UUID, now: datetime) -> Claim | None:
    """Mark rows leased and open them; one that cannot be opened is parked on the spot."""
    items = []
    for row in rows:
        row.attempts += 1
        try:
            items.append(Item(row.id, row.attempts, row.event_at, row.created_at, row.raw, row.message_id))
        except UNSEALABLE as why:
            row.status, row.lease, row.lease_until, row.error = "parked", None, None, type(why).__name__
        else:
            row.status, row.lease, row.lease_until = "leased", lease, now + LEASE
    first = rows[0]
    return Claim(
        lease=lease, municipality_id=first.municipality_id, channel=first.channel, account_id=first.account_id,
        conversation_id=first.conversation_id, items=tuple(items),
    ) if items else None


async def finish(session: AsyncSession, *claims: Claim) -> bool:
    """Mark claims done in the transaction that wrote their results; the raw events go. False: a lease was lost."""
    done = await session.execute(
        update(InboxItem)
        .where(InboxItem.lease.in_([claim.lease for claim in claims]), InboxItem.status == "leased")
        .values(status="done", raw_sealed=None, lease=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return getattr(done, "rowcount", 0) == sum(len(claim.items) for claim in claims)


async def release(store: Store, claim: Claim, *, error: str, now: datetime) -> bool:
    """Give a failed claim back for a later try. True when it has failed too often and must be parked."""
    if claim.attempts >= TRIES:
        return True
    wait = timedelta(seconds=2.0**claim.attempts)
    async with store.town(claim.municipality_id) as session:
        await session.execute(
            update(InboxItem).where(InboxItem.lease == claim.lease)
            .values(status="new", lease=None, lease_until=None, ready_at=now + wait, urgent=False, error=error)
            .execution_options(synchronize_session=False)
        )
    return False


async def park(session: AsyncSession, claim: Claim, *, error: str) -> bool:
    """Set a claim aside, raw events kept, in the transaction that opens a ticket for people. False: lease lost."""
    parked = await session.execute(
        update(InboxItem).where(InboxItem.lease == claim.lease, InboxItem.status == "leased")
        .values(status="parked", lease=None, lease_until=None, error=error)
        .execution_options(synchronize_session=False)
    )
    return getattr(parked, "rowcount", 0) == len(claim.items)


async def silent_since(session: AsyncSession, *, now: datetime) -> datetime | None:
    """Since when nothing is read, where that is longer than a working worker ever takes; of one town in its session."""
    _, since = await waiting(session)
    return since if since is not None and now - since > OLDEST else None


async def waiting(session: AsyncSession) -> tuple[int, datetime | None]:
    """How many items wait, and since when the oldest does."""
    row = (await session.execute(
        select(func.count(), func.min(InboxItem.created_at)).where(InboxItem.status.in_(["new", "leased"]))
    )).one()
    return row[0], row[1]


def in_order(items: Sequence[Item]) -> tuple[Item, ...]:
    """By the platform's time: redelivery may have shuffled them."""
    return tuple(sorted(items, key=lambda item: (item.event_at, item.id)))
