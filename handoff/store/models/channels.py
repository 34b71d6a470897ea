"""Channel accounts of a town, and the contacts who write over them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, within_town
from handoff.store.sealed import Sealed


class ChannelAccount(SealedRow):
    """A LINE or Telegram account of a town. key is the secret-free part of the webhook path.

    credentials (sealed JSON): LINE {"secret": …, "token": …}, Telegram {"secret": …, "token": …}.
    mode: LINE's `entrance` (a door to the town's own page) or `conversation`. paused_until, pause_reason, failures: the
    circuit breaker; failures counts the platform's faults in a row. quota_*: the month's pushes, None while unknown.
    """

    __tablename__ = "channel_account"
    __table_args__ = (UniqueConstraint("key"), SealedRow.with_town_key())

    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(40))
    mode: Mapped[str] = mapped_column(String(16), default="conversation")
    credentials_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    paused_until: Mapped[datetime | None]
    pause_reason: Mapped[str | None] = mapped_column(String(60))
    failures: Mapped[int] = mapped_column(default=0)
    quota_limit: Mapped[int | None]
    quota_used: Mapped[int | None]
    quota_at: Mapped[datetime | None]

    credentials = Sealed("credentials_sealed")


class Contact(SealedRow):
    """相談者. address: the platform's id, sealed for sending; address_lookup: its HMAC for finding; None: the web."""

    __tablename__ = "contact"
    __table_args__ = (
        SealedRow.with_town_key(),
        UniqueConstraint("account_id", "address_lookup"),
        within_town("account_id", "channel_account"),
    )

    channel: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[UUID | None]
    address_lookup: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    blocked: Mapped[bool] = mapped_column(default=False)

    address = Sealed("address_sealed")
    name = Sealed("name_sealed")
