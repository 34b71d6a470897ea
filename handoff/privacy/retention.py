"""保存期間: what is removed once its time is over, and how: the data keys destroyed, then every row that refers to it.

A conversation's time begins with its last word or with the end of its matter, whichever is later; one whose matter
is open, which somebody asks to see (開示請求), or which waits to be read or sent, stays. What refers to a conversation is found in the mapped classes, so that
a new table is never forgotten. The record of what staff did (操作記録) stays. Must not know towns' files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.privacy import audit
from handoff.privacy.erasures import Erasures
from handoff.store.db import Store
from handoff.store.models import (
    AuditEntry,
    Base,
    Contact,
    Conversation,
    DataKey,
    Disclosure,
    Event,
    InboxItem,
    LoginAttempt,
    MunicipalityRow,
    OutboxItem,
    SealedRow,
    StaffSession,
    TenantRow,
    Ticket,
    WebhookDelivery,
)
from handoff.store.scope import scope_of

TRACES = timedelta(days=30)
"""How long what holds no words is kept: wake-up events, what came in and was read, webhooks sent, ended sessions."""
AT_ONCE = 100
_STAYS: tuple[type[TenantRow], ...] = (AuditEntry, Contact, Conversation)
"""Never removed because something else goes: the record of acts, and what has a rule of its own here."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a purge found or removed. conversations: with all that belongs to them."""

    conversations: int = 0
    traces: int = 0


async def count(store: Store, town: str, *, days: int | None, now: datetime) -> Count:
    """What `purge` would remove. days: the town's retention; None: it has set none, and no conversation goes."""
    async with store.reading(town) as session:
        found = await session.scalar(select(func.count()).select_from(Conversation).where(_over(days, now))) or 0
        traces = [
            await session.scalar(select(func.count()).select_from(row).where(old)) or 0
            for row, old in await _traces(session, now)
        ]
    return Count(found, sum(traces))


async def purge(store: Store, town: str, *, days: int | None, erasures: Erasures, now: datetime) -> Count:
    """Remove what is over, some conversations a transaction, each with its entry in the record."""
    await _note_destroyed(store, town, erasures)
    conversations = 0
    while batch := await _purge_some(store, town, days=days, erasures=erasures, now=now):
        conversations += batch
    traces = 0
    async with store.town(town) as session:
        for row, old in await _traces(session, now):
            traces += await _removed(session, row, old)
    return Count(conversations, traces)


async def erase_again(store: Store, erasures: Erasures, *, now: datetime) -> int:
    """After a restore: remove whatever is sealed with a key that was destroyed since the backup; how many talks."""
    known = erasures.known()
    async with store.reading_everywhere() as session:
        alive = await session.execute(select(DataKey.id, DataKey.municipality_id).where(DataKey.wrapped.is_not(None)))
        back: dict[str, list[UUID]] = {}
        for key_id, town in alive:
            if key_id in known:
                back.setdefault(town, []).append(key_id)
    erased = 0
    for town, keys in back.items():
        async with store.town(town) as session:
            for some in _portions(keys):
                ids = (await session.scalars(select(Conversation.id).where(Conversation.data_key_id.in_(some)))).all()
                await erase(session, ids, now=now)
                await _destroy(session, some, now=now)
                erased += len(ids)
            await audit.record(session, action="erased_again", staff_id=None, reason=f"keys={len(keys)}", now=now)
    return erased


async def erase(session: AsyncSession, ids: Sequence[UUID], *, now: datetime, erasures: Erasures | None = None) -> None:
    """Remove conversations: keys destroyed, rows gone, and their contacts where nothing else is theirs.

    erasures: where the keys are noted, before this transaction can end.
    """
    contacts = (await session.scalars(select(Conversation.contact_id).where(Conversation.id.in_(ids)))).all()
    doomed: set[UUID] = set()
    await _remove_with_referrers(session, Conversation, ids, doomed)
    still = select(Conversation.contact_id).where(Conversation.contact_id.in_(contacts))
    left = set(contacts) - set((await session.scalars(still)).all())
    await _remove_with_referrers(session, Contact, sorted(left), doomed)
    town = scope_of(session).municipality_id
    own = await session.scalar(select(MunicipalityRow.data_key_id).where(MunicipalityRow.id == town))
    kept = await session.scalars(select(Contact.data_key_id).where(Contact.data_key_id.in_(doomed)))
    doomed -= {own, *kept}
    if erasures is not None:
        erasures.note(doomed)
    await _destroy(session, sorted(doomed), now=now)


async def _purge_some(store: Store, town: str, *, days: int | None, erasures: Erasures, now: datetime) -> int:
    async with store.town(town) as session:
        over = select(Conversation.id).where(_over(days, now)).order_by(Conversation.last_at).limit(AT_ONCE)
        ids = (await session.scalars(over)).all()
        if ids:
            await erase(session, ids, now=now, erasures=erasures)
            reason = f"retention_days={days} conversations={len(ids)}"
            await audit.record(session, action="purged", staff_id=None, reason=reason, now=now)
        return len(ids)


