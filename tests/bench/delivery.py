"""What taking messages in and handing answers over costs, in the product's own processes.

hook: signature, dedupe and durable commit against a bare POST, in turn. Then open loop, alone and with a worker that works off
what comes; the whole path on both engines; answers under a steady trickle; sends while one call in eight fails. PostgreSQL's rows are left out where it is missing.
Run: `.venv/bin/python -m tests.bench delivery`.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from uuid import UUID

import uvloop
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.intake import contacts, outbox
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.models import ChannelAccount
from tests.bench._load import Spent, at_once, at_rate, cpu_of, request
from tests.conftest import free_port
from tests.databases import OWNER, Postgres, commands_folder, start
from tests.fakes.faults import Fault, fails_after, fails_before, refuses, slow
from tests.fakes.line import FakeLine
from tests.fakes.line_residents import Event
from tests.journeys.house import ROOT, House, until
from tests.journeys.test_one_message import add_channel

WHOLE, ANSWER = "whole path, messages a second", "answer after the pause at 20 a second, p95 s"
ACCEPTED = "accepted at 500 a second, p99 ms"
BESIDE = "accepted at 500 a second beside a worker, p99 ms"
COST = "processor of the worker a message, ms"
FLOORS = {  # issue 5
    "hook / bare": 0.40, f"{WHOLE}, sqlite": 50.0, f"{WHOLE}, postgresql": 100.0, "sends a second, 12 % faults": 200.0,
    "sends in flight": 8.0,
}
LIMITS = {
    "hook, processor / bare": 2.5, ACCEPTED: 100.0, f"{BESIDE}, sqlite": 100.0, f"{BESIDE}, postgresql": 100.0, f"{ANSWER}, sqlite": 1.0,
    f"{ANSWER}, postgresql": 1.0,
}
ROUNDS, A_ROUND = 9, 2_500
SECRET = "0123456789abcdef" * 2
EVENT_BYTES = 887
PAUSE = 1.5
SENDS = 2_000


class Hook:
    """Ready-made webhook calls of different events, each of 887 bytes."""

    def __init__(self, line: FakeLine, path: str) -> None:
        self.line, self.path, self.number = line, path, 0

    def calls(self, many: int) -> list[bytes]:
        return [self.call(self._event()) for _ in range(many)]

    def call(self, event: Event) -> bytes:
        body, headers = self.line.signed(event)
        return request(self.path, body, headers)

    def _event(self) -> Event:
        self.number += 1
        event = self.line.resident(f"r{self.number}").says("")
        short = EVENT_BYTES - len(self.line.signed(event)[0])
        event["message"]["text"] = "あ" * (short // 3) + "a" * (short % 3)
        return event


@contextmanager
def house_of(database: str, var: Path, line: FakeLine, **extra: str) -> Iterator[tuple[House, str]]:
    """A migrated house and its LINE webhook; nothing runs yet, everything has ended afterwards."""
    house = House(var, database, extra={"TSUNAGU_LINE_API_URL": line.url, **extra})
    house.run("migrate")
    try:
        yield house, add_channel(house, "line", line.secret, line.token, var)
    finally:
        house.stop()


@contextmanager
def bare() -> Iterator[tuple[int, int]]:
    """A bare server's port and process."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench._bare", str(port)], cwd=ROOT)
    try:
        until(lambda: _answers(port), what="the bare server")
        yield port, process.pid
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    return House(Path(), "", port=port).post_raw("/", b"x", {}) == 200


