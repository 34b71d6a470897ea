"""What residents and staff sent beside words, for staff: what there is on a ticket, and its bytes, each opening recorded.

Whoever may see the ticket may open what came with it, as a download or as a small preview drawn anew; what lies beside an
answer that is not sent yet, only who laid it there. What is not kept (yet, any more, or at all) is not there for anybody.
Knows no screens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import NotYours, read_by
from handoff.desk.staff import SignedIn
from handoff.intake.enclosed import Opened
from handoff.intake.imprint import CLEANED, has_imprint
from handoff.intake.sniffing import EXTENSIONS
from handoff.privacy import audit
from handoff.store import chunks
from handoff.store.models import Attachment, Enclosure

Part = Literal["whole", "preview"]


@dataclass(frozen=True, slots=True)
class FileLine:
    """An attachment as a thread shows it. status: waiting | working | kept | failed | erased | withheld; error: why.

    name: what its sender called it. imprint: what a paper says of who made it (`intake.imprint`; unknown: kept before papers were cleaned);
    goes_as_it_came: beside an answer, who laid it there has decided that it goes all the same.
    """

    id: UUID
    kind: str
    status: str
    media_type: str | None
    size: int
    scan: str
    name: str | None
    error: str | None
    imprint: str | None = None
    goes_as_it_came: bool = False

    @property
    def still_says(self) -> bool:
        """Whether it may say who made it: a person decides whether it leaves."""
        return self.imprint is not None and self.imprint not in CLEANED

    @property
    def previewed(self) -> bool:
        """Whether there is a small picture of it."""
        return self.status == "kept" and (self.media_type or "").startswith("image/")


async def files_of(session: AsyncSession, conversation_id: UUID) -> Mapping[UUID, FileLine]:
    """The attachments of a conversation, by the message that they came with."""
    rows = await session.scalars(select(Attachment).where(Attachment.conversation_id == conversation_id))
    return {row.message_id: line_of(row) for row in rows if row.message_id is not None}


def line_of(row: Attachment) -> FileLine:
    """The line for a screen."""
    name = row.name if row.status == "kept" else None
    imprint = row.imprint or ("unknown" if row.status == "kept" and has_imprint(row.media_type or "") else None)
    return FileLine(row.id, row.kind, row.status, row.media_type, row.size, row.scan, name, row.error, imprint)


async def open_file(
    session: AsyncSession, staff: SignedIn, number: str, attachment_id: UUID, *, part: Part, now: datetime
) -> Opened:
    """Read an attachment of a ticket; recorded. NotYours for what is not theirs, not kept or not of this ticket."""
    held = await read_by(session, staff, number)
    own = select(Enclosure.attachment_id).where(Enclosure.ticket_id == held.ticket.id, Enclosure.staff_id == staff.id)
    row = await session.scalar(
        select(Attachment).where(
            Attachment.id == attachment_id, Attachment.conversation_id == held.ticket.conversation_id,
            Attachment.status == "kept", or_(Attachment.message_id.is_not(None), Attachment.id.in_(own)),
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