async def _note_destroyed(store: Store, town: str, erasures: Erasures) -> None:
    """Keys that were destroyed elsewhere belong on the list too."""
    async with store.reading(town) as session:
        gone = select(DataKey.id).where(DataKey.municipality_id == town, DataKey.destroyed_at.is_not(None))
        erasures.note((await session.scalars(gone)).all())


def _over(days: int | None, now: datetime) -> ColumnElement[bool]:
    """Conversations whose time is over."""
    if days is None:
        return Conversation.id.is_(None)
    before = now - timedelta(days=days)
    unfinished = or_(Ticket.status != "resolved", Ticket.resolved_at.is_(None), Ticket.resolved_at >= before)
    own = Ticket.conversation_id == Conversation.id
    waits = OutboxItem.status.in_(("queued", "sending"))
    asked_for = (Ticket.id == Disclosure.ticket_id) & (Disclosure.state != "closed")
    unread = InboxItem.status.in_(("new", "leased"))
    return (
        (Conversation.last_at < before)
        & or_(Conversation.closed_at.is_(None), Conversation.closed_at < before)
        & ~exists().where(own, unfinished)
        & ~exists().where(own, asked_for)
        & ~exists().where(OutboxItem.conversation_id == Conversation.id, waits)
        & ~exists().where(InboxItem.conversation_id == Conversation.id, unread)
    )


async def _traces(session: AsyncSession, now: datetime) -> list[tuple[type[TenantRow], ColumnElement[bool]]]:
    """What holds no words any more. The newest event stays: listeners' cursors begin at it."""
    before = now - TRACES
    newest = await session.scalar(select(func.max(Event.sequence))) or 0
    return [
        (Event, (Event.created_at < before) & (Event.sequence < newest)),
        (InboxItem, (InboxItem.created_at < before) & (InboxItem.status == "done")),
        (StaffSession, StaffSession.ends_at < before),
        (WebhookDelivery, WebhookDelivery.created_at < before),
    ]


async def forget_attempts(store: Store, *, now: datetime) -> None:
    """Failed logins belong to no town."""
    async with store.everywhere() as session:
        await session.execute(delete(LoginAttempt).where(LoginAttempt.at < now - TRACES))


async def _remove_with_referrers(
    session: AsyncSession, row: type[TenantRow], ids: Sequence[UUID], doomed: set[UUID]
) -> None:
    """Rows, and before them whatever refers to them, deepest first; `doomed` gathers the keys that sealed them."""
    for some in _portions(ids):
        for referrer, name in referrers(row):
            of_them = getattr(referrer, name).in_(some)
            theirs = (await session.scalars(select(referrer.id).where(of_them))).all()
            await _remove_with_referrers(session, referrer, theirs, doomed)
        if issubclass(row, SealedRow):
            doomed.update((await session.scalars(select(row.data_key_id).where(row.id.in_(some)))).all())
        await _removed(session, row, row.id.in_(some))


@cache
def referrers(row: type[TenantRow]) -> tuple[tuple[type[TenantRow], str], ...]:
    """The classes that refer to a row's class, with the attribute: by foreign key, or by name (`conversation_id`)."""
    table = row.__tablename__
    found: list[tuple[type[TenantRow], str]] = []
    for mapper in Base.registry.mappers:
        other: type[Any] = mapper.class_
        if not issubclass(other, TenantRow) or other is row or issubclass(other, _STAYS):
            continue
        for column in mapper.local_table.c:
            points = any(key.target_fullname == f"{table}.id" for key in column.foreign_keys)
            named = column.name == f"{table}_id" and isinstance(column.type, Uuid)  # a platform's event_id is text
            if points or named:
                found.append((other, mapper.get_property_by_column(column).key))
    return tuple(sorted(found, key=lambda pair: (pair[0].__tablename__, pair[1])))


async def _removed(session: AsyncSession, row: type[TenantRow], which: ColumnElement[bool]) -> int:
    done = await session.execute(delete(row).where(which).execution_options(synchronize_session=False))
    return int(getattr(done, "rowcount", 0))


async def _destroy(session: AsyncSession, ids: Sequence[UUID], *, now: datetime) -> None:
    keys = scope_of(session).keys
    for some in _portions(ids):
        for key in await session.scalars(select(DataKey).where(DataKey.id.in_(some))):
            keys.destroy(key, now=now)
    await session.flush()


def _portions(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """As many as one statement takes on both engines."""
    whole = list(ids)
    for start in range(0, len(whole), AT_ONCE):
        yield whole[start : start + AT_ONCE]
