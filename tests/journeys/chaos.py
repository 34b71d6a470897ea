"""A storm over a whole house: webhooks shuffled, repeated and tampered with, a LINE that fails before and after it accepts,
kill -9 of web and worker at random; and an account of what became of each message.

`make chaos` runs a long one on both engines: `python -m tests.journeys.chaos EVENTS KILLS`.
"""

import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.models import InboxItem, Message, OutboxItem
from tests.databases import OWNER, commands_folder, start
from tests.fakes.faults import Fault, fails_after, fails_before, refuses, slow
from tests.fakes.line import FakeLine
from tests.fakes.line_residents import Event
from tests.journeys.house import House, until
from tests.journeys.test_one_message import add_channel

SECRET = "0123456789abcdef" * 2
AGAIN, TAMPERED = 0.1, 0.02
ANSWER = "窓口から{}さんへのお返事です"
PER_RESTART = timedelta(minutes=2)
"""How far the clock has gone on when a killed house is up again: leases have run out, so nobody waits for them."""


@dataclass
class Account:
    """What became of everything."""

    told: list[str]
    """What residents said and LINE was given a 200 for."""
    kept: Counter[str] = field(default_factory=Counter)
    """Their words as the database has them."""
    inbox: Counter[str] = field(default_factory=Counter)
    outbox: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    heard_twice: int = 0
    recognised: int = 0
    """Pushes that LINE knew by their key: without one, each would have been heard twice."""
    tampered: int = 0
    tampered_taken: int = 0
    kills: int = 0
    seconds: float = 0.0

    def faults(self) -> list[str]:
        """What must not be; [] after a storm that was weathered."""
        lost = [text for text in self.told if not self.kept[text]]
        found = {
            "acknowledged and lost": len(lost), "stored twice": sum(n > 1 for n in self.kept.values()),
            "not said by anybody": len(set(self.kept) - set(self.told)), "heard twice": self.heard_twice,
            "tampered and taken": self.tampered_taken,
            "not worked off": sum(n for status, n in self.inbox.items() if status != "done"),
            "no end": sum(n for status, n in self.outbox.items() if status not in ("sent", "failed", "uncertain")),
            "silence without a trace": max(0, len(self.told) - self.answered - self.outbox["uncertain"] - self.outbox["failed"]),
        }
        return [f"{name}: {number}" for name, number in found.items() if number]


def unruly(number: int) -> Fault | None:
    """What goes wrong with the n-th call to LINE: four in nine."""
    faults = {1: fails_before(), 3: fails_after(), 5: slow(0.2), 7: refuses(429, "Too many requests", retry_after=1)}
    return faults.get(number % 9)


