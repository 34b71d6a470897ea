"""What the figures are counted from: cases and conversations of a year as plain facts, nobody's words among them.

Only columns in clear are read; nothing is opened. A restricted case (DV, abuse, sexual violence) and its whole
conversation stand in no figure: in a small town a number alone can tell.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.figures.work import Work
from handoff.figures.year import FiscalYear
from handoff.store.models import Conversation, DecisionRecord, Message, Ticket, TicketWindow


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket without its content. window: full id of the main one ("" where none holds it); again: it came back."""

    created_at: datetime
    channel: str
    fields: tuple[str, ...]
    patterns: tuple[str, ...]
    urgency: str
    coordinator: bool
    window: str
    again: bool
    moves: int
    due_at: datetime | None
    first_answer_at: datetime | None
    resolved_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation in which a resident wrote. action: the last judgement; handed_over: staff have a ticket of it."""

    created_at: datetime
    channel: str
    action: str
    handed_over: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """opened: cases that began in the year; ended: those that came to an end in it; talks: conversations begun in it;

    work: what was done on tangled cases.
    """

    opened: tuple[Case, ...]
    ended: tuple[Case, ...]
    talks: tuple[Talk, ...]
    work: Work = Work()


async def facts_of(session: AsyncSession, year: FiscalYear) -> Facts:
    """Read a year. Four queries, whatever its size."""
    hidden = await _hidden(session)
    windows = await _main_windows(session, year)
    opened, ended = [], []
    for row in await session.execute(_tickets(year)):
        if row.conversation_id in hidden:
            continue
        case = _case(row, windows.get(row.id, ""))
        if year.start <= case.created_at < year.end:
            opened.append(case)
        if case.resolved_at is not None and year.start <= case.resolved_at < year.end:
            ended.append(case)
    return Facts(tuple(opened), tuple(ended), await _talks(session, year, hidden))


def _tickets(year: FiscalYear) -> Any:
    return (
        select(
            Ticket.id, Ticket.conversation_id, Ticket.created_at, Ticket.fields, Ticket.patterns, Ticket.urgency,
            Ticket.coordinator, Ticket.state, Ticket.due_at, Ticket.first_answer_at, Ticket.resolved_at,
            Ticket.outcome, Conversation.channel,
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(_touched(year)).order_by(Ticket.created_at, Ticket.id)
    )


def _touched(year: FiscalYear) -> Any:
    began = and_(Ticket.created_at >= year.start, Ticket.created_at < year.end)
    ended = and_(Ticket.resolved_at >= year.start, Ticket.resolved_at < year.end)
    return or_(began, ended)


def _case(row: Row[Any], window: str) -> Case:
    return Case(
        created_at=row.created_at, channel=row.channel, fields=tuple(row.fields), patterns=tuple(row.patterns),
        urgency=row.urgency, coordinator=row.coordinator, window=window, again=bool(row.state.get("previous")),
        moves=int(row.state.get("moves", 0)), due_at=row.due_at, first_answer_at=row.first_answer_at,
        resolved_at=row.resolved_at, outcome=row.outcome,
    )


async def _hidden(session: AsyncSession) -> frozenset[UUID]:
    """Conversations with a restricted ticket, of any year."""
    found = await session.scalars(select(Ticket.conversation_id).where(Ticket.restricted.is_(True)))
    return frozenset(found)


async def _main_windows(session: AsyncSession, year: FiscalYear) -> dict[UUID, str]:
    rows = await session.execute(
        select(TicketWindow.ticket_id, TicketWindow.window_id).join(Ticket, Ticket.id == TicketWindow.ticket_id)
        .where(TicketWindow.role == "main", _touched(year))
    )
    return {row.ticket_id: row.window_id for row in rows}


async def _talks(session: AsyncSession, year: FiscalYear, hidden: frozenset[UUID]) -> tuple[Talk, ...]:
    wrote = select(Message.id).where(Message.conversation_id == Conversation.id, Message.sender == "resident").exists()
    handed = select(Ticket.id).where(Ticket.conversation_id == Conversation.id).exists()
    rows = await session.execute(
        select(Conversation.id, Conversation.created_at, Conversation.channel, handed.label("handed"))
        .where(Conversation.created_at >= year.start, Conversation.created_at < year.end, wrote)
    )
    kept = [row for row in rows if row.id not in hidden]
    actions = await _last_actions(session, year)
    return tuple(Talk(row.created_at, row.channel, actions.get(row.id, ""), bool(row.handed)) for row in kept)


async def _last_actions(session: AsyncSession, year: FiscalYear) -> dict[UUID, str]:
    """The newest judgement of each conversation of the year."""
    rows = (await session.execute(
        select(DecisionRecord.conversation_id, DecisionRecord.action)
        .join(Conversation, Conversation.id == DecisionRecord.conversation_id)
        .where(Conversation.created_at >= year.start, Conversation.created_at < year.end)
        .order_by(DecisionRecord.upto_sequence, DecisionRecord.created_at)
    )).all()
    return {row.conversation_id: row.action for row in rows}
