"""A house for a whole session: starting one costs seconds, and journeys don't disturb each other."""

from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="session")
def houses(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fake_line: FakeLine,
    fake_telegram: FakeTelegram,
) -> Iterator[Callable[[str], House]]:
    """The product on each engine, at ten on a Tuesday morning; each is started once and kept for the session."""
    built: dict[str, House] = {}

    def on(engine: str) -> House:
        if engine not in built:
            var = tmp_path_factory.mktemp(f"house-{engine}")
            database = f"sqlite:///{var}/tsunagu.db" if engine == "sqlite" else _postgres(request, var)
            house = House(var, database, extra={
                "TSUNAGU_LINE_API_URL": fake_line.url, "TSUNAGU_LINE_DATA_API_URL": fake_line.url,
                "TSUNAGU_TELEGRAM_API_URL": fake_telegram.url,
            })
            house.run("migrate")
            built[engine] = house.start()
        return built[engine]

    yield on
    for house in built.values():
        house.stop()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, houses: Callable[[str], House]) -> House:
    """The running house of an engine."""
    return houses(request.param)


def _postgres(request: pytest.FixtureRequest, var: Path) -> str:
    server: Postgres = request.getfixturevalue("postgres")
    name = var.name.replace("-", "_")
    server.sql(f"CREATE DATABASE {name} OWNER tsunagu_owner")
    return server.url(name)
