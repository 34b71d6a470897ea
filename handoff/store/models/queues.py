"""The queues are the database: inbox, outbox, the events that wake listeners, and the counters behind sequences."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import Base, SealedRow, TenantRow, references, within_town
from handoff.store.sealed import Sealed


class InboxItem(SealedRow):
    """One event as it came in. raw (sealed JSON) goes (None) when it is processed.

    conversation_key groups what must stay in order (HMAC of the sender's address, or the web conversation's id);
    status: new | leased | done | parked. urgent: crisis words seen at a glance, no waiting for further bubbles.
    message_id: set for the web chat, whose message is stored at acceptance.
    """

    __tablename__ = "inbox_item"
    __table_args__ = (
        SealedRow.with_town_key(),
        UniqueConstraint("account_id", "event_id"),
        Index("ix_inbox_item_open", "status", "ready_at"),
        Index("ix_inbox_item_conversation", "conversation_key", "status"),
    )

    channel: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[UUID]
    event_id: Mapped[str] = mapped_column(String(80))
    conversation_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    conversation_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    event_at: Mapped[datetime]
    ready_at: Mapped[datetime]
    urgent: Mapped[bool] = mapped_column(default=False)
    glanced: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(8), default="new")
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))
    raw_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    raw = Sealed("raw_sealed")


class OutboxItem(SealedRow):
    """One turn to hand to a platform; its id is LINE's retry key. Bubbles are messages of the conversation.

    status: queued | held (the resident's wish) | sending | sent | failed | uncertain. payload (sealed JSON): {"reply_token": …, "bubbles": [...]},
    emptied when sent. reply_until: the reply token's end of life.
    """

    __tablename__ = "outbox_item"
    __table_args__ = (
        SealedRow.with_town_key(),
        Index("ix_outbox_item_open", "status", "due_at"),
        Index("ix_outbox_item_order", "conversation_id", "first_sequence"),
        within_town("conversation_id", "conversation"),
    )

    conversation_id: Mapped[UUID]
    account_id: Mapped[UUID | None]
    channel: Mapped[str] = mapped_column(String(16))
    first_sequence: Mapped[int]
    last_sequence: Mapped[int]
    reply_until: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    how: Mapped[str | None] = mapped_column(String(10))
    error: Mapped[str | None] = mapped_column(String(80))
    sent_at: Mapped[datetime | None]
    payload_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    payload = Sealed("payload_sealed")


class Event(TenantRow):
    """Something that listeners re-read from their cursor: ids only. sequence is gapless a town."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("municipality_id", "sequence"),
        Index("ix_event_conversation", "conversation_id"),
        Index("ix_event_kind", "kind", "municipality_id", "sequence"),
    )

    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24))
    conversation_id: Mapped[UUID | None]
    ticket_id: Mapped[UUID | None]


class Counter(Base):
    """A locked row behind each sequence of a town (`event`, `ticket:2026`)."""

    __tablename__ = "counter"

    municipality_id: Mapped[str] = mapped_column(String(40), references("municipality.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)
