"""What is live over a town's files: versions, each a whole, one after the other. Going live and going back.

One transaction makes a version: before it nothing has changed, after it every process takes it up. Must not know
pages, or how the change is looked over; who publishes hands in what was looked at.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.staff import SignedIn
from handoff.editing.drafts import Conflict, held, shown
from handoff.privacy import audit
from handoff.store.counters import next_value
from handoff.store.db import town_key
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import KnowledgeDraft, KnowledgeVersion
from knowledge.overlay import Edit, as_data, from_data

PUBLISHED = "knowledge"
"""The kind of event after which every process looks at what is live."""
COUNTER = "knowledge_version"


class NotSeen(Exception):
    """Nobody has seen yet what this draft would change, as it stands now."""


class NotApproved(Exception):
    """It needs a second person, and has none."""


class NoSuchVersion(Exception):
    """The town has no version of this number."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version as pages show it."""

    sequence: int
    at: datetime
    edits: tuple[Edit, ...]
    draft: int
    kind: str
    key: str
    reason: str
    authors: tuple[UUID, ...]
    published_by: UUID
    approved_by: UUID | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A town's live version: its sequence (0 = the files alone) and edits."""

    sequence: int = 0
    edits: tuple[Edit, ...] = ()


async def newest(session: AsyncSession) -> dict[str, int]:
    """Sequence of the live version of each town that the session sees; towns without any are left out."""
    asked = select(KnowledgeVersion.municipality_id, func.max(KnowledgeVersion.sequence))
    rows = await session.execute(asked.group_by(KnowledgeVersion.municipality_id))
    return {row[0]: row[1] for row in rows}


async def standing(session: AsyncSession, town: str, sequence: int) -> Standing:
    """One version of a town, 0 the files alone. NoSuchVersion."""
    if sequence == 0:
        return Standing()
    asked = select(KnowledgeVersion).where(
        KnowledgeVersion.municipality_id == town, KnowledgeVersion.sequence == sequence
    )
    row = await session.scalar(asked)
    if row is None:
        raise NoSuchVersion
    return Standing(sequence, from_data(row.edits["edits"]))


async def history(session: AsyncSession) -> list[Version]:
    """The town's versions, newest first."""
    rows = await session.scalars(select(KnowledgeVersion).order_by(KnowledgeVersion.sequence.desc()))
    return [
        Version(
            row.sequence, row.created_at, from_data(row.edits["edits"]), row.draft, row.kind, row.key, str(row.reason),
            tuple(UUID(one) for one in row.authors), row.published_by, row.approved_by,
        )
        for row in rows
    ]


async def publish(
    session: AsyncSession, staff: SignedIn, number: int, *, version: int, upon: int, edits: tuple[Edit, ...],
    second: bool, now: datetime,
) -> int:
    """The draft goes live; the sequence. upon: the live version that `edits` and all looks stood on; second: whether it
    needs a second person. NoSuchDraft, Conflict, NotSeen, NotApproved.
    """
    # The counter first: who publishes in this town at the same time waits here, and not for each other's drafts.
    sequence = await next_value(session, staff.municipality_id, COUNTER)
    row = await held(session, number)
    draft = shown(row)
    if sequence != upon + 1:
        raise Conflict  # another version came between; the number taken goes back with this transaction
    if row.status != "draft" or row.version != version:
        raise Conflict
    if row.foresight_state != "done" or row.foresight_of != draft.stands_on(upon):
        raise NotSeen
    if second and (row.approved_by is None or row.approved_by in draft.authors):
        raise NotApproved
    session.add(KnowledgeVersion(
        id=new_id(now), municipality_id=staff.municipality_id, created_at=now, data_key=await town_key(session),
        sequence=sequence, edits={"edits": as_data(edits)}, draft=number, kind=row.kind, key=row.key,
        authors=row.authors, published_by=staff.id, approved_by=row.approved_by, reason=draft.reason,
    ))
    row.status = "live"
    await _ask_anew(session, number)
    reason = f"版{sequence}、下書き{number}（{row.kind} {row.key}） {draft.reason}"
    await audit.record(session, action="knowledge_published", staff_id=staff.id, reason=reason, now=now)
    await emit(session, kind=PUBLISHED)
    return sequence


async def _ask_anew(session: AsyncSession, number: int) -> None:
    """What the town's other drafts would change, they would now change of something else."""
    others = select(KnowledgeDraft).where(KnowledgeDraft.status == "draft", KnowledgeDraft.number != number)
    for other in await session.scalars(others):
        other.foresight_state = "asked"
