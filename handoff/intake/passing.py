"""How far a resident's words have come: read by the bot, passed to staff, and when staff will read them.

For the resident's own page. Knows nothing of HTTP; says nothing about any other matter but how many wait before it.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.intake.voice import Voice
from handoff.store.models import InboxItem, Message, Ticket, TicketWindow


@dataclass(frozen=True, slots=True)
class Passing:
    """upto: the last sequence of the resident's that staff have before them, 0 for none.

    While their answer is waited for: reading, when they read, in the resident's language; ahead, how many matters came
    to the same windows before and wait too.
    """

    upto: int = 0
    reading: str | None = None
    ahead: int = 0


async def passing_of(session: AsyncSession, conversation_id: UUID, voice: Voice) -> Passing:
    """Nothing while no ticket is open: the bot has answered, and nobody waits."""
    ticket = await session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation_id).order_by(Ticket.created_at.desc()).limit(1)
    )
    if ticket is None or ticket.status == "resolved":
        return Passing()
    upto = await _upto(session, conversation_id)
    if ticket.last_staff_at is not None and (ticket.last_resident_at is None or ticket.last_staff_at >= ticket.last_resident_at):
        return Passing(upto)
    return Passing(upto, voice.reading(), await _ahead(session, ticket))


async def _upto(session: AsyncSession, conversation_id: UUID) -> int:
    """What the worker has not read yet nobody has before them."""
    unread = (
        select(InboxItem.id)
        .where(InboxItem.message_id == Message.id, InboxItem.status.in_(["new", "leased"])).exists()
    )
    own = select(func.min(Message.sequence)).where(
        Message.conversation_id == conversation_id, Message.sender == "resident", unread
    )
    first = await session.scalar(own)
    last = select(func.max(Message.sequence)).where(
        Message.conversation_id == conversation_id, Message.sender == "resident"
    )
    if first is not None:
        last = last.where(Message.sequence < first)
    return await session.scalar(last) or 0


async def _ahead(session: AsyncSession, ticket: Ticket) -> int:
    """Matters of the same windows that came before and wait for a person too; restricted ones are in no figure."""
    held = TicketWindow.role.not_in(["asked", "named"])
    windows = select(TicketWindow.window_id).where(TicketWindow.ticket_id == ticket.id, held)
    same = (
        select(TicketWindow.id)
        .where(TicketWindow.ticket_id == Ticket.id, TicketWindow.window_id.in_(windows), held)
        .exists()
    )
    return await session.scalar(
        select(func.count()).select_from(Ticket).where(
            Ticket.status != "resolved", Ticket.created_at < ticket.created_at, Ticket.restricted.is_(False), same,
            or_(Ticket.last_staff_at.is_(None), Ticket.last_staff_at < Ticket.last_resident_at),
        )
    ) or 0
