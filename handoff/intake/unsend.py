"""Taking back: what a resident unsends leaves the conversation, with all that came with it.

LINE recommends that it can't be seen or used any more, so it is erased. For the open record of a crisis a town may
decide to keep it under seal instead (`unsend_in_crisis: seal`): nobody sees it in the console, and which of the two
was done is written down.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.editing import corrections
from handoff.intake import media
from handoff.intake.messages import known, stone
from handoff.privacy import audit
from handoff.privacy.keys import KeyRing
from handoff.store.events import emit
from handoff.store.models import Conversation, Message, Ticket
from knowledge.schema import Town


async def tombstone(
    session: AsyncSession, conversation: Conversation, unsent: Sequence[str], *, town: Town, account_id: UUID,
    keys: KeyRing, now: datetime,
) -> None:
    """Take messages out. An unsend that overtakes its message leaves a stone that keeps it out later."""
    if not unsent:
        return
    ticket = await _open_ticket(session, conversation)
    withhold = bool(ticket and ticket.crisis) and town.municipality.unsend_in_crisis == "seal"
    for external_id in unsent:
        lookup = keys.lookup("message", str(account_id), external_id)
        row = await known(session, conversation, lookup)
        if row is None:
            stone(session, conversation, lookup, now=now)
        elif row.unsent_at is None:
            await _take_out(session, row, withhold=withhold, now=now)
            if ticket is not None:
                action = "unsent_sealed" if withhold else "unsent_erased"
                await audit.record(session, action=action, staff_id=None, ticket_id=ticket.id, now=now)
    await emit(session, kind="message", conversation_id=conversation.id)


async def _take_out(session: AsyncSession, row: Message, *, withhold: bool, now: datetime) -> None:
    if withhold:
        row.withheld = row.payload
    row.payload, row.unsent_at = None, now
    await media.take_back(session, row.id, withhold=withhold)
    await corrections.forget(session, [row.id])


async def _open_ticket(session: AsyncSession, conversation: Conversation) -> Ticket | None:
    return await session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation.id, Ticket.status != "resolved")
        .order_by(Ticket.created_at.desc()).limit(1)
    )
