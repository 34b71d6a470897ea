"""How the journal's batches reach each engine. SQL by hand, values as the models' types would bind them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from itertools import chain
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import URL, Dialect, Table
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgres_dialect

from handoff.store.errors import Busy
from handoff.store.models import InboxItem
from handoff.store.scope import EVERYWHERE
from handoff.store.sqlite_driver import patiently

_TABLE = InboxItem.__table__


class RawEvent(NamedTuple):
    """One platform event, sealed, as its row begins: the fields are columns. raw_sealed: `InboxItem.raw.seal` for this very id."""

    id: UUID
    municipality_id: str
    created_at: datetime
    data_key_id: UUID
    channel: str
    account_id: UUID
    event_id: str
    conversation_key: bytes
    event_at: datetime
    ready_at: datetime
    raw_sealed: bytes


FRESH = {"urgent": "false", "glanced": "false", "status": "'new'", "attempts": "0"}
"""What is the same in each new row, as SQL."""
_INTO = f"INSERT INTO inbox_item ({', '.join((*RawEvent._fields, *FRESH))})"
_ONCE = "ON CONFLICT (account_id, event_id) DO NOTHING"
SQLITE_PATIENCE = 1.0
"""Seconds for another connection's lock; the hook behind it waits 1.5."""
AT_ONCE = 64
"""Rows a statement. SQLite's driver gives the interpreter away once a statement, and waits to have it back while the
web process is busy: a statement a row costs more in waiting than in writing (measured)."""

Statement = tuple[str, list[Any]]


def for_sqlite(event: RawEvent) -> tuple[Any, ...]:
    """An event as SQLite keeps it: what the models' types would bind (a test compares), at a tenth of the cost."""
    row, town, created, key, channel, account, number, conversation, happened, ready, raw = event
    return (
        row.hex, town, _moment(created), key.hex, channel, account.hex, number, conversation, _moment(happened), _moment(ready), raw,
    )


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a time without zone cannot be stored")
    moment = value.astimezone(UTC)
    return datetime.combine(moment.date(), moment.time()).isoformat(" ", "microseconds")  # replace(tzinfo=None), nine times faster


def inserts(events: Sequence[RawEvent]) -> list[Statement]:
    """SQLite statements that keep these events, as few as can be, with their values."""
    parts = [events[start : start + AT_ONCE] for start in range(0, len(events), AT_ONCE)]
    return [(_statement(len(part)), list(chain.from_iterable(map(for_sqlite, part)))) for part in parts]


@cache
def _statement(rows: int) -> str:
    marks = f"({', '.join([*'?' * len(RawEvent._fields), *FRESH.values()])})"
    return f"{_INTO} VALUES {', '.join([marks] * rows)} {_ONCE}"


PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
"""What "durable" rests on: with synchronous=NORMAL a power cut loses what was acknowledged."""


class OneThread:
    """Does what it is given, one after the other. An executor does too, at three times the loop's time for each (measured)."""

    def __init__(self, name: str) -> None:
        self._orders: SimpleQueue[tuple[Callable[[], None], asyncio.Future[None]] | None] = SimpleQueue()
        Thread(target=self._serve, name=name, daemon=True).start()

    async def do(self, act: Callable[[], None]) -> None:
        """Done on return; raises what it raised."""
        done = asyncio.get_running_loop().create_future()
        self._orders.put((act, done))
        await done

    def end(self) -> None:
        """No more will come."""
        self._orders.put(None)

    def _serve(self) -> None:
        while (order := self._orders.get()) is not None:
            act, done = order
            problem: Exception | None = None
            try:
                act()
            except Exception as why:
                problem = why
            done.get_loop().call_soon_threadsafe(_settle, done, problem)


def _settle(done: asyncio.Future[None], problem: Exception | None) -> None:
    if done.cancelled():
        return
    if problem is None:
        done.set_result(None)
    else:
        done.set_exception(problem)


class SqliteWriter:
    """One connection in one thread; full synchronous."""

    def __init__(self, url: URL) -> None:
        self._path = url.database or ""
        self._connection: sqlite3.Connection | None = None
        self._thread = OneThread("journal")

    async def write(self, events: Sequence[RawEvent]) -> None:
        """One transaction. Busy when locked, full or unreadable; the next write tries anew."""
        await self._thread.do(partial(self._write, inserts(events)))

    async def close(self) -> None:
        """End the thread and the connection."""
        await self._thread.do(self._hang_up)
        self._thread.end()

    def _write(self, statements: Sequence[Statement]) -> None:
        try:
            connection = self._connected()
            if len(statements) == 1:  # a transaction by itself
                patiently(partial(connection.execute, *statements[0]), seconds=SQLITE_PATIENCE)
                return
            patiently(partial(connection.execute, "BEGIN IMMEDIATE"), seconds=SQLITE_PATIENCE)
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


class PostgresWriter:
    """One asyncpg connection, one statement a batch, commit waited for."""

    def __init__(self, url: URL) -> None:
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        dialect: Dialect = postgres_dialect()  # type: ignore[no-untyped-call]
        assert isinstance(_TABLE, Table)
        kinds = [_TABLE.c[name].type.compile(dialect=dialect) for name in RawEvent._fields]
        arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, start=1))
        self._insert = f"{_INTO} SELECT *, {', '.join(FRESH.values())} FROM unnest({arrays}) {_ONCE}"  # noqa: S608
        self._connection: asyncpg.Connection[Any] | None = None

    async def write(self, events: Sequence[RawEvent]) -> None:
        """One transaction. Busy when the database is away; the next write connects anew."""
        columns = [list(column) for column in zip(*events, strict=True)]
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
