"""What the figures are counted from: cases and conversations of a year as plain facts, nobody's words among them.

Only columns in clear are read; nothing is opened but, of cases from before that was kept in clear, whom the summary is
about: it says who brought them. A restricted case (DV, abuse, sexual violence) and its whole
conversation stand in no figure: in a small town a number alone can tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.folding import SAME
from handoff.desk.outsiders import source_of, writer
from handoff.figures.work import Work
from handoff.figures.year import FiscalYear
from handoff.store.models import Conversation, DecisionRecord, Message, Ticket, TicketLink, TicketWindow

AT_ONCE = 500
"""As many ids as one statement takes on both engines."""


@dataclass(frozen=True, slots=True)
class Case:
    """A matter without its content: a ticket, or two that are worked on as one. window: full id of the main one ("" where
    none holds it); again: it came back; source: who brought it (`reception.CALLERS`), "" where even the summary does not say it.
    """

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
    source: str = ""


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
    """Read a year. Five queries, whatever its size, and one for each 500 older tickets."""
    hidden = await _hidden(session)
    windows = await _main_windows(session, year)
    rows = [row for row in await session.execute(_tickets(year)) if row.conversation_id not in hidden]
    older = await _older_sources(session, [row.id for row in rows if not source_of(row.state)])
    found = {row.id: _case(row, windows.get(row.id, ""), older.get(row.id, "")) for row in rows}
    cases = as_one(found, await ties(session))
    opened = (case for case in cases if year.start <= case.created_at < year.end)
    ended = (case for case in cases if case.resolved_at is not None and year.start <= case.resolved_at < year.end)
    return Facts(tuple(opened), tuple(ended), await _talks(session, year, hidden))


async def ties(session: AsyncSession) -> dict[UUID, UUID]:
    """Tickets that are worked on with another, by their own id: which one stands for them."""
    rows = await session.execute(
        select(TicketLink.other_id, TicketLink.one_id).where(TicketLink.kind == SAME, TicketLink.ended_at.is_(None))
    )
    return {row.other_id: row.one_id for row in rows}


def as_one(found: Mapping[UUID, Case], tied: Mapping[UUID, UUID]) -> list[Case]:
    """Every matter once: two tickets of one matter count as the one in the lists, from the day on which the first came.

    One whose other half is restricted, and so not here, stands for itself.
    """
    merged = dict(found)
    for other, one in tied.items():
        if other in merged and one in merged:
            merged[one] = _together(merged[one], merged.pop(other))
    return sorted(merged.values(), key=lambda case: case.created_at)


def _together(kept: Case, other: Case) -> Case:
    first = min(kept, other, key=lambda case: case.created_at)
    answers = [case.first_answer_at for case in (kept, other) if case.first_answer_at is not None]
    return replace(
        kept, created_at=first.created_at, channel=first.channel, again=first.again, source=first.source,
        due_at=first.due_at, first_answer_at=min(answers, default=None), moves=kept.moves + other.moves,
        fields=tuple(dict.fromkeys((*kept.fields, *other.fields))), coordinator=kept.coordinator or other.coordinator,
        patterns=tuple(dict.fromkeys((*kept.patterns, *other.patterns))),
    )


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
    """Of the year; and whatever is tied to another, of any year: a matter may have begun with either."""
    began = and_(Ticket.created_at >= year.start, Ticket.created_at < year.end)
    ended = and_(Ticket.resolved_at >= year.start, Ticket.resolved_at < year.end)
    tied = select(TicketLink.id).where(
        or_(TicketLink.one_id == Ticket.id, TicketLink.other_id == Ticket.id), TicketLink.kind == SAME,
        TicketLink.ended_at.is_(None),
    )
    return or_(began, ended, tied.exists())


async def _older_sources(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Who brought the tickets that do not say so in clear; there are fewer of them from year to year."""
    found: dict[UUID, str] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = await session.scalars(select(Ticket).where(Ticket.id.in_(ids[start : start + AT_ONCE])))
        found |= {row.id: writer(row.summary["about"]) for row in rows if row.summary}
    return found


def _case(row: Row[Any], window: str, older: str) -> Case:
    return Case(
        created_at=row.created_at, channel=row.channel, fields=tuple(row.fields), patterns=tuple(row.patterns),
        urgency=row.urgency, coordinator=row.coordinator, window=window, again=bool(row.state.get("previous")),
        moves=int(row.state.get("moves", 0)), due_at=row.due_at, first_answer_at=row.first_answer_at,
        resolved_at=row.resolved_at, outcome=row.outcome, source=source_of(row.state) or older,
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
