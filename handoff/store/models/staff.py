"""Staff, their sessions and tokens, and the record of what they did and opened."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import Base, SealedRow, TenantRow, within_town
from handoff.store.sealed import Sealed


class StaffMember(SealedRow):
    """職員. role: staff | coordinator | admin | auditor. login is unique over all towns. organisation: None is the town itself."""

    __tablename__ = "staff_member"
    __table_args__ = (SealedRow.with_town_key(), UniqueConstraint("login"))

    login: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(12))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool] = mapped_column(default=True)
    disabled_at: Mapped[datetime | None]
    organisation: Mapped[str | None] = mapped_column(String(100))
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    name = Sealed("name_sealed")


class StaffWindow(TenantRow):
    """A window that a staff member works at."""

    __tablename__ = "staff_window"
    __table_args__ = (
        UniqueConstraint("staff_id", "window_id"),
        within_town("staff_id", "staff_member"),
    )

    staff_id: Mapped[UUID]
    window_id: Mapped[str] = mapped_column(String(80))


class StaffSession(TenantRow):
    """A console session. The cookie holds a random token, the row its SHA-256. Idle 30 min, 12 h at most."""

    __tablename__ = "staff_session"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        within_town("staff_id", "staff_member"),
    )

    staff_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class StaffToken(TenantRow):
    """A bearer token of the JSON API. scopes: `handoff.desk.apitokens`; None, as of `tsunagu staff token`: all of its role."""

    __tablename__ = "staff_token"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        within_town("staff_id", "staff_member"),
    )

    staff_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    revoked_at: Mapped[datetime | None]
    name: Mapped[str | None] = mapped_column(String(60))
    scopes: Mapped[list[str] | None]
    used_at: Mapped[datetime | None]


class LoginAttempt(Base):
    """A failed login, by HMAC of login and of address: 5 in 30 minutes lock the login, 25 in 5 the address."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index("ix_login_attempt_key_at", "key", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime]


class AuditEntry(SealedRow):
    """操作記録: who did or opened what, when, why. Hash-chained a town: hash = HMAC(previous ‖ entry)."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("municipality_id", "sequence"),
        Index("ix_audit_entry_ticket", "ticket_id"),
    )

    sequence: Mapped[int]
    staff_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(String(40))
    ticket_id: Mapped[UUID | None]
    at: Mapped[datetime]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))

    reason = Sealed("reason_sealed")
