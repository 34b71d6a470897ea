"""PostgreSQL itself keeps towns apart, even from statements that went around the guarded session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
import pytest_asyncio
from sqlalchemy import select

from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.models import Base, Message
from handoff.store.scope import tenant_tables
from tests.databases import APP, OWNER, TOWNS, at_noon, open_store
from tests.handoff.store.rows import kept_conversation

pytestmark = pytest.mark.postgres
OTHERS_EVENT = (
    "INSERT INTO event (id, municipality_id, created_at, sequence, kind) "
    "VALUES (gen_random_uuid(), 'taiki', now(), 99, 'x')"
)


@pytest_asyncio.fixture
async def filled(postgres_url: str, keys: KeyRing) -> AsyncIterator[str]:
    """A database with a conversation in each town."""
    async with open_store(postgres_url, keys) as store:
        for town in TOWNS:
            await kept_conversation(store, town, town)
    yield postgres_url


async def connected(url: str, town: str | None, *, role: str = OWNER) -> Any:
    connection = await asyncpg.connect(url.replace(OWNER, role))
    if town is not None:
        await connection.execute("SELECT set_config('app.municipality', $1, false)", town)
    return connection


def test_all_tables_with_a_town_are_guarded() -> None:
    with_town = {table for table in Base.metadata.tables.values() if "municipality_id" in table.c}
    assert {table.name for table in with_town - tenant_tables()} == {"counter", "data_key"}


@pytest.mark.parametrize("role", [OWNER, APP])
@pytest.mark.parametrize(("town", "seen"), [
    (None, set()), ("", set()), ("nowhere", set()), ("itoman", {"itoman"}), ("*", set(TOWNS)),
])
async def test_a_connection_sees_the_town_it_named(filled: str, role: str, town: str | None, seen: set[str]) -> None:
    connection = await connected(filled, town, role=role)
    for table in ("message", "conversation", "contact", "data_key"):
        rows = await connection.fetch(f"SELECT DISTINCT municipality_id FROM {table}")
        assert {row[0] for row in rows} == seen, table
    await connection.close()


async def test_every_guarded_table_has_its_policy(filled: str) -> None:
    connection = await connected(filled, None)
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity "
        "AND oid IN (SELECT polrelid FROM pg_policy)"
    )
    expected = {table.name for table in Base.metadata.tables.values() if "municipality_id" in table.c}
    assert {row[0] for row in rows} == expected
    await connection.close()


@pytest.mark.parametrize("role", [OWNER, APP])
async def test_a_connection_cannot_write_into_another_town(filled: str, role: str) -> None:
    connection = await connected(filled, "itoman", role=role)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await connection.execute(OTHERS_EVENT)
    assert await connection.execute("UPDATE message SET media = 'x' WHERE municipality_id = 'taiki'") == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await connection.execute("UPDATE message SET municipality_id = 'taiki'")
    await connection.close()


async def test_the_app_role_can_work_but_not_change_the_schema(filled: str, keys: KeyRing) -> None:
    store = await Store.open(filled.replace(OWNER, APP), keys=keys, clock=at_noon)
    await kept_conversation(store, "taiki", "二つ目")
    async with store.town("taiki") as session:
        await emit(session, kind="message")
        assert len((await session.scalars(select(Message))).all()) == 2
    await store.close()
    connection = await connected(filled, "*", role=APP)
    for statement in (
        "DROP TABLE message", "ALTER TABLE message DISABLE ROW LEVEL SECURITY", "DROP POLICY town ON message",
        "CREATE TABLE mine (id int)", "UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry",
        "UPDATE alembic_version SET version_num = 'x'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


async def test_a_pooled_connection_forgets_the_town(postgres_url: str, keys: KeyRing) -> None:
    async with open_store(postgres_url, keys) as store:
        await kept_conversation(store, "taiki", "一")
        async with store.engine.connect() as connection:
            asked = "SELECT current_setting('app.municipality', true)"
            assert (await connection.exec_driver_sql(asked)).scalar() in (None, "")
            assert (await connection.exec_driver_sql("SELECT count(*) FROM message")).scalar() == 0
