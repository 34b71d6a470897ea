"""kill -9 at any moment loses nothing: what was acknowledged is kept and answered once, whatever dies in between.

A short storm on each engine; `make chaos` has long ones. A reply that dies in flight can't be known to have arrived: it
ends as `uncertain` for staff to see, never silently.
"""

from pathlib import Path

import pytest

from tests.databases import Postgres
from tests.journeys.chaos import Account, overtaken, weathered


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "mode"), [
    ("sqlite", "entrance"), pytest.param("postgresql", "conversation", marks=pytest.mark.postgres),
])
def test_a_storm_is_weathered(request: pytest.FixtureRequest, engine: str, mode: str, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/tsunagu.db"
    if engine == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        server.sql("CREATE DATABASE storm OWNER tsunagu_owner")
        database = server.url("storm")
    account = weathered(database, tmp_path, events=30, kills=3, seed=3, mode=mode)
    assert account.faults() == []
    assert account.kills == 3
    assert account.tampered
    assert account.recognised, "without retry keys somebody would have heard an answer twice"


def test_an_account_tells_what_went_wrong() -> None:
    """The control: each thing that must not be is found."""
    bad = Account({"U1": ["a", "b"]}, heard_twice=1, tampered_taken=1, silent=1, kept_otherwise=1, overtaken=1, shut=1)
    bad.kept.update({"b": 2, "c": 1})
    bad.inbox.update({"leased": 1})
    bad.outbox.update({"sending": 1})
    assert len(bad.faults()) == 11
    assert overtaken([("c", 2), ("d", 1), ("c", 4), ("c", 2), ("d", 3)]) == 1
