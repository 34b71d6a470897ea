"""A house whose clock a test moves from day to day: the real worker and application over a store, in this process.

Where a scenario goes from a Saturday night to a Tuesday, starting processes anew for each hour would cost minutes. LINE is
the fake on loopback and lives by the same clock; Telegram and a mail server may stand beside it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from api.routes.hooks import Hooks
from api.worker import Channels, Worker, build_worker
from handoff.desk import sessions, staff
from handoff.intake import accounts
from handoff.intake.accounts import Accounts
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.journal import Journal
from tests.browser.serving import make_services, settings, whole_app
from tests.databases import Clock, open_store
from tests.fakes.line import FakeLine
from tests.fakes.line_residents import Event, LineResident
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_residents import TelegramResident, Update
from tests.handoff.desk.conftest import PASSWORD, hashed_once
from tests.handoff.intake.talk import TOKYO
from tests.whole import judging

OWN = "https://desk.test"
TOWNS = {"taiki": "大樹町", "yokkaichi": "四日市市", "katsuyama": "勝山市"}
PAUSE = timedelta(seconds=2)
"""After which a bubble is read."""
Objects = Sequence[dict[str, Any]]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An hour of November 2026 in Japan."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


@dataclass
class Days:
    """Towns with a worker, LINE accounts, and staff who answer over the JSON API."""

    clock: Clock
    store: Store
    worker: Worker
    channels: Channels
    line: FakeLine
    client: httpx.AsyncClient
    hooks: httpx.AsyncClient
    _paths: dict[str, str] = field(default_factory=dict)
    _bearers: dict[str, dict[str, str]] = field(default_factory=dict)

    async def goes_to(self, when: datetime) -> None:
        """Time passes; what comes due meanwhile is done then."""
        assert when >= self.clock.now, "time runs one way"
        self.clock.now = when
        await self.works()

    async def works(self) -> None:
        """Everything that the worker finds to do now."""
        while any([await step() for step in (self.worker.look_once, self.worker.read_once, self.worker.send_once,
                                             *self.worker.beside.values())]):
            pass

    async def line_of(self, town: str, *, mode: str = "entrance") -> None:
        """The town has a LINE account."""
        async with self.store.town(town) as session:
            account = await accounts.add(
                session, municipality_id=town, kind="line", mode=mode, now=self.clock(),
                credentials={"secret": self.line.secret, "token": self.line.token},
            )
            self._paths[town] = f"/hooks/line/{account.key}"

    async def telegram_of(self, town: str, telegram: FakeTelegram) -> None:
        """The town has a Telegram account."""
        async with self.store.town(town) as session:
            account = await accounts.add(
                session, municipality_id=town, kind="telegram", mode="conversation", now=self.clock(),
                credentials={"secret": telegram.secret, "token": telegram.token},
            )
            self._paths[town] = f"/hooks/telegram/{account.key}"

    async def writes(self, town: str, telegram: FakeTelegram, who: TelegramResident, *updates: Update) -> Sequence[str]:
        """What a resident gets on Telegram for these updates."""
        before, headers = len(who.texts), {"X-Telegram-Bot-Api-Secret-Token": telegram.secret}
        for update in updates:
            assert (await self.hooks.post(self._paths[town], json=update, headers=headers)).status_code == 200
        await self.goes_to(self.clock.now + PAUSE)
        return who.texts[before:]

    async def tells(self, town: str, who: LineResident, *events: Event) -> Objects:
        """What a resident gets on LINE for these events."""
        before = len(who.received)
        body, headers = self.line.signed(*events)
        assert (await self.hooks.post(self._paths[town], content=body, headers=headers)).status_code == 200
        await self.goes_to(self.clock.now + PAUSE)
        return who.received[before:]

    async def asks(self, method: str, path: str, body: Any = None, *, token: str = "") -> httpx.Response:
        """A call of the town's page."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.request(method, path, json=body, headers=headers)

    async def desk(self, town: str, method: str, path: str = "", body: Any = None) -> httpx.Response:
        """A call of the town's coordinator."""
        if town not in self._bearers:
            login = f"{town}-choseiyaku"
            await staff.add(
                self.store, municipality_id=town, login=login, role="coordinator", windows=(), password=PASSWORD,
                now=self.clock(), must_change=False, hashing=hashed_once,
            )
            token = await sessions.new_token(self.store, await staff.find(self.store, login), now=self.clock())
            self._bearers[town] = {"Authorization": f"Bearer {token}"}
        return await self.client.request(method, f"/api/staff/tickets{path}", json=body, headers=self._bearers[town])

    async def answers(self, town: str, text: str) -> str:
        """Staff answer the town's one ticket. Its number."""
        (ticket,) = (await self.desk(town, "GET")).json()["tickets"]
        number: str = ticket["number"]
        assert (await self.desk(town, "POST", f"/{number}/replies", {"text": text})).status_code == 202
        await self.works()
        return number


@asynccontextmanager
async def days(url: str, keys: KeyRing, *, begin: datetime, **chosen: Any) -> AsyncIterator[Days]:
    """From this moment on. chosen: further settings."""
    clock = Clock(begin)
    seconds = lambda: clock().timestamp()  # noqa: E731
    with FakeLine(secret="0123456789abcdef" * 2, clock=seconds, now=seconds) as line:
        async with open_store(url, keys, towns=TOWNS, clock=clock) as store:
            services = make_services(
                store, settings(public_url=OWN, line_api_url=line.url, line_data_api_url=line.url, **chosen), clock
            )
            worker, channels, _ = build_worker(services, judging())
            journal = await Journal.open(store)
            taking = Hooks(Accounts(store), journal, keys, clock)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=whole_app(services)), base_url=OWN) as client, \
                    httpx.AsyncClient(transport=httpx.ASGITransport(app=taking), base_url=OWN) as hooks:
                yield Days(clock, store, worker, channels, line, client, hooks)
            await channels.close()
            await journal.close()
