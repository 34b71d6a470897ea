"""SQLite on the event loop with one way to its thread and back for a statement, where aiosqlite takes four or five.

Each way is two switches of thread: on a busy machine they, not SQLite, are what a message waits for (measured: 47
statements a message, a second of waiting). A statement's cursor, its rows and its end travel together; of a long result
what does not fit is fetched as it is asked for. `at_once` spares even that one way: the loop stands still for what takes
microseconds, and only what may wait (the write lock, the disk) goes to the thread. For the worker; a web process has
others to serve while somebody searches. Must not know what is asked.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import aiosqlite
from sqlalchemy import URL
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

AHEAD = 500
"""Rows that come with the statement. More are fetched in the same portions."""


WAITS = ("BEGIN IMMEDIATE",)
"""Statements that may wait for another process."""
LOOK_AGAIN = 0.001
"""Seconds between two looks for the write lock. SQLite's own waiting sleeps up to a tenth of a second between two, and a busy
worker leaves gaps of milliseconds: it would miss them one after the other."""


class OneHop(aiosqlite.Connection):
    """A connection whose cursors do their work in one go."""

    at_once = False

    def cursor(self) -> Any:
        """A cursor that costs nothing until it is used."""
        return _Cursor(self)

    async def run(self, work: Callable[[sqlite3.Connection], Any], *, waits: bool = False) -> Any:
        """Do something with the connection: in its own thread, or here where it does not wait."""
        if self.at_once and not waits:
            return work(self._conn)
        return await self._execute(partial(work, self._conn))  # type: ignore[no-untyped-call]

    async def rollback(self) -> None:
        """Undo; nothing has to reach the disk for it."""
        await self.run(lambda connection: connection.rollback())


class _Cursor:
    """What SQLAlchemy's adapter asks of an asyncio cursor."""

    def __init__(self, connection: OneHop) -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount, self.arraysize = -1, 1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> _Cursor:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        work = partial(self._work, sqlite3.Cursor.execute, statement, parameters)
        await self._connection.run(work, waits=statement in WAITS)

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        await self._connection.run(partial(self._work, sqlite3.Cursor.executemany, statement, parameters))

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        wanted = self.arraysize if size is None else size
        if len(self._rows) < wanted and self._open is not None:
            await self._connection.run(lambda _: self._fetch(max(AHEAD, wanted)))
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> Sequence[Any]:
        if self._open is not None:
            await self._connection.run(lambda _: self._fetch(None))
        rows, self._rows = self._rows, deque()
        return rows

    async def close(self) -> None:
        self._rows.clear()
        if self._open is not None:
            await self._connection.run(lambda _: self._end())

    # in the connection's thread

    def _work(self, how: Callable[..., Any], statement: str, parameters: Any, connection: sqlite3.Connection) -> None:
        self._open = connection.cursor()
        try:
            if statement in WAITS:
                _as_patient_as(connection, partial(how, self._open, statement, parameters))
            else:
                how(self._open, statement, parameters)
        except BaseException:
            self._end()
            raise
        self.description, self.rowcount = self._open.description, self._open.rowcount
        self.lastrowid = self._open.lastrowid
        if self.description is None:
            self._end()
        else:
            self._fetch(AHEAD)

    def _fetch(self, most: int | None) -> None:
        assert self._open is not None
        rows = self._open.fetchall() if most is None else self._open.fetchmany(most)
        self._rows.extend(rows)
        self.rowcount = self._open.rowcount
        if most is None or len(rows) < most:
            self._end()

    def _end(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _as_patient_as(connection: sqlite3.Connection, take: Callable[[], object]) -> None:
    """Take the lock, waiting for it as long as the connection would, but looking more often."""
    (milliseconds,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout=0")
    try:
        patiently(take, seconds=milliseconds / 1000)
    finally:
        connection.execute(f"PRAGMA busy_timeout={milliseconds}")


def patiently(take: Callable[[], object], *, seconds: float) -> None:
    """Do what takes the write lock, for a connection that does not wait by itself. sqlite3.OperationalError where it stays taken."""
    end = time.monotonic() + seconds
    while True:
        try:
            take()
            return
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(LOOK_AGAIN)


def connecting(url: URL, factory: type[sqlite3.Connection], *, at_once: bool = False) -> Callable[[], OneHop]:
    """How an engine makes its connections to a SQLite file."""
    arguments, options = SQLiteDialect_aiosqlite().create_connect_args(url)
    options["check_same_thread"] = not at_once

    opened: Callable[..., sqlite3.Connection] = partial(sqlite3.connect, *arguments, **options)

    def connect() -> OneHop:
        connection = OneHop(lambda: opened(factory=factory), AHEAD)
        connection._thread.daemon, connection.at_once = True, at_once
        return connection

    return connect
