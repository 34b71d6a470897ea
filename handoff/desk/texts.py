"""The sealed texts of many cases, read as columns and opened in one go: looking through words costs little more than
opening them. Rows as objects, each with its key, would cost five times that (measured: 20,000 messages).

Must not know what is looked for, nor who may look: it is given the cases.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, String, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import NullType

from handoff.desk import unjudged
from handoff.store.models import DataKey, Message, Note, Ticket
from handoff.store.scope import scope_of
from handoff.store.sealed import KEY_ID, Sealed, Unwraps, WrappedKey, open_rows

DASHED = 36

Row = tuple[Any, Any, bytes]
"""Something sealed: its own id and that of the talk it belongs to, as the engine names them, and the bytes. Instead of the talk
anything that says where it belongs.
"""


class Column(NamedTuple):
    """What was read of one column. under: the key in its JSON under which the words stand; None: it is the words."""

    sealed: Sealed
    under: str | None
    rows: Sequence[Row]


class Locked(NamedTuple):
    """What was read of a batch of cases, and what opens it."""

    columns: Sequence[Column]
    keys: Mapping[bytes, WrappedKey]
    ring: Unwraps


class Opened(NamedTuple):
    """The canonical JSON of a column, and of each the talk."""

    under: str | None
    talks: Sequence[Any]
    raws: Sequence[bytes]


async def read(
    session: AsyncSession, cases: Sequence[UUID], *, beside: Sequence[Column], keys: Mapping[bytes, WrappedKey]
) -> Locked:
    """Messages and notes of cases. beside: columns that were read already; keys: those at hand, the others are fetched.

    Messages are joined from the tickets: asked for by a list of talks, SQLite would go through all of the town's.
    """
    messages = select(as_text(Message.id, "own"), as_text(Message.conversation_id, "talk"), Message.payload_sealed).select_from(
        Ticket
    ).join(Message, Message.conversation_id == Ticket.conversation_id).where(
        Ticket.id.in_(cases), Message.payload_sealed.is_not(None), Message.id.not_in(unjudged.waiting()),
    )
    notes = select(as_text(Note.id, "own"), as_text(Ticket.conversation_id, "talk"), Note.body_sealed).select_from(
        Ticket
    ).join(Note, Note.ticket_id == Ticket.id).where(Ticket.id.in_(cases))
    columns = [
        Column(Message.payload, "text", await _rows(session, messages)),
        Column(Note.body, None, await _rows(session, notes)), *beside,
    ]
    return await lock(session, columns, keys)


async def lock(session: AsyncSession, columns: Sequence[Column], keys: Mapping[bytes, WrappedKey]) -> Locked:
    """What was read of some columns, with what opens it. keys: those at hand, the others are fetched."""
    needed = {sealed[KEY_ID] for *_, sealed in chain.from_iterable(column.rows for column in columns)}
    return Locked(columns, {**keys, **await _keys(session, needed - keys.keys())}, scope_of(session).keys)


async def _rows(session: AsyncSession, asked: Any) -> Sequence[Row]:
    rows: Sequence[Row] = (await session.execute(asked)).all()
    return rows


async def _keys(session: AsyncSession, ids: set[bytes]) -> dict[bytes, WrappedKey]:
    if not ids:
        return {}
    rows = await session.execute(
        select(DataKey.id, DataKey.municipality_id, DataKey.key_version, DataKey.wrapped)
        .where(DataKey.id.in_([UUID(bytes=own) for own in ids]), DataKey.wrapped.is_not(None))
    )
    return {row.id.bytes: WrappedKey(*row) for row in rows}


def opened(locked: Locked) -> list[Opened]:
    """All of it but what was erased. A key is unwrapped once. Runs in a thread. SealBroken."""
    ciphers = {own: AESGCM(locked.ring.unwrap(key)) for own, key in locked.keys.items()}
    found = []
    for column, under, rows in locked.columns:
        kept = [row for row in rows if row[2][KEY_ID] in ciphers]
        raws = open_rows(column, ((dashed(own), sealed) for own, _, sealed in kept), ciphers)
        found.append(Opened(under, [talk for _, talk, _ in kept], raws))
    return found


def as_text(column: Any, name: str) -> ColumnElement[str]:
    """An id as the engine holds it: making 20,000 UUIDs costs more than opening what they name."""
    return type_coerce(column, String).label(name)


def as_kept(column: Any, name: str) -> ColumnElement[Any]:
    """A time as the engine holds it, in the order of time; `moment` makes it one. SQLite keeps text."""
    return type_coerce(column, NullType()).label(name)


def moment(kept: Any) -> datetime:
    """The time."""
    found = datetime.fromisoformat(kept) if isinstance(kept, str) else kept
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def dashed(own: Any) -> str:
    """The text of such an id, whichever engine it came from."""
    text = str(own)
    return text if len(text) == DASHED else f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
