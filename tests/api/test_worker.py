"""The worker's steps: what is read, parked, sent; that it ends with its parent, and is started again when it dies."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select
from structlog.testing import capture_logs

from api.commands.serve import _at
from api.settings import Settings
from api.supervisor import Supervisor
from api.worker import Channels, Worker, _outlive_nobody
from bots.channel import Channel
from bots.line import reading
from handoff.intake import inbox
from handoff.intake.accounts import Accounts
from handoff.intake.dialogue import LeaseLost
from handoff.intake.inbox import Claim
from handoff.intake.sender import Sender
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.models import ChannelAccount, InboxItem
from handoff.store.wake import Wake
from knowledge.loader import Knowledge
from tests import whole
from tests.databases import open_store
from tests.handoff.intake.talk import ScriptedTriage, Talk
from triage.types import Decision


@dataclass
class Desk:
    """A dialogue that does what it is told with each claim and remembers what was parked."""

    fault: Exception | None = None
    one_is_wrong: bool = False
    together: list[int] = field(default_factory=list)
    taken: list[Claim] = field(default_factory=list)
    parked: list[tuple[Claim, str]] = field(default_factory=list)
    until: asyncio.Event | None = None
    answered: int = 0
    knowledge: Knowledge = field(default_factory=whole.knowledge)

    async def take(self, claim: Claim, *, now: datetime) -> None:
        self.taken.append(claim)
        if self.until is not None:
            await self.until.wait()
            await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault
        self.answered += 1

    async def take_together(self, claims: Sequence[Claim], *, now: datetime) -> None:
        self.together.append(len(claims))
        if self.one_is_wrong:
            raise ValueError("words of a resident")

    async def park(self, claim: Claim, *, error: str, now: datetime) -> None:
        self.parked.append((claim, error))


@dataclass
class Bench:
    """A worker over a real store with the test's clock; `services` is what it needs of them."""

    store: Store
    talk: Talk

    @property
    def wake(self) -> Wake:
        return self.store.wake

    def clock(self) -> datetime:
        return self.talk.now

    def worker(self, desk: Desk, channel: Channel | None = None) -> Worker:
        async def no_channel(account_id: UUID) -> Channel | None:
            return channel

        fake: Any = desk
        services: Any = self
        sender = Sender(self.store, self.clock, no_channel, Random(1))
        return Worker(services, fake, sender, {"line": reading.read}, lambda text, town: "死にたい" in text)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return whole.knowledge()


@pytest_asyncio.fixture
async def bench(sqlite_url: str, keys: KeyRing, knowledge: Knowledge) -> AsyncIterator[Bench]:
    async with open_store(sqlite_url, keys) as store:
        talk = await Talk.begin(store, knowledge, ScriptedTriage([Decision(action="chat", text="")]))
        with capture_logs():  # the default renderer draws every local of a traceback
            yield Bench(store, talk)
        await talk.close()


async def test_crisis_words_wake_the_readers_at_once(bench: Bench) -> None:
    await bench.talk.send(bench.talk.text("死にたい"))
    worker = bench.worker(Desk())
    with bench.wake.subscribe() as bell:
        assert await worker.look_once() == 1
        assert await bell.wait(0.1)
    assert await worker.read_once() == 1, "no pause"


async def test_what_came_in_for_a_town_that_is_not_served_waits_for_it(bench: Bench, knowledge: Knowledge) -> None:
    await bench.talk.send(bench.talk.text("こんにちは"))
    bench.talk.now += inbox.LONGEST
    others = {name: town for name, town in knowledge.towns.items() if name != "taiki"}
    assert await bench.worker(Desk(knowledge=replace(knowledge, towns=others))).read_once() == 0
    assert await bench.worker(Desk()).read_once() == 1


async def test_the_end_of_a_pause_wakes_the_readers(bench: Bench) -> None:
    await bench.talk.send(bench.talk.text("こんにちは"))
    bench.talk.now += inbox.PAUSE - timedelta(seconds=0.04)
    with bench.wake.subscribe(kinds=["ready"]) as bell:
        assert await bench.worker(Desk()).look_once() == 1
        assert not await bell.wait(0), "the pause is not over"
        assert await bell.wait(0.4), "nobody waits for the next poll"


async def test_a_failing_turn_comes_again_and_ends_parked(bench: Bench) -> None:
    await bench.talk.send(bench.talk.text("こんにちは"))
    desk = Desk(RuntimeError("words of a resident"))
    worker = bench.worker(desk)
    while not desk.parked:
        bench.talk.now += timedelta(seconds=40)
        assert await worker.read_once() == 1
    assert len(desk.taken) == inbox.TRIES
    assert desk.parked[0][1] == "RuntimeError"


@pytest.mark.parametrize("one_is_wrong", [False, True])
async def test_several_are_settled_at_once_and_singly_where_one_is_wrong(bench: Bench, one_is_wrong: bool) -> None:
    for user in ("U1", "U2", "U3"):
        await bench.talk.send(bench.talk.text("こんにちは", user=user), user=user)
    bench.talk.now += inbox.PAUSE
    desk = Desk(one_is_wrong=one_is_wrong)
    assert await bench.worker(desk).read_once() == 3
    assert desk.together == [3]
    assert len(desk.taken) == (3 if one_is_wrong else 0)


