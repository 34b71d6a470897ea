"""Finding a case by what stands in it: number, name, field, the words of resident, bot and staff, notes.

Words are sealed, so there is nothing to look up in: cases that the asker may see are opened newest first, a portion at
a time, and what is found is handed on portion by portion, until enough is found or enough was read; the rest is a
further page. No session is open while a portion is handed on. A restricted case is found only by who has it by name:
for anybody else it is as if it were not there. Knows no screens.
"""

import asyncio
import json
import unicodedata
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, chain, repeat
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk import texts
from handoff.desk.queue import visible
from handoff.desk.staff import SignedIn
from handoff.store.models import Contact, Conversation, DataKey, Ticket
from handoff.store.sealed import WrappedKey

SHORTEST, LONGEST = 2, 100
PORTIONS = ((50, 500), (2_000, 20_000))
"""Cases, and messages, that are opened at a time: few at first, so that the newest hits stand there at once."""
MOST_FOUND, MOST_READ = 30, 20_000
"""Hits of a page; messages opened for a page at most."""
ESCAPED = "\\u"
"""JSON that spells characters out (lone surrogates) is read before it is looked through."""
AROUND = 20

Reading = Callable[[], AbstractAsyncContextManager[AsyncSession]]


class BadQuery(ValueError):
    """Too short or too long to look for. The text says which, never the words."""


