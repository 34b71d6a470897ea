"""What officials change in their town's knowledge: drafts, and the versions that went live."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, within_town
from handoff.store.sealed import Sealed


class KnowledgeDraft(SealedRow):
    """A change in the making. kind and key: which thing (`knowledge.overlay`), `rollback` and a version's sequence.

    content: its values, and `before`, what stood there when it was written; version rises with each saving; authors:
    ids of everybody who has saved it. status: draft | live | withdrawn. foresight: what it would change, without
    words; foresight_state: none | asked | done | failed; foresight_of: the draft and the live version it was made of.
    """

    __tablename__ = "knowledge_draft"
    __table_args__ = (
        SealedRow.with_town_key(),
        UniqueConstraint("municipality_id", "number"),
        Index("ix_knowledge_draft_foresight", "foresight_state"),
        within_town("saved_by", "staff_member"),
        within_town("approved_by", "staff_member"),
    )

    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(120))
    content: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(String(12), default="draft")
    authors: Mapped[list[str]]
    saved_by: Mapped[UUID]
    saved_at: Mapped[datetime]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
    foresight_state: Mapped[str] = mapped_column(String(8), default="none")
    foresight_of: Mapped[str | None] = mapped_column(String(80))
    foresight: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    reason = Sealed("reason_sealed")


class KnowledgeVersion(SealedRow):
    """What a town has laid over its files from `created_at` on: the whole of it, so that any version can come back.

    edits: {"edits": [...]} as `knowledge.overlay.as_data` makes them; draft: the number of the draft that brought it.
    """

    __tablename__ = "knowledge_version"
    __table_args__ = (
        UniqueConstraint("municipality_id", "sequence"),
        within_town("published_by", "staff_member"),
        within_town("approved_by", "staff_member"),
    )

    sequence: Mapped[int]
    edits: Mapped[dict[str, Any]]
    draft: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(120))
    authors: Mapped[list[str]]
    published_by: Mapped[UUID]
    approved_by: Mapped[UUID | None]
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    reason = Sealed("reason_sealed")
