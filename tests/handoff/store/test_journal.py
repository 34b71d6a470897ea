"""The journal: durable when it says so, once each, bounded, and one bad event refuses nobody else."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import dialect

from handoff.privacy.keys import KeyRing
from handoff.store.db import Store, town_key
from handoff.store.ids import new_id
from handoff.store.journal import WAITING, Busy, Journal, RawEvent, Refused
from handoff.store.journal_writers import for_sqlite
from handoff.store.models import DataKey, InboxItem
from handoff.store.wake import Wake
from tests.databases import at_noon, open_store

ACCOUNT = UUID(int=5)


def event(number: int, key: DataKey, *, town: str = "taiki") -> RawEvent:
    row_id = new_id(at_noon())
    return RawEvent(
        id=row_id, municipality_id=town, account_id=ACCOUNT, data_key_id=key.id, channel="line", event_id=f"e{number}",
        conversation_key=bytes(32), event_at=at_noon(), created_at=at_noon(), ready_at=at_noon(),
        raw_sealed=InboxItem.raw.seal(row_id, key, {"number": number}),
    )


@pytest_asyncio.fixture
async def journal(store: Store) -> AsyncIterator[Journal]:
    opened = await Journal.open(store)
    yield opened
    await opened.close()


async def key_of(store: Store, town: str = "taiki") -> DataKey:
    async with store.reading(town) as session:
        return await town_key(session)


async def kept(store: Store) -> list[InboxItem]:
    async with store.reading_everywhere() as session:
        return list(await session.scalars(select(InboxItem).order_by(InboxItem.id)))


async def test_what_is_appended_is_there_as_the_models_read_it(store: Store, journal: Journal) -> None:
    key = await key_of(store)
    await journal.append([event(1, key), event(2, key)])
    first, second = await kept(store)
    assert (first.raw, second.raw) == ({"number": 1}, {"number": 2})
    assert (first.status, first.attempts, first.urgent, first.glanced) == ("new", 0, False, False)
    assert (first.event_at, first.ready_at, first.created_at) == (at_noon(),) * 3
    assert (first.account_id, first.conversation_key, first.municipality_id) == (ACCOUNT, bytes(32), "taiki")
    assert (first.conversation_id, first.lease, first.error) == (None, None, None)


async def test_the_same_event_is_kept_once(store: Store, journal: Journal) -> None:
    key = await key_of(store)
    await asyncio.gather(*(journal.append([event(number % 50, key)]) for number in range(200)))
    assert sorted(row.event_id for row in await kept(store)) == sorted(f"e{number}" for number in range(50))


async def test_a_bad_event_refuses_nobody_else(store: Store, journal: Journal) -> None:
    key = await key_of(store)
    appends = [journal.append([event(number, key, town="nowhere" if number == 3 else "taiki")]) for number in range(6)]
    results = await asyncio.gather(*appends, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["NoneType"] * 3 + [Refused.__name__] + ["NoneType"] * 2
    assert sorted(row.event_id for row in await kept(store)) == ["e0", "e1", "e2", "e4", "e5"]


async def test_the_worker_is_woken(store: Store, journal: Journal) -> None:
    key = await key_of(store)
    with store.wake.subscribe(kinds=["inbox"]) as mine:
        await journal.append([event(1, key)])
        assert await mine.wait(1)


class SlowWriter:
    """A writer that waits to be let go, and counts."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.batches: list[int] = []

    async def write(self, events: Sequence[RawEvent]) -> None:
        self.batches.append(len(events))
        await self.go.wait()

    async def close(self) -> None:
        self.go.set()


