"""開示請求: somebody asks to see what is kept about them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, within_town
from handoff.store.sealed import Sealed


class Disclosure(SealedRow):
    """A request on a ticket. It goes with the ticket, sealed with its key.

    requester: own | legal | agent; whose: writer | told_of (who wrote is somebody else). state: open | ready | closed.
    body (sealed JSON): proof (how identity was made sure), decided: by item, choice, ground, words, who decided.
    """

    __tablename__ = "disclosure"
    __table_args__ = (within_town("ticket_id", "ticket"), within_town("staff_id", "staff_member"))

    ticket_id: Mapped[UUID] = mapped_column(index=True)
    staff_id: Mapped[UUID]
    requester: Mapped[str] = mapped_column(String(8))
    whose: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")
