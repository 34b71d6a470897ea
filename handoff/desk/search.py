"""Finding a case by what stands in it: number, name, field, the words of resident, bot and staff, notes.

Words are sealed, so there is nothing to look up in: cases that the asker may see are opened newest first, a batch at a
time, until enough is found or enough was read; the rest is a further page. A restricted case is found only by who has
it by name: for anybody else it is as if it were not there. Knows no screens.
"""

import asyncio
import json
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, repeat
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.queue import TicketLine, lines_of, visible
from handoff.desk.staff import SignedIn
from handoff.store.models import Contact, Conversation, DataKey, Message, Note, Ticket
from handoff.store.scope import scope_of
from handoff.store.sealed import KEY_ID, Opening, Unwraps

SHORTEST, LONGEST = 2, 100
BATCHES, MOST_FOUND, MOST_READ = (50, 200, 1_000), 30, 20_000
"""Cases opened at a time, few at first; hits of a page; messages opened for a page at most."""
ESCAPED = "\\u"
"""JSON that spells characters out (lone surrogates) is read before it is looked through."""
AROUND = 20
DASHED = 36


@dataclass(frozen=True, slots=True)
class _Case:
    id: UUID
    talk: UUID
    number: str
    fields: Sequence[str]
    created_at: datetime


class _Piece(NamedTuple):
    """Something sealed: its row and the talk that it belongs to, as the engine names them."""

    id: object
    talk: object
    sealed: bytes


@dataclass(frozen=True, slots=True)
class _Texts:
    messages: Sequence[_Piece]
    notes: Sequence[_Piece]
    names: Sequence[_Piece]
    keys: Mapping[bytes, DataKey]
    ring: Unwraps


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
    found: dict[UUID, str] = {}
    at: dict[UUID, datetime] = {}
    read = 0
    for size in chain(BATCHES, repeat(BATCHES[-1])):
        batch = [_Case(*row) for row in await session.execute(_newest(staff, before, size))]
        texts = await _sealed(session, batch)
        read += len(texts.messages)
        found |= await asyncio.to_thread(_matching, batch, texts, words, fields)
        at |= {case.id: case.created_at for case in batch}
        before = batch[-1].created_at if batch else None
        if len(batch) < size or len(found) >= MOST_FOUND or read >= most_read:
            break
    shown = dict(islice(found.items(), MOST_FOUND))
    if len(found) > MOST_FOUND:
        before = at[list(shown)[-1]]
    elif len(batch) < size:
        before = None
    return Found(await _hits(session, shown), read, before)


async def _hits(session: AsyncSession, found: Mapping[UUID, str]) -> tuple[Hit, ...]:
    rows = await session.scalars(
        select(Ticket).where(Ticket.id.in_(found)).order_by(Ticket.created_at.desc(), Ticket.id.desc())
    )
    return tuple(Hit(line, found[line.id]) for line in await lines_of(session, list(rows)))


def words_of(query: str) -> tuple[str, ...]:
    """The words to look for, as they are compared. BadQuery."""
    words = tuple(dict.fromkeys(plain(query).split()))
    if not words or len(query) > LONGEST or max(len(word) for word in words) < SHORTEST:
        raise BadQuery(f"{SHORTEST}文字から{LONGEST}文字で書いてください / Write {SHORTEST} to {LONGEST} characters")
    return words


def plain(text: str) -> str:
    """Width and case made equal: ＬＩＮＥ, line and ﾗｲﾝ are found by either form of themselves."""
    return unicodedata.normalize("NFKC", text).casefold()


def _newest(staff: SignedIn, before: datetime | None, size: int) -> Select[UUID, UUID, str, list[str], datetime]:
    asked: list[ColumnElement[bool]] = [
        visible(staff), or_(Ticket.restricted.is_(False), Ticket.assignee_id == staff.id)
    ]
    if before is not None:
        asked.append(Ticket.created_at < before)
    columns = select(Ticket.id, Ticket.conversation_id, Ticket.number, Ticket.fields, Ticket.created_at)
    return columns.where(*asked).order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(size)


