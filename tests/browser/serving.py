"""The web chat served for tests: routes over a real store, on a real port where a test asks for one.

The bot's part can be played by hand (`Served.say`), so that these tests need neither triage nor a worker.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from pydantic_settings import SettingsConfigDict
from sqlalchemy import select
from starlette.datastructures import State

from api import errors
from api.app import create_app
from api.first_look import FirstLook
from api.routes import (
    callback,
    chat,
    chat_mail,
    chat_name,
    chat_passing,
    chat_resume,
    chat_upload,
    demo,
    entrance,
    widget,
)
from api.routes.chat_stream import end_streams
from api.routes.console_login import verifier
from api.security import SecureHeaders
from api.settings import Settings
from api.wiring import Services
from bots.types import Outgoing
from handoff.intake import outbox
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.migrate import migrate
from handoff.store.models import Conversation, InboxItem, Message
from knowledge.loader import Serving
from tests.databases import open_store
from tests.fakes.loopback import Leaving
from tests.handoff.desk.conftest import verified_once
from tests.whole import serving

Result = TypeVar("Result")
TOWNS = {"taiki": "大樹町", "itoman": "糸満市"}


def settings(**changes: Any) -> Settings:
    """Settings of a test, whatever the environment says."""
    class OfTests(Settings):
        model_config = SettingsConfigDict(env_prefix="TSUNAGU_TEST_ONLY_", env_file=None, frozen=True)

    return OfTests(**{"rate_limits": "off", "public_url": "http://chat.test", **changes})


def make_app(services: Services) -> FastAPI:
    """The chat's routes as `api.app` serves them, over services that are open already."""
    app = FastAPI()
    errors.install(app)
    for module in (chat, chat_mail, chat_name, chat_passing, chat_resume, chat_upload, callback, entrance, widget, demo):
        app.include_router(module.router)
    app.add_middleware(SecureHeaders, secure=False)
    app.state.services = services
    return app


def whole_app(services: Services) -> FastAPI:
    """The whole application over services that are open already, as if it had just been made: nothing of its last use."""
    app = _built(services.settings.secure)
    app.state, app.dependency_overrides = State({"services": services}), {verifier: lambda: verified_once}
    return app


@cache
def _built(secure: bool) -> FastAPI:
    """Built once in a process: FastAPI reads its two hundred routes anew for each application, a fifth of a second."""
    return create_app(settings(public_url="https://desk.test" if secure else "http://desk.test"))


def make_services(store: Store, chosen: Settings, clock: Callable[[], datetime]) -> Services:
    """Services over an open store. Needs a running loop."""
    loaded: asyncio.Future[Serving] = asyncio.get_running_loop().create_future()
    loaded.set_result(serving())
    return Services(settings=chosen, clock=clock, store=store, loaded=loaded, first_look=replace(_looked(), _turn=asyncio.Lock()))


@cache
def _looked() -> FirstLook:
    """The crisis matcher of the web process, made once: a quarter of a second for each test that takes a call down."""
    look = FirstLook()
    with ThreadPoolExecutor(1) as thread:  # a test's event loop may be waiting here
        thread.submit(lambda: asyncio.run(look.of(serving().knowledge, ""))).result()
    return look


class Server(Leaving):
    """Ends event streams when it begins to shut down, as `tsunagu serve` does."""

    async def shutdown(self, sockets: Any = None) -> None:
        assert isinstance(self.config.app, FastAPI)
        end_streams(self.config.app)
        await super().shutdown(sockets)


@dataclass
class Served:
    """A server in a thread over a database file. `stop` and `start` again: a restart.

    database: a migrated one, best always in the same place, so that its engine is there already; none: one in `folder`.
    """

    folder: Path
    port: int
    changes: dict[str, Any] = field(default_factory=dict)
    database: Path | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _server: Server | None = None
    _services: Services | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Served":
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(20), "the test server did not start"
        return self

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.leave()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the test server did not stop"

    async def _serve(self, ready: threading.Event) -> None:
        async with self._opened() as services:
            self._services, self._loop = services, asyncio.get_running_loop()
            config = uvicorn.Config(
                make_app(services), host="127.0.0.1", port=self.port, log_config=None, access_log=False,
                timeout_graceful_shutdown=5, lifespan="off",
            )
            self._server = Server(config)
            serving = asyncio.create_task(self._server.serve())
            while not self._server.started and not serving.done():
                await asyncio.sleep(0.01)
            ready.set()
            await serving

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Services]:
        url = f"sqlite:///{self.database or self.folder / 'chat.db'}"
        keys = KeyRing.open(self.folder / "key", create=True)
        if self.database is None:
            await migrate(url, TOWNS, keys=keys, clock=self.clock, say=lambda _: None)
        async with open_store(url, keys, towns=TOWNS, clock=self.clock) as store:
            yield make_services(store, settings(**{"public_url": self.url, **self.changes}), self.clock)

    def run(self, job: Callable[[Store], Any]) -> Any:
        """Run a coroutine function over the store, in the server's own loop."""
        assert self._loop is not None
        assert self._services is not None
        running: Future[Any] = asyncio.run_coroutine_threadsafe(job(self._services.store), self._loop)
        return running.result(10)

    def say(self, *bubbles: Outgoing, sender: Literal["bot", "staff"] = "bot", conversation: UUID | None = None) -> None:
        """Speak to the resident of the newest conversation (or of the one named), as worker or staff would."""
        async def job(store: Store) -> None:
            async with store.town("taiki") as session:
                wanted = select(Conversation).order_by(Conversation.created_at.desc()).limit(1)
                if conversation is not None:
                    wanted = select(Conversation).where(Conversation.id == conversation)
                found = (await session.scalars(wanted)).one()
                await outbox.enqueue(session, found, bubbles, sender=sender, now=self.clock())

        self.run(job)

    def forget_tokens(self) -> None:
        """As when conversations are deleted: their tokens open nothing any more."""
        async def job(store: Store) -> None:
            async with store.town("taiki") as session:
                for found in await session.scalars(select(Conversation)):
                    found.token_hash = None

        self.run(job)

    def residents_words(self) -> list[str]:
        """What residents have written, in order of arrival."""
        return [message.payload["text"] for message in self.rows(Message) if message.sender == "resident"]

    def rows(self, kind: type[Result]) -> Sequence[Result]:
        """All rows of a kind in taiki, oldest first."""
        async def job(store: Store) -> list[Any]:
            async with store.reading("taiki") as session:
                return list(await session.scalars(select(kind).order_by(kind.id)))  # type: ignore[attr-defined]

        found: list[Result] = self.run(job)
        return found


def inbox_of(served: Served) -> Sequence[InboxItem]:
    """What waits for the worker."""
    return served.rows(InboxItem)
