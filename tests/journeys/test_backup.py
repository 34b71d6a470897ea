"""The day the machine dies: a backup, another machine, the conversation is there; and what was erased stays erased."""

import asyncio
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.commands.operations import purge_towns
from handoff.privacy.erasures import Erasures
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.migrate import migrate
from handoff.store.models import Conversation, Message
from tests.databases import Postgres
from tests.handoff.store.rows import start_conversation
from tests.journeys.house import ROOT, House

NOW = datetime.fromisoformat("2026-11-24T10:00:00+09:00")
OVER = "もう終わった話です"
WORDS = "母の物忘れが心配です"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A deployment that is never started: whoever runs it works at its command line."""
    var = tmp_path_factory.mktemp(f"machine-{request.param}")
    return House(var, new_database(request, var, "first"))


def new_database(request: pytest.FixtureRequest, var: Path, name: str) -> str:
    if "sqlite" in var.name:
        return f"sqlite:///{var}/{name}.db"
    server: Postgres = request.getfixturevalue("postgres")
    whole = f"{var.name}_{name}".replace("-", "_")
    server.sql(f"CREATE DATABASE {whole} OWNER tsunagu_owner")
    return server.url(whole)


def refused(house: House, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments], cwd=ROOT, env=house.env, capture_output=True, text=True,
        check=False, timeout=60,
    )
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


async def opened(house: House) -> Store:
    keys = KeyRing.open(house.var / "secret.key", create=False)
    return await Store.open(house.database, keys=keys, clock=lambda: NOW)


async def write(house: House) -> None:
    """A talk of today and one whose time is over."""
    keys = KeyRing.open(house.var / "secret.key", create=True)
    await migrate(house.database, {"taiki": "大樹町"}, keys=keys, clock=lambda: NOW, say=lambda _: None)
    store = await opened(house)
    async with store.town("taiki") as session:
        (await start_conversation(session, WORDS)).last_at = NOW
        (await start_conversation(session, OVER)).last_at = NOW - timedelta(days=400)
    await store.close()


async def words(house: House) -> list[str]:
    store = await opened(house)
    async with store.reading("taiki") as session:
        talks = select(Message).join(Conversation, Conversation.id == Message.conversation_id)
        found = sorted(row.payload["text"] for row in await session.scalars(talks))
    await store.close()
    return found


def test_the_machine_dies(house: House, request: pytest.FixtureRequest) -> None:
    asyncio.run(write(house))
    kept, key = str(house.var / "kept.backup"), house.var / "secret.key"
    assert "kept.backup" in house.run("backup", kept)
    house.database = new_database(request, house.var, "second")
    key.rename(house.var / "aside")
    assert "secret.key is missing" in refused(house, "restore", kept)
    (house.var / "aside").rename(key)
    house.run("restore", kept)
    assert asyncio.run(words(house)) == sorted([WORDS, OVER])
    asyncio.run(purge(house))
    assert asyncio.run(words(house)) == [WORDS]
    assert "erased again: 1" in house.run("restore", kept, "--replace")
    assert asyncio.run(words(house)) == [WORDS], "the backup was older than the erasure"


async def purge(house: House) -> None:
    """What `tsunagu purge --yes` does, without reading all towns' knowledge."""
    store = await opened(house)
    beside = Erasures.beside(house.var / "secret.key")
    said = await purge_towns(store, {"taiki": (365, None)}, beside, remove=True, now=NOW)
    assert said[0].startswith("taiki: conversations 1 (365 days), cases 0 ")
    await store.close()
