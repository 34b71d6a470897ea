"""An attachment's bytes in sealed pieces: written, read back whole, dropped. Knows nothing of what they are.

Each piece is bound to its own row, so that none can be swapped; the attachment's size tells when one is missing.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.ids import new_id
from handoff.store.models import Attachment, AttachmentChunk
from handoff.store.sealed import data_key_of, ring_of, seal, unseal

PIECE = 256 * 1024
_PLACE = {"table": AttachmentChunk.__tablename__, "column": "body_sealed"}


async def write(session: AsyncSession, attachment: Attachment, part: str, data: bytes, *, now: datetime) -> None:
    """Keep bytes as a part of an attachment, instead of what that part was."""
    await drop(session, attachment.id, part)
    key = data_key_of(attachment)
    for number, start in enumerate(range(0, len(data), PIECE)):
        row_id = new_id(now)
        session.add(AttachmentChunk(
            id=row_id, municipality_id=attachment.municipality_id, created_at=now, data_key_id=key.id, data_key=key,
            attachment_id=attachment.id, part=part, number=number,
            body_sealed=seal(data[start : start + PIECE], **_PLACE, row_id=row_id, data_key=key, ring=ring_of(key)),
        ))
    await session.flush()


async def read(session: AsyncSession, attachment_id: UUID, part: str) -> bytes:
    """The bytes of a part; b"" when there is none. SealBroken, KeyDestroyed."""
    rows = await session.scalars(
        select(AttachmentChunk)
        .where(AttachmentChunk.attachment_id == attachment_id, AttachmentChunk.part == part)
        .order_by(AttachmentChunk.number)
    )
    return b"".join(
        unseal(row.body_sealed, **_PLACE, row_id=row.id, data_key=row.data_key, ring=ring_of(row.data_key))
        for row in rows
    )


async def drop(session: AsyncSession, attachment_id: UUID, *parts: str) -> None:
    """Delete parts of an attachment; all of them when none is named."""
    gone = delete(AttachmentChunk).where(AttachmentChunk.attachment_id == attachment_id)
    if parts:
        gone = gone.where(AttachmentChunk.part.in_(parts))
    await session.execute(gone.execution_options(synchronize_session=False))
