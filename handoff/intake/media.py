"""Attachments on their way in: fetched at once, looked through, drawn anew, kept sealed, or told to be lost.

A row of its own in its own queue: nothing of it delays the answer to a resident's words. No transaction is open while a
platform, a picture or a virus scanner takes its time. What was taken back meanwhile is dropped.
Knows channels only by `fetch`; what bytes are, `sniffing`, `pictures` and `imprint` know.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.channel import Platform
from bots.errors import Rejected, Retryable, SendError, Unauthorised
from bots.types import Outgoing
from handoff.clock import Clock
from handoff.intake import imprint, outbox
from handoff.intake.imprint import State as Imprint
from handoff.intake.scanner import Verdict
from handoff.intake.sniffing import MOST_BYTES, PICTURES, Unfit, media_type
from handoff.store import chunks
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import Attachment, Conversation, Message

UPLOADED = frozenset({"web", "staff"})
"""Sources whose bytes came to us by themselves: nothing is fetched, and what ends the process is not tried for ever."""
KINDS = frozenset(MOST_BYTES)
"""What has bytes to fetch: a sticker and a place have none."""
LEASE = timedelta(minutes=3)
GIVE_UP_AFTER = timedelta(hours=12)
CRASHES_AT_MOST = 3
"""A file that has ended the process this often is not opened again."""
LONGEST_NAME = 120

Scan = Callable[[bytes], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed attachment."""

    id: UUID
    municipality_id: str
    conversation_id: UUID
    account_id: UUID | None
    lease: UUID
    attempts: int
    created_at: datetime
    kind: str
    source: str
    handle: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of it. preview: of a picture, else b""; imprint: of a paper."""

    body: bytes
    media_type: str
    preview: bytes
    scan: Verdict
    imprint: Imprint | None = None


def expect(
    session: AsyncSession, conversation: Conversation, message: Message | None, *, kind: str, source: str,
    account_id: UUID | None, handle: str | None, name: str | None, now: datetime,
) -> Attachment:
    """Note, in the transaction that keeps a message, that something came with it and is still to be fetched.

    message: None for what staff lay beside an answer that is still to be sent.
    """
    fetchable = handle is not None or source in UPLOADED
    attachment = Attachment(
        id=new_id(now), municipality_id=conversation.municipality_id, created_at=now,
        data_key_id=conversation.data_key_id, data_key=conversation.data_key, conversation_id=conversation.id,
        message_id=message.id if message else None, account_id=account_id, source=source, kind=kind, due_at=now, handle=handle,
        name=name[:LONGEST_NAME] if name else None, status="waiting" if fetchable else "failed",
        error=None if fetchable else "elsewhere",
    )
    session.add(attachment)
    return attachment


async def claim(store: Store, *, now: datetime) -> Job | None:
    """Lease the attachment that has waited longest. None when none is due."""
    due = or_(
        and_(Attachment.status == "waiting", Attachment.due_at <= now),
        and_(Attachment.status == "working", Attachment.lease_until < now),
    )
    async with store.reading_everywhere() as session:  # who finds nothing keeps nobody from writing
        if not await session.scalar(select(exists().where(due))):
            return None
    async with store.everywhere() as session:
        row = await session.scalar(
            select(Attachment).where(due).order_by(Attachment.due_at).limit(1)
            .with_for_update(skip_locked=True, of=Attachment)
        )
        if row is None:
            return None
        row.status, row.lease, row.lease_until = "working", new_id(now), now + LEASE
        row.attempts += 1
        return Job(
            id=row.id, municipality_id=row.municipality_id, conversation_id=row.conversation_id,
            account_id=row.account_id, lease=row.lease, attempts=row.attempts, created_at=row.created_at,
            kind=row.kind, source=row.source, handle=row.handle,
        )


async def _held(session: AsyncSession, job: Job) -> Attachment | None:
    """The row, locked, if it is still ours: not taken back, not taken over."""
    return await session.scalar(
        select(Attachment).where(Attachment.id == job.id, Attachment.lease == job.lease, Attachment.status == "working")
        .with_for_update(of=Attachment)
    )


@dataclass
class Collector:
    """Works attachments off, one a call. channel_of: as the sender's; scan None: no virus scanner;

    lost: by town, what a resident is told when it could not be kept.
    """

    store: Store
    clock: Clock
    channel_of: Callable[[UUID], Awaitable[Platform | None]]
    chance: Random
    lost: Callable[[str, str], Outgoing]
    scan: Scan | None = None

    async def drain(self) -> int:
        """Fetch and keep one. 0 when none was due."""
        job = await claim(self.store, now=self.clock())
        if job is None:
            return 0
        try:
            kept = await self._looked_through(await self._bytes(job), job.kind)
        except (Unfit, Rejected) as why:
            await self._fail(job, why.code)
        except (SendError, OSError) as why:
            await self._later(job, why)
        except Exception as why:  # a fault of ours: tried again, then seen by staff
            await self._later(job, why)
            raise
        else:
            await self._keep(job, kept)
        return 1

    async def _bytes(self, job: Job) -> bytes:
        if job.attempts > CRASHES_AT_MOST and job.source in UPLOADED:
            raise Unfit("never_finished")
        if job.source in UPLOADED:
            async with self.store.reading(job.municipality_id) as session:
                return await chunks.read(session, job.id, "raw")
        channel = await self.channel_of(job.account_id) if job.account_id is not None else None
        if channel is None or job.handle is None:
            raise Unfit("no_channel")
        return await channel.fetch(job.handle, most=MOST_BYTES[job.kind])

    async def _looked_through(self, data: bytes, kind: str) -> Kept:
        """What it is by its bytes; a picture drawn anew, a paper without its imprint. Unfit."""
        found = media_type(data, kind=kind)
        verdict: Verdict = await self.scan(data) if self.scan is not None else "unscanned"
        if verdict == "infected":
            raise Unfit("infected")
        if imprint.has_imprint(found):
            paper = await asyncio.to_thread(imprint.bared, data, found)
            return Kept(paper.body, found, b"", verdict, paper.state)
        if found not in PICTURES:
            return Kept(data, found, b"", verdict)
        from handoff.intake.pictures import redrawn  # here: the web process loads no picture library

        picture = await asyncio.to_thread(redrawn, data)
        return Kept(picture.body, picture.media_type, picture.preview, verdict)

    async def _keep(self, job: Job, kept: Kept) -> None:
        now = self.clock()
        async with self.store.town(job.municipality_id) as session:
            row = await _held(session, job)
            if row is None:
                return
            await chunks.drop(session, row.id, "raw")
            await chunks.write(session, row, "whole", kept.body, now=now)
            if kept.preview:
                await chunks.write(session, row, "preview", kept.preview, now=now)
            row.status, row.lease, row.lease_until, row.error, row.handle = "kept", None, None, None, None
            row.media_type, row.size, row.scan, row.kept_at = kept.media_type, len(kept.body), kept.scan, now
            row.imprint = kept.imprint
            await emit(session, kind="message", conversation_id=row.conversation_id)

    async def _later(self, job: Job, why: Exception) -> None:
        """Again after a growing pause, until it is no use any more; then staff see it and the resident is told."""
        code = why.code if isinstance(why, SendError) else type(why).__name__
        now = self.clock()
        if now - job.created_at > GIVE_UP_AFTER:
            await self._fail(job, code)
            return
        asked = why.retry_after if isinstance(why, Retryable) and why.retry_after else 0.0
        least = timedelta(minutes=10) if isinstance(why, Unauthorised) else timedelta(seconds=min(asked, 3600.0))
        wait = max(outbox.back_off(job.attempts, spread=self.chance.random()), least)
        async with self.store.town(job.municipality_id) as session:
            row = await _held(session, job)
            if row is not None:
                row.status, row.lease, row.lease_until = "waiting", None, None
                row.due_at, row.error = now + wait, code[:40]

    async def _fail(self, job: Job, code: str) -> None:
        """Never will be kept: staff see why, and the resident, who was told that staff look at it, hears the truth."""
        now = self.clock()
        async with self.store.town(job.municipality_id) as session:
            conversation = await session.scalar(  # locked first, as the dialogue does
                select(Conversation).where(Conversation.id == job.conversation_id).with_for_update(of=Conversation)
            )
            row = await _held(session, job)
            if row is None or conversation is None:
                return
            await chunks.drop(session, row.id)
            row.status, row.lease, row.lease_until, row.handle = "failed", None, None, None
            row.error = code[:40]
            if job.source != "staff" and not outbox.stands_by(conversation):  # staff see it before they send anything
                said = self.lost(conversation.municipality_id, conversation.language)
                await outbox.enqueue(session, conversation, [said], sender="bot", now=now)
            await emit(session, kind="message", conversation_id=conversation.id)


async def take_back(session: AsyncSession, message_id: UUID, *, withhold: bool) -> None:
    """What came with a message goes with it: erased, or, by the town's rule, put under seal where nobody opens it."""
    row = await session.scalar(
        select(Attachment).where(Attachment.message_id == message_id).with_for_update(of=Attachment)
    )
    if row is None or row.status in ("erased", "withheld"):
        return
    row.lease, row.lease_until, row.handle = None, None, None
    if withhold and row.status == "kept":
        row.status = "withheld"
        return
    await chunks.drop(session, row.id)
    row.status, row.name, row.size, row.media_type = "erased", None, 0, None
