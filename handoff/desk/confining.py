"""Restricting a ticket, whoever finds that it must be: the case of 多機関協働 that holds it is restricted with it.

Else what the ticket hides would stay open to every window that has a part in the case. Knows no reasons.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.models import Case, CaseTicket, Ticket, TicketWindow
from knowledge.schema import CrisisKind

GUARDED: frozenset[CrisisKind] = frozenset(
    {"dv", "child_abuse", "elder_abuse", "disability_abuse", "sexual_violence"}
)
"""Dangers that come from somebody near: their tickets are restricted by themselves."""
HELD = "held_until_read"


async def confine(session: AsyncSession, ticket: Ticket) -> None:
    """From now on for those named. A case stays restricted when the ticket is not any more: it has its own coordinator."""
    ticket.restricted = True
    if held(ticket):
        ticket.state = {key: value for key, value in ticket.state.items() if key != HELD}
    held_by_cases = select(Case).join(CaseTicket, CaseTicket.case_id == Case.id).where(CaseTicket.ticket_id == ticket.id)
    for case in await session.scalars(held_by_cases):
        case.restricted = True
    opened = select(TicketWindow).where(TicketWindow.ticket_id == ticket.id, TicketWindow.role == "outside")
    for row in await session.scalars(opened):  # another body that read it because of danger reads it no more
        row.role = "named"


def hold(ticket: Ticket) -> None:
    """As if restricted, until its words have been read: what they tell is not known before."""
    if not ticket.restricted:
        ticket.restricted = True
        ticket.state = {**ticket.state, HELD: True}


def let_go(ticket: Ticket) -> bool:
    """Its words have been read and tell of no such danger. False where it was not held, or is restricted for a reason by now."""
    if not held(ticket):
        return False
    ticket.restricted = False
    ticket.state = {key: value for key, value in ticket.state.items() if key != HELD}
    return True


def held(ticket: Ticket) -> bool:
    """Whether it is restricted only because nobody has read it yet."""
    return bool(ticket.restricted and ticket.state.get(HELD))
