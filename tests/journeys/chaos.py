"""A storm over a whole house: webhooks shuffled, repeated and tampered with, a LINE that fails before and after it accepts,
kill -9 of web and worker at random; and an account of what became of each message.

Residents write several times; what different people write is shuffled, and one person's own order has to hold all the way.

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
from collections.abc import Iterator, Sequence
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
from tests.journeys.test_entrance import buttons, code
from tests.journeys.test_one_message import add_channel

SECRET = "0123456789abcdef" * 2
AGAIN, TAMPERED = 0.1, 0.02
STORY = ("母の物忘れが心配です。{}回目の夏です", "きのうは家に帰れなくなりました。これで{}回目です", "追伸　{}年前に父がなくなりました")
"""What one person writes, one after the other."""
ANSWER = "窓口から{}番目のお返事です"
PER_RESTART = timedelta(minutes=2)
"""How far the clock has gone on when a killed house is up again: leases have run out, so nobody waits for them."""


@dataclass
class Account:
    """What became of everything."""

    told: dict[str, list[str]]
    """What residents said and LINE was given a 200 for, by their names, in their order."""
    kept: Counter[str] = field(default_factory=Counter)
    """Their words as the database has them."""
    inbox: Counter[str] = field(default_factory=Counter)
    outbox: Counter[str] = field(default_factory=Counter)
    silent: int = 0
    """Residents who heard nothing at all."""
    kept_otherwise: int = 0
    """Residents whose conversation does not have their words in their order."""
    overtaken: int = 0
    """Pushes that LINE took before an earlier one of the same conversation."""
    shut: int = 0
    """Residents of an entrance whose newest link does not open."""
    heard_twice: int = 0
    recognised: int = 0
    """Pushes that LINE knew by their key: without one, each would have been heard twice."""
    tampered: int = 0
    tampered_taken: int = 0
    kills: int = 0
    seconds: float = 0.0

    def faults(self) -> list[str]:
        """What must not be; [] after a storm that was weathered."""
        said = [text for texts in self.told.values() for text in texts]
        lost = [text for text in said if not self.kept[text]]
        found = {
            "acknowledged and lost": len(lost), "stored twice": sum(n > 1 for n in self.kept.values()),
            "not said by anybody": len(set(self.kept) - set(said)), "heard twice": self.heard_twice,
            "tampered and taken": self.tampered_taken, "kept in another order": self.kept_otherwise,
            "told in another order": self.overtaken, "links that do not open": self.shut,
            "not worked off": sum(n for status, n in self.inbox.items() if status != "done"),
            "no end": sum(n for status, n in self.outbox.items() if status not in ("sent", "failed", "uncertain")),
            "silence without a trace": max(0, self.silent - self.outbox["uncertain"] - self.outbox["failed"]),
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
    mode: str = "conversation"
    account: Account = field(init=False)
    hook: str = ""
    token: str = ""
    answers: int = 0

    def run(self) -> Account:
        began = time.monotonic()
        self.house.extra = {**self.house.extra, "TSUNAGU_LINE_API_URL": self.line.url}
        self.house.run("migrate")
        self.hook = add_channel(self.house, "line", self.line.secret, self.line.token, self.house.var, mode=self.mode)
        self.token = self.house.staff_token("taiki", login="storm")
        self.house.start()
        self.line.plan_each(unruly)
        people = range(1, -(-self.events // len(STORY)) + 1)
        self.account = Account({f"resident-{one}": [line.format(one) for line in STORY] for one in people})
        try:
            self._blow()
            self._calm()
            return self._account(began)
        finally:
            self.house.stop()

    def _blow(self) -> None:
        told = {name: [self.line.resident(name).says(text) for text in texts] for name, texts in self.account.told.items()}
        turns = [name for name, events in told.items() for _ in events]
        self.chance.shuffle(turns)
        hits = set(self.chance.sample(range(2, len(turns) - 1), self.kills))
        for number, name in enumerate(turns):
            self._deliver(told[name].pop(0))
            if number in hits:
                self._strike()
            elif number % 7 == 6:
                self._staff_answer()

    def _deliver(self, event: Event) -> None:
        """As LINE delivers: until 200, now and then once more; and somebody tries the same a little changed."""
        body, headers = self.line.signed(event)
        if self.chance.random() < max(TAMPERED, 1 / self.events) or not self.account.tampered:
            self.account.tampered += 1
            taken = self.house.post_raw(self.hook, body.replace(b'"active"', b'"standby"'), headers)
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
        """Answers of staff, two to each of the same people: they are pushed, and the second may not overtake the first."""
        listed = self.house.get("/api/staff/tickets", self.token)
        tickets = [ticket["number"] for ticket in (listed.body["tickets"] if listed.status == 200 else [])]
        for number in (*sorted(tickets)[:2], *sorted(tickets)[:2]):
            self.answers += 1
            self.house.post(f"/api/staff/tickets/{number}/replies", {"text": ANSWER.format(self.answers)}, self.token)

    def _calm(self) -> None:
        """One more start, so that what the last kill left in flight is due; then all is worked off."""
        self.house.stop()
        self._on_again()
        until(self._at_rest, what="the queues to be empty", seconds=60 + self.events)
        if self.mode == "entrance":
            self.account.shut = sum(not self._opens(name) for name in self.account.told)
        self.house.stop()

    def _opens(self, name: str) -> bool:
        """Whether the newest link that a resident has leads to their conversation. Who has none has heard nothing."""
        links = [found["ひらく"] for one in self.line.resident(name).received if "ひらく" in (found := buttons([one]))]
        return not links or self.house.post("/api/entrance/taiki/open", {"code": code(links[-1])}).status == 200

    def _at_rest(self) -> bool:
        inbox, outbox = self.house.queue("inbox"), self.house.queue("outbox")
        return bool(inbox) and set(inbox) <= {"done", "parked"} and not set(outbox) & {"queued", "sending"}

    def _account(self, began: float) -> Account:
        account = self.account
        with ThreadPoolExecutor(1) as thread:  # a browser test of the same process keeps a loop running in this one
            places = thread.submit(lambda: asyncio.run(_read(self.house, account))).result()
        for name in account.told:
            heard = [_words(message) for message in self.line.resident(name).received]
            account.silent += not heard
            account.heard_twice += len(heard) - len(set(heard))
        account.overtaken = overtaken([places[call.retry_key] for call in self.line.accepted if call.retry_key in places])
        account.recognised = len(self.line.conflicts)
        account.seconds = time.monotonic() - began
        return account


def _words(message: dict[str, object]) -> str:
    return json.dumps(message, sort_keys=True, ensure_ascii=False)


Place = tuple[str, int]
"""Of a row of the outbox: its conversation, and the first of its messages."""


def overtaken(taken: Sequence[Place]) -> int:
    """How many were taken after a later one of their conversation."""
    latest: dict[str, int] = {}
    found = 0
    for conversation, sequence in taken:
        found += sequence < latest.get(conversation, 0)
        latest[conversation] = max(sequence, latest.get(conversation, 0))
    return found


async def _read(house: House, account: Account) -> dict[str, Place]:
    """The database's own word, the house being shut. Returns where each row of the outbox belongs, by its id."""
    now = datetime.fromisoformat(house.now)
    keys = KeyRing.open(house.var / "secret.key", create=False)
    store = await Store.open(house.database, keys=keys, clock=lambda: now)
    try:
        async with store.reading("taiki") as session:
            by_order = select(Message).where(Message.sender == "resident").order_by(Message.sequence)
            talks: dict[str, list[str]] = {}
            for message in await session.scalars(by_order):
                talks.setdefault(str(message.conversation_id), []).append(message.payload["text"])
            account.kept.update(text for texts in talks.values() for text in texts)
            account.kept_otherwise = sum(texts not in talks.values() for texts in account.told.values())
            for table, counts in ((InboxItem, account.inbox), (OutboxItem, account.outbox)):
                rows = await session.execute(select(table.status, func.count()).group_by(table.status))
                counts.update(dict(rows.all()))
            return {str(row.id): (str(row.conversation_id), row.first_sequence) for row in await session.scalars(select(OutboxItem))}
    finally:
        await store.close()


def weathered(database: str, var: Path, *, events: int, kills: int, seed: int, mode: str = "conversation") -> Account:
    """A storm over a fresh house. mode: of its LINE account."""
    with FakeLine(secret=SECRET, openapi=False) as line:
        return Storm(House(var, database), line, random.Random(seed), events, kills, mode).run()


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
            mode = "entrance" if engine == "sqlite" else "conversation"
            account = weathered(database, var, events=events, kills=kills, seed=seed, mode=mode)
            bad = bad or bool(account.faults()) or not account.recognised
            print(f"{engine}, {mode} (seed {seed}): {events} messages, {account.kills} kills, {account.seconds:.0f} s; "
                  f"outbox {dict(account.outbox)}; repeats known by their key {account.recognised}; "
                  f"{', '.join(account.faults()) or 'nothing lost, nothing doubled'}", flush=True)
    sys.exit(bad)


if __name__ == "__main__":
    main()
