"""What staff are told outside the console, and who is called at night: rota, alarms, calls, mail, webhooks, calendars."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, TenantRow, within_town
from handoff.store.sealed import Sealed


class DutyPerson(SealedRow):
    """Somebody on the rota (当番表). about (sealed JSON): `handoff.notices.rota.Person`; place: the order of calling.

    Rows of the past stay for the record of who was called; removed_at takes them off the rota.
    """

    __tablename__ = "duty_person"
    __table_args__ = (SealedRow.with_town_key(), within_town("staff_id", "staff_member"))

    place: Mapped[int]
    staff_id: Mapped[UUID | None]
    removed_at: Mapped[datetime | None]
    about_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    about = Sealed("about_sealed")


class NightAlarm(TenantRow):
    """A matter that must not wait for the morning. state: ringing | acknowledged | opened (the office did) | unanswered.

    called: how many calls were made; due_at: when the next is.
    """

    __tablename__ = "night_alarm"
    __table_args__ = (
        TenantRow.with_town_key(),
        Index("ix_night_alarm_due", "state", "due_at"),
        within_town("ticket_id", "ticket"),
        within_town("acknowledged_by", "staff_member"),
    )

    ticket_id: Mapped[UUID] = mapped_column(index=True)
    urgency: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default="ringing")
    called: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None]


class DutyCall(TenantRow):
    """One person called for an alarm. status: queued | sending | sent | failed | console (nothing to send).

    The link of the message holds a random token, the row its hash; acknowledged_at: when it, or the console, was pressed.
    """

    __tablename__ = "duty_call"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_duty_call_due", "status", "due_at"),
        within_town("alarm_id", "night_alarm"),
        within_town("person_id", "duty_person"),
    )

    alarm_id: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(8), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    error: Mapped[str | None] = mapped_column(String(40))
    acknowledged_at: Mapped[datetime | None]


class StaffMail(SealedRow):
    """A member of staff who wants to hear by mail that there is something: never what. kinds: see `notices.digest`.

    told_until: up to when they have been told; due_at: not before.
    """

    __tablename__ = "staff_mail"
    __table_args__ = (UniqueConstraint("staff_id"), within_town("staff_id", "staff_member"))

    staff_id: Mapped[UUID]
    kinds: Mapped[list[str]]
    told_until: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    error: Mapped[str | None] = mapped_column(String(40))
    address_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    address = Sealed("address_sealed")


class WebhookEndpoint(SealedRow):
    """Another system that hears of events. target (sealed JSON): {"url", "secret"}; cursor: told up to this event."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (SealedRow.with_town_key(),)

    name: Mapped[str] = mapped_column(String(60))
    kinds: Mapped[list[str]]
    cursor: Mapped[int]
    stopped_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None] = mapped_column(String(40))
    target_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    target = Sealed("target_sealed")


class WebhookDelivery(TenantRow):
    """One event on its way to one endpoint. status: queued | sending | sent | failed. No content: number, kind, time."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_sequence"),
        Index("ix_webhook_delivery_due", "status", "due_at"),
        within_town("endpoint_id", "webhook_endpoint"),
    )

    endpoint_id: Mapped[UUID] = mapped_column(index=True)
    event_sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24))
    number: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(8), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    answer: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None]


class CalendarFeed(TenantRow):
    """A secret address under which a member's own meetings can be subscribed to. The row holds the hash."""

    __tablename__ = "calendar_feed"
    __table_args__ = (UniqueConstraint("token_hash"), within_town("staff_id", "staff_member"))

    staff_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