async def _sealed(session: AsyncSession, batch: Sequence[_Case]) -> _Texts:
    """All sealed texts of the cases of a batch, as columns: rows of 20,000 messages would cost more than opening them.

    Messages are joined from the tickets: asked for by a list of talks, SQLite would go through all of the town's.
    """
    ids = [case.id for case in batch]
    talks = select(Ticket.conversation_id).where(Ticket.id.in_(ids))
    messages = [_Piece(own, talk, sealed or b"") for own, talk, sealed in await session.execute(
        select(_text(Message.id, "own"), _text(Message.conversation_id, "talk"), Message.payload_sealed)
        .select_from(Ticket).join(Message, Message.conversation_id == Ticket.conversation_id)
        .where(Ticket.id.in_(ids), Message.payload_sealed.is_not(None))
    )]
    notes = [_Piece(*row) for row in await session.execute(
        select(_text(Note.id, "own"), _text(Ticket.conversation_id, "talk"), Note.body_sealed)
        .join(Ticket, Ticket.id == Note.ticket_id).where(Ticket.id.in_(ids))
    )]
    names = [_Piece(own, talk, sealed or b"") for own, talk, sealed in await session.execute(
        select(_text(Contact.id, "own"), _text(Conversation.id, "talk"), Contact.name_sealed)
        .join(Conversation, Conversation.contact_id == Contact.id)
        .where(Conversation.id.in_(talks), Contact.name_sealed.is_not(None))
    )]
    needed = [UUID(bytes=key) for key in {piece.sealed[KEY_ID] for piece in chain(messages, notes, names)}]
    rows = await session.execute(
        select(DataKey.id, DataKey.municipality_id, DataKey.key_version, DataKey.wrapped)
        .where(DataKey.id.in_(needed), DataKey.wrapped.is_not(None))
    )
    keys = {
        own.bytes: DataKey(id=own, municipality_id=town, key_version=version, wrapped=wrapped)
        for own, town, version, wrapped in rows
    }
    return _Texts(messages, notes, names, keys, scope_of(session).keys)


def _text(column: Any, name: str) -> ColumnElement[str]:
    """An id as the engine holds it: making 20,000 UUIDs costs more than opening what they name."""
    return type_coerce(column, String).label(name)


def _dashed(own: object) -> str:
    """The text of such an id, whichever engine it came from."""
    text = str(own)
    return text if len(text) == DASHED else f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _matching(
    batch: Sequence[_Case], texts: _Texts, words: Sequence[str], fields: Mapping[str, str]
) -> dict[UUID, str]:
    """Excerpts of the cases in which all words stand. Opens everything of the batch; runs in a thread."""
    said = defaultdict[str, list[str]](list)
    for of, pieces, column in (
        ("text", texts.messages, Message.payload), (None, texts.notes, Note.body), (None, texts.names, Contact.name),
    ):
        openings: dict[bytes, Opening] = {}
        for own, talk, sealed in pieces:
            key = sealed[KEY_ID]
            if key not in texts.keys:
                continue  # erased
            opening = openings.get(key)
            if opening is None:
                opening = openings[key] = Opening(column, texts.keys[key], texts.ring)
            raw = opening(_dashed(own), sealed).decode()
            if text := _worth(raw, of, words):
                said[_dashed(talk)].append(text)
    found = {}
    for case in batch:
        parts = [*said[str(case.talk)], case.number, *(fields.get(field, field) for field in case.fields)]
        excerpt = _excerpt(parts, words)
        if excerpt is not None:
            found[case.id] = excerpt
    return found


def _worth(raw: str, of: str | None, words: Sequence[str]) -> str | None:
    """The text behind JSON in which one of the words may stand; the rest is not even taken apart."""
    if ESCAPED not in raw:
        looked = plain(raw)
        if not any(_forms(word, looked) for word in words):
            return None
    value = json.loads(raw)
    text: str | None = value.get(of) if of is not None else value
    return text


def _forms(word: str, raw: str) -> bool:
    """Whether a word may stand in JSON: as it is, or as JSON writes quotes and backslashes."""
    return word in raw or ('"' in word or "\\" in word)


def _excerpt(texts: Sequence[str], words: Sequence[str]) -> str | None:
    """The text around the first word, in the form in which it was compared; None where a word is missing."""
    made = [plain(text) for text in texts]
    if not all(any(word in text for text in made) for word in words):
        return None
    text = next(text for text in made if words[0] in text).replace("\n", " ")
    at = text.index(words[0])
    start, end = max(0, at - AROUND), at + len(words[0]) + AROUND
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
