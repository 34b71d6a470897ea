"""Reports: tickets of somebody who stands outside the household that they tell of. Such a voice is kept apart from it."""

from handoff.store.models import Ticket

OUTSIDE = frozenset({"neighbour", "client"})
"""Whom somebody outside the household writes about."""
OUTSIDE_CALLERS = frozenset({"neighbour", "supporter"})
"""As staff took it down by telephone or at the counter."""


def is_report(ticket: Ticket) -> bool:
    """By whom it is about, or by who called."""
    about = (ticket.summary or {}).get("about", ())
    return not OUTSIDE.isdisjoint(about) or ticket.state.get("caller") in OUTSIDE_CALLERS
