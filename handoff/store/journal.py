"""The group-commit writer of the inbox: takes all that waits and commits it once, so full durability costs one fsync.

The one module with SQL of its own: a SQLAlchemy session for each hook costs five times the CPU and half a second at
p99 (measured). It stores bytes that are sealed already, and ids; it opens nothing and decides nothing.

SQLite: sqlite3 in one writer thread, synchronous=FULL. PostgreSQL: asyncpg, one connection, one INSERT for a batch.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, Self

from handoff.store.db import Store
from handoff.store.errors import Busy
from handoff.store.journal_writers import PostgresWriter, RawEvent, SqliteWriter
from handoff.store.wake import Notice, Wake

__all__ = ["Busy", "Journal", "RawEvent"]

WAITING = 2_000
"""Events that may wait; beyond it hooks are told to come again."""
PATIENCE = 1.5
"""Seconds until a hook is told to come again; LINE hangs up after 2."""
BATCH = 500
LINGER, LONGEST_LINGER = 0.25, 0.002
"""The part of the last commit's time that those who wait give to those who come right behind them, and its end in seconds:
where the disk is slow, one wait for it serves twice as many; where it is fast, nobody lingers."""


class Writer(Protocol):
    """Commits batches of one engine. `write` raises Busy (nothing kept) or Refused for a batch with a bad row."""

    async def write(self, events: Sequence[RawEvent]) -> None: ...
    async def close(self) -> None: ...


@dataclass(eq=False, slots=True)
class _Waiting:
    """The events of one hook: committed together or not at all."""

    events: Sequence[RawEvent]
    done: asyncio.Future[None]
    until: float


class Journal:
    """One a web process. `append` may be called by any number of requests at once."""

    def __init__(self, writer: Writer, *, wake: Wake, patience: float = PATIENCE) -> None:
        self._writer = writer
        self._patience = patience
        self._wake = wake
        self._queue: deque[_Waiting] = deque()
        self._writing: list[_Waiting] = []
        self._waiting = 0
        self._watch: asyncio.TimerHandle | None = None
        self._work = asyncio.Event()
        self._closing = False
        self._runner = asyncio.get_running_loop().create_task(self._run(), name="journal")

    @classmethod
    async def open(cls, store: Store) -> Self:
        """A journal into the store's database. Its writer connects on first use."""
        on_postgres = store.url.get_backend_name() == "postgresql"
        return cls(PostgresWriter(store.url) if on_postgres else SqliteWriter(store.url), wake=store.wake)

    @property
    def waiting(self) -> int:
        """Events that are not committed yet."""
        return self._waiting

    async def append(self, events: Sequence[RawEvent]) -> None:
        """Keep events; durable on return. Those known already (account, event id) are left as they are.

        Busy: nothing is promised, though it may have been kept; when it comes again it is recognised.
        """
        if not events:
            return
        if self._closing or self._waiting + len(events) > WAITING:
            raise Busy("受信の列が一杯です。 / The inbox queue is full.")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(events, loop.create_future(), loop.time() + self._patience)
        self._queue.append(waiting)
        self._waiting += len(events)
        self._work.set()
        if self._watch is None:
            self._watch = loop.call_at(waiting.until, self._give_up)
        await waiting.done

    async def close(self) -> None:
        """Commit what waits, then close the connection."""
        self._closing = True
        self._work.set()
        await self._runner
        if self._watch is not None:
            self._watch.cancel()
        await self._writer.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue or not self._closing:
            if not self._queue:
                self._work.clear()
                await self._work.wait()
                continue
            begun = loop.time()
            self._writing = self._next_batch()
            await self._commit(self._writing)
            if self._queue and not self._closing:
                await asyncio.sleep(min((loop.time() - begun) * LINGER, LONGEST_LINGER))

    def _next_batch(self) -> list[_Waiting]:
        """What waits, oldest first, without those whose hook has given up."""
        batch: list[_Waiting] = []
        size = 0
        while self._queue and size < BATCH:
            waiting = self._queue.popleft()
            self._waiting -= len(waiting.events)
            if not waiting.done.done():
                batch.append(waiting)
                size += len(waiting.events)
        return batch

    def _give_up(self) -> None:
        """Tell those who have waited long enough. One timer for all: what waits stands in the order of its coming."""
        loop = asyncio.get_running_loop()
        self._watch = None
        for waiting in chain(self._writing, self._queue):
            if waiting.done.done():
                continue
            if waiting.until > loop.time():
                self._watch = loop.call_at(waiting.until, self._give_up)
                return
            waiting.done.set_exception(Busy("受信の書き込みが遅れています。 / The inbox is too slow."))

    async def _commit(self, batch: list[_Waiting]) -> None:
        if not batch:
            return
        try:
            await self._writer.write([event for waiting in batch for event in waiting.events])
        except Exception as problem:
            if len(batch) > 1 and not isinstance(problem, Busy):
                for waiting in batch:  # one bad row must not refuse its neighbours
                    await self._commit([waiting])
                return
            _tell(batch, problem)
        else:
            _tell(batch, None)
            towns = {event.municipality_id for waiting in batch for event in waiting.events}
            self._wake.notify(*(Notice(town, "inbox") for town in towns))


def _tell(batch: list[_Waiting], problem: Exception | None) -> None:
    for waiting in batch:
        if waiting.done.done():
            continue
        if problem is None:
            waiting.done.set_result(None)
        else:
            waiting.done.set_exception(problem if isinstance(problem, Busy) else Refused(type(problem).__name__))


class Refused(Exception):
    """The database refuses these events for good (an unknown town or data key). A mistake in our code."""
