"""The circuit breaker and the month's quota of an account: what opens and closes it, who is asked when, what staff read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from bots.channel import Channel
from bots.errors import Rejected, Retryable, SendError, Unauthorised, Uncertain
from bots.types import Address, Outgoing, Quota, Sent
from handoff.desk import accounts as told
from handoff.intake.breaker import FIRST, LONGEST, OPENS_AT, Tally, pause_after
from handoff.intake.quota import ASKED_AGAIN_AFTER, Quotas
from handoff.store.db import Store
from handoff.store.models import ChannelAccount
from tests.handoff.intake.outgoing import NOW, Resident, account, resident
from tests.handoff.intake.test_sender import Post, Scripted


def tally(*whys: SendError | None) -> Tally:
    found = Tally()
    for why in whys:
        found = found.plus(why)
    return found


def test_only_the_platforms_own_faults_count() -> None:
    assert tally(Retryable("platform_fault"), Retryable("timeout"), Uncertain("reply_timeout")) == Tally(0, 3)
    assert tally(None, Rejected("blocked"), Retryable("rate_limited"), Unauthorised("unauthorised")) == Tally(3, 0)


def test_the_pause_grows_and_ends_growing() -> None:
    assert pause_after(OPENS_AT - 1, spread=0.5) is None
    pauses = [pause_after(OPENS_AT * many, spread=0.5) for many in (1, 2, 3, 50)]
    assert pauses == [FIRST, FIRST * 2, FIRST * 4, LONGEST]
    assert pause_after(OPENS_AT, spread=0.0) != pause_after(OPENS_AT, spread=0.9)


async def many(store: Store, count: int) -> Resident:
    """A LINE account with so many residents, each of whom is told something."""
    made = await account(store)
    people = [await resident(store, made, f"U{number}") for number in range(count)]
    for one in people:
        await one.told("お返事です")
    return people[0]


async def test_a_platform_that_only_fails_is_left_alone_and_one_answer_closes_the_breaker(light: Store) -> None:
    one = await many(light, OPENS_AT)
    post = Post(light, Scripted([Retryable("platform_fault")] * OPENS_AT))
    await post.drain()
    paused = await one.account()
    assert (paused.failures, paused.pause_reason) == (OPENS_AT, "platform")
    assert paused.paused_until is not None
    post.now += timedelta(seconds=5)
    assert await post.drain() == 0, "not even what is due"
    async with light.reading("taiki") as session:
        (line,) = await told.lines(session, now=post.now)
    assert line.grave
    assert "LINEが応えない" in line.text
    post.now = paused.paused_until + timedelta(seconds=1)
    assert await post.drain() == OPENS_AT
    paused = await one.account()
    assert (paused.failures, paused.paused_until, paused.pause_reason) == (0, None, None)


async def test_a_rejection_is_an_answer(light: Store) -> None:
    one = await many(light, OPENS_AT)
    await Post(light, Scripted([Retryable("timeout")] * (OPENS_AT - 1) + [Rejected("bad_request")])).drain()
    assert (await one.account()).failures == 0


@dataclass
class Metered(Scripted):
    """LINE with a meter."""

    found: Quota | None = None
    asked: int = 0

    async def quota(self) -> Quota | None:
        self.asked += 1
        return self.found

    async def send(self, address: Address, bubbles: Sequence[Outgoing]) -> Sent:
        return Sent("push")


@pytest.mark.parametrize(("used", "grave", "words"), [
    (10, False, "10／200"), (159, False, "159／200"), (160, True, "8割"), (200, True, "使い切りました"), (201, True, "使い切りました"),
])
async def test_the_quota_is_asked_at_most_hourly_and_shown(light: Store, used: int, grave: bool, words: str) -> None:
    await account(light)
    await account(light, kind="telegram")
    line, now = Metered(found=Quota(200, used)), NOW

    async def channel_of(account_id: UUID) -> Channel | None:
        return line

    quotas = Quotas(light, lambda: now, channel_of)
    assert [await quotas.look(), await quotas.look()] == [1, 0]
    now += ASKED_AGAIN_AFTER
    line.found = None  # no answer: the figures stay as they were
    assert await quotas.look() == 1
    async with light.reading("taiki") as session:
        (shown,) = await told.lines(session, now=now)
    assert (shown.grave, words in shown.text) == (grave, True)


async def test_a_plan_without_limit_and_a_working_account_say_nothing(light: Store) -> None:
    made = await account(light)
    async with light.town("taiki") as session:
        (await session.get_one(ChannelAccount, made)).quota_used = 5000
    async with light.reading("taiki") as session:
        assert await told.lines(session, now=NOW) == ()


async def test_refused_credentials_are_said_with_what_to_do(light: Store) -> None:
    await many(light, 1)
    await Post(light, Scripted([Unauthorised("unauthorised")])).drain()
    async with light.reading("taiki") as session:
        (line,) = await told.lines(session, now=NOW + timedelta(hours=1))
    assert line.grave
    assert "鍵" in line.text
    assert "tsunagu channel renew" in line.text
