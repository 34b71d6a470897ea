"""The name that a resident gives on the town's own page, and takes back: from anonymous to named and back again.

Kept sealed with the contact; nothing that the resident may see shows it again, and no channel is ever asked for it.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.summary import NAME_UNKNOWN, Summary
from handoff.store.events import emit
from handoff.store.models import Contact, Conversation, Ticket

LONGEST = 80


async def keep(session: AsyncSession, conversation: Conversation, name: str, *, now: datetime) -> None:
    """Put a name in place of the one before; "" is none any more. Open tickets say so. The caller holds the conversation."""
    contact = await session.get_one(Contact, conversation.contact_id)
    contact.name = name or None
    tickets = await session.scalars(
        select(Ticket).where(Ticket.conversation_id == conversation.id, Ticket.status != "resolved")
        .with_for_update(of=Ticket)
    )
    for ticket in tickets:
        summary = Summary.from_json(ticket.summary)
        others = tuple(one for one in summary.unknown if one != NAME_UNKNOWN)
        ticket.summary = replace(summary, named=bool(name), unknown=others if name else (*others, NAME_UNKNOWN)).as_json()
        await emit(session, kind="ticket_changed", conversation_id=conversation.id, ticket_id=ticket.id)


async def name_of(session: AsyncSession, conversation_id: UUID) -> str:
    """What they have given, "" for none."""
    contact = await session.scalar(
        select(Contact).join(Conversation, Conversation.contact_id == Contact.id).where(Conversation.id == conversation_id)
    )
    return (contact.name if contact is not None else None) or ""
