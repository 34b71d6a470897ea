"""LISTEN/NOTIFY between processes over one PostgreSQL: one connection of our own, made again when it is lost.

What was missed while it was away is made up by waking everybody. Ids only: a payload is read by whoever may connect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import asyncpg  # type: ignore[import-untyped]

from handoff.store.wake import ALL, Notice

if TYPE_CHECKING:
    from sqlalchemy import URL

    from handoff.store.wake import Wake

CHANNEL = "tsunagu"
PAYLOAD = 7_500
"""Bytes of one NOTIFY; PostgreSQL takes less than 8,000."""
LONGEST_PAUSE = 5.0
QUIET = 15.0


class PostgresLink:
    """Joins a Wake to all other processes over the same database."""

    def __init__(self, url: URL) -> None:
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._wake: Wake | None = None
        self._connection: asyncpg.Connection[Any] | None = None
        self._unsent: list[str] = []
        self._work = asyncio.Event()
        self._turn = asyncio.Lock()  # asyncpg takes one statement at a time, and closing sends what is left
        self._runner: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    def start(self, wake: Wake) -> None:
        """Connect and listen, in a task of our own."""
        self._wake = wake
        self._runner = asyncio.get_running_loop().create_task(self._run(), name="postgres wake-ups")

    def send(self, lines: Sequence[str]) -> None:
        """Pass lines on as soon as the connection is there."""
        self._unsent.extend(lines)
        if len(self._unsent) > 1_000:
            self._unsent = [ALL]
        self._work.set()

    async def close(self) -> None:
        """Send the rest if the connection is there, then end it."""
        if self._runner is None:
            return
        try:
            if self._connection is not None and not self._connection.is_closed():
                await self._send_all(self._connection)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pass  # lost meanwhile: others look by themselves every half second
        finally:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)

    async def _run(self) -> None:
        pause = 0.1
        while True:
            try:
                await self._serve()
                pause = 0.1
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _serve(self) -> None:
        """Listen and send until the connection is lost."""
        connection = await asyncpg.connect(self._dsn)
        try:
            connection.add_termination_listener(lambda _: self._work.set())
            await connection.execute("SET synchronous_commit = off")  # a wake-up may be lost, and is not worth a wait for the disk
            await connection.add_listener(CHANNEL, self._heard)
            self._connection = connection
            self.listening.set()
            assert self._wake is not None
            self._wake.dispatch([Notice(ALL, ALL)])
            while not connection.is_closed():
                await self._send_all(connection)
                await self._wait_for_work(connection)
        finally:
            self.listening.clear()
            self._connection = None
            await _hang_up(connection)

    async def _wait_for_work(self, connection: asyncpg.Connection[Any]) -> None:
        """Until there is something to send; a connection that went silent is noticed by asking."""
        try:
            # asyncio.wait_for of Python 3.11 loses a cancel that comes in the same tick as the event: close() would hang.
            async with asyncio.timeout(QUIET):
                await self._work.wait()
            self._work.clear()
        except TimeoutError:
            async with self._turn:
                await connection.execute("SELECT 1", timeout=LONGEST_PAUSE)

    async def _send_all(self, connection: asyncpg.Connection[Any]) -> None:
        async with self._turn:
            lines, self._unsent = self._unsent, []
            try:
                for payload in _payloads(lines):
                    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            except BaseException:
                self._unsent = [ALL]
                raise

    def _heard(self, connection: Any, pid: int, channel: str, payload: object) -> None:
        if pid == connection.get_server_pid() or self._wake is None:
            return  # our own, already told here
        self._wake.dispatch([Notice.from_line(line) for line in str(payload).split("\n")])


def _payloads(lines: Sequence[str]) -> list[str]:
    """Lines packed into payloads that PostgreSQL takes."""
    packed: list[str] = []
    for line in lines:
        if packed and len(packed[-1]) + len(line) + 1 <= PAYLOAD:
            packed[-1] += "\n" + line
        else:
            packed.append(line)
    return packed


async def _hang_up(connection: asyncpg.Connection[Any]) -> None:
    try:
        await connection.close(timeout=1)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