@dataclass(frozen=True, slots=True)
class Place:
    """A case that was looked through; further pages begin behind it."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found, and the piece of text around the first word."""

    number: str
    urgency: str
    created_at: datetime
    excerpt: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a portion gave, newest first. read: messages so far. ended: nothing more comes for this page.

    behind: where the next page begins, on the last portion; None when everything was read.
    """

    hits: tuple[Hit, ...]
    read: int
    ended: bool = False
    behind: Place | None = None


class _Case(NamedTuple):
    id: UUID
    talk: Any
    number: str
    urgency: str
    fields: Sequence[str]
    created_at: datetime
    messages: int
    key: UUID
    town: str
    key_version: int | None
    wrapped: bytes | None
    contact: Any
    name: bytes | None

    @property
    def place(self) -> Place:
        return Place(self.created_at, self.id)


async def search(
    reading: Reading, staff: SignedIn, query: str, *, fields: Mapping[str, str], behind: Place | None = None,
    most_read: int = MOST_READ, portions: Sequence[tuple[int, int]] = PORTIONS,
) -> AsyncIterator[Found]:
    """Cases in which every word of the query stands, as they are found; at least one portion. fields: id → name.

    reading: opens a short reading session of the town. BadQuery.
    """
    words = words_of(query)
    hits = read = 0
    for cases, messages in chain(portions, repeat(portions[-1])):
        async with reading() as session:
            listed = [_Case(*row) for row in await session.execute(_newest(staff, behind, cases))]
            batch = _within(listed, messages)
            locked = await texts.read(session, [case.id for case in batch], beside=[_names(batch)], keys=_keys(batch))
        found = await asyncio.to_thread(_matching, batch, locked, words, fields)
        read += len(locked.columns[0].rows)
        shown = found[: MOST_FOUND - hits]
        hits += len(shown)
        full, all_read = hits >= MOST_FOUND, len(listed) < cases and len(batch) == len(listed)
        cut = full and (len(found) > len(shown) or shown[-1][0] is not batch[-1])
        behind = shown[-1][0].place if cut else batch[-1].place if batch else behind
        ended = full or all_read or read >= most_read
        rest = None if all_read and not cut else behind
        yield Found(tuple(hit for _, hit in shown), read, ended=ended, behind=rest if ended else None)
        if ended:
            return


def words_of(query: str) -> tuple[str, ...]:
    """The words to look for, as they are compared. BadQuery."""
    words = tuple(dict.fromkeys(plain(query).split()))
    if not words or len(query) > LONGEST or max(len(word) for word in words) < SHORTEST:
        raise BadQuery(f"{SHORTEST}文字から{LONGEST}文字で書いてください / Write {SHORTEST} to {LONGEST} characters")
    return words


def plain(text: str) -> str:
    """Width and case made equal: ＬＩＮＥ, line and ﾗｲﾝ are found by either form of themselves."""
    return unicodedata.normalize("NFKC", text).casefold()


def _newest(staff: SignedIn, behind: Place | None, size: int) -> Select[*tuple[Any, ...]]:
    asked: list[ColumnElement[bool]] = [
        visible(staff), or_(Ticket.restricted.is_(False), Ticket.assignee_id == staff.id)
    ]
    if behind is not None:
        asked.append(or_(
            Ticket.created_at < behind.at, and_(Ticket.created_at == behind.at, Ticket.id < behind.id)
        ))
    columns = select(
        Ticket.id, texts.as_text(Ticket.conversation_id, "talk"), Ticket.number, Ticket.urgency, Ticket.fields,
        Ticket.created_at, Conversation.last_sequence, Ticket.data_key_id, Ticket.municipality_id,
        DataKey.key_version, DataKey.wrapped, texts.as_text(Contact.id, "own"), Contact.name_sealed,
    ).join(Conversation, Conversation.id == Ticket.conversation_id).join(
        Contact, Contact.id == Conversation.contact_id
    ).outerjoin(DataKey, DataKey.id == Ticket.data_key_id)
    return columns.where(*asked).order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(size)


def _within(listed: Sequence[_Case], messages: int) -> Sequence[_Case]:
    """As many of the cases as have so many messages together, at least one."""
    fit = sum(total <= messages for total in accumulate(case.messages for case in listed))
    return listed[: max(fit, 1)]


def _keys(batch: Iterable[_Case]) -> dict[bytes, WrappedKey]:
    """The keys that came with the cases; most of what belongs to a case is sealed with its key."""
    return {
        case.key.bytes: WrappedKey(case.key, case.town, case.key_version, case.wrapped)
        for case in batch if case.wrapped is not None and case.key_version is not None
    }


def _names(batch: Iterable[_Case]) -> texts.Column:
    """The names of those who wrote, which came with the cases too."""
    return texts.Column(Contact.name, None, [(case.contact, case.talk, case.name) for case in batch if case.name])


def _matching(
    batch: Sequence[_Case], locked: texts.Locked, words: Sequence[str], fields: Mapping[str, str]
) -> list[tuple[_Case, Hit]]:
    """The cases in which all words stand. Opens everything of the batch; runs in a thread."""
    said = defaultdict[Any, list[str]](list)
    for column in texts.opened(locked):
        for talk, text in _worth(column, words):
            said[talk].append(text)
    found = []
    for case in batch:
        parts = [*said.get(case.talk, ()), case.number, *(fields.get(field, field) for field in case.fields)]
        piece = excerpt(parts, words)
        if piece is not None:
            found.append((case, Hit(case.number, case.urgency, case.created_at, piece)))
    return found


def _worth(opened: texts.Opened, words: Sequence[str]) -> Iterator[tuple[Any, str]]:
    """Talk and text of what one of the words may stand in."""
    for talk, value in may_hold(opened, words):
        found: str | None = value if opened.under is None else value.get(opened.under)
        if found:
            yield talk, found


def may_hold(opened: texts.Opened, words: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """Talk and value of what one of the words may stand in; the JSON of the rest is not even taken apart.

    All are made plain as one: JSON has no line breaks in it, so they part again where they were joined.
    """
    if not opened.raws:
        return
    looked = plain(b"\n".join(opened.raws).decode())
    quoted = any('"' in word or "\\" in word for word in words)  # JSON writes these otherwise
    signs = (ESCAPED, *words)
    if not quoted and not any(sign in looked for sign in signs):
        return
    for talk, raw, text in zip(opened.talks, opened.raws, looked.split("\n"), strict=True):
        if quoted or any(sign in text for sign in signs):
            yield talk, json.loads(raw)


def excerpt(said: Sequence[str], words: Sequence[str]) -> str | None:
    """The text around the first word, in the form in which it was compared; None where a word is missing."""
    made = [plain(text) for text in said]
    if not all(any(word in text for text in made) for word in words):
        return None
    text = next(text for text in made if words[0] in text).replace("\n", " ")
    at = text.index(words[0])
    start, end = max(0, at - AROUND), at + len(words[0]) + AROUND
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
