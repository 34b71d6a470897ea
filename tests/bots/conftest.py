"""Platforms on loopback and channels that talk to them."""

from collections.abc import AsyncIterator, Iterator

import pytest

from bots.line.channel import LineChannel
from bots.telegram.channel import TelegramChannel
from tests.fakes.line import FakeLine
from tests.fakes.telegram import FakeTelegram


@pytest.fixture
def line() -> Iterator[FakeLine]:
    with FakeLine() as fake:
        yield fake


@pytest.fixture
async def line_channel(line: FakeLine) -> AsyncIterator[LineChannel]:
    channel = LineChannel(line.token, api_url=line.url)
    yield channel
    await channel.close()


@pytest.fixture
async def hasty_line_channel(line: FakeLine) -> AsyncIterator[LineChannel]:
    """Waits one second for an answer."""
    channel = LineChannel(line.token, api_url=line.url, timeout=1.0)
    yield channel
    await channel.close()


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def telegram_channel(telegram: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(telegram.token, api_url=telegram.url, timeout=1.0)
    yield channel
    await channel.close()
