"""「消したい」: a talk removed because its resident asks for it, before its time is over (`retention` has the time).

People decide; this only does it, and only once nothing about it is still under way. What a closed case (多機関協働) has written
down stays for its own time. Must not know towns' files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.privacy import audit
from handoff.privacy.erasures import Erasures
from handoff.privacy.retention import erase
from handoff.store.db import Store
from handoff.store.models import Case, CaseTicket, Conversation, Disclosure, InboxItem, Message, OutboxItem, Ticket

Obstacle = Literal["open", "asked_to_see", "in_case", "on_its_way"]
"""A ticket of it is not ended; 開示請求 is under way; a case that is open has it; something is still to be read or sent."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What would go. numbers: its tickets; messages: how many; obstacles: why it may not go yet."""

    id: UUID
    numbers: tuple[str, ...]
    messages: int
    obstacles: tuple[Obstacle, ...]


async def talk_of(session: AsyncSession, number: str) -> Talk | None:
    """The talk that a ticket belongs to; None where the town has no such ticket."""
    conversation_id = await session.scalar(select(Ticket.conversation_id).where(Ticket.number == number))
    if conversation_id is None:
        return None
    numbers = await session.scalars(select(Ticket.number).where(Ticket.conversation_id == conversation_id).order_by(Ticket.number))
    messages = await session.scalar(select(func.count()).select_from(Message).where(Message.conversation_id == conversation_id))
    found = [what for what, stands in _obstacles(conversation_id) if await session.scalar(select(stands))]
    return Talk(conversation_id, tuple(numbers), messages or 0, tuple(found))


async def erased(store: Store, town: str, number: str, *, erasures: Erasures, now: datetime) -> Talk | None:
    """Remove it, on the record by its tickets' numbers; nothing happens while something stands against it."""
    async with store.town(town) as session:
        found = await talk_of(session, number)
        if found is None or found.obstacles:
            return found
        await session.get_one(Conversation, found.id, with_for_update=True)
        await erase(session, [found.id], now=now, erasures=erasures)
        await audit.record(session, action="erased_on_wish", staff_id=None, reason="、".join(found.numbers), now=now)
    return found


def _obstacles(conversation_id: UUID) -> Iterator[tuple[Obstacle, ColumnElement[bool]]]:
    own = Ticket.conversation_id == conversation_id
    yield "open", exists().where(own, Ticket.status != "resolved")
    yield "asked_to_see", exists().where(own, Disclosure.ticket_id == Ticket.id, Disclosure.state != "closed")
    yield "in_case", exists().where(own, CaseTicket.ticket_id == Ticket.id, CaseTicket.case_id == Case.id, Case.closed_at.is_(None))
    waits = exists().where(OutboxItem.conversation_id == conversation_id, OutboxItem.status.in_(("queued", "sending")))
    unread = exists().where(InboxItem.conversation_id == conversation_id, InboxItem.status.in_(("new", "leased")))
    yield "on_its_way", waits | unread
