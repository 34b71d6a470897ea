"""Ties between tickets: of one household, or of one matter that is worked on in one place."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import TenantRow, within_town


class TicketLink(TenantRow):
    """kind: household (two tickets side by side) | same (other_id is worked on with one_id).

    windows: those that came to one_id with the other, to be taken away when they are parted. ended_at: parted, by whom.
    """

    __tablename__ = "ticket_link"
    __table_args__ = (
        UniqueConstraint("one_id", "other_id"),
        within_town("one_id", "ticket"),
        within_town("other_id", "ticket"),
        within_town("staff_id", "staff_member"),
    )

    one_id: Mapped[UUID] = mapped_column(index=True)
    other_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(12))
    staff_id: Mapped[UUID]
    windows: Mapped[list[str]]
    tied_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
