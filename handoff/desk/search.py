"""Finding a case by what stands in it: number, name, field, the words of resident, bot and staff, notes.

Words are sealed, so there is nothing to look up in: cases that the asker may see are opened newest first, a batch at a
time, until enough is found or enough was read; the rest is a further page. A restricted case is found only by who has
it by name: for anybody else it is as if it were not there. Knows no screens.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.queue import TicketLine, lines_of, visible
from handoff.desk.staff import SignedIn
from handoff.store.models import Contact, Conversation, Message, Note, Ticket

SHORTEST, LONGEST = 2, 100
BATCH, MOST_FOUND, MOST_READ = 50, 30, 20_000
"""Cases opened at a time; hits of a page; messages opened for a page at most."""
AROUND = 20


class BadQuery(ValueError):
    """Too short or too long to look for. The text says which, never the words."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found, and the piece of text around the first word."""

    ticket: TicketLine
    excerpt: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, newest first. before: where the next page begins; None when everything was read."""

    hits: tuple[Hit, ...]
    read: int
    before: datetime | None


async def find(
    session: AsyncSession, staff: SignedIn, query: str, *, fields: Mapping[str, str], before: datetime | None = None,
    most_read: int = MOST_READ,
) -> Found:
    """Cases in which every word of the query stands. fields: id → name of the four. BadQuery."""
    words = words_of(query)
    hits: list[Hit] = []
    read = 0
    while len(hits) < MOST_FOUND and read < most_read:
        batch = list(await session.scalars(_newest(staff, before)))
        if not batch:
            return Found(tuple(hits), read, None)
        texts, opened = await _texts(session, batch, fields)
        lines = {line.id: line for line in await lines_of(session, batch)}
        read, before = read + opened, batch[-1].created_at
        hits += [
            Hit(lines[ticket.id], excerpt) for ticket in batch
            if (excerpt := _excerpt(texts[ticket.id], words)) is not None
        ]
        session.expunge_all()
    return Found(tuple(hits), read, before)


def words_of(query: str) -> tuple[str, ...]:
    """The words to look for, as they are compared. BadQuery."""
    words = tuple(dict.fromkeys(plain(query).split()))
    if not words or len(query) > LONGEST or max(len(word) for word in words) < SHORTEST:
        raise BadQuery(f"{SHORTEST}文字から{LONGEST}文字で書いてください / Write {SHORTEST} to {LONGEST} characters")
    return words


def plain(text: str) -> str:
    """Width and case made equal: ＬＩＮＥ, line and ﾗｲﾝ are found by either form of themselves."""
    return unicodedata.normalize("NFKC", text).casefold()


def _newest(staff: SignedIn, before: datetime | None) -> Select[Ticket]:
    asked: list[ColumnElement[bool]] = [
        visible(staff), or_(Ticket.restricted.is_(False), Ticket.assignee_id == staff.id)
    ]
    if before is not None:
        asked.append(Ticket.created_at < before)
    return select(Ticket).where(*asked).order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(BATCH)


async def _texts(
    session: AsyncSession, batch: Sequence[Ticket], fields: Mapping[str, str]
) -> tuple[dict[UUID, list[str]], int]:
    """All texts of each case of a batch, and how many messages were opened for them."""
    talks = {ticket.conversation_id for ticket in batch}
    said: dict[UUID, list[str]] = defaultdict(list)
    opened = 0
    for row in await session.scalars(
        select(Message).where(Message.conversation_id.in_(talks)).order_by(Message.sequence)
    ):
        opened += 1
        if row.payload and row.payload.get("text"):
            said[row.conversation_id].append(row.payload["text"])
    noted: dict[UUID, list[str]] = defaultdict(list)
    for note in await session.scalars(select(Note).where(Note.ticket_id.in_([ticket.id for ticket in batch]))):
        noted[note.ticket_id].append(note.body)
    names = await _names(session, talks)
    return {
        ticket.id: [
            *said[ticket.conversation_id], *noted[ticket.id], *names.get(ticket.conversation_id, ()), ticket.number,
            *(fields.get(field, field) for field in ticket.fields),
        ] for ticket in batch
    }, opened


async def _names(session: AsyncSession, talks: set[UUID]) -> dict[UUID, tuple[str, ...]]:
    contacts = {row.id: row for row in await session.scalars(
        select(Contact).join(Conversation, Conversation.contact_id == Contact.id)
        .where(Conversation.id.in_(talks), Contact.name_sealed.is_not(None))
    )}
    owners = await session.execute(select(Conversation.id, Conversation.contact_id).where(Conversation.id.in_(talks)))
    return {talk: (contacts[owner].name,) for talk, owner in owners if owner in contacts}


def _excerpt(texts: Sequence[str], words: Sequence[str]) -> str | None:
    """The text around the first word, in the form in which it was compared; None where a word is missing."""
    made = [plain(text) for text in texts]
    if not all(any(word in text for text in made) for word in words):
        return None
    text = next(text for text in made if words[0] in text).replace("\n", " ")
    at = text.index(words[0])
    start, end = max(0, at - AROUND), at + len(words[0]) + AROUND
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
