"""What residents and staff send beside words: pictures, voices, videos, papers. Bytes only in sealed chunks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, TenantRow, within_town
from handoff.store.sealed import Sealed


class Attachment(SealedRow):
    """What came with a message. kind: what it was sent as (image, audio, video, file).

    status: waiting (still to be fetched or looked through) | working | kept | failed | erased | withheld (taken back,
    kept under seal by the town's rule). source: line | telegram | web | staff; handle (sealed): the platform's id of it.
    message_id: None while it lies beside an answer that staff have not sent yet (`Enclosure`).
    media_type: what its bytes say it is; scan: unscanned | clean | infected; error: a short ASCII word.
    imprint: what a paper says of who made it: none | emptied (files within it went too) | locked, signed, broken (it could not
    be taken out: as it came); None for what is no paper, or was kept before papers were cleaned.
    name (sealed): what its sender called it; size: bytes kept.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        SealedRow.with_town_key(),
        UniqueConstraint("message_id"),
        Index("ix_attachment_open", "status", "due_at"),
        Index("ix_attachment_conversation", "conversation_id"),
        within_town("conversation_id", "conversation"),
        within_town("message_id", "message"),
    )

    conversation_id: Mapped[UUID]
    message_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    source: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    media_type: Mapped[str | None] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(default=0)
    scan: Mapped[str] = mapped_column(String(10), default="unscanned")
    imprint: Mapped[str | None] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(40))
    kept_at: Mapped[datetime | None]
    handle_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    handle = Sealed("handle_sealed")
    name = Sealed("name_sealed")


class AttachmentChunk(SealedRow):
    """A piece of an attachment's bytes, in order of number. part: raw (as uploaded) | whole | preview."""

    __tablename__ = "attachment_chunk"
    __table_args__ = (
        UniqueConstraint("attachment_id", "part", "number"),
        within_town("attachment_id", "attachment"),
    )

    attachment_id: Mapped[UUID]
    part: Mapped[str] = mapped_column(String(8))
    number: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Enclosure(TenantRow):
    """A file that lies beside somebody's answer in the making; it goes when the answer is sent.

    as_it_came: who laid it there has decided that it goes although its imprint could not be taken out.
    """

    __tablename__ = "enclosure"
    __table_args__ = (
        UniqueConstraint("attachment_id"),
        within_town("ticket_id", "ticket"),
        within_town("staff_id", "staff_member"),
        within_town("attachment_id", "attachment"),
    )

    ticket_id: Mapped[UUID] = mapped_column(index=True)
    staff_id: Mapped[UUID]
    attachment_id: Mapped[UUID]
    as_it_came: Mapped[bool] = mapped_column(default=False)
