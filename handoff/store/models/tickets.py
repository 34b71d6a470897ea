"""Handoff tickets: who holds a resident's matter, and what staff wrote about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, TenantRow, within_town
from handoff.store.sealed import Sealed


class Ticket(SealedRow):
    """案件. number such as `taiki-2026-0001`; status: open | in_progress | resolved.

    summary (sealed JSON): `handoff.desk.summary.Summary`. fields, patterns, crisis: closed vocabularies, in clear for
    filters and figures. restricted: DV, abuse, sexual violence: named staff only. follow_up_at: the next date, also
    after the end; closing (sealed JSON): what the end rests on.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        SealedRow.with_town_key(),
        UniqueConstraint("number"),
        Index("ix_ticket_queue", "municipality_id", "status", "urgency"),
        within_town("conversation_id", "conversation"),
        within_town("assignee_id", "staff_member"),
    )

    number: Mapped[str] = mapped_column(String(60))
    conversation_id: Mapped[UUID] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(12), default="open")
    urgency: Mapped[str] = mapped_column(String(12))
    coordinator: Mapped[bool] = mapped_column(default=False)
    restricted: Mapped[bool] = mapped_column(default=False)
    fields: Mapped[list[str]]
    patterns: Mapped[list[str]]
    crisis: Mapped[list[str]]
    assignee_id: Mapped[UUID | None]
    due_at: Mapped[datetime | None]
    last_resident_at: Mapped[datetime | None]
    last_staff_at: Mapped[datetime | None]
    first_read_at: Mapped[datetime | None]
    first_answer_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(24))
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    summary_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    follow_up_at: Mapped[datetime | None]
    closing_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    summary = Sealed("summary_sealed")
    closing = Sealed("closing_sealed")


class TicketWindow(TenantRow):
    """A window that a ticket knows of. role: main | second hold it; asked: offered to it, not yet its own; of another
    body: outside, it may read because of danger; named, it may not (`handoff.desk.seating`).
    """

    __tablename__ = "ticket_window"
    __table_args__ = (
        UniqueConstraint("ticket_id", "window_id"),
        Index("ix_ticket_window_window", "municipality_id", "window_id"),
        within_town("ticket_id", "ticket"),
    )

    ticket_id: Mapped[UUID]
    window_id: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(8), default="main")


class TicketStaff(TenantRow):
    """kind: named (sees a restricted ticket) | known (knows the resident: never sees it)."""

    __tablename__ = "ticket_staff"
    __table_args__ = (
        UniqueConstraint("ticket_id", "staff_id"),
        within_town("ticket_id", "ticket"),
        within_town("staff_id", "staff_member"),
    )

    ticket_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(8))


class TicketMove(SealedRow):
    """A move from one window to another, with its reason: たらい回し is counted, never hidden.

    status: offered, then accepted | shared | advised | declined | returned (nobody answered in time) | withdrawn;
    introduced: to another body, which answers by telephone. basis, items: on what ground what went to another body.
    """

    __tablename__ = "ticket_move"
    __table_args__ = (
        Index("ix_ticket_move_open", "status", "answer_by"),
        within_town("ticket_id", "ticket"),
    )

    ticket_id: Mapped[UUID] = mapped_column(index=True)
    from_window: Mapped[str] = mapped_column(String(80))
    to_window: Mapped[str] = mapped_column(String(80))
    staff_id: Mapped[UUID]
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(12), default="offered")
    basis: Mapped[str | None] = mapped_column(String(12))
    items: Mapped[list[str]] = mapped_column(default=list)
    answer_by: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    basis_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    reason = Sealed("reason_sealed")
    answer = Sealed("answer_sealed")
    ground = Sealed("basis_sealed")


class Note(SealedRow):
    """An internal note; never leaves the console."""

    __tablename__ = "note"
    __table_args__ = (
        within_town("ticket_id", "ticket"),
    )

    ticket_id: Mapped[UUID] = mapped_column(index=True)
    staff_id: Mapped[UUID]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class Draft(SealedRow):
    """A reply in the making, one for each ticket and staff member; survives logout."""

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("ticket_id", "staff_id"),
        within_town("ticket_id", "ticket"),
    )

    ticket_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    saved_at: Mapped[datetime]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class ContactAttempt(SealedRow):
    """Somebody tried to reach the resident: when, by what means, with what result."""

    __tablename__ = "contact_attempt"
    __table_args__ = (within_town("ticket_id", "ticket"),)

    ticket_id: Mapped[UUID] = mapped_column(index=True)
    staff_id: Mapped[UUID]
    at: Mapped[datetime]
    means: Mapped[str] = mapped_column(String(12))
    result: Mapped[str] = mapped_column(String(12))
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    note = Sealed("note_sealed")
