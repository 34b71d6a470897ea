"""Conversations, their messages, and the decisions taken on them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, within_town
from handoff.store.sealed import Sealed


class Conversation(SealedRow):
    """会話 of one contact. last_sequence is the locked counter of its messages; version rises with each worker write.

    holder: `bot` or `staff`; dialogue: small state without words ({"asked": [...], "noticed": "2026-11-24", …});
    token_hash: SHA-256 of the web chat's bearer token. closed_at: the end of its matter, until one is open again;
    retention counts from it.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        SealedRow.with_town_key(),
        UniqueConstraint("token_hash"),
        within_town("contact_id", "contact"),
    )

    contact_id: Mapped[UUID] = mapped_column(index=True)
    channel: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(12), default="ja")
    holder: Mapped[str] = mapped_column(String(8), default="bot")
    last_sequence: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    dialogue: Mapped[dict[str, Any]] = mapped_column(default=dict)
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    last_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Message(SealedRow):
    """発言. payload (sealed JSON) is `Outgoing.as_json`, for a resident's message with "media" where it is no text.

    sender: resident | bot | staff. external_lookup: HMAC of the platform's message id. An unsent message keeps its
    row without payload; withheld (sealed JSON) is what was in it, where the town's rule is to keep that under seal.
    """

    __tablename__ = "message"
    __table_args__ = (
        SealedRow.with_town_key(),
        UniqueConstraint("conversation_id", "sequence"),
        UniqueConstraint("conversation_id", "client_message_id"),
        Index("ix_message_external", "conversation_id", "external_lookup"),
        within_town("conversation_id", "conversation"),
    )

    conversation_id: Mapped[UUID]
    sequence: Mapped[int]
    sender: Mapped[str] = mapped_column(String(8))
    staff_id: Mapped[UUID | None]
    at: Mapped[datetime]
    payload_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    client_message_id: Mapped[str | None] = mapped_column(String(64))
    external_lookup: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    unsent_at: Mapped[datetime | None]
    withheld_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    media: Mapped[str | None] = mapped_column(String(16))

    payload = Sealed("payload_sealed")
    withheld = Sealed("withheld_sealed")


class DecisionRecord(SealedRow):
    """判定 as it was taken: explainable years later. body (sealed JSON) holds reasons, evidence, household, summary.

    Evidence offsets count code points of the resident's text messages up to `upto_sequence`, joined by newlines.
    """

    __tablename__ = "decision"
    __table_args__ = (
        SealedRow.with_town_key(),
        Index("ix_decision_conversation", "conversation_id", "upto_sequence"),
        within_town("conversation_id", "conversation"),
    )

    conversation_id: Mapped[UUID]
    upto_sequence: Mapped[int]
    action: Mapped[str] = mapped_column(String(8))
    urgency: Mapped[str] = mapped_column(String(12))
    knowledge: Mapped[str] = mapped_column(String(64))
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")
