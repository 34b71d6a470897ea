"""Long results come whole and in order however they are asked for; a failed statement leaves nothing open."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import make_url

from handoff.store.sqlite_driver import AHEAD, OneHop, connecting

ROWS = AHEAD * 2 + 7


@pytest_asyncio.fixture
async def long(tmp_path: Path) -> AsyncIterator[OneHop]:
    connection = connecting(make_url(f"sqlite+aiosqlite:///{tmp_path}/a.db"), sqlite3.Connection)()
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
