"""Tickets that are worked on together with another: out of the lists while nothing on them waits, ended with it.

One whose resident writes again comes back into the lists by itself; one that becomes restricted is on its own at once.
Who ties and parts them is `linking`.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from handoff.store.events import emit
from handoff.store.models import Conversation, Ticket, TicketLink

SAME = "same"


def folded() -> ColumnElement[bool]:
    """A ticket that another one stands for in lists."""
    kept = aliased(Ticket)
    nothing_waits = or_(
        Ticket.last_resident_at.is_(None), Ticket.last_resident_at <= TicketLink.tied_at,
        Ticket.last_staff_at >= Ticket.last_resident_at,
    )
    return (
        select(TicketLink.id).join(kept, kept.id == TicketLink.one_id)
        .where(
            TicketLink.other_id == Ticket.id, TicketLink.kind == SAME, TicketLink.ended_at.is_(None), nothing_waits,
            Ticket.restricted.is_(False), kept.restricted.is_(False), kept.status != "resolved",
        )
        .exists()
    )


async def end_with(session: AsyncSession, ticket: Ticket, *, now: datetime) -> None:
    """What was worked on with a ticket ends as it does, with the same outcome. What waits for an answer stays."""
    waiting = Ticket.last_resident_at > TicketLink.tied_at
    rows = await session.scalars(
        select(Ticket).join(TicketLink, TicketLink.other_id == Ticket.id)
        .where(
            TicketLink.one_id == ticket.id, TicketLink.kind == SAME, TicketLink.ended_at.is_(None),
            Ticket.status != "resolved", Ticket.restricted.is_(False),
            or_(Ticket.last_resident_at.is_(None), ~waiting, Ticket.last_staff_at >= Ticket.last_resident_at),
        )
        .order_by(Ticket.id).with_for_update(of=Ticket)
    )
    for row in rows:
        row.status, row.outcome, row.resolved_at = "resolved", ticket.outcome, now
        row.state = {**row.state, "unread": False, "ended_with": ticket.number}
        conversation = await session.get_one(Conversation, row.conversation_id)
        conversation.holder, conversation.closed_at = "bot", now
        conversation.version += 1
        await emit(session, kind="ticket_changed", conversation_id=row.conversation_id, ticket_id=row.id)
