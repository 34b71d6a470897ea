"""Which windows open a ticket, and which are only named on it. The decision names; opening it is another thing.

A window of another body (`relation: other_body`) reads nothing because a rule named it: that is 提供, and needs the
person's yes, a law, or people who telephone (`introduction`). Where nobody named is the town's own, a window of the
town's stands in front, so that nobody waits the longer. Where life is in danger the other body may read at once, on
record; never what is restricted. Roles of a `TicketWindow`: outside, another body that may read; named, one that may not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.routing import ANYTHING, coordinator_window
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.ids import new_id
from handoff.store.models import Ticket, TicketWindow
from knowledge.schema import Town
from triage.types import Decision

SETTLED = "bodies_settled"
"""In a ticket's state: bodies that staff have told, or decided against; no later word brings them back by itself."""
GROUND_IN_DANGER = "命・からだの危険（個人情報保護法69条2項4号：渡すことが明らかに本人の利益になるとき）"


@dataclass(frozen=True, slots=True)
class Seats:
    """Full ids. own: open it, the main one first; outside: of other bodies; opened: these may read it too."""

    own: tuple[str, ...]
    outside: tuple[str, ...] = ()
    opened: bool = False


def is_outside(window: str, town: Town) -> bool:
    """Whether what this window (full id) reads is handed to another body. The coordinator's never is: it works for the town."""
    if window == coordinator_window(town):
        return False
    return any(f"{town.id}.{one.id}" == window and one.relation == "other_body" for one in town.windows)


def works_outside(staff: SignedIn, town: Town) -> bool:
    """Whether all their windows are of other bodies: what such a member of staff reads has left the town."""
    return bool(staff.windows) and staff.role != "coordinator" and all(is_outside(one, town) for one in staff.windows)


def seats_for(windows: Sequence[str], decision: Decision, town: Town) -> Seats:
    """The named windows, in their order, parted. own is never empty."""
    own = tuple(window for window in dict.fromkeys(windows) if not is_outside(window, town))
    outside = tuple(window for window in dict.fromkeys(windows) if is_outside(window, town))
    return Seats(own or (_front(decision, town),), outside, decision.urgency == "emergency" and bool(decision.crisis))


def _front(decision: Decision, town: Town) -> str:
    """The town's own first window for the fields, else for anything, else the coordinator's."""
    own = town.municipality
    wanted = [window for field in decision.fields for window in own.field_windows.get(field, ())]
    wanted += own.topic_windows.get(ANYTHING, ())
    wanted += [own.general_desk_window] if own.general_desk_window else []
    found = (f"{town.id}.{window}" for window in wanted if town.window(window).intake)
    return next((window for window in found if not is_outside(window, town)), coordinator_window(town))


async def seated(
    session: AsyncSession, ticket: Ticket, seats: Seats, *, held: Iterable[TicketWindow], town: Town, now: datetime
) -> None:
    """Give the windows their places beside those that are `held`; none is taken away, the first of the own is the main one."""
    rows = {row.window_id: row for row in held}
    settled = ticket.state.get(SETTLED, ())
    for window in (*seats.own, *(one for one in seats.outside if one not in settled)):
        if window not in rows:
            rows[window] = _row(ticket, window, "second", now=now)
            session.add(rows[window])
    for window, row in rows.items():
        if is_outside(window, town):
            await _placed_outside(session, ticket, row, opened=seats.opened, now=now)
        elif row.role in ("main", "second"):
            row.role = "main" if window == seats.own[0] else "second"


async def _placed_outside(
    session: AsyncSession, ticket: Ticket, row: TicketWindow, *, opened: bool, now: datetime
) -> None:
    """What was opened in danger stays open when the words grow calmer; what is restricted is open to no other body."""
    before = row.role
    row.role = "named" if ticket.restricted or not (opened or before == "outside") else "outside"
    if row.role == "outside" and before != "outside":
        why = f"{row.window_id} {GROUND_IN_DANGER}"
        await audit.record(session, action="opened_in_danger", staff_id=None, ticket_id=ticket.id, reason=why, now=now)


def name_on(session: AsyncSession, ticket: Ticket, bodies: Iterable[str], *, now: datetime) -> None:
    """Windows of other bodies, named on a ticket that doesn't know them yet, and not opening it."""
    for window in bodies:
        session.add(_row(ticket, window, "named", now=now))


def _row(ticket: Ticket, window: str, role: str, *, now: datetime) -> TicketWindow:
    return TicketWindow(
        id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, ticket_id=ticket.id, window_id=window,
        role=role,
    )


async def held_at(session: AsyncSession, ticket: Ticket) -> Sequence[TicketWindow]:
    """Every window that a ticket knows of."""
    return (await session.scalars(select(TicketWindow).where(TicketWindow.ticket_id == ticket.id))).all()
