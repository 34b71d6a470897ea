"""A restricted ticket as staff see it who are not named for it: number, urgency, windows, and by when somebody must answer.

They may take it, or answer an offer of it, and read it then. What the resident said, who they are and what kind of
matter it is stays out: nothing of the summary comes here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import seen_by
from handoff.desk.queue import TicketLine, lines_of, read_among
from handoff.desk.staff import SignedIn
from handoff.store.models import TicketMove


@dataclass(frozen=True, slots=True)
class Threshold:
    """held: restricted only until triage has read it; wished_hidden: from staff who know them. may_take: it is in
    nobody's hand, and of a window of theirs.

    An offer to their window: from_window, reason, answer_by.
    """

    number: str
    urgency: str
    windows: tuple[str, ...]
    due_at: datetime | None
    waits_since: datetime | None
    held: bool
    wished_hidden: bool
    may_take: bool
    offer: tuple[str, str, datetime | None] | None


async def threshold(session: AsyncSession, staff: SignedIn, number: str) -> Threshold:
    """What stands at the door of a ticket that they may not read yet. NotYours."""
    held = await seen_by(session, staff, number)
    (line,) = await lines_of(session, [held.ticket])
    asked = await session.scalar(select(TicketMove).where(
        TicketMove.ticket_id == held.ticket.id, TicketMove.status == "offered", TicketMove.to_window.in_(sorted(staff.windows)),
    ))
    return Threshold(
        number=line.number, urgency=line.urgency, windows=line.windows, due_at=line.due_at, waits_since=line.waits_since,
        held=line.held, wished_hidden=line.wished_hidden, may_take=held.in_hands_of(staff) and line.assignee_id is None and line.status != "resolved",
        offer=None if asked is None else (asked.from_window, asked.reason, asked.answer_by),
    )


async def for_reader(
    session: AsyncSession, staff: SignedIn, lines: Sequence[TicketLine], *, waiting: bool = False
) -> list[TicketLine]:
    """Lines as they may be listed: of a restricted ticket that is not theirs to read no kind of matter and no story.

    waiting: what waits for their own window, in nobody's hand, is theirs to read (`Held.waits_for`).
    """
    shut = [line.id for line in lines if line.restricted]
    known = await read_among(session, staff, shut) if shut else frozenset()
    return [
        line if not line.restricted or line.id in known or (waiting and _waits_for(staff, line))
        else replace(line, fields=(), patterns=(), crisis=(), inquiries=(), follow_up_at=None, wish=None, newest="")
        for line in lines
    ]


def _waits_for(staff: SignedIn, line: TicketLine) -> bool:
    """`Held.waits_for` of a line that they see: one that somebody is named for is not listed to others."""
    return line.assignee_id is None and line.caller is None and bool(staff.windows & (set(line.windows) - {line.offered}))


async def listed(session: AsyncSession, staff: SignedIn, number: str) -> TicketLine:
    """One line, as lists show it to them. NotYours."""
    held = await seen_by(session, staff, number)
    (line,) = await for_reader(session, staff, await lines_of(session, [held.ticket]))
    return line
