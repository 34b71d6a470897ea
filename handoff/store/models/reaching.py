"""How a resident comes back, and how they may be reached: resume phrases, safe contact."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, TenantRow, within_town
from handoff.store.sealed import Sealed


class ResumePhrase(TenantRow):
    """合言葉 of a conversation, one at most. lookup: a slow hash of it under the key file; the words are kept nowhere."""

    __tablename__ = "resume_phrase"
    __table_args__ = (
        UniqueConstraint("municipality_id", "lookup"),
        UniqueConstraint("conversation_id"),
        within_town("conversation_id", "conversation"),
    )

    conversation_id: Mapped[UUID]
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_at: Mapped[datetime | None]


class SafeContactWish(SealedRow):
    """How a resident may be reached. wish (sealed JSON): `handoff.intake.safety.Wish`. One a conversation."""

    __tablename__ = "safe_contact_wish"
    __table_args__ = (UniqueConstraint("conversation_id"), within_town("conversation_id", "conversation"))

    conversation_id: Mapped[UUID]
    changed_at: Mapped[datetime]
    wish_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    wish = Sealed("wish_sealed")


class AnswerMail(SealedRow):
    """An address that hears 「お返事があります」, one a conversation. letter (sealed JSON): {"address", "stop"}.

    stop_hash: hash of the code that ends it, for who has only the mail. due_at: when the next goes out, None for none.
    error: why none can (an address that nobody has).
    """

    __tablename__ = "answer_mail"
    __table_args__ = (
        UniqueConstraint("conversation_id"),
        UniqueConstraint("municipality_id", "stop_hash"),
        within_town("conversation_id", "conversation"),
    )

    conversation_id: Mapped[UUID]
    stop_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    due_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(80))
    letter_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    letter = Sealed("letter_sealed")
