"""What the month's quota has kept from a resident's telephone: it goes along, free, with the next reply on LINE.

The words themselves wait in the conversation all the while; staff see that they have not been sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.intake.entrance import Notice, Wrapping
from handoff.store import ahead
from handoff.store.models import Conversation, OutboxItem

QUOTA = "quota"
"""The error of a row that LINE refused because the month's pushes are used up."""


@dataclass(frozen=True, slots=True)
class Unpaid:
    """What was kept back: bubbles and notice, standing for the messages first to last. first 0: nothing.

    quiet: no notification was to show it.
    """

    bubbles: tuple[Outgoing, ...] = ()
    notice: Notice | None = None
    first: int = 0
    last: int = 0
    quiet: bool = False

    @property
    def found(self) -> bool:
        return self.first > 0


def of_conversations(conversations: Sequence[UUID]) -> Select[OutboxItem]:
    """What waits for them, oldest first, locked."""
    return (
        select(OutboxItem)
        .where(OutboxItem.conversation_id.in_(conversations), OutboxItem.status == "failed", OutboxItem.error == QUOTA)
        .where(OutboxItem.first_sequence > 0)
        .order_by(OutboxItem.first_sequence)
        .with_for_update(of=OutboxItem)
    )


async def take_unpaid(session: AsyncSession, conversation: Conversation) -> Unpaid:
    """Take what was kept back out of the outbox; the caller sends it in its own row."""
    waiting = await ahead.rows(session, of_conversations, conversation.id)
    rows = waiting[:]
    waiting.clear()
    bubbles: list[Outgoing] = []
    notice: Notice | None = None
    quiet = False
    for row in rows:
        bubbles += [Outgoing.from_json(bubble) for bubble in row.payload["bubbles"]]
        kept = row.payload.get("wrapping")
        notice = notice or (Wrapping.from_json(kept).notice if kept else None)
        quiet = quiet or bool(kept and kept["quiet"])
        await session.delete(row)
    if not rows:
        return Unpaid()
    return Unpaid(tuple(bubbles), notice, rows[0].first_sequence, rows[-1].last_sequence, quiet)
