"""kill -9 at any moment loses nothing: what was acknowledged is answered once, whatever dies in between."""

import random
import re
import time

import pytest

from tests.databases import Postgres
from tests.fakes.faults import fails_after
from tests.fakes.line import FakeLine
from tests.journeys.house import House, until
from tests.journeys.test_one_message import add_channel

MESSAGES = 24
KILLS = 5


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


def test_kill_minus_nine(doomed: House) -> None:
    """A platform that repeats until 200, a LINE that faults, processes that die: nothing acknowledged is lost or doubled.

    A reply that dies in flight can't be known to have arrived; it ends as `uncertain` for staff to see, never silently.
    """
    chance = random.Random(1)
    with FakeLine(secret="0123456789abcdef" * 2, openapi=False) as line:
        line.plan_each(lambda number: fails_after() if number % 7 == 3 else None)
        doomed.extra = {"TSUNAGU_LINE_API_URL": line.url}
        doomed.run("migrate")
        hook = add_channel(doomed, "line", line.secret, line.token, doomed.var)
        doomed.start()
        kills = sorted(chance.sample(range(2, MESSAGES - 1), KILLS))
        residents = [line.resident(f"r{number}") for number in range(MESSAGES)]
        for number, resident in enumerate(residents):
            body, headers = line.signed(resident.says(f"母の物忘れが心配です {number}"))
            while doomed.post_raw(hook, body, headers) != 200:
                time.sleep(0.1)
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