def hooks(folder: Path) -> dict[str, float]:
    """Taking in, without a worker beside it."""
    with FakeLine(secret=SECRET, openapi=False, judging=False) as line, bare() as (port, bare_pid), \
            house_of(f"sqlite:///{folder}/hook.db", folder, line) as (house, path):
        house.start(worker=False)
        until(lambda: house.post("/api/chat/taiki/conversations").status == 201, what="the knowledge to be read", seconds=60)
        hook, pid = Hook(line, path), house.pid
        rates, costs = [], []
        for number in range(ROUNDS + 1):
            plain = cost(bare_pid, lambda: at_once(port, hook.calls(A_ROUND)))
            ours = cost(pid, lambda: at_once(house.port, hook.calls(A_ROUND)))
            if number:  # the first warms both up
                rates.append(ours[0].rate / plain[0].rate)
                costs.append(ours[1] / plain[1])
        steady = uvloop.run(at_rate(house.port, hook.calls(3_000), rate=500.0))
        assert steady.refused == 0
    return {
        "hook / bare": statistics.median(rates), "hook, processor / bare": statistics.median(costs),
        ACCEPTED: steady.part(0.99) * 1000,
    }


def cost(pid: int, run: Callable[[], object]) -> tuple[Spent, float]:
    """A run, and the processor time that the server took for it."""
    work, before = run(), cpu_of(pid)
    spent: object = uvloop.run(work)  # type: ignore[arg-type]
    assert isinstance(spent, Spent)
    assert spent.refused == 0
    return spent, cpu_of(pid) - before


def whole_path(database: str, folder: Path, *, many: int = 600) -> dict[str, float]:
    """Messages a second from acceptance to the platform, for as many residents at once; and answers under a trickle."""
    with FakeLine(secret=SECRET, openapi=False, judging=False) as line, house_of(database, folder, line) as (house, path):
        house.start()
        hook = Hook(line, path)
        _told(hook, line, house, [f"母の物忘れが心配です {number}" for number in range(20)])  # warm
        before = cpu_of(house.worker_pid)
        began = _told(hook, line, house, [f"父の介護で仕事を休みがちです。家賃も遅れています {number}" for number in range(many)])
        taken = max(call.at for call in line.accepted) - began - PAUSE
        cost = cpu_of(house.worker_pid) - before
        late = _trickle(hook, line, house)
        before = cpu_of(house.worker_pid)
        beside = uvloop.run(at_rate(house.port, hook.calls(2_000), rate=500.0))
        assert beside.refused == 0
        assert cpu_of(house.worker_pid) - before > beside.seconds / 10, "the worker was at work meanwhile"
    return {WHOLE: many / taken, ANSWER: late, COST: cost / many * 1000, BESIDE: beside.part(0.99) * 1000}


def _told(hook: Hook, line: FakeLine, house: House, texts: list[str]) -> float:
    """Post them all and wait until each is answered. Returns when it began, by LINE's clock."""
    hook.number += len(texts)
    calls = [hook.call(line.resident(f"w{hook.number}-{number}").says(text)) for number, text in enumerate(texts)]
    goal, began = len(line.accepted) + len(texts), time.monotonic()
    assert uvloop.run(at_once(house.port, calls)).refused == 0
    until(lambda: len(line.accepted) >= goal, what="all answers", seconds=120)
    return began


def _trickle(hook: Hook, line: FakeLine, house: House, *, rate: float = 20.0, many: int = 160) -> float:
    """p95 of seconds from a message's acceptance to its answer at LINE, the pause taken off."""
    people = [line.resident(f"t{number}") for number in range(many)]
    calls = [hook.call(one.says("子どもが学校に行けていません。どこに相談すればいいですか")) for one in people]
    goal, began = len(line.accepted) + many, time.monotonic()
    assert uvloop.run(at_rate(house.port, calls, rate=rate)).refused == 0
    until(lambda: len(line.accepted) >= goal, what="all answers", seconds=60)
    at = {call.to: call.at for call in line.accepted}
    return Spent(each=[at[one.id] - began - number / rate - PAUSE for number, one in enumerate(people)]).part(0.95)


