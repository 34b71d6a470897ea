"""The migrations make exactly what the models say, up and down, on both engines, and twice at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select

from handoff.intake.media import expect
from handoff.privacy.keys import KeyRing
from handoff.store import chunks
from handoff.store.db import Store, database_url, town_key, writing_engine
from handoff.store.migrate import MIGRATIONS, bring_to, current, migrate
from handoff.store.migrations import HEAD
from handoff.store.models import Attachment, Base, DataKey, Message, MunicipalityRow
from tests.databases import TOWNS, at_noon
from tests.handoff.store.rows import start_conversation

Result = TypeVar("Result")


async def within(url: str, work: Callable[[Connection], Result]) -> Result:
    """Run something in one transaction of a database."""
    engine = writing_engine(database_url(url))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def differences(connection: Connection) -> list[object]:
    """What autogenerate would still change."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found: list[object] = list(compare_metadata(context, Base.metadata))
    return found


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_there_is_one_head_and_the_program_knows_it() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_the_migrated_schema_is_the_models(empty_database_url: str) -> None:
    await within(empty_database_url, lambda connection: bring_to(connection, HEAD))
    assert await within(empty_database_url, differences) == []
    assert await within(empty_database_url, tables) == set(Base.metadata.tables)


async def test_the_comparison_would_notice(empty_database_url: str) -> None:
    await within(empty_database_url, lambda connection: bring_to(connection, HEAD))

    def break_it(connection: Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE message DROP COLUMN media")
        connection.exec_driver_sql("DROP INDEX ix_message_external")

    await within(empty_database_url, break_it)
    assert len(await within(empty_database_url, differences)) == 2


async def test_down_and_up_again(empty_database_url: str) -> None:
    for _ in range(2):
        await within(empty_database_url, lambda connection: bring_to(connection, HEAD))
        assert await within(empty_database_url, current) == HEAD
        await within(empty_database_url, lambda connection: bring_to(connection, None))
        assert await within(empty_database_url, tables) == set()


async def test_attachments_keep_their_bytes_when_their_table_is_made_again(empty_database_url: str, keys: KeyRing) -> None:
    """0016: an attachment may be without a message; SQLite makes the table anew for it, under rows that refer to it."""
    await migrate(empty_database_url, TOWNS, keys=keys, clock=at_noon, say=lambda _: None)
    store = await Store.open(empty_database_url, keys=keys, clock=at_noon)
    async with store.town("taiki") as session:
        conversation = await start_conversation(session, "写真です")
        await session.flush()
        message = (await session.scalars(select(Message))).one()
        for of, data in ((message, b"sent"), (None, b"never sent")):
            row = expect(
                session, conversation, of, kind="file", source="staff", account_id=None, handle=None, name="紙", now=at_noon()
            )
            await session.flush()
            await chunks.write(session, row, "whole", data, now=at_noon())
    await store.close()
    await within(empty_database_url, lambda connection: bring_to(connection, "0015"))
    await within(empty_database_url, lambda connection: bring_to(connection, HEAD))
    assert await within(empty_database_url, differences) == []
    store = await Store.open(empty_database_url, keys=keys, clock=at_noon)
    async with store.reading("taiki") as session:
        row = (await session.scalars(select(Attachment))).one()
        assert (row.name, row.message_id) == ("紙", message.id)
        assert await chunks.read(session, row.id, "whole") == b"sent"
    await store.close()


async def test_migrate_is_safe_to_run_again(empty_database_url: str, keys: KeyRing) -> None:
    said: list[str] = []
    for _ in range(2):
        await migrate(empty_database_url, TOWNS, keys=keys, clock=at_noon, say=said.append)
    assert len(said) == 4
    assert "(from nothing)" in said[0]
    assert "(new: 2)" in said[1]
    assert "(new: 0)" in said[3]
    store = await Store.open(empty_database_url, keys=keys, clock=at_noon)
    async with store.reading_everywhere() as session:
        assert {row.id: row.name for row in await session.scalars(select(MunicipalityRow))} == TOWNS
        assert (await session.execute(select(func.count()).select_from(DataKey))).scalar_one() == 2
        for town in TOWNS:
            assert len(keys.unwrap(await town_key(session, town))) == 32
    await store.close()


async def test_a_new_town_and_a_new_name_are_taken_in(empty_database_url: str, keys: KeyRing) -> None:
    await migrate(empty_database_url, TOWNS, keys=keys, clock=at_noon, say=lambda _: None)
    more = {"taiki": "新しい大樹町", "yokkaichi": "四日市市"}
    await migrate(empty_database_url, more, keys=keys, clock=at_noon, say=lambda _: None)
    store = await Store.open(empty_database_url, keys=keys, clock=at_noon)
    async with store.reading_everywhere() as session:
        names = {row.id: row.name for row in await session.scalars(select(MunicipalityRow))}
    await store.close()
    assert names == {"taiki": "新しい大樹町", "itoman": "糸満市", "yokkaichi": "四日市市"}


async def test_two_processes_may_migrate_at_once(empty_database_url: str, tmp_path: Path) -> None:
    rings = [KeyRing.open(tmp_path / "shared-key", create=True) for _ in range(3)]
    runs = (migrate(empty_database_url, TOWNS, keys=ring, clock=at_noon, say=lambda _: None) for ring in rings)
    await asyncio.gather(*runs)
    store = await Store.open(
        empty_database_url, keys=KeyRing.open(tmp_path / "shared-key", create=False), clock=at_noon
    )
    async with store.reading_everywhere() as session:
        assert (await session.execute(select(func.count()).select_from(DataKey))).scalar_one() == 2
    await store.close()


async def test_an_unknown_newer_schema_is_left_alone(empty_database_url: str, keys: KeyRing) -> None:
    await migrate(empty_database_url, TOWNS, keys=keys, clock=at_noon, say=lambda _: None)
    set_version = "UPDATE alembic_version SET version_num = '9999'"
    await within(empty_database_url, lambda connection: connection.exec_driver_sql(set_version))
    with pytest.raises(Exception, match="9999"):
        await migrate(empty_database_url, TOWNS, keys=keys, clock=at_noon, say=lambda _: None)
    with pytest.raises(Exception, match="9999"):
        await Store.open(empty_database_url, keys=keys, clock=at_noon)
