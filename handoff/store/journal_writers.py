"""How the journal's batches reach each engine. SQL by hand, values as the models' types would bind them."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import URL, Dialect, Table
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgres_dialect

from handoff.store.errors import Busy
from handoff.store.models import InboxItem
from handoff.store.scope import EVERYWHERE

if TYPE_CHECKING:
    from handoff.store.journal import RawEvent

_TABLE = InboxItem.__table__
_COLUMNS = (
    "id", "municipality_id", "created_at", "data_key_id", "channel", "account_id", "event_id", "conversation_key",
    "event_at", "ready_at", "urgent", "glanced", "status", "attempts", "raw_sealed",
)
_ONCE = "ON CONFLICT (account_id, event_id) DO NOTHING"
SQLITE_PATIENCE = 1.0
"""Seconds for another connection's lock; the hook behind it waits 1.5."""
LOOK_AGAIN = 0.001
"""SQLite's own waiting sleeps up to a tenth of a second between two looks, and a busy worker leaves gaps of
milliseconds: it would miss them one after the other."""
AT_ONCE = 64
"""Rows a statement. SQLite's driver gives the interpreter away once a statement, and waits to have it back while the
web process is busy: a statement a row costs more in waiting than in writing (measured)."""

Statement = tuple[str, list[Any]]


def _values(event: RawEvent) -> tuple[Any, ...]:
    """The row of an event, in the order of `_COLUMNS`, as asyncpg takes it."""
    return (
        event.id, event.municipality_id, event.received_at, event.data_key_id, event.channel, event.account_id,
        event.event_id, event.conversation_key, event.event_at, event.ready_at or event.received_at, event.urgent,
        False, "new", 0, event.raw_sealed,
    )


def for_sqlite(event: RawEvent) -> tuple[Any, ...]:
    """The same as SQLite keeps it: what the models' types would bind (a test compares), at a tenth of the cost."""
    received = _moment(event.received_at)
    return (
        event.id.hex, event.municipality_id, received, event.data_key_id.hex, event.channel, event.account_id.hex,
        event.event_id, event.conversation_key, _moment(event.event_at),
        received if event.ready_at is None else _moment(event.ready_at), int(event.urgent), 0, "new", 0, event.raw_sealed,
    )


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a time without zone cannot be stored")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def inserts(events: Sequence[RawEvent]) -> list[Statement]:
    """SQLite statements that keep these events, as few as can be, with their values."""
    parts = [events[start : start + AT_ONCE] for start in range(0, len(events), AT_ONCE)]
    return [(_statement(len(part)), list(chain.from_iterable(map(for_sqlite, part)))) for part in parts]


@cache
def _statement(rows: int) -> str:
    marks = f"({', '.join('?' * len(_COLUMNS))})"
    return f"INSERT INTO inbox_item ({', '.join(_COLUMNS)}) VALUES {', '.join([marks] * rows)} {_ONCE}"  # noqa: S608


PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
"""What "durable" rests on: with synchronous=NORMAL a power cut loses what was acknowledged."""


class SqliteWriter:
    """One connection in one thread; full synchronous."""

    def __init__(self, url: URL) -> None:
        self._path = url.database or ""
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")

    async def write(self, events: Sequence[RawEvent]) -> None:
        """One transaction. Busy when locked, full or unreadable; the next write tries anew."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, inserts(events))

    async def close(self) -> None:
        """End the thread and the connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._hang_up)
        self._thread.shutdown()

    def _write(self, statements: Sequence[Statement]) -> None:
        try:
            connection = self._connected()
            if len(statements) == 1:  # a transaction by itself
                _patiently(connection, *statements[0])
                return
            _patiently(connection, "BEGIN IMMEDIATE", [])
            for statement, values in statements:
                connection.execute(statement, values)
            connection.execute("COMMIT")
        except sqlite3.IntegrityError:
            self._roll_back()
            raise
        except sqlite3.Error as problem:
            self._hang_up()
            name = getattr(problem, "sqlite_errorname", "SQLITE_ERROR")
            raise Busy(f"受信を書き込めません。 / The inbox can't be written: {name}") from None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            uri = f"file:{quote(self._path)}?mode=rw"  # never an empty new file where the database was
            connection = sqlite3.connect(uri, uri=True, timeout=SQLITE_PATIENCE, isolation_level=None)
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("PRAGMA busy_timeout=0")
            self._connection = connection
        return self._connection

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _patiently(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> None:
    """Execute what takes the lock, waiting for it."""
    end = time.monotonic() + SQLITE_PATIENCE
    while True:
        try:
            connection.execute(statement, values)
            return
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(LOOK_AGAIN)


class PostgresWriter:
    """One asyncpg connection, one statement a batch, commit waited for."""

    def __init__(self, url: URL) -> None:
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        dialect: Dialect = postgres_dialect()  # type: ignore[no-untyped-call]
        assert isinstance(_TABLE, Table)
        kinds = [_TABLE.c[name].type.compile(dialect=dialect) for name in _COLUMNS]
        arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, start=1))
        into = f"INSERT INTO inbox_item ({', '.join(_COLUMNS)})"
        self._insert = f"{into} SELECT * FROM unnest({arrays}) {_ONCE}"  # noqa: S608
        self._connection: asyncpg.Connection[Any] | None = None

    async def write(self, events: Sequence[RawEvent]) -> None:
        """One transaction. Busy when the database is away; the next write connects anew."""
        columns = [list(column) for column in zip(*map(_values, events), strict=True)]
        try:
            connection = await self._connected()
            await connection.execute(self._insert, *columns)
        except asyncpg.IntegrityConstraintViolationError:
            raise
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            await self.close()
            name = type(problem).__name__
            raise Busy(f"受信を書き込めません。 / The inbox can't be written: {name}") from None

    async def close(self) -> None:
        """End the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.close(timeout=0.5)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection.terminate()

    async def _connected(self) -> asyncpg.Connection[Any]:
        if self._connection is None or self._connection.is_closed():
            connection = await asyncpg.connect(self._dsn, timeout=1.0, command_timeout=2.0)
            await connection.execute("SET synchronous_commit = on")
            await connection.execute("SELECT set_config('app.municipality', $1, false)", EVERYWHERE)
            self._connection = connection
        return self._connection
