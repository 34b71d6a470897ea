"""What a person has decided about words that did not reach a resident."""

from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import TenantRow, within_town


class UnsentDecision(TenantRow):
    """choice: again | telephone | let_be. state, why: what had become of the words by then (`handoff.desk.unsent`).

    sequence: their first message, 0 where no message stands behind them (a fresh link).
    """

    __tablename__ = "unsent_decision"
    __table_args__ = (within_town("ticket_id", "ticket"), within_town("staff_id", "staff_member"))

    ticket_id: Mapped[UUID] = mapped_column(index=True)
    staff_id: Mapped[UUID]
    choice: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(String(80))
    sequence: Mapped[int]
