"""保存期間: what is removed once its time is over, and how: the data keys destroyed, then every row that refers to it.

A conversation's time begins with its last word or with the end of its matter, whichever is later; one whose matter
is open, which somebody asks to see (開示請求), or which waits to be read or sent, stays. The time of a case (多機関協働)
begins with its own end, and is set apart: plans and minutes are often to be kept longer. What refers to either is found
in the mapped classes, so that a new table is never forgotten. The record of what staff did (操作記録) stays. Must not
know towns' files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.privacy import audit
from handoff.privacy.erasures import Erasures
from handoff.store.db import Store
from handoff.store.models import (
    AnswerMail,
    Attachment,
    AttachmentChunk,
    AuditEntry,
    Base,
    CallbackWish,
    Case,
    CaseTask,
    CaseTicket,
    Contact,
    Conversation,
    DataKey,
    Disclosure,
    Enclosure,
    Event,
    InboxItem,
    LoginAttempt,
    Message,
    MunicipalityRow,
    OutboxItem,
    ResumePhrase,
    SafeContactWish,
    SealedRow,
    StaffSession,
    TenantRow,
    Ticket,
    WebhookDelivery,
)
from handoff.store.scope import scope_of

TRACES = timedelta(days=30)
"""How long what holds no words is kept: wake-up events, what came in and was read, webhooks sent, ended sessions, and talks
that were opened on the town's page and never written in: each look at it leaves one.
"""
AT_ONCE = 100
_STAYS: tuple[type[TenantRow], ...] = (AuditEntry, Contact, Conversation)
"""Never removed because something else goes: the record of acts, and what has a rule of its own here."""


class Erasing(Protocol):
    """`erase` or `erase_cases`."""

    async def __call__(
        self, session: AsyncSession, ids: Sequence[UUID], *, now: datetime, erasures: Erasures | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Count:
    """What a purge found or removed. conversations, cases: with all that belongs to them."""

    conversations: int = 0
    traces: int = 0
    cases: int = 0


async def count(store: Store, town: str, *, days: int | None, case_days: int | None = None, now: datetime) -> Count:
    """What `purge` would remove. days: the town's retention, case_days: that of cases; None: it has set none, and nothing
    of the kind goes.
    """
    async with store.reading(town) as session:
        def of(row: type[TenantRow], old: ColumnElement[bool]) -> Select[int]:
            return select(func.count()).select_from(row).where(old)

        traces = [await session.scalar(of(row, old)) or 0 for row, old in await _traces(session, now)]
        traces.append(await session.scalar(of(Conversation, _unwritten(now))) or 0)
        talks = await session.scalar(of(Conversation, _over(days, now))) or 0
        return Count(talks, sum(traces), await session.scalar(of(Case, _case_over(case_days, now))) or 0)


async def purge(
    store: Store, town: str, *, days: int | None, case_days: int | None = None, erasures: Erasures, now: datetime
) -> Count:
    """Remove what is over, some conversations or cases a transaction, each with its entry in the record."""
    await _note_destroyed(store, town, erasures)
    talks = select(Conversation.id).where(_over(days, now)).order_by(Conversation.last_at)
    ended = select(Case.id).where(_case_over(case_days, now)).order_by(Case.closed_at)
    some = partial(_purge_some, store, town, erasures=erasures, now=now)
    conversations = cases = traces = 0
    while batch := await some(talks, erase, told=f"retention_days={days} conversations"):
        conversations += batch
    while batch := await some(ended, erase_cases, told=f"case_retention_days={case_days} cases"):
        cases += batch
    async with store.town(town) as session:
        for row, old in await _traces(session, now):
            traces += await _removed(session, row, old)
    while batch := await some(select(Conversation.id).where(_unwritten(now)), erase, told="unwritten"):
        traces += batch
    return Count(conversations, traces, cases)


async def erase_again(store: Store, erasures: Erasures, *, now: datetime) -> int:
    """After a restore: remove whatever is sealed with a key that was destroyed since the backup; how many talks and cases."""
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
                cases = (await session.scalars(select(Case.id).where(Case.data_key_id.in_(some)))).all()
                await erase(session, ids, now=now)
                await erase_cases(session, cases, now=now)
                await _destroy(session, some, now=now)
                erased += len(ids) + len(cases)
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
    await _forget(session, doomed, now=now, erasures=erasures)


async def erase_cases(
    session: AsyncSession, ids: Sequence[UUID], *, now: datetime, erasures: Erasures | None = None
) -> None:
    """Remove cases: keys destroyed, people, consents, plans, meetings gone. Tickets stay, in no case any more."""
    doomed: set[UUID] = set()
    await _remove_with_referrers(session, Case, ids, doomed)
    await _forget(session, doomed, now=now, erasures=erasures)


async def _forget(session: AsyncSession, doomed: set[UUID], *, now: datetime, erasures: Erasures | None) -> None:
    """Destroy keys, but none that something else is sealed with."""
    town = scope_of(session).municipality_id
    own = await session.scalar(select(MunicipalityRow.data_key_id).where(MunicipalityRow.id == town))
    kept = await session.scalars(select(Contact.data_key_id).where(Contact.data_key_id.in_(doomed)))
    doomed = doomed - {own, *kept}
    if erasures is not None:
        erasures.note(doomed)
    await _destroy(session, sorted(doomed), now=now)


async def _purge_some(
    store: Store, town: str, over: Select[UUID], erasing: Erasing, *, told: str, erasures: Erasures, now: datetime
) -> int:
    """Some of what is over, in one transaction; how many. told: what the record says of them, before their number."""
    async with store.town(town) as session:
        ids = (await session.scalars(over.limit(AT_ONCE))).all()
        if ids:
            await erasing(session, ids, now=now, erasures=erasures)
            await audit.record(session, action="purged", staff_id=None, reason=f"{told}={len(ids)}", now=now)
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


def _unwritten(now: datetime) -> ColumnElement[bool]:
    """Talks of the town's page in which nobody ever wrote, asked for anything, or made a phrase to come back by."""
    own = (ResumePhrase, SafeContactWish, CallbackWish, AnswerMail, Ticket)
    used = [exists().where(row.conversation_id == Conversation.id) for row in own]
    written = exists().where(Message.conversation_id == Conversation.id, Message.sender != "bot")
    return and_(Conversation.channel == "web", Conversation.last_at < now - TRACES, ~written, *(~one for one in used))


