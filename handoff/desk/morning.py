"""朝の一覧: what came in while the town hall was closed, the gravest first; what is due today; what is late.

Says only what is so: who has read what, and that nobody has. Only what they may see is read. Knows no screens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk import unjudged
from handoff.desk.hours import TOKYO, last_closing, next_opening
from handoff.desk.queue import MOST, TicketLine, clipped, lines_of, order, visible
from handoff.desk.staff import SignedIn
from handoff.store.models import Conversation, Message, NightAlarm, StaffMember, Ticket, TicketWindow
from knowledge.schema import Town


@dataclass(frozen=True, slots=True)
class Arrival:
    """A ticket in which a resident wrote in that time. at, words: of their last message ("" when restricted or no text).

    fresh: opened in that time; read: somebody has opened it; taken_by, taken_at: login of who took the night's call.
    """

    line: TicketLine
    at: datetime
    count: int
    words: str
    fresh: bool
    read: bool
    taken_by: str | None = None
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Morning:
    """since, until: the closed time. settled: talks of that time that the bot could answer without staff."""

    since: datetime
    until: datetime
    arrivals: tuple[Arrival, ...]
    due: tuple[TicketLine, ...]
    late: tuple[TicketLine, ...]
    settled: int

    def count(self, urgency: str) -> int:
        return sum(one.line.urgency == urgency for one in self.arrivals)


async def morning(
    session: AsyncSession, staff: SignedIn, *, town: Town, now: datetime, window: str | None = None
) -> Morning:
    """The list of whoever asks. window: full id, only what it holds."""
    since = last_closing(town, now)
    until = min(now, next_opening(town, since))
    arrivals = await _arrivals(session, staff, since, until, window)
    shown = {one.line.id for one in arrivals}
    tonight = datetime.combine(now.astimezone(TOKYO).date() + timedelta(days=1), time(), TOKYO)
    due = await _lines(session, staff, window, Ticket.follow_up_at < tonight)
    unresolved = await _lines(session, staff, window, Ticket.status != "resolved")
    late = [line for line in unresolved if line.overdue(now) and line.id not in shown]
    settled = await _settled(session, since, until) if staff.role == "coordinator" else 0
    return Morning(since, until, tuple(arrivals), tuple(due), tuple(late), settled)


async def _arrivals(
    session: AsyncSession, staff: SignedIn, since: datetime, until: datetime, window: str | None
) -> list[Arrival]:
    wrote = {
        row.conversation_id: (row.newest, row.total) for row in await session.execute(
            select(Message.conversation_id, func.max(Message.sequence).label("newest"), func.count().label("total"))
            .where(Message.sender == "resident", Message.at >= since, Message.at < until)
            .group_by(Message.conversation_id)
        )
    }
    rows = await _rows(session, staff, window, Ticket.conversation_id.in_(list(wrote)), Ticket.status != "resolved")
    lines = await lines_of(session, rows)
    last = await _messages(session, {one: wrote[one][0] for one in wrote})
    unread = await unjudged.hidden(session, last.values())
    calls = await _taken(session, [row.id for row in rows], since)
    found = []
    for row, line in zip(rows, lines, strict=True):
        message = last[row.conversation_id]
        words = "" if row.restricted or message.id in unread else clipped((message.payload or {}).get("text") or "")
        fresh = since <= row.created_at < until
        found.append(Arrival(
            line, message.at, wrote[row.conversation_id][1], words, fresh,
            row.first_read_at is not None and not line.unread, *calls.get(row.id, (None, None)),
        ))
    return found


async def _taken(
    session: AsyncSession, tickets: Sequence[UUID], since: datetime
) -> dict[UUID, tuple[str, datetime | None]]:
    """Who took the night's call for a ticket, and when."""
    rows = await session.execute(
        select(NightAlarm.ticket_id, NightAlarm.ended_at, StaffMember.login)
        .join(StaffMember, StaffMember.id == NightAlarm.acknowledged_by)
        .where(NightAlarm.ticket_id.in_(tickets), NightAlarm.created_at >= since).order_by(NightAlarm.created_at)
    )
    return {row.ticket_id: (row.login, row.ended_at) for row in rows}


async def _messages(session: AsyncSession, wanted: dict[UUID, int]) -> dict[UUID, Message]:
    rows = await session.scalars(
        select(Message).where(Message.conversation_id.in_(list(wanted)), Message.sequence.in_(set(wanted.values())))
    )
    return {row.conversation_id: row for row in rows if wanted[row.conversation_id] == row.sequence}


async def _lines(session: AsyncSession, staff: SignedIn, window: str | None, *which: ColumnElement[bool]) -> list[TicketLine]:
    return await lines_of(session, await _rows(session, staff, window, *which))


async def _rows(session: AsyncSession, staff: SignedIn, window: str | None, *which: ColumnElement[bool]) -> Sequence[Ticket]:
    chosen = select(Ticket).where(visible(staff), *which)
    if window is not None:
        held = select(TicketWindow.id).where(
            TicketWindow.ticket_id == Ticket.id, TicketWindow.window_id == window, TicketWindow.role != "named"
        )
        chosen = chosen.where(held.exists())
    return (await session.scalars(chosen.order_by(*order()).limit(MOST))).all()


async def _settled(session: AsyncSession, since: datetime, until: datetime) -> int:
    """Conversations of that time without a ticket: a number only."""
    wrote = select(Message.id).where(
        Message.conversation_id == Conversation.id, Message.sender == "resident", Message.at >= since, Message.at < until
    )
    held = select(Ticket.id).where(Ticket.conversation_id == Conversation.id)
    return await session.scalar(
        select(func.count()).select_from(Conversation).where(wrote.exists(), ~held.exists())
    ) or 0
