"""A ticket laid open for one member of staff: the line, the thread with its evidence, notes, moves, their draft.

Laying it open is a reading and is recorded as one. Plain values only, so that a screen can be drawn after the
transaction. Knows no screens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import partners
from handoff.coordination.partners import Body
from handoff.desk import unjudged
from handoff.desk.access import Held, open_for, seen_by
from handoff.desk.answers import draft_of
from handoff.desk.closing import AttemptLine, attempts
from handoff.desk.enclosures import beside_draft
from handoff.desk.files import FileLine, files_of
from handoff.desk.queue import TicketLine, lines_of
from handoff.desk.quotes import Quote, marks_in
from handoff.desk.restriction import Reader, may_see_log, readers
from handoff.desk.staff import SignedIn
from handoff.desk.unsent import CHOICES
from handoff.intake.unpaid import QUOTA
from handoff.store.models import Message, Note, OutboxItem, StaffMember, Ticket, TicketMove
from triage.types import Span

TOLD_LONGEST = 60


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message. sender: resident | bot | staff; by: login of staff; marks: evidence in `text` (code points);

    meaning: what a typed number stood for; earlier: wordings before it was corrected; media: what it is when it is no
    text; file: what came with it; delivery: outbox status on LINE and Telegram (queued, held, sending, sent, failed,
    uncertain; unpaid: the month's quota is used up; settled: somebody has decided about it), None on the web. reading: its words
    are shown once triage has read them.
    """

    sequence: int
    sender: str
    by: str | None
    at: datetime
    text: str
    meaning: str | None
    media: str | None
    choices: tuple[Mapping[str, Any], ...]
    cards: tuple[Mapping[str, Any], ...]
    marks: tuple[Span, ...]
    unsent: bool
    delivery: str | None
    earlier: tuple[str, ...] = ()
    file: FileLine | None = None
    reading: bool = False


@dataclass(frozen=True, slots=True)
class NoteLine:
    """An internal note; by: login."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A move between windows, or to another body; by, answered_by: logins. status, basis, items: see `TicketMove`."""

    id: UUID
    at: datetime
    by: str
    from_window: str
    to_window: str
    to_name: str | None
    reason: str
    status: str
    answer_by: datetime | None
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None
    basis: str | None
    ground: str | None
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TicketView:
    """Everything on a ticket's page. draft: their own unsent answer, "" when there is none; enclosed: the
    files that lie beside it.

    readers: who opened it, for its holders only; named: logins.
    """

    ticket: TicketLine
    messages: tuple[ThreadMessage, ...]
    notes: tuple[NoteLine, ...]
    moves: tuple[MoveLine, ...]
    draft: str
    enclosed: tuple[FileLine, ...] = ()
    attempts: tuple[AttemptLine, ...] = ()
    closing: Mapping[str, str] = field(default_factory=dict)
    readers: tuple[Reader, ...] | None = None
    named: tuple[str, ...] = ()


async def view(session: AsyncSession, staff: SignedIn, number: str, *, now: datetime) -> TicketView:
    """Open the ticket and read all of it, for what else is written in this transaction. NotYours."""
    return await _whole(session, staff, await open_for(session, staff, number, now=now))


async def look(session: AsyncSession, staff: SignedIn, number: str) -> TicketView:
    """All of a ticket that `open_for` has just recorded as opened, in a reading session. NotYours, if it is theirs no more."""
    return await _whole(session, staff, await seen_by(session, staff, number))


async def _whole(session: AsyncSession, staff: SignedIn, held: Held) -> TicketView:
    ticket = held.ticket
    (line,) = await lines_of(session, [ticket])
    messages = await thread(session, ticket.conversation_id, quotes=line.summary.quotes)
    told = tuple(message.text[:TOLD_LONGEST] for message in messages if message.sender == "bot" and message.text)
    return TicketView(
        ticket=replace(line, summary=replace(line.summary, told=told)),
        messages=messages,
        notes=await _notes(session, ticket),
        moves=await _moves(session, ticket),
        draft=await draft_of(session, ticket, staff),
        enclosed=await beside_draft(session, ticket, staff),
        attempts=await attempts(session, ticket.id),
        closing=ticket.closing or {},
        readers=await readers(session, ticket.id) if may_see_log(staff, ticket, held.people) else None,
        named=tuple((await _logins(session, {who for who, kind in held.people.items() if kind == "named"})).values()),
    )