async def test_the_queue_is_bounded_in_number_and_time(keys: KeyRing) -> None:
    key = keys.new_data_key("taiki", now=at_noon())
    writer = SlowWriter()
    journal = Journal(writer, wake=Wake(), patience=0.2)
    first = asyncio.create_task(journal.append([event(0, key)]))
    await asyncio.sleep(0)
    rest = [asyncio.create_task(journal.append([event(1, key)] * 100)) for _ in range(WAITING // 100)]
    await asyncio.sleep(0.01)
    with pytest.raises(Busy, match="full"):
        await journal.append([event(2, key)])
    results = await asyncio.gather(first, *rest, return_exceptions=True)
    assert all(isinstance(result, Busy) for result in results)
    writer.go.set()
    async with asyncio.timeout(5):
        while journal.waiting:  # who has given up still takes room until the writer comes by
            await asyncio.sleep(0.001)
    await journal.append([event(3, key)])
    assert writer.batches == [1, 1], "hooks that gave up are not written"
    await journal.close()
    with pytest.raises(Busy):
        await journal.append([event(4, key)])


async def test_each_hook_gives_up_when_its_own_time_has_come(keys: KeyRing) -> None:
    """One timer looks after all of them: after those being written, after those that wait, and again for the next."""
    key, writer = keys.new_data_key("taiki", now=at_noon()), SlowWriter()
    journal = Journal(writer, wake=Wake(), patience=0.1)
    loop, gone = asyncio.get_running_loop(), []

    async def one(number: int) -> None:
        begun = loop.time()
        with pytest.raises(Busy):
            await journal.append([event(number, key)])
        gone.append((number, loop.time() - begun))

    waiting = []
    for number in range(3):
        waiting.append(asyncio.create_task(one(number)))
        await asyncio.sleep(0.04)
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert [number for number, _ in gone] == [0, 1, 2]
    assert all(0.09 < took < 0.1 + 0.5 for _, took in gone)
    writer.go.set()
    await journal.append([event(9, key)])
    await journal.close()


async def test_what_waits_at_the_end_is_written(store: Store) -> None:
    journal = await Journal.open(store)
    key = await key_of(store)
    appends = [asyncio.create_task(journal.append([event(number, key)])) for number in range(20)]
    await asyncio.sleep(0)
    await journal.close()
    await asyncio.gather(*appends)
    assert len(await kept(store)) == 20


async def test_one_commit_for_all_that_waits(store: Store) -> None:
    class Counting:
        """Counts the batches on their way to the real writer."""

        def __init__(self) -> None:
            self.batches = 0

        async def write(self, events: Sequence[RawEvent]) -> None:
            self.batches += 1
            await asyncio.sleep(0.01)

        async def close(self) -> None:
            pass

    counting = Counting()
    journal = Journal(counting, wake=Wake())
    key = await key_of(store)
    await asyncio.gather(*(journal.append([event(number, key)]) for number in range(100)))
    await journal.close()
    assert counting.batches <= 2


async def test_who_waits_for_a_slow_disk_lets_those_join_who_come_right_behind(keys: KeyRing) -> None:
    class Slow(SlowWriter):
        """Each commit takes its time."""

        async def write(self, events: Sequence[RawEvent]) -> None:
            self.batches.append(len(events))
            await asyncio.sleep(0.05)

    writer, key = Slow(), keys.new_data_key("taiki", now=at_noon())
    journal = Journal(writer, wake=Wake())

    async def asks_again(number: int) -> None:
        await journal.append([event(number, key)])
        await journal.append([event(number + 10, key)])

    first = asyncio.create_task(asks_again(1))
    await asyncio.sleep(0.01)
    await asyncio.gather(first, asks_again(2))
    await journal.close()
    assert writer.batches == [1, 2, 1]


async def test_a_database_that_is_locked_makes_busy_and_heals(sqlite_url: str, keys: KeyRing) -> None:
    async with open_store(sqlite_url, keys) as store:
        journal = await Journal.open(store)
        key = await key_of(store)
        other = sqlite3.connect(store.url.database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            await journal.append([event(1, key)])
        other.execute("COMMIT")
        other.close()
        await journal.append([event(1, key)])
        assert len(await kept(store)) == 1
        await journal.close()


async def test_a_database_that_went_away_is_not_made_anew(sqlite_url: str, sqlite_file: Path, keys: KeyRing) -> None:
    async with open_store(sqlite_url, keys) as store:
        key = await key_of(store)
        journal = await Journal.open(store)
        shutil.move(sqlite_file, sqlite_file.with_name("moved.db"))
        with pytest.raises(Busy):
            await journal.append([event(1, key)])
        assert not sqlite_file.exists()
        await journal.close()


async def test_the_path_may_be_odd(sqlite_template: Path, keys: KeyRing, tmp_path: Path) -> None:
    folder = tmp_path / "窓口 100% #1"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "a b.db")
    async with open_store(f"sqlite:///{folder}/a b.db", keys) as store:
        journal = await Journal.open(store)
        await journal.append([event(1, await key_of(store))])
        assert len(await kept(store)) == 1
        await journal.close()


@pytest.mark.postgres
async def test_a_lost_connection_makes_busy_at_most_once(postgres_url: str, keys: KeyRing) -> None:
    async with open_store(postgres_url, keys) as store:
        journal = await Journal.open(store)
        key = await key_of(store)
        await journal.append([event(1, key)])
        writer = journal._writer
        writer._connection.terminate()  # type: ignore[attr-defined]
        await journal.append([event(2, key)])
        assert len(await kept(store)) == 2
        await journal.close()


async def test_kill_9_loses_nothing_that_was_acknowledged(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    """A child appends and prints what was acknowledged, until it is killed in the middle of it; three times."""
    acknowledged: set[str] = set()
    for start in (0, 100_000, 200_000):
        acknowledged |= await _killed_in_flight(database_url, tmp_path / "key", start)
    rows = {row.event_id for row in await kept(store)}
    assert len(acknowledged) > 30
    assert acknowledged <= rows


async def _killed_in_flight(url: str, key: Path, start: int) -> set[str]:
    arguments = ("-m", "tests.handoff.store.appending", url, str(key), str(start))
    child = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    lines: set[str] = set()
    while len(lines) < 30:
        line = await asyncio.wait_for(child.stdout.readline(), 20)
        assert line, "the child ended by itself"
        lines.add(line.decode().strip())
    os.kill(child.pid, signal.SIGKILL)
    rest = await child.stdout.read()
    lines |= {line.decode() for line in rest.splitlines(keepends=True) if line.endswith(b"\n")}
    await child.wait()
    return {line.strip() for line in lines}


def test_sqlite_rows_are_what_the_models_types_would_bind(keys: KeyRing) -> None:
    key = keys.new_data_key("taiki", now=at_noon())
    tokyo = timezone(timedelta(hours=9))
    odd = event(1, key)._replace(
        event_at=datetime(1970, 1, 1, tzinfo=UTC), ready_at=datetime(2026, 11, 21, 23, 59, 59, 7, tokyo)
    )
    table = InboxItem.__table__
    for one in (event(2, key), odd):
        for name, kept, given in zip(RawEvent._fields, for_sqlite(one), one, strict=True):
            bind = table.c[name].type.dialect_impl(dialect()).bind_processor(dialect())
            assert kept == (bind(given) if bind else given), name
    with pytest.raises(ValueError, match="zone"):
        for_sqlite(odd._replace(event_at=datetime(2026, 11, 21)))


async def test_batches_of_every_size_are_kept_whole(store: Store, journal: Journal) -> None:
    key = await key_of(store)
    total = 0
    for size in (1, 3, 5, 64, 65, 149):
        await journal.append([event(total + number, key) for number in range(size)])
        total += size
    assert sorted(int(row.event_id[1:]) for row in await kept(store)) == list(range(total))


async def test_a_busy_worker_leaves_gaps_that_a_webhook_finds(sqlite_url: str, keys: KeyRing) -> None:
    """The worker of a loaded house writes nearly all the time; what comes in meanwhile is kept all the same."""
    async with open_store(sqlite_url, keys) as web:
        journal, key = await Journal.open(web), await key_of(web)
        worker = await Store.open(sqlite_url, keys=keys, clock=at_noon, at_once=True)
        done = asyncio.Event()

        async def work() -> None:
            while not done.is_set():
                async with worker.town("taiki"):
                    await asyncio.sleep(0.2)

        writers = [asyncio.create_task(work()) for _ in range(3)]
        for number in range(6):
            await journal.append([event(number, key)])
        done.set()
        await asyncio.gather(*writers)
        assert len(await kept(web)) == 6
        await worker.close()
        await journal.close()
