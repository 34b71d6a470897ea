"""Long polling: each update into the inbox once, confirmed only then; trouble rests and says nothing twice."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select

from bots.telegram.channel import TelegramChannel
from handoff.intake import accounts
from handoff.intake.accounts import Accounts
from handoff.intake.polling import MODE, REST, Poller
from handoff.store.db import Store
from handoff.store.journal import Journal
from handoff.store.models import InboxItem
from tests.databases import Clock, at_noon
from tests.fakes.telegram import FakeTelegram


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest_asyncio.fixture
async def poller(light: Store, telegram: FakeTelegram) -> AsyncIterator[Poller]:
    async with light.town("taiki") as session:
        await accounts.add(
            session, municipality_id="taiki", kind="telegram", mode=MODE,
            credentials={"secret": "s", "token": telegram.token}, now=at_noon(),
        )
    channel = TelegramChannel(telegram.token, api_url=telegram.url)

    async def of(account_id: UUID) -> TelegramChannel:
        return channel

    journal = await Journal.open(light)
    yield Poller(Accounts(light), journal, light.keys, Clock(at_noon()), of)
    await journal.close()
    await channel.close()


async def stored(store: Store) -> list[str]:
    async with store.reading("taiki") as session:
        rows = await session.scalars(select(InboxItem).order_by(InboxItem.event_id))
        return [row.raw["message"]["text"] for row in rows]


async def test_each_update_comes_in_once_and_is_confirmed(light: Store, telegram: FakeTelegram, poller: Poller) -> None:
    hanako = telegram.resident(5)
    telegram.queue(hanako.says("母のことです"), hanako.says("80歳です"))
    assert await poller.drain() == 2
    assert len(telegram.waiting) == 2, "confirmed only by the next question, after they are stored"
    telegram.queue(hanako.says("こんばんは"))
    assert await poller.drain() == 1
    assert await stored(light) == ["母のことです", "80歳です", "こんばんは"]
    assert await poller.drain() == 0
    assert telegram.waiting == []


async def test_a_worker_that_starts_again_stores_nothing_twice(
    light: Store, telegram: FakeTelegram, poller: Poller
) -> None:
    telegram.queue(telegram.resident(5).says("母のことです"))
    await poller.drain()
    poller._seen.clear()  # it died before it could confirm
    assert await poller.drain() == 1
    assert await stored(light) == ["母のことです"]


async def test_a_webhook_in_the_way_is_taken_down(light: Store, telegram: FakeTelegram, poller: Poller) -> None:
    telegram.webhook = True
    telegram.queue(telegram.resident(5).says("母のことです"))
    assert await poller.drain() == 0
    assert not telegram.webhook
    assert await poller.drain() == 0, "it rests first"
    assert isinstance(poller.clock, Clock)
    poller.clock.now += REST + timedelta(seconds=1)
    assert await poller.drain() == 1


async def test_a_wrong_token_rests(light: Store, telegram: FakeTelegram, poller: Poller) -> None:
    telegram.token = "1:other"
    assert await poller.drain() == 0
    assert await stored(light) == []