def sends(folder: Path) -> dict[str, float]:
    """One worker and a backlog, while 12 % of calls fault and each takes 30 ms at least."""
    chance = Random(1)

    def unruly(_: int) -> Fault | None:
        kinds = (fails_before(), fails_after(), refuses(429, "The API rate limit has been exceeded. Try again later."))
        return chance.choice(kinds) if chance.random() < 0.12 else slow(0.03)

    with FakeLine(secret=SECRET, openapi=False, judging=False) as line, house_of(f"sqlite:///{folder}/sends.db", folder, line) as (house, path):
        asyncio.run(_backlog(house, path.rsplit("/", 1)[1]))
        line.plan_each(unruly)
        with house.working() as pid:
            until(lambda: len(line.accepted) >= 10, what="the first pushes", seconds=60)
            before = cpu_of(pid)
            until(lambda: len(line.accepted) >= SENDS, what="all pushes", seconds=180)
            cost = cpu_of(pid) - before
        times = sorted(call.at for call in line.accepted)
        keys = [call.retry_key for call in line.accepted]
        assert len(set(keys)) == len(keys) == SENDS
        # The last few wait for their back-off; the rate is of the bulk.
        bulk = int(SENDS * 0.9)
        return {
            "sends a second, 12 % faults": (bulk - 1) / (times[bulk - 1] - times[0]),
            "sends in flight": line.most_at_once, "processor of the worker a send, ms": cost / SENDS * 1000,
        }


async def _backlog(house: House, key: str) -> None:
    """One answer to push for each of many residents."""
    keys, now = KeyRing.open(house.var / "secret.key", create=False), datetime.fromisoformat(house.now)
    store = await Store.open(house.database, keys=keys, clock=lambda: now)
    try:
        async with store.reading("taiki") as session:
            account = (await session.scalars(select(ChannelAccount.id).where(ChannelAccount.key == key))).one()
        for first in range(0, SENDS, 200):
            async with store.town("taiki") as session:
                for number in range(first, first + 200):
                    await _waiting(session, keys, account, f"U{number:032x}", now)
    finally:
        await store.close()


async def _waiting(session: AsyncSession, keys: KeyRing, account: UUID, to: str, now: datetime) -> None:
    conversation = await contacts.make(
        session, municipality_id="taiki", channel="line", account_id=account, address=to,
        lookup=keys.lookup("contact", str(account), to), keys=keys, now=now,
    )
    await session.flush()
    bubbles = [Outgoing("介護のことですね。大樹町役場の保健福祉課が話を聞きます。同じ話はくり返さなくていいです。")]
    await outbox.enqueue(session, conversation, bubbles, sender="bot", now=now)


@contextmanager
def postgres() -> Iterator[Postgres | None]:
    """A PostgreSQL of our own that waits for its disk, as a town's does; None where it is not installed."""
    commands = commands_folder()
    if commands is None:
        yield None
        return
    server = start(commands, durable=True)
    try:
        server.sql(f"CREATE DATABASE bench OWNER {OWNER}")
        yield server
    finally:
        server.run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
        shutil.rmtree(server.folder, ignore_errors=True)


def results() -> dict[str, float]:
    """Name -> figure."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="tsunagu-bench-") as name:
        folder = Path(name)
        found |= hooks(_made(folder / "hook"))
        sqlite = _made(folder / "sqlite")
        found |= _named(whole_path(f"sqlite:///{sqlite}/path.db", sqlite), "sqlite")
        with postgres() as server:
            if server is not None:
                found |= _named(whole_path(server.url("bench"), _made(folder / "postgresql")), "postgresql")
        found |= sends(_made(folder / "sends"))
    found |= {
        f"{BESIDE.removesuffix(', p99 ms')} / without, p99, {engine}": found[f"{BESIDE}, {engine}"] / found[ACCEPTED]
        for engine in ("sqlite", "postgresql") if f"{BESIDE}, {engine}" in found
    }
    return found | {"load average of the machine meanwhile": os.getloadavg()[1]}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _named(figures: dict[str, float], engine: str) -> dict[str, float]:
    return {f"{name}, {engine}": figure for name, figure in figures.items()}
