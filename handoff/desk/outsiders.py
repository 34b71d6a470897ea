"""Reports: tickets of somebody who stands outside the household that they tell of. Such a voice is kept apart from it.

And, told from the same, who brings a matter: one of `reception.CALLERS`, kept in clear for the figures.
"""

from collections.abc import Collection, Mapping
from typing import Any

from handoff.store.models import Ticket

OUTSIDE = {"neighbour": "neighbour", "client": "supporter"}
"""Whom somebody outside the household writes about, and who that somebody is."""
OUTSIDE_CALLERS = frozenset(OUTSIDE.values())
"""As staff took it down by telephone or at the counter."""
UNKNOWN = "unknown"


def is_report(ticket: Ticket) -> bool:
    """By whom it is about, or by who called."""
    return outside((ticket.summary or {}).get("about", ()), ticket.state.get("caller"))


def outside(about: Collection[str], caller: str | None) -> bool:
    """Whether who told stands outside the household."""
    return not OUTSIDE.keys().isdisjoint(about) or caller in OUTSIDE_CALLERS


def writer(about: Collection[str]) -> str:
    """Who writes, by whom they write about: whoever writes of themselves too is 本人."""
    outside = next((OUTSIDE[one] for one in about if one in OUTSIDE), None)
    if outside is not None:
        return outside
    if "self" in about:
        return "self"
    return "family" if set(about) - {UNKNOWN} else UNKNOWN


def with_writer(state: Mapping[str, Any], about: Collection[str]) -> dict[str, Any]:
    """A ticket's state that knows who writes. What was known is not forgotten for a message that does not say it."""
    told = writer(about)
    return {**state, "source": told if told != UNKNOWN else state.get("source", UNKNOWN)}


def source_of(state: Mapping[str, Any]) -> str:
    """Who brought a ticket: what staff wrote down comes first. Empty for tickets from before this was kept."""
    caller: str = state.get("caller", UNKNOWN)
    return caller if caller != UNKNOWN else state.get("source", "")
