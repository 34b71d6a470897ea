"""The store's sessions are transactions, and a store that cannot be trusted does not open."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from handoff.privacy.keys import KeyMissing, KeyRing, KeyUnfit
from handoff.store.db import Busy, SchemaUnfit, Store, StoreError, database_url, engines_for, town_key
from handoff.store.migrate import migrate
from handoff.store.models import Contact, MunicipalityRow
from tests.databases import TOWNS, Postgres, at_noon, free_port, open_store
from tests.handoff.store.rows import kept_conversation


@pytest_asyncio.fixture
async def sqlite_store(sqlite_url: str, keys: KeyRing) -> AsyncIterator[Store]:
    """An open SQLite store."""
    async with open_store(sqlite_url, keys) as opened:
        yield opened


async def contacts(store: Store, town: str = "taiki") -> int:
    async with store.reading(town) as session:
        return (await session.execute(select(func.count()).select_from(Contact))).scalar_one()


async def test_a_clean_exit_commits_and_an_exception_undoes(store: Store) -> None:
    async with store.town("taiki") as session:
        session.add(Contact(channel="web", data_key=await town_key(session)))
    async def undone() -> None:
        async with store.town("taiki") as session:
            session.add(Contact(channel="web", data_key=await town_key(session)))
            await session.flush()
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        await undone()
    assert await contacts(store) == 1


async def test_rows_are_readable_after_their_session(store: Store) -> None:
    kept = await kept_conversation(store, "taiki", "一")
    assert kept.channel == "web"
    async with store.reading("taiki") as session:
        contact = await session.get_one(Contact, kept.contact_id)
    assert contact.name == "相談 花子"
    assert contact.created_at == at_noon()


async def test_reading_goes_on_while_somebody_writes(store: Store) -> None:
    async with store.town("taiki") as session:
        session.add(Contact(channel="web", data_key=await town_key(session)))
        await session.flush()
        assert await asyncio.wait_for(contacts(store), 2) == 0
    assert await contacts(store) == 1


async def test_transactions_that_read_before_they_write_wait_for_each_other(sqlite_store: Store) -> None:
    """On SQLite a transaction that began as a reader could not become a writer: it has to begin as one."""

    async def read_then_write() -> None:
        async with sqlite_store.town("taiki") as session:
            await session.scalars(select(Contact))
            await asyncio.sleep(0.01)
            session.add(Contact(channel="web", data_key=await town_key(session)))

    await asyncio.gather(*(read_then_write() for _ in range(10)))
    assert await contacts(sqlite_store) == 10


async def test_a_reading_session_sees_one_state(store: Store) -> None:
    async with store.reading("taiki") as session:
        count = select(func.count()).select_from(Contact)
        assert await session.scalar(count) == 0
        await kept_conversation(store, "taiki", "一")
        assert await session.scalar(count) == 0
    assert await contacts(store) == 1


async def test_an_unmigrated_database_is_refused(empty_database_url: str, keys: KeyRing) -> None:
    with pytest.raises(SchemaUnfit, match="tsunagu migrate"):
        await Store.open(empty_database_url, keys=keys, clock=at_noon)


async def test_a_missing_key_is_never_replaced(store: Store, database_url: str, tmp_path: Path) -> None:
    await kept_conversation(store, "taiki", "一")
    elsewhere = tmp_path / "other" / "key"
    for _ in range(2):
        fresh = KeyRing.open(elsewhere, create=True)
        with pytest.raises(KeyMissing):
            await Store.open(database_url, keys=fresh, clock=at_noon)
        with pytest.raises(KeyMissing):
            await migrate(database_url, TOWNS, keys=fresh, clock=at_noon, say=lambda _: None)
    assert not elsewhere.exists()


async def test_another_key_is_refused(store: Store, database_url: str, tmp_path: Path) -> None:
    other = KeyRing.open(tmp_path / "other", create=True)
    other.save()
    with pytest.raises(KeyUnfit):
        await Store.open(database_url, keys=other, clock=at_noon)
    with pytest.raises(KeyUnfit):
        await migrate(database_url, {**TOWNS, "katsuyama": "勝山市"}, keys=other, clock=at_noon, say=lambda _: None)
    async with store.reading_everywhere() as session:
        assert await session.get(MunicipalityRow, "katsuyama") is None


async def test_a_store_without_sealed_rows_makes_its_key_file(database_url: str, tmp_path: Path) -> None:
    store = await Store.open(database_url, keys=KeyRing.open(tmp_path / "new-key", create=True), clock=at_noon)
    await store.close()
    assert (tmp_path / "new-key").stat().st_mode & 0o777 == 0o600


async def test_a_passing_store_leaves_nothing(tmp_path: Path) -> None:
    store = await Store.in_memory(TOWNS, clock=at_noon)
    file = Path(store.url.database or "")
    await kept_conversation(store, "taiki", "一")
    assert await contacts(store) == 1
    await store.close()
    assert not file.parent.exists()


async def test_a_locked_database_is_busy(sqlite_store: Store) -> None:
    store = sqlite_store
    async with store.engine.connect() as connection:
        assert (await connection.exec_driver_sql("PRAGMA busy_timeout")).scalar() == 5000
        await connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(store.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy):
        async with store.town("taiki") as session:
            await session.get(MunicipalityRow, "taiki")
    other.execute("COMMIT")
    other.close()
    await kept_conversation(store, "taiki", "again")


async def test_cancelled_transactions_leave_no_trace(store: Store) -> None:
    async def write(stuck: asyncio.Event | None = None) -> None:
        async with store.town("taiki") as session:
            session.add(Contact(channel="web", data_key=await town_key(session)))
            await session.flush()
            if stuck is not None:
                await stuck.wait()

    held = []  # what a cancelled SELECT leaves behind stays alive with its exception
    for step in range(12):
        task = asyncio.create_task(write(asyncio.Event()))
        await asyncio.sleep(step * 0.0005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await task
        held.append(cancelled)
        await asyncio.wait_for(write(), 3)
    assert await contacts(store) == len(held)


async def test_who_is_cancelled_while_a_connection_closes_may_close_it_again(sqlite_url: str) -> None:
    """Else its thread waits for work to the end of the process, and the process for its thread."""
    writing, reading = engines_for(sqlite_url)
    async with writing.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.run(lambda held: held.close())
        await driver.stop()
        driver._thread.join(5)
        assert not driver._thread.is_alive()
        await connection.invalidate()
    await reading.dispose()


@pytest.mark.postgres
async def test_a_database_that_is_away_is_busy_and_comes_back(
    postgres_url: str, keys: KeyRing, postgres: Postgres
) -> None:
    async with open_store(postgres_url, keys) as store:
        name = store.url.database
        await kept_conversation(store, "taiki", "一")
        postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
                     f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        with pytest.raises(Busy):
            await kept_conversation(store, "taiki", "二")
        with pytest.raises(Busy):
            await contacts(store)
        postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await kept_conversation(store, "taiki", "三")
        assert await contacts(store) == 2
    nobody = f"postgresql://u:secret-password@127.0.0.1:{free_port()}/d"
    with pytest.raises(Busy) as problem:
        await Store.open(nobody, keys=keys, clock=at_noon)
    assert "secret-password" not in str(problem.value)


async def test_an_unknown_town_is_named(store: Store) -> None:
    async with store.town("nowhere") as session:
        with pytest.raises(StoreError, match="nowhere"):
            await town_key(session)


async def test_a_full_disk_is_busy_and_loses_nothing(sqlite_store: Store) -> None:
    await kept_conversation(sqlite_store, "taiki", "一")
    async with sqlite_store.engine.connect() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Busy, match="FULL"):
        await kept_conversation(sqlite_store, "taiki", "長い話" * 20_000)
    async with sqlite_store.engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert await contacts(sqlite_store) == 1
    await kept_conversation(sqlite_store, "taiki", "二")
    assert await contacts(sqlite_store) == 2


async def test_sqlite_is_durable_and_erases(sqlite_store: Store) -> None:
    store = sqlite_store
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "trusted_schema": 0}
    for engine in (store.engine, store._readers):
        async with engine.connect() as connection:
            for pragma, value in expected.items():
                assert (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar() == value


@pytest.mark.parametrize(("given", "driver"), [
    ("sqlite:///var/x.db", "sqlite+aiosqlite"),
    ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite"),
    ("sqlite+pysqlite:////abs/x.db", "sqlite+aiosqlite"),
    ("postgresql://u:p@h/d", "postgresql+asyncpg"),
    ("postgres://u:p@h/d", "postgresql+asyncpg"),
    ("postgresql+psycopg://u:p@h/d", "postgresql+asyncpg"),
])
def test_the_driver_is_ours_to_add(given: str, driver: str) -> None:
    assert database_url(given).drivername == driver


@pytest.mark.parametrize("given", ["mysql://u@h/d", "sqlite://", "sqlite:///:memory:", "not a url", ""])
def test_other_databases_are_refused_clearly(given: str) -> None:
    with pytest.raises(StoreError):
        database_url(given)


async def test_errors_show_no_values(store: Store) -> None:
    async def add() -> None:
        async with store.town("taiki") as session:
            session.add(MunicipalityRow(id="secret-words", name="秘密", created_at=at_noon()))

    await add()
    with pytest.raises(Exception, match=r"(?i)unique") as problem:
        await add()
    assert "秘密" not in str(problem.value)
