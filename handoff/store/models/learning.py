"""What staff say about a judgement that was wrong, and the messages without anybody in them that come of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, within_town
from handoff.store.sealed import Sealed


class TriageCorrection(SealedRow):
    """「ちがう」 on a judgement: by reference to the message that was judged last, so that it goes when that goes.

    right: what would have been right, in closed words (`handoff.editing.corrections`); status: waiting | drafted | aside;
    draft: number of the draft that came of it; word (sealed, with the conversation's key): where staff saw it.
    """

    __tablename__ = "triage_correction"
    __table_args__ = (
        UniqueConstraint("message_id", "right"),
        within_town("conversation_id", "conversation"),
        within_town("message_id", "message"),
        within_town("ticket_id", "ticket"),
        within_town("staff_id", "staff_member"),
        within_town("settled_by", "staff_member"),
    )

    conversation_id: Mapped[UUID] = mapped_column(index=True)
    message_id: Mapped[UUID]
    ticket_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    right: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    draft: Mapped[int | None]
    settled_by: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    word_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    word = Sealed("word_sealed")


class OwnCase(SealedRow):
    """A message that a person has rewritten so that nobody can be told from it, with how it should be judged.

    Nothing leads from here to a conversation. labels: `knowledge.schema.Case` without its text; status: waiting |
    approved | refused; a second person says yes.
    """

    __tablename__ = "own_case"
    __table_args__ = (
        UniqueConstraint("municipality_id", "number"),
        within_town("written_by", "staff_member"),
        within_town("judged_by", "staff_member"),
    )

    number: Mapped[int]
    labels: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    written_by: Mapped[UUID]
    judged_by: Mapped[UUID | None]
    judged_at: Mapped[datetime | None]
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    text = Sealed("text_sealed")
