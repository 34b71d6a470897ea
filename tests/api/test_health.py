"""Is it up, ready, busy: honest when the queue stands still, and figures only for who may see them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic_settings import SettingsConfigDict

from api import errors
from api.routes import health
from api.settings import Settings
from api.wiring import Services
from handoff.intake import inbox, webchat
from handoff.privacy.keys import KeyRing
from handoff.store.db import Busy, Store
from knowledge.loader import Serving
from tests.databases import at_noon, open_store


class OfTests(Settings):
    """Settings of a test, whatever the environment says."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_TEST_ONLY_", env_file=None, frozen=True)


@dataclass
class Served:
    """The health routes over a store; the test moves the clock and ends the loading."""

    store: Store
    loaded: asyncio.Future[Serving]
    now: datetime

    async def get(self, path: str, *, token: str | None = None, peer: str = "127.0.0.1", **headers: str) -> httpx.Response:
        app = FastAPI()
        errors.install(app)
        app.include_router(health.router)
        chosen: Any = {"metrics_token": token}
        app.state.services = Services(OfTests(**chosen), lambda: self.now, self.store, self.loaded)
        transport = httpx.ASGITransport(app=app, client=(peer, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def resident_writes(self) -> None:
        async with self.store.town("taiki") as session:
            opened = await webchat.open_conversation(
                session, "taiki", language="ja", notice=[], keys=self.store.keys, now=self.now
            )
            await webchat.accept(
                session, opened.conversation.id, text="秘密の話", client_message_id="1", keys=self.store.keys, now=self.now
            )


class Away:
    """A store whose database has gone."""

    def reading_everywhere(self) -> None:
        raise Busy("the database can't be used now")


@pytest_asyncio.fixture
async def served(sqlite_url: str, keys: KeyRing) -> AsyncIterator[Served]:
    async with open_store(sqlite_url, keys) as store:
        yield Served(store, asyncio.get_running_loop().create_future(), at_noon())


async def test_up_before_ready(served: Served) -> None:
    assert (await served.get("/healthz")).json() == {"status": "ok"}
    loading = await served.get("/readyz")
    assert (loading.status_code, loading.json()["checks"]["knowledge"]) == (503, "loading")


async def test_ready_until_the_queue_stands_still(served: Served) -> None:
    served.loaded.set_result(None)  # type: ignore[arg-type]
    assert (await served.get("/readyz")).status_code == 200
    await served.resident_writes()
    served.now += inbox.OLDEST
    assert (await served.get("/readyz")).json()["checks"] == {
        "database": "ok", "knowledge": "ok", "waiting": 1, "oldest_seconds": 120.0, "worker": "ok",
    }
    served.now += timedelta(seconds=1)
    silent = await served.get("/readyz")
    assert (silent.status_code, silent.json()["checks"]["worker"]) == (503, "silent")


async def test_not_ready_when_the_knowledge_is_broken_or_the_database_gone(served: Served) -> None:
    served.loaded.set_exception(ValueError("broken"))
    broken = await served.get("/readyz")
    assert (broken.status_code, broken.json()["checks"]["knowledge"]) == (503, "failed")
    away: Any = Away()
    gone = await Served(away, served.loaded, served.now).get("/readyz")
    assert (gone.status_code, gone.json()["checks"]["database"]) == (503, "Busy")


@pytest.mark.parametrize(("token", "peer", "headers", "status"), [
    (None, "127.0.0.1", {}, 200),
    (None, "::1", {}, 200),
    (None, "192.0.2.7", {}, 401),
    (None, "testclient", {}, 401),
    (None, "127.0.0.1", {"x_forwarded_for": "192.0.2.7"}, 401),
    (None, "127.0.0.1", {"forwarded": "for=192.0.2.7"}, 401),
    ("right", "127.0.0.1", {}, 401),
    ("right", "192.0.2.7", {"authorization": "Bearer wrong"}, 401),
    ("right", "192.0.2.7", {"authorization": "Bearer right"}, 200),
])
async def test_figures_only_for_who_may_see_them(
    served: Served, token: str | None, peer: str, headers: dict[str, str], status: int
) -> None:
    assert (await served.get("/metrics", token=token, peer=peer, **headers)).status_code == status


async def test_figures_are_counts_without_words(served: Served) -> None:
    await served.resident_writes()
    text = (await served.get("/metrics")).text
    assert 'tsunagu_inbox_items{status="new"} 1.0' in text
    assert "秘密" not in text