def _case_over(days: int | None, now: datetime) -> ColumnElement[bool]:
    """Cases that have been closed for so long, whose last open date is as long ago, and that nobody asks to see."""
    if days is None:
        return Case.id.is_(None)
    before = now - timedelta(days=days)
    dated = exists().where(CaseTask.case_id == Case.id, CaseTask.done_at.is_(None), CaseTask.due_at >= before)
    asked_for = exists().where(
        CaseTicket.case_id == Case.id, CaseTicket.ticket_id == Disclosure.ticket_id, Disclosure.state != "closed"
    )
    return (Case.closed_at < before) & ~dated & ~asked_for


async def _traces(session: AsyncSession, now: datetime) -> list[tuple[type[TenantRow], ColumnElement[bool]]]:
    """What holds no words any more, and files that lie beside an answer which was never sent. The newest event stays: listeners' cursors begin at it."""
    before = now - TRACES
    never_sent = and_(Attachment.message_id.is_(None), Attachment.created_at < before)
    beside = select(Attachment.id).where(never_sent)
    newest = await session.scalar(select(func.max(Event.sequence))) or 0
    return [
        (Event, (Event.created_at < before) & (Event.sequence < newest)),
        (InboxItem, (InboxItem.created_at < before) & (InboxItem.status == "done")),
        (StaffSession, StaffSession.ends_at < before),
        (WebhookDelivery, WebhookDelivery.created_at < before),
        (Enclosure, Enclosure.attachment_id.in_(beside)),
        (AttachmentChunk, AttachmentChunk.attachment_id.in_(beside)),
        (Attachment, never_sent),
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
