"""What a message of the town's page costs to take in: a whole town writes at once, over 32 connections.

Closed loop against a bare POST, in turn, over both engines, without a worker; conversations opened the same way; then open loop beside a
worker that answers. PostgreSQL's rows are left out where it is missing. Run: `.venv/bin/python -m tests.bench webchat`.
"""

import asyncio
import json
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, cycle
from pathlib import Path
from uuid import UUID, uuid4

import uvloop

from handoff.intake import webchat
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from tests.bench._load import at_once, at_rate, request
from tests.bench.delivery import bare, cost, postgres
from tests.journeys.house import House, until

TAKEN, LATE, OPENED = "messages a second", "message accepted, p95 ms", "conversations opened a second"
RATIO, COST = "message / bare", "message, processor / bare"
BESIDE = "accepted at 50 a second beside a worker, p95 ms"
FLOORS = {f"{TAKEN}, {engine}": 150.0 for engine in ("sqlite", "postgresql")}
LIMITS = {f"{LATE}, {engine}": 300.0 for engine in ("sqlite", "postgresql")}
ROUNDS, A_ROUND, RESIDENTS, OPENINGS = 5, 600, 400, 300
TEXT = "揺れで家の中がめちゃくちゃです。母が薬を飲めていません。どこに行けばいいですか"


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody with a conversation of their own."""

    conversation: UUID
    token: str

    def call(self, house: House, number: int) -> bytes:
        body = json.dumps({"text": f"{TEXT} {number}", "client_message_id": str(uuid4())}).encode()
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json", "origin": house.url}
        return request(f"/api/chat/conversations/{self.conversation}/messages", body, headers)


@dataclass
class Town:
    """Residents who write in turn."""

    house: House
    residents: list[Resident]
    _numbers: Iterator[int] = field(default_factory=count)

    def calls(self, many: int) -> list[bytes]:
        return [resident.call(self.house, next(self._numbers)) for resident, _ in zip(cycle(self.residents), range(many), strict=False)]


async def residents(house: House, many: int) -> list[Resident]:
    """As many who have opened the chat."""
    keys, now = KeyRing.open(house.var / "secret.key", create=False), datetime.fromisoformat(house.now)
    store = await Store.open(house.database, keys=keys, clock=lambda: now)
    try:
        async with store.town("taiki") as session:
            made = await webchat.open_all(session, "taiki", [webchat.Entering("ja", ())] * many, keys=keys, now=now)
        return [Resident(one.conversation.id, one.token) for one in made]
    finally:
        await store.close()


def taken(database: str, folder: Path) -> dict[str, float]:
    """Messages, then conversations, then messages beside a worker, over one database."""
    house = House(folder, database)
    house.run("migrate")
    try:
        house.start(worker=False)
        until(lambda: house.post("/api/chat/taiki/conversations").status == 201, what="the knowledge to be read")
        with bare() as (port, pid):
            found = _messages(house, port, pid) | _openings(house)
        house.stop()
        return found | _beside(house.start())
    finally:
        house.stop()


def _messages(house: House, port: int, pid: int) -> dict[str, float]:
    town = Town(house, asyncio.run(residents(house, RESIDENTS)))
    rates, ratios, costs, late = [], [], [], []
    for number in range(ROUNDS + 1):
        calls = town.calls(A_ROUND)
        plain, bare_cost = cost(pid, lambda: at_once(port, calls))  # noqa: B023 - used at once
        ours, our_cost = cost(house.pid, lambda: at_once(house.port, calls))  # noqa: B023
        if number:  # the first warms both up
            rates.append(ours.rate)
            ratios.append(ours.rate / plain.rate)
            costs.append(our_cost / bare_cost)
            late.append(ours.part(0.95) * 1000)
    middle = map(statistics.median, (rates, late, ratios, costs))
    return dict(zip((TAKEN, LATE, RATIO, COST), middle, strict=True))


def _openings(house: House) -> dict[str, float]:
    calls = [request("/api/chat/taiki/conversations", b"", {"origin": house.url})] * OPENINGS
    return {OPENED: cost(house.pid, lambda: at_once(house.port, calls))[0].rate}


def _beside(house: House) -> dict[str, float]:
    """Each resident writes once. The worker has answered somebody before: its first answer takes it seconds."""
    assert house.resident("taiki").talk("母の物忘れが心配です")
    town = Town(house, asyncio.run(residents(house, RESIDENTS)))
    spent = uvloop.run(at_rate(house.port, town.calls(RESIDENTS), rate=50.0))
    assert spent.refused == 0
    return {BESIDE: spent.part(0.95) * 1000}


def results() -> dict[str, float]:
    """Name -> figure."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="tsunagu-bench-") as name, postgres() as server:
        folder = Path(name)
        databases = {"sqlite": f"sqlite:///{folder}/sqlite/chat.db"}
        if server is not None:
            databases["postgresql"] = server.url("bench")
        for engine, database in databases.items():
            (folder / engine).mkdir()
            found |= {f"{what}, {engine}": figure for what, figure in taken(database, folder / engine).items()}
    return found
