"""kill -9 at any moment loses nothing: what was acknowledged is answered once, whatever dies in between.

The platform itself is unruly too: webhooks come in any order, again, or tampered with; calls fail before and after they
are taken, come late, or are told to wait.
"""

import random
import re
import time

import pytest

from tests.databases import Postgres
from tests.fakes.faults import Fault, fails_after, fails_before, refuses, slow
from tests.fakes.line import FakeLine
from tests.journeys.house import House, until
from tests.journeys.test_one_message import add_channel

MESSAGES = 24
KILLS = 5
AGAIN, TAMPERED = 0.1, 0.1
"""How many webhooks come twice, and beside how many a tampered one comes."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def doomed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house of its own, to be killed again and again."""
    var = tmp_path_factory.mktemp(f"doomed-{request.param}")
    database = f"sqlite:///{var}/tsunagu.db"
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        name = var.name.replace("-", "_")
        server.sql(f"CREATE DATABASE {name} OWNER tsunagu_owner")
        database = server.url(name)
    return House(var, database)


def counts(house: House, queue: str) -> dict[str, int]:
    """How many rows of a queue are in which status."""
    text = str(house.get("/metrics").body)
    found = re.findall(rf'tsunagu_{queue}_items{{status="(\w+)"}} ([\d.]+)', text)
    return {status: int(float(number)) for status, number in found}


def at_rest(house: House) -> bool:
    inbox, outbox = counts(house, "inbox"), counts(house, "outbox")
    return inbox.get("done") == MESSAGES and not set(outbox) & {"queued", "sending"}


def unruly(number: int) -> Fault | None:
    """What goes wrong with the n-th call to LINE."""
    faults = {1: fails_before(), 3: fails_after(), 5: slow(0.3), 6: refuses(429, "Too many requests", retry_after=1)}
    return faults.get(number % 9)


def deliver(house: House, hook: str, body: bytes, headers: dict[str, str], *, chance: random.Random) -> None:
    """As LINE delivers: until 200, now and then once more; and somebody tries the same with other words."""
    if chance.random() < TAMPERED:
        assert house.post_raw(hook, body.replace("母".encode(), "父".encode()), headers) in (401, 0)
    while house.post_raw(hook, body, headers) != 200:
        time.sleep(0.1)
    if chance.random() < AGAIN:
        house.post_raw(hook, body, headers)


def test_kill_minus_nine(doomed: House) -> None:
    """A platform that repeats until 200, a LINE that faults, processes that die: nothing acknowledged is lost or doubled.

    A reply that dies in flight can't be known to have arrived; it ends as `uncertain` for staff to see, never silently.
    """
    chance = random.Random(1)
    with FakeLine(secret="0123456789abcdef" * 2, openapi=False) as line:
        line.plan_each(unruly)
        doomed.extra = {"TSUNAGU_LINE_API_URL": line.url}
        doomed.run("migrate")
        hook = add_channel(doomed, "line", line.secret, line.token, doomed.var)
        doomed.start()
        kills = sorted(chance.sample(range(2, MESSAGES - 1), KILLS))
        residents = [line.resident(f"r{number}") for number in range(MESSAGES)]
        told = [line.signed(resident.says(f"母の物忘れが心配です {number}")) for number, resident in enumerate(residents)]
        chance.shuffle(told)
        for number, (body, headers) in enumerate(told):
            deliver(doomed, hook, body, headers, chance=chance)
            if number in kills[::2]:
                doomed.kill()
                doomed.start()
            elif number in kills:
                doomed.kill_worker()
        try:
            until(lambda: at_rest(doomed), what="the queues to be empty", seconds=120)
            outbox = counts(doomed, "outbox")
        finally:
            doomed.stop()
    bubbles = {len(resident.texts) for resident in residents if resident.texts}
    silent = sum(not resident.texts for resident in residents)
    assert len(bubbles) == 1, f"somebody heard it twice or in part: {bubbles}"
    assert silent <= outbox.get("uncertain", 0), "an answer was lost without a trace"
    assert sum(outbox.values()) == MESSAGES, "each message has one answer"
    pushes = [call.retry_key for call in line.accepted if call.how == "push"]
    assert len(pushes) == len(set(pushes)), "LINE took a push twice"
