"""Restricting a ticket, whoever finds that it must be: the case of 多機関協働 that holds it is restricted with it.

Else what the ticket hides would stay open to every window that has a part in the case. Knows no reasons.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.models import Case, CaseTicket, Ticket, TicketWindow


async def confine(session: AsyncSession, ticket: Ticket) -> None:
    """From now on for those named. A case stays restricted when the ticket is not any more: it has its own coordinator."""
    ticket.restricted = True
    held = select(Case).join(CaseTicket, CaseTicket.case_id == Case.id).where(CaseTicket.ticket_id == ticket.id)
    for case in await session.scalars(held):
        case.restricted = True
    opened = select(TicketWindow).where(TicketWindow.ticket_id == ticket.id, TicketWindow.role == "outside")
    for row in await session.scalars(opened):  # another body that read it because of danger reads it no more
        row.role = "named"
