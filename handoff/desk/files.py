"""What residents sent beside words, for staff: what there is on a ticket, and its bytes, each opening recorded.

Whoever may see the ticket may open what came with it, as a download or as a small preview drawn anew. What is not kept
(yet, any more, or at all) is not there for anybody. Knows no screens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import NotYours, held_by
from handoff.desk.staff import SignedIn
from handoff.intake.sniffing import EXTENSIONS
from handoff.privacy import audit
from handoff.store import chunks
from handoff.store.models import Attachment

Part = Literal["whole", "preview"]


@dataclass(frozen=True, slots=True)
class FileLine:
    """An attachment as a thread shows it. status: waiting | working | kept | failed | erased | withheld; error: why."""

    id: UUID
    kind: str
    status: str
    media_type: str | None
    size: int
    scan: str
    name: str | None
    error: str | None

    @property
    def previewed(self) -> bool:
        """Whether there is a small picture of it."""
        return self.status == "kept" and (self.media_type or "").startswith("image/")


@dataclass(frozen=True, slots=True)
class Opened:
    """Bytes to hand out. name: ASCII, of our own making; what the resident called it stays on the screen."""

    body: bytes
    media_type: str
    name: str


async def files_of(session: AsyncSession, conversation_id: UUID) -> Mapping[UUID, FileLine]:
    """The attachments of a conversation, by the message that they came with."""
    rows = await session.scalars(select(Attachment).where(Attachment.conversation_id == conversation_id))
    return {
        row.message_id: FileLine(
            row.id, row.kind, row.status, row.media_type, row.size, row.scan,
            row.name if row.status == "kept" else None, row.error,
        )
        for row in rows
    }


async def open_file(
    session: AsyncSession, staff: SignedIn, number: str, attachment_id: UUID, *, part: Part, now: datetime
) -> Opened:
    """Read an attachment of a ticket; recorded. NotYours for what is not theirs, not kept or not of this ticket."""
    held = await held_by(session, staff, number)
    row = await session.scalar(
        select(Attachment).where(
            Attachment.id == attachment_id, Attachment.conversation_id == held.ticket.conversation_id,
            Attachment.status == "kept",
        )
    )
    if row is None:
        raise NotYours
    body = await chunks.read(session, row.id, part)
    if not body or (part == "whole" and len(body) != row.size):
        raise NotYours
    action = "attachment_opened" if part == "whole" else "attachment_previewed"
    await audit.record(session, action=action, staff_id=staff.id, ticket_id=held.ticket.id, now=now)
    media_type = "image/jpeg" if part == "preview" else row.media_type or "application/octet-stream"
    return Opened(body, media_type, f"{number}-{row.id.hex[-6:]}.{EXTENSIONS.get(media_type, 'bin')}")