async def thread(
    session: AsyncSession, conversation_id: UUID, *, after: int = 0, quotes: Sequence[Quote] = ()
) -> tuple[ThreadMessage, ...]:
    """Messages after a sequence, oldest first, for pages and for what comes in while a page is open."""
    rows = list(await session.scalars(
        select(Message).where(Message.conversation_id == conversation_id, Message.sequence > after)
        .order_by(Message.sequence)
    ))
    logins = await _logins(session, {row.staff_id for row in rows if row.staff_id is not None})
    delivery = await _delivery(session, conversation_id)
    files = await files_of(session, conversation_id)
    unread = await unjudged.hidden(session, rows)
    return tuple(
        _message(row, logins=logins, delivery=delivery, files=files, quotes=quotes, reading=row.id in unread) for row in rows
    )


def _message(
    row: Message, *, logins: Mapping[UUID, str], delivery: Mapping[int, str], files: Mapping[UUID, FileLine],
    quotes: Sequence[Quote], reading: bool,
) -> ThreadMessage:
    said: dict[str, Any] = {} if reading else row.payload or {}
    text = said.get("text") or ""
    return ThreadMessage(
        sequence=row.sequence, sender=row.sender, by=logins.get(row.staff_id) if row.staff_id else None, at=row.at,
        text=text, meaning=said.get("meaning"), media=row.media, choices=tuple(said.get("choices", ())),
        cards=tuple(said.get("cards", ())), marks=marks_in(text, quotes) if row.sender == "resident" else (),
        unsent=row.unsent_at is not None, delivery=delivery.get(row.sequence),
        earlier=tuple(said.get("earlier", ())), file=files.get(row.id), reading=reading,
    )


async def _delivery(session: AsyncSession, conversation_id: UUID) -> dict[int, str]:
    """Outbox status by message sequence."""
    rows = await session.execute(
        select(OutboxItem.first_sequence, OutboxItem.last_sequence, OutboxItem.status, OutboxItem.error)
        .where(OutboxItem.conversation_id == conversation_id).order_by(OutboxItem.created_at, OutboxItem.id)
    )
    names: dict[str | None, str] = {QUOTA: "unpaid", **dict.fromkeys(CHOICES, "settled")}
    return {
        sequence: names.get(error, status) if status == "failed" else status
        for first, last, status, error in rows for sequence in range(first, last + 1)
    }


async def _notes(session: AsyncSession, ticket: Ticket) -> tuple[NoteLine, ...]:
    rows = list(await session.scalars(
        select(Note).where(Note.ticket_id == ticket.id).order_by(Note.created_at, Note.id)
    ))
    logins = await _logins(session, {row.staff_id for row in rows})
    return tuple(NoteLine(row.created_at, logins.get(row.staff_id, ""), row.body) for row in rows)


async def _moves(session: AsyncSession, ticket: Ticket) -> tuple[MoveLine, ...]:
    rows = list(await session.scalars(
        select(TicketMove).where(TicketMove.ticket_id == ticket.id).order_by(TicketMove.created_at, TicketMove.id)
    ))
    people = {row.staff_id for row in rows} | {row.answered_by for row in rows if row.answered_by is not None}
    logins = await _logins(session, people)
    bodies = await partners.named(session) if any(row.to_window.startswith(partners.PREFIX) for row in rows) else []
    named = {body.id: body for body in bodies}
    return tuple(_move(row, logins, named.get(row.to_window)) for row in rows)


def _move(row: TicketMove, logins: Mapping[UUID, str], to: Body | None) -> MoveLine:
    return MoveLine(
        id=row.id, at=row.created_at, by=logins.get(row.staff_id, ""), from_window=row.from_window,
        to_window=row.to_window, to_name=to.called_at(row.created_at) if to is not None else None, reason=row.reason, status=row.status, answer_by=row.answer_by,
        answered_at=row.answered_at, answered_by=logins.get(row.answered_by) if row.answered_by else None,
        answer=row.answer, basis=row.basis, ground=row.ground, items=tuple(row.items),
    )


async def _logins(session: AsyncSession, ids: set[UUID]) -> dict[UUID, str]:
    rows = await session.scalars(select(StaffMember).where(StaffMember.id.in_(ids)))
    return {row.id: row.login for row in rows}
