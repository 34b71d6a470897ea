"""Long results come whole and in order however they are asked for; a failed statement leaves nothing open; only what may
wait leaves the loop's thread.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import make_url

from handoff.store.sqlite_driver import AHEAD, OneHop, connecting

ROWS = AHEAD * 2 + 7


@pytest_asyncio.fixture(params=[False, True], ids=["in its thread", "at once"])
async def long(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[OneHop]:
    url = make_url(f"sqlite+aiosqlite:///{tmp_path}/a.db")
    connection = connecting(url, sqlite3.Connection, at_once=request.param)()
    await connection
    cursor = connection.cursor()
    await cursor.execute("CREATE TABLE t (n INTEGER)")
    await cursor.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(ROWS)])
    yield connection
    await connection.close()


async def test_a_long_result_is_whole(long: OneHop) -> None:
    cursor = long.cursor()
    await cursor.execute("SELECT n FROM t ORDER BY n")
    assert [row[0] for row in await cursor.fetchall()] == list(range(ROWS))
    assert list(await cursor.fetchall()) == []


async def test_a_long_result_in_portions(long: OneHop) -> None:
    cursor = long.cursor()
    await cursor.execute("SELECT n FROM t WHERE n >= ? ORDER BY n", (0,))
    assert cursor.description[0][0] == "n"
    found = [(await cursor.fetchone())[0]]
    while part := await cursor.fetchmany(AHEAD - 3):
        found += [row[0] for row in part]
    assert found == list(range(ROWS))
    assert await cursor.fetchone() is None


async def test_what_was_not_read_to_its_end_lets_go(long: OneHop) -> None:
    cursor = long.cursor()
    await cursor.execute("SELECT n FROM t ORDER BY n")
    await cursor.close()
    await cursor.execute("DROP TABLE t")  # SQLite refuses while a statement on it is open


async def test_a_failure_is_sqlites_own(long: OneHop) -> None:
    cursor = long.cursor()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await cursor.execute("SELECT * FROM absent")
    await cursor.execute("UPDATE t SET n = n + 1 WHERE n < 3")
    assert cursor.rowcount == 3


async def test_at_once_only_the_lock_and_the_disk_are_waited_for_elsewhere(tmp_path: Path) -> None:
    url, threads = make_url(f"sqlite+aiosqlite:///{tmp_path}/a.db"), []

    class Watched(sqlite3.Connection):
        def cursor(self, *arguments: Any) -> Any:
            threads.append(threading.get_ident())
            return super().cursor(*arguments)

        def commit(self) -> None:
            threads.append(threading.get_ident())
            super().commit()

        def rollback(self) -> None:
            threads.append(threading.get_ident())
            super().rollback()

    connection = connecting(url, Watched, at_once=True)()
    await connection
    cursor, here = connection.cursor(), threading.get_ident()
    await cursor.execute("BEGIN IMMEDIATE")
    await cursor.execute("CREATE TABLE t (n INTEGER)")
    await connection.commit()
    await cursor.execute("BEGIN DEFERRED")
    await connection.rollback()
    await connection.close()
    assert [thread == here for thread in threads] == [False, True, False, True, True]


async def test_the_lock_is_looked_for_each_millisecond_as_long_as_the_connection_is_patient(tmp_path: Path) -> None:
    """A busy worker leaves gaps of milliseconds between its transactions; SQLite's own waiting sleeps up to a tenth of a second."""
    looks: list[str] = []
    connection = connecting(make_url(f"sqlite+aiosqlite:///{tmp_path}/a.db"), sqlite3.Connection)()
    await connection
    cursor = connection.cursor()
    await cursor.execute("PRAGMA journal_mode=WAL")
    await cursor.execute("PRAGMA busy_timeout=400")
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await connection.set_trace_callback(looks.append)
    begun = time.monotonic()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await cursor.execute("BEGIN IMMEDIATE")
    assert time.monotonic() - begun >= 0.4
    assert looks.count("BEGIN IMMEDIATE") > 40
    other.execute("ROLLBACK")
    other.close()
    await cursor.execute("BEGIN IMMEDIATE")
    await connection.rollback()
    asking = connection.cursor()
    await asking.execute("PRAGMA busy_timeout")
    assert await asking.fetchone() == (400,)
    await connection.close()
