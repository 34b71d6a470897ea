"""Staff named for a ticket, or kept out of it because they know the resident: the rows, and nothing about why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.ids import new_id
from handoff.store.models import Ticket, TicketStaff


async def kinds(session: AsyncSession, ticket: Ticket) -> dict[UUID, str]:
    """Staff of a ticket: named | known."""
    rows = await session.scalars(select(TicketStaff).where(TicketStaff.ticket_id == ticket.id))
    return {row.staff_id: row.kind for row in rows}


async def set_kind(session: AsyncSession, ticket: Ticket, staff_id: UUID, kind: str, *, now: datetime) -> None:
    """Name somebody, or keep them out. Who knows the resident is never named again."""
    row = await session.scalar(
        select(TicketStaff).where(TicketStaff.ticket_id == ticket.id, TicketStaff.staff_id == staff_id)
    )
    if row is None:
        session.add(TicketStaff(
            id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, ticket_id=ticket.id,
            staff_id=staff_id, kind=kind,
        ))
        await session.flush()
    elif row.kind != "known":
        row.kind = kind


async def carry(session: AsyncSession, old: Ticket, new: Ticket, *, now: datetime) -> None:
    """A later ticket of the same resident keeps out who knows them, and is restricted when the one before was."""
    new.restricted = new.restricted or old.restricted
    for staff_id, kind in (await kinds(session, old)).items():
        await set_kind(session, new, staff_id, kind, now=now)
