"""Files that staff sent with an answer, for the resident whose conversation it is: what each is, and its bytes.

Only what stands in that very conversation, was sent by staff and is still kept; the resident's own files are not handed
back, so that whoever finds an open page finds no photo of theirs. Knows no HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.intake.sniffing import EXTENSIONS
from handoff.store import chunks
from handoff.store.models import Attachment, Message

NAMELESS = {"image": "写真", "file": "書類"}


@dataclass(frozen=True, slots=True)
class Opened:
    """Bytes to hand out. name: ASCII, of our own making."""

    body: bytes
    media_type: str
    name: str


async def beside(session: AsyncSession, messages: Sequence[Message]) -> Mapping[UUID, dict[str, Any]]:
    """What came with messages of staff, by message, as the page shows it. kept False: taken back."""
    of_staff = [row.id for row in messages if row.sender == "staff" and row.media]
    if not of_staff:
        return {}
    rows = await session.scalars(select(Attachment).where(Attachment.message_id.in_(of_staff)))
    return {row.message_id: _shown(row) for row in rows if row.message_id is not None}


def _shown(row: Attachment) -> dict[str, Any]:
    kept = row.status == "kept"
    name = named(row.name, row.media_type, kind=row.kind) if kept else ""
    return {"id": str(row.id), "name": name, "size": row.size if kept else 0, "kept": kept}


def named(name: str | None, media_type: str | None, *, kind: str) -> str:
    """What it is called, with the ending of what it is: what somebody's computer does with it hangs on that."""
    ending = EXTENSIONS.get(media_type or "", "bin")
    stem = (name or "").rpartition(".")[0] or name or NAMELESS.get(kind, NAMELESS["file"])
    return f"{stem}.{ending}"


async def read(session: AsyncSession, conversation_id: UUID, attachment_id: UUID) -> Opened | None:
    """A file by its id. None for what is not to be had in this conversation."""
    row = await session.scalar(
        select(Attachment).join(Message, Message.id == Attachment.message_id)
        .where(Attachment.id == attachment_id, Attachment.conversation_id == conversation_id)
        .where(Attachment.status == "kept", Message.sender == "staff")
    )
    if row is None:
        return None
    body = await chunks.read(session, row.id, "whole")
    if len(body) != row.size:
        return None
    media_type = row.media_type or "application/octet-stream"
    return Opened(body, media_type, f"file-{row.id.hex[-6:]}.{EXTENSIONS.get(media_type, 'bin')}")
