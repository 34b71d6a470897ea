"""A new key takes over while everything stays readable, here and in processes that began before."""

from pathlib import Path

from sqlalchemy import select

from handoff.privacy import rotation
from handoff.privacy.audit import verify
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.models import AuditEntry, DataKey, Message
from tests.databases import at_noon, open_store
from tests.handoff.store.rows import start_conversation

NOW = at_noon()
WORDS = "母の物忘れが心配です"


async def versions(store: Store) -> set[int]:
    async with store.reading_everywhere() as session:
        return set(await session.scalars(select(DataKey.key_version).where(DataKey.wrapped.is_not(None))))


async def words(store: Store) -> list[str]:
    async with store.reading("taiki") as session:
        return [row.payload["text"] for row in await session.scalars(select(Message))]


async def test_everything_is_wrapped_anew_and_nothing_sealed_anew(store: Store) -> None:
    async with store.town("taiki") as session:
        await start_conversation(session, WORDS)
    async with store.reading("taiki") as session:
        before = list(await session.scalars(select(Message.payload_sealed)))
    assert await versions(store) == {1}
    assert await rotation.rotate(store, now=NOW) > 2
    assert await versions(store) == {2}
    assert await words(store) == [WORDS]
    async with store.reading("taiki") as session:
        assert list(await session.scalars(select(Message.payload_sealed))) == before
        (entry,) = await session.scalars(select(AuditEntry))
        assert (entry.action, entry.reason) == ("key_rotated", "version=2")
        assert (await verify(session)).entries == 1
    assert await rotation.rewrap(store) == 0


async def test_a_process_that_began_before_reads_on_and_a_new_one_begins(
    sqlite_url: str, keys: KeyRing, tmp_path: Path
) -> None:
    assert keys.path is not None
    async with open_store(sqlite_url, keys) as store:
        async with store.town("taiki") as session:
            await start_conversation(session, WORDS)
        earlier = KeyRing.open(keys.path, create=False)
        async with open_store(sqlite_url, earlier) as running:
            await rotation.rotate(store, now=NOW)
            assert await words(running) == [WORDS]
            assert earlier.version == 2, "what it makes from now on is wrapped with the new key"
    async with open_store(sqlite_url, KeyRing.open(keys.path, create=False)) as fresh:
        assert await words(fresh) == [WORDS]


async def test_what_a_broken_off_run_has_left_is_finished(light: Store) -> None:
    light.keys.rotate()
    assert await versions(light) == {1}
    assert await rotation.rewrap(light) > 0
    assert await versions(light) == {2}
