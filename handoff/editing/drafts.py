"""Drafts of a town: written, saved again, approved, given up. Nothing here goes live.

Who saves says which version of the draft they had before them: the second of two is told, and nothing is lost.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.answers import clean
from handoff.desk.staff import SignedIn
from handoff.editing.ground import ROLLBACK, Change
from handoff.privacy import audit
from handoff.store.counters import next_value
from handoff.store.db import town_key
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import KnowledgeDraft

LONGEST_REASON = 500
DRAFTED = "knowledge_draft"
"""Counter, and the kind of event that tells workers to look at a draft."""


class NoSuchDraft(Exception):
    """The town has no draft of this number."""


class Conflict(Exception):
    """Somebody else has saved, approved, withdrawn or published it meanwhile."""


class Nothing(Exception):
    """The change changes nothing."""


class OwnWork(Exception):
    """Who has written a part of it can't be the second person."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as pages show it."""

    number: int
    change: Change
    version: int
    status: str
    reason: str
    authors: tuple[UUID, ...]
    saved_by: UUID
    saved_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None
    foresight_state: str
    foresight_of: str | None
    foresight: dict[str, Any]

    def stands_on(self, sequence: int) -> str:
        """Names the draft and the live version that something was worked out from."""
        return f"{self.number}.{self.version}@{sequence}"


async def write(session: AsyncSession, staff: SignedIn, change: Change, *, reason: str, now: datetime) -> int:
    """A new draft; its number. Nothing, BadText."""
    if not _something(change):
        raise Nothing
    number = await next_value(session, staff.municipality_id, DRAFTED)
    row = KnowledgeDraft(
        id=new_id(now), municipality_id=staff.municipality_id, created_at=now, data_key=await town_key(session),
        number=number, kind=change.kind or ROLLBACK, key=change.key, content=change.as_content(), version=1,
        authors=[str(staff.id)], saved_by=staff.id, saved_at=now, reason=clean(reason, longest=LONGEST_REASON),
        foresight_state="asked",
    )
    session.add(row)
    await _told(session, row, staff, "knowledge_drafted", now=now)
    return number


async def save(
    session: AsyncSession, staff: SignedIn, number: int, change: Change, *, version: int, reason: str, now: datetime
) -> None:
    """The draft with other content: it is looked at and approved anew. NoSuchDraft, Conflict, Nothing, BadText."""
    row = await _open(session, number, version=version)
    if not _something(change):
        raise Nothing
    row.content, row.version, row.reason = change.as_content(), row.version + 1, clean(reason, longest=LONGEST_REASON)
    row.authors = list(dict.fromkeys([*row.authors, str(staff.id)]))
    row.saved_by, row.saved_at, row.approved_by, row.approved_at = staff.id, now, None, None
    row.foresight_state, row.foresight_of, row.foresight = "asked", None, {}
    await _told(session, row, staff, "knowledge_draft_saved", now=now)


async def ask_again(session: AsyncSession, number: int, *, version: int) -> None:
    """What it would change is to be worked out anew. NoSuchDraft, Conflict."""
    row = await _open(session, number, version=version)
    row.foresight_state = "asked"
    await emit(session, kind=DRAFTED)


async def approve(session: AsyncSession, staff: SignedIn, number: int, *, version: int, now: datetime) -> None:
    """The second person's yes. NoSuchDraft, Conflict, OwnWork."""
    row = await _open(session, number, version=version)
    if str(staff.id) in row.authors:
        raise OwnWork
    row.approved_by, row.approved_at = staff.id, now
    await _told(session, row, staff, "knowledge_approved", now=now)


async def withdraw(session: AsyncSession, staff: SignedIn, number: int, *, version: int, now: datetime) -> None:
    """Give it up. NoSuchDraft, Conflict."""
    row = await _open(session, number, version=version)
    row.status = "withdrawn"
    await _told(session, row, staff, "knowledge_withdrawn", now=now)


async def read(session: AsyncSession, number: int) -> Draft:
    """One draft of the town. NoSuchDraft."""
    row = await session.scalar(select(KnowledgeDraft).where(KnowledgeDraft.number == number))
    if row is None:
        raise NoSuchDraft
    return shown(row)


async def waiting(session: AsyncSession) -> list[Draft]:
    """The town's open drafts, oldest first."""
    rows = select(KnowledgeDraft).where(KnowledgeDraft.status == "draft").order_by(KnowledgeDraft.number)
    return [shown(row) for row in await session.scalars(rows)]


def shown(row: KnowledgeDraft) -> Draft:
    """The plain picture of a row."""
    return Draft(
        row.number, Change.from_content(row.kind, row.key, row.content), row.version, row.status, str(row.reason),
        tuple(UUID(one) for one in row.authors), row.saved_by, row.saved_at, row.approved_by, row.approved_at,
        row.foresight_state, row.foresight_of, row.foresight,
    )


async def held(session: AsyncSession, number: int) -> KnowledgeDraft:
    """The row, locked for a change. NoSuchDraft."""
    found = select(KnowledgeDraft).where(KnowledgeDraft.number == number).with_for_update(of=KnowledgeDraft)
    row = await session.scalar(found)
    if row is None:
        raise NoSuchDraft
    return row


async def _open(session: AsyncSession, number: int, *, version: int) -> KnowledgeDraft:
    row = await held(session, number)
    if row.status != "draft" or row.version != version:
        raise Conflict
    return row


def _something(change: Change) -> bool:
    return change.kind is None or change.removed or bool(change.values)


async def _told(session: AsyncSession, row: KnowledgeDraft, staff: SignedIn, action: str, *, now: datetime) -> None:
    """In the record, and to whoever works out what it would change."""
    reason = f"下書き{row.number}（{row.kind} {row.key}） {row.reason}"
    await audit.record(session, action=action, staff_id=staff.id, reason=reason, now=now)
    await emit(session, kind=DRAFTED)
