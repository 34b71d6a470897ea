"""The way from a LINE talk into the town's own page: codes that open it, and the wish to be telephoned."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, TenantRow, within_town
from handoff.store.sealed import Sealed


class EntranceCode(TenantRow):
    """A code that opens one conversation once. code_hash: SHA-256; purpose: open | phone.

    A code that has been used or has expired still tells to whom a fresh one may be sent, and nothing more.
    """

    __tablename__ = "entrance_code"
    __table_args__ = (UniqueConstraint("code_hash"), within_town("conversation_id", "conversation"))

    conversation_id: Mapped[UUID] = mapped_column(index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    purpose: Mapped[str] = mapped_column(String(8))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class CallbackWish(SealedRow):
    """電話がほしい. payload (sealed JSON): {"number", "time", "secret"}, each "" while it has not been told.

    One a conversation; it stays as far as it was filled in. secret: who must not know.
    """

    __tablename__ = "callback_wish"
    __table_args__ = (UniqueConstraint("conversation_id"), within_town("conversation_id", "conversation"))

    conversation_id: Mapped[UUID]
    changed_at: Mapped[datetime]
    payload_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    payload = Sealed("payload_sealed")