async def test_what_never_ends_is_parked_without_thinking_again(bench: Bench) -> None:
    """A turn that outlives its lease, or kills the process, never comes to `release`."""
    await bench.talk.send(bench.talk.text("こんにちは"))
    desk = Desk(LeaseLost())
    worker = bench.worker(desk)
    for _ in range(inbox.TRIES + 1):
        bench.talk.now += inbox.LEASE * 2
        await worker.read_once()
    assert len(desk.taken) == inbox.TRIES
    assert [error for _, error in desk.parked] == ["never_finished"]


@dataclass
class Showing:
    """A LINE that is only asked to show that an answer is being prepared; then the answer is there."""

    ready: asyncio.Event
    fault: Exception | None = None
    shown: list[str] = field(default_factory=list)

    def parse(self, raw: Any) -> Any:
        return reading.read(raw)

    async def show_loading(self, address: str) -> bool:
        self.shown.append(address)
        self.ready.set()
        if self.fault is not None:
            raise self.fault
        return True


@pytest.mark.parametrize("fault", [None, RuntimeError("LINE is away")])
async def test_who_has_to_wait_sees_that_an_answer_comes(bench: Bench, fault: Exception | None) -> None:
    ready = asyncio.Event()
    desk, line = Desk(until=ready), Showing(ready, fault)
    await bench.talk.send(bench.talk.text("こんにちは"))
    bench.talk.now += timedelta(seconds=40)
    channel: Any = line
    assert await asyncio.wait_for(bench.worker(desk, channel).read_once(), 10) == 1
    assert len(line.shown) == 1
    async with bench.store.reading("taiki") as session:
        (item,) = await session.scalars(select(InboxItem))
    assert (desk.answered, item.status, item.error) == (1, "leased", None), "a courtesy that fails costs nobody an answer"


async def test_who_is_answered_at_once_sees_no_sign_of_it(bench: Bench) -> None:
    line = Showing(asyncio.Event())
    await bench.talk.send(bench.talk.text("こんにちは"))
    bench.talk.now += timedelta(seconds=40)
    channel: Any = line
    await bench.worker(Desk(), channel).read_once()
    assert line.shown == []


async def test_a_channel_is_kept_until_its_credentials_change(bench: Bench) -> None:
    services: Any = Opened(bench.clock)
    channels = Channels(services, Accounts(bench.store))
    one = await channels.of(bench.talk.account_id)
    assert one is not None
    assert await channels.of(bench.talk.account_id) is one
    async with bench.store.town("taiki") as session:
        account = await session.get_one(ChannelAccount, bench.talk.account_id)
        account.credentials = {"secret": "s" * 32, "token": "new"}
    bench.talk.now += timedelta(minutes=1)
    other = await channels.of(bench.talk.account_id)
    assert other is not one
    await channels.close()


async def test_a_batch_of_answers_reads_the_accounts_once(bench: Bench) -> None:
    class Counted(Accounts):
        read = 0

        async def refresh(self, *, now: datetime) -> None:
            self.read += 1
            await super().refresh(now=now)

    accounts = Counted(bench.store)
    for later in (0, 60):
        now = bench.talk.now + timedelta(seconds=later)
        found = await asyncio.gather(*(accounts.by_id(bench.talk.account_id, now=now) for _ in range(8)))
        assert all(found)
    assert accounts.read == 2


@dataclass
class Opened:
    """What `Channels` needs of the services."""

    clock: Callable[[], datetime]

    @property
    def settings(self) -> Any:
        return self

    line_api_url: str = "http://127.0.0.1:9"
    line_data_api_url: str = "http://127.0.0.1:9"
    telegram_api_url: str = "http://127.0.0.1:9"


async def test_it_ends_when_its_parent_is_gone() -> None:
    stop = asyncio.Event()
    await asyncio.wait_for(_outlive_nobody(os.getppid() + 1, stop), 1)
    assert stop.is_set()


async def test_it_stays_while_its_parent_lives() -> None:
    stop = asyncio.Event()
    watch = asyncio.create_task(_outlive_nobody(os.getppid(), stop))
    await asyncio.sleep(0.05)
    assert not watch.done()
    stop.set()
    await asyncio.wait_for(watch, 1)


async def test_a_worker_that_cannot_be_started_is_tried_again() -> None:
    tried: list[int] = []

    class Poor(Supervisor):
        async def _run(self) -> int:
            tried.append(1)
            if len(tried) == 1:
                raise OSError("no descriptor is left")
            await asyncio.sleep(60)
            return 0

    supervisor = Poor(Wake())
    supervisor.start()
    for _ in range(100):
        if len(tried) > 1:
            break
        await asyncio.sleep(0.02)
    await supervisor.stop()
    assert len(tried) == 2
    assert supervisor.pid is None


def test_the_worker_shares_a_set_clock() -> None:
    """Its own would begin to count when it starts: each pause would end that much later for it."""
    supervisor = Supervisor(Wake())
    assert "--clock-ahead" not in " ".join(supervisor.command(7))
    supervisor = Supervisor(Wake(), _clock=lambda: datetime.now(UTC) + timedelta(days=2))
    (ahead,) = [part.removeprefix("--clock-ahead=") for part in supervisor.command(7) if part.startswith("--clock-ahead=")]
    chosen = Settings(testing=True, now=datetime(2026, 11, 24, 10, tzinfo=UTC))
    shared = _at(chosen, float(ahead)).now
    assert shared is not None
    assert abs(shared - datetime.now(UTC) - timedelta(days=2)) < timedelta(seconds=5)
    assert _at(chosen, None) == chosen
