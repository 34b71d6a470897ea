"""Bodies that are not the town: those that no pack names, and what a resident was asked about being passed on to one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, within_town
from handoff.store.sealed import Sealed


class Partner(SealedRow):
    """A body outside the town's pack that staff have named: one row, whatever paper or answer speaks of it.

    body: {"name", "before": [[name, until], …], "off": since when it is off the list, or None}; a plain name in rows that are
    older than that.
    """

    __tablename__ = "partner"
    __table_args__ = (within_town("staff_id", "staff_member"),)

    staff_id: Mapped[UUID]
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("name_sealed")

    @property
    def told(self) -> dict[str, Any]:
        """The body, as what it is."""
        found: dict[str, Any] | str = self.body
        return {"name": found, "before": [], "off": None} if isinstance(found, str) else found


class BodyQuestion(SealedRow):
    """Staff asked in the chat whether a body may hear something. body_id: a window's full id, or `partner:` and a row's id.

    own: who writes is the person whom it is about, so that their yes is consent. status: waiting | given | refused | unsure |
    withdrawn | closed (asked anew). body: {"name", "text": as it was asked, "what": the items by name, "answers": [[what, when], …]};
    nothing is taken away.
    """

    __tablename__ = "body_question"
    __table_args__ = (
        within_town("conversation_id", "conversation"),
        within_town("ticket_id", "ticket"),
        within_town("staff_id", "staff_member"),
    )

    conversation_id: Mapped[UUID] = mapped_column(index=True)
    ticket_id: Mapped[UUID] = mapped_column(index=True)
    staff_id: Mapped[UUID]
    body_id: Mapped[str] = mapped_column(String(80))
    items: Mapped[list[str]] = mapped_column(default=list)
    own: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    answered_at: Mapped[datetime | None]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")

    @property
    def told(self) -> dict[str, Any]:
        """The body, as what it is."""
        found: dict[str, Any] = self.body
        return found