@dataclass
class Storm:
    """One storm over one house that nobody else uses."""

    house: House
    line: FakeLine
    chance: random.Random
    events: int
    kills: int
    account: Account = field(init=False)
    hook: str = ""
    token: str = ""

    def run(self) -> Account:
        began = time.monotonic()
        self.house.extra = {**self.house.extra, "TSUNAGU_LINE_API_URL": self.line.url}
        self.house.run("migrate")
        self.hook = add_channel(self.house, "line", self.line.secret, self.line.token, self.house.var)
        self.token = self.house.staff_token("taiki", login="storm")
        self.house.start()
        self.line.plan_each(unruly)
        texts = [f"母の物忘れが心配です。{number}回目の夏です" for number in range(self.events)]
        self.account = Account(texts)
        try:
            self._blow(texts)
            self._calm()
            return self._account(began)
        finally:
            self.house.stop()

    def _blow(self, texts: list[str]) -> None:
        told = [(self.line.resident(text).says(text), number) for number, text in enumerate(texts)]
        self.chance.shuffle(told)
        hits = set(self.chance.sample(range(2, self.events - 1), self.kills))
        for number, (event, _) in enumerate(told):
            self._deliver(event)
            if number in hits:
                self._strike()
            elif number % 7 == 6:
                self._staff_answer()

    def _deliver(self, event: Event) -> None:
        """As LINE delivers: until 200, now and then once more; and somebody tries the same with other words."""
        body, headers = self.line.signed(event)
        if self.chance.random() < max(TAMPERED, 1 / self.events) or not self.account.tampered:
            self.account.tampered += 1
            taken = self.house.post_raw(self.hook, body.replace("母".encode(), "父".encode()), headers)
            self.account.tampered_taken += taken == 200
        while self.house.post_raw(self.hook, body, headers) != 200:
            time.sleep(0.05)
        if self.chance.random() < AGAIN:
            self.house.post_raw(self.hook, *self.line.signed(event, redelivery=True))

    def _strike(self) -> None:
        self.account.kills += 1
        if self.chance.random() < 0.5:
            self.house.kill_worker()
            return
        self.house.kill()
        self._on_again()

    def _on_again(self) -> None:
        self.house.now = (datetime.fromisoformat(self.house.now) + PER_RESTART).isoformat()
        self.house.start()

    def _staff_answer(self) -> None:
        """An answer of staff: it is pushed."""
        listed = self.house.get("/api/staff/tickets", self.token)
        for ticket in (listed.body["tickets"] if listed.status == 200 else [])[:2]:
            number = ticket["number"]
            self.house.post(f"/api/staff/tickets/{number}/replies", {"text": ANSWER.format(f"{number}-{time.monotonic()}")},
                            self.token)

    def _calm(self) -> None:
        """One more start, so that what the last kill left in flight is due; then all is worked off."""
        self.house.stop()
        self._on_again()
        until(self._at_rest, what="the queues to be empty", seconds=60 + self.events)
        self.house.stop()

    def _at_rest(self) -> bool:
        inbox, outbox = self.house.queue("inbox"), self.house.queue("outbox")
        return bool(inbox) and set(inbox) <= {"done", "parked"} and not set(outbox) & {"queued", "sending"}

    def _account(self, began: float) -> Account:
        account = self.account
        with ThreadPoolExecutor(1) as thread:  # a browser test of the same process keeps a loop running in this one
            thread.submit(lambda: asyncio.run(_read(self.house, account))).result()
        for text in account.told:
            heard = [_words(message) for message in self.line.resident(text).received]
            account.answered += bool(heard)
            account.heard_twice += len(heard) - len(set(heard))
        account.recognised = len(self.line.conflicts)
        account.seconds = time.monotonic() - began
        return account


def _words(message: dict[str, object]) -> str:
    return json.dumps(message, sort_keys=True, ensure_ascii=False)


async def _read(house: House, account: Account) -> None:
    """The database's own word, the house being shut."""
    now = datetime.fromisoformat(house.now)
    keys = KeyRing.open(house.var / "secret.key", create=False)
    store = await Store.open(house.database, keys=keys, clock=lambda: now)
    try:
        async with store.reading("taiki") as session:
            said = await session.scalars(select(Message).where(Message.sender == "resident"))
            account.kept.update(message.payload["text"] for message in said)
            for table, counts in ((InboxItem, account.inbox), (OutboxItem, account.outbox)):
                rows = await session.execute(select(table.status, func.count()).group_by(table.status))
                counts.update(dict(rows.all()))
    finally:
        await store.close()


def weathered(database: str, var: Path, *, events: int, kills: int, seed: int) -> Account:
    """A storm over a fresh house."""
    with FakeLine(secret=SECRET, openapi=False) as line:
        return Storm(House(var, database), line, random.Random(seed), events, kills).run()


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """A database of each engine that is installed."""
    found, commands = {"sqlite": f"sqlite:///{folder}/chaos.db"}, commands_folder()
    server = start(commands) if commands is not None else None
    try:
        if server is not None:
            server.sql(f"CREATE DATABASE chaos OWNER {OWNER}")
            found["postgresql"] = server.url("chaos")
        yield found
    finally:
        if server is not None:
            server.run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
            shutil.rmtree(server.folder, ignore_errors=True)


def main() -> None:
    """Storms on both engines; exit status 1 when anything was lost or doubled."""
    events, kills = (int(word) for word in (*sys.argv[1:], *("600", "60")[len(sys.argv) - 1 :]))
    seed, bad = random.SystemRandom().randrange(1 << 30), False
    with tempfile.TemporaryDirectory(prefix="tsunagu-chaos-") as name, databases(Path(name)) as found:
        for engine, database in found.items():
            var = Path(name) / engine
            var.mkdir()
            account = weathered(database, var, events=events, kills=kills, seed=seed)
            bad = bad or bool(account.faults()) or not account.recognised
            print(f"{engine} (seed {seed}): {events} messages, {account.kills} kills, {account.seconds:.0f} s; "
                  f"outbox {dict(account.outbox)}; repeats known by their key {account.recognised}; "
                  f"{', '.join(account.faults()) or 'nothing lost, nothing doubled'}", flush=True)
    sys.exit(bad)


if __name__ == "__main__":
    main()
