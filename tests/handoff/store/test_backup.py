"""A backup of a database in use comes back whole, on both engines; with the wrong key or content it is refused."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace as changed
from pathlib import Path

import pytest
from sqlalchemy import select

from handoff.privacy.keys import KeyMissing, KeyRing
from handoff.store.backup import Manifest, backup, read_manifest, restore
from handoff.store.db import Store
from handoff.store.dumping import Unrestorable
from handoff.store.migrations import HEAD
from handoff.store.models import Message
from tests.databases import Postgres, at_noon, fresh_postgres, open_store
from tests.handoff.store.rows import kept_conversation

WORDS = "母の物忘れが心配です"


@pytest.fixture
def other_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the same engine, on the machine that takes over."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/new/machine.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    yield from fresh_postgres(server, template="template0")


async def backed_up(url: str, target: Path, keys: KeyRing) -> list[str]:
    said: list[str] = []
    await backup(url, target, keys=keys, clock=at_noon, say=said.append)
    return said


async def put_back(url: str, source: Path, keys: KeyRing, *, replace: bool = False) -> Manifest:
    async def nothing(_: str) -> None:
        return None

    return await restore(
        url, source, keys=keys, clock=at_noon, replace=replace, say=lambda _: None, again=nothing
    )


async def words_in(url: str, keys: KeyRing) -> list[str]:
    store = await Store.open(url, keys=keys, clock=at_noon)
    async with store.reading("taiki") as session:
        found = [row.payload["text"] for row in await session.scalars(select(Message))]
    await store.close()
    return found


async def test_what_was_there_comes_back(database_url: str, other_url: str, keys: KeyRing, tmp_path: Path) -> None:
    target = tmp_path / "kept" / "one.backup"
    async with open_store(database_url, keys) as store:  # in use while it is copied
        await kept_conversation(store, "taiki", WORDS)
        await kept_conversation(store, "itoman", "よその町")
        said = await backed_up(database_url, target, keys)
        await kept_conversation(store, "taiki", "控えのあと")
    assert "one.backup" in said[-1]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target], "nothing is left beside it"
    manifest = await put_back(other_url, target, keys)
    assert (manifest.schema, manifest.counts["message"]) == (HEAD, 2)
    assert await words_in(other_url, keys) == [WORDS]
    with pytest.raises(Unrestorable, match="--replace"):
        await put_back(database_url, target, keys)
    assert len(await words_in(database_url, keys)) == 2, "refused: nothing was touched"
    await put_back(database_url, target, keys, replace=True)
    assert await words_in(database_url, keys) == [WORDS]


async def test_the_file_holds_neither_key_nor_words(sqlite_url: str, keys: KeyRing, tmp_path: Path) -> None:
    target = tmp_path / "one.backup"
    async with open_store(sqlite_url, keys) as store:
        await kept_conversation(store, "taiki", WORDS)
        await backed_up(sqlite_url, target, keys)
    secrets = json.loads((tmp_path / "key").read_text())
    with zipfile.ZipFile(target) as file:
        content = b"".join(file.read(name) for name in file.namelist())
    for secret in (WORDS, *secrets["keys"].values(), secrets["lookup"]):
        assert secret.encode() not in content


async def test_another_key_file_is_refused(sqlite_url: str, keys: KeyRing, tmp_path: Path) -> None:
    target = tmp_path / "one.backup"
    async with open_store(sqlite_url, keys):
        await backed_up(sqlite_url, target, keys)
    other = KeyRing.open(tmp_path / "other-key", create=True)
    with pytest.raises(KeyMissing, match="other-key"):
        await put_back(f"sqlite:///{tmp_path}/new.db", target, other)
    assert not (tmp_path / "new.db").exists()


async def test_a_key_file_from_before_a_rotation_is_refused(sqlite_url: str, keys: KeyRing, tmp_path: Path) -> None:
    old, target = tmp_path / "old-key", tmp_path / "one.backup"
    async with open_store(sqlite_url, keys) as store:
        old.touch(0o600)
        old.write_bytes((tmp_path / "key").read_bytes())
        keys.rotate()
        await kept_conversation(store, "taiki", WORDS)
        await backed_up(sqlite_url, target, keys)
    with pytest.raises(KeyMissing, match="old-key"):
        read_manifest(target, KeyRing.open(old, create=False))


async def test_a_changed_or_foreign_file_is_refused(sqlite_url: str, keys: KeyRing, tmp_path: Path) -> None:
    target, new = tmp_path / "one.backup", f"sqlite:///{tmp_path}/new.db"
    async with open_store(sqlite_url, keys):
        await backed_up(sqlite_url, target, keys)
    manifest = read_manifest(target, keys)
    with zipfile.ZipFile(target) as file:
        sealed, data = file.read("manifest.json"), file.read("database")
    newer = changed(manifest, schema="9999").sealed(keys)
    elsewhere = changed(manifest, engine="postgresql").sealed(keys)
    for label, parts, told in (
        ("counts", (sealed.replace(b'"counter": 0', b'"counter": 1'), data), "manifest was changed"),
        ("data", (sealed, data[:-1] + b"x"), "damaged"),
        ("newer", (newer, data), "Update the program"),
        ("engine", (elsewhere, data), "TSUNAGU_DATABASE_URL"),
        ("no manifest", None, "not a file of"),
    ):
        path = tmp_path / f"{label}.backup"
        with zipfile.ZipFile(path, "w") as file:
            for name, content in zip(("manifest.json", "database"), parts or (), strict=False):
                file.writestr(name, content)
        with pytest.raises(Unrestorable, match=told):
            await put_back(new, path, keys)
    (tmp_path / "text").write_text("no backup")
    with pytest.raises(Unrestorable, match="not a file of"):
        await put_back(new, tmp_path / "text", keys)
    assert not (tmp_path / "new.db").exists()


async def test_a_database_in_use_is_not_replaced(database_url: str, keys: KeyRing, tmp_path: Path) -> None:
    target = tmp_path / "one.backup"
    async with open_store(database_url, keys) as store:
        await kept_conversation(store, "taiki", WORDS)
        await backed_up(database_url, target, keys)
        with pytest.raises(Unrestorable, match="in use"):
            await put_back(database_url, target, keys, replace=True)
    assert await words_in(database_url, keys) == [WORDS]


async def test_a_backup_never_overwrites(sqlite_url: str, keys: KeyRing, tmp_path: Path) -> None:
    target = tmp_path / "one.backup"
    target.write_text("another")
    async with open_store(sqlite_url, keys):
        with pytest.raises(Unrestorable, match="another name"):
            await backed_up(sqlite_url, target, keys)
    assert target.read_text() == "another"
