"""A house for a whole session: starting one costs seconds, and journeys don't disturb each other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import browser, context, shoot
from tests.databases import Postgres
from tests.fakes.line import FakeLine
from tests.fakes.telegram import FakeTelegram
from tests.journeys.house import House

__all__ = ["browser", "context", "shoot"]
"""Chromium, as the browser tests have it."""


@pytest.fixture(scope="session")
def fake_line() -> Iterator[FakeLine]:
    with FakeLine(secret="0123456789abcdef" * 2) as fake:
        yield fake


@pytest.fixture(scope="session")
def fake_telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fake_line: FakeLine,
    fake_telegram: FakeTelegram,
) -> Iterator[House]:
    """The product on each engine, at ten on a Tuesday morning."""
    var = tmp_path_factory.mktemp(f"house-{request.param}")
    database = f"sqlite:///{var}/tsunagu.db" if request.param == "sqlite" else _postgres(request, var)
    built = House(var, database, extra={
        "TSUNAGU_LINE_API_URL": fake_line.url, "TSUNAGU_LINE_DATA_API_URL": fake_line.url,
        "TSUNAGU_TELEGRAM_API_URL": fake_telegram.url,
    })
    built.run("migrate")
    yield built.start()
    built.stop()


def _postgres(request: pytest.FixtureRequest, var: Path) -> str:
    server: Postgres = request.getfixturevalue("postgres")
    name = var.name.replace("-", "_")
    server.sql(f"CREATE DATABASE {name} OWNER tsunagu_owner")
    return server.url(name)
