"""Power fails at any moment: what a hook was told is stored is there afterwards. With synchronous=NORMAL it is not."""

from __future__ import annotations

import random
from pathlib import Path

import apsw
import pytest

from handoff.privacy.keys import KeyRing
from handoff.store import db
from handoff.store.db import database_url, town_key
from handoff.store.journal_writers import PRAGMAS, inserts
from tests.databases import open_store
from tests.handoff.store.power import Disk, Watched
from tests.handoff.store.test_journal import event

EVENTS = 40
CUTS = 150


async def written(url: str, keys: KeyRing, pragmas: tuple[str, ...]) -> tuple[Disk, list[int]]:
    """The journal's own statements over a watched disk; and how many acts were done when each event was acknowledged."""
    async with open_store(url, keys) as store:
        async with store.reading("taiki") as session:
            key = await town_key(session)
    disk = Disk(Path(database_url(url).database or ""))
    watched = Watched(disk)
    acknowledged = []
    connection = apsw.Connection(str(disk.path), vfs=watched.vfs_name)
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # a VFS in Python has no shared memory; syncs are the same
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA wal_autocheckpoint=20")  # cuts fall into checkpoints too
    for number in range(EVENTS):
        connection.execute("BEGIN IMMEDIATE")
        for statement, values in inserts([event(number, key)]):
            connection.execute(statement, values)
        connection.execute("COMMIT")
        acknowledged.append(len(disk.acts))
    connection.close()
    return disk, acknowledged


def lost(disk: Disk, acknowledged: list[int], folder: Path) -> int:
    """Acknowledged events that are missing, over cuts spread over the whole run; a damaged file is never forgiven."""
    chance, missing = random.Random(7), 0
    for cut in sorted(chance.sample(range(1, acknowledged[-1] + 1), min(CUTS, acknowledged[-1]))):
        for name, content in disk.after(cut, chance).items():
            (folder / name).write_bytes(content)
        promised = sum(acts <= cut for acts in acknowledged)
        found = apsw.Connection(str(folder / disk.path.name))
        assert found.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        kept = int(str(found.execute("SELECT count(*) FROM inbox_item").fetchall()[0][0]))
        found.close()
        missing += max(0, promised - kept)
        for path in folder.iterdir():
            path.unlink()
    return missing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "after").mkdir()
    return tmp_path / "after"


async def test_nothing_acknowledged_is_lost(sqlite_url: str, keys: KeyRing, folder: Path) -> None:
    disk, acknowledged = await written(sqlite_url, keys, PRAGMAS)
    assert any(act.file.endswith(".db") for act in disk.acts[: acknowledged[-1]]), "a checkpoint was under way"
    assert lost(disk, acknowledged, folder) == 0


async def test_without_full_syncs_it_would_be(sqlite_url: str, keys: KeyRing, folder: Path) -> None:
    weaker = tuple(pragma.replace("FULL", "NORMAL") for pragma in PRAGMAS)
    assert weaker != PRAGMAS
    assert lost(*await written(sqlite_url, keys, weaker), folder) > 0


def test_the_store_syncs_as_the_journal_does() -> None:
    assert "PRAGMA synchronous=FULL" in db._PRAGMAS
