"""Sending: each thing that can go wrong, and what becomes of the row; nobody suffers for a neighbour."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import event, select

from bots.channel import Channel
from bots.errors import Rejected, ReplyExpired, Retryable, Unauthorised, Uncertain
from bots.line import reading
from bots.line.channel import LineChannel
from bots.types import Address, ChannelKind, Incoming, Outgoing, Sent
from handoff.intake import outbox
from handoff.intake.accounts import Accounts
from handoff.intake.breaker import STOPPED
from handoff.intake.sender import PAUSE_WHEN_UNAUTHORISED, Sender
from handoff.store.db import Store
from handoff.store.models import ChannelAccount, Event
from tests.fakes.faults import fails_after, fails_before, refuses
from tests.fakes.line import FakeLine
from tests.handoff.intake.outgoing import NOW, SECOND, Resident, account, resident


@dataclass
class Scripted:
    """A platform that does what it is told, in order, and then accepts everything."""

    script: list[Exception | None] = field(default_factory=list)
    heard: list[tuple[Address, tuple[str, ...]]] = field(default_factory=list)
    kind: ChannelKind = "line"

    def parse(self, raw: Mapping[str, object]) -> Incoming:
        return reading.read(raw)

    async def send(self, address: Address, bubbles: Sequence[Outgoing]) -> Sent:
        fault = self.script.pop(0) if self.script else None
        if fault is not None:
            raise fault
        self.heard.append((address, tuple(bubble.text for bubble in bubbles)))
        return Sent("push")

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Post:
    """A sender with a clock that the test moves."""

    store: Store
    channel: Channel | None
    now: datetime = NOW

    def sender(self) -> Sender:
        async def channel_of(account_id: UUID) -> Channel | None:
            return self.channel

        return Sender(self.store, lambda: self.now, channel_of, Random(1))

    async def drain(self) -> int:
        return await self.sender().drain()


async def told(store: Store, text: str = "お返事です", *, token: str | None = None) -> Resident:
    one = await resident(store, await account(store))
    await one.told(text, token=token)
    return one


async def test_what_is_accepted_is_sent_once_with_the_rows_id_as_retry_key(light: Store) -> None:
    one, line = await told(light), Scripted()
    post = Post(light, line)
    assert [await post.drain(), await post.drain()] == [1, 0]
    ((address, texts),) = line.heard
    (row,) = await one.rows()
    assert (address.to, address.retry_key, texts) == ("U1", str(row.id), ("お返事です",))
    assert (row.status, row.sent_at) == ("sent", NOW)


async def test_of_two_who_wake_for_one_row_the_second_writes_nothing(store: Store) -> None:
    await told(store)
    sender, begun = Post(store, Scripted()).sender(), 0

    def heard(_: object) -> None:
        nonlocal begun
        begun += 1

    async with store.reading("taiki"):  # connections are open; only transactions count
        pass
    event.listen(store.engine.sync_engine, "commit", heard)
    assert sorted(await asyncio.gather(sender.drain(), sender.drain())) == [0, 1]
    event.remove(store.engine.sync_engine, "commit", heard)
    assert begun == 3  # taken, told what became of it, and how the account fares


@pytest.mark.parametrize(("fault", "status", "error"), [
    (Rejected("quota"), "failed", "quota"),
    (Uncertain("reply_timeout"), "uncertain", "reply_timeout"),
    (Retryable("platform_fault"), "queued", "platform_fault"),
    (Unauthorised("unauthorised"), "queued", "unauthorised"),
    (RuntimeError("a fault of ours, with words in it"), "uncertain", "RuntimeError"),
])
async def test_each_fault_has_its_outcome(light: Store, fault: Exception, status: str, error: str) -> None:
    one = await told(light)
    await Post(light, Scripted([fault])).drain()
    assert await one.status() == [(status, error)]


async def test_a_refused_reply_token_is_followed_by_a_push_at_once(light: Store) -> None:
    one = await told(light, token="r1")
    line = Scripted([ReplyExpired("reply_token")])
    post = Post(light, line)
    await post.drain()
    await post.drain()
    ((address, _),) = line.heard
    assert address.reply_token is None
    assert await one.status() == [("sent", None)]


@pytest.mark.parametrize("fault", [Retryable("rate_limited"), Retryable("no_connection")])
async def test_a_reply_that_never_left_goes_free_at_the_second_try(light: Store, fault: Exception) -> None:
    one = await told(light, token="r1")
    line = Scripted([fault])
    post = Post(light, line)
    await post.drain()
    post.now += SECOND * 2
    await post.drain()
    ((address, _),) = line.heard
    assert address.reply_token == "r1"
    assert [row.how for row in await one.rows()] == ["reply"]


async def test_a_retry_waits_as_long_as_the_platform_asks_but_not_for_days(light: Store) -> None:
    one = await told(light)
    post = Post(light, Scripted([Retryable("rate_limited", 30.0), Retryable("rate_limited", 1e9)]))
    await post.drain()
    post.now += SECOND * 29
    assert await post.drain() == 0
    post.now += SECOND
    assert await post.drain() == 1
    post.now += timedelta(hours=1)
    assert await post.drain() == 1
    assert await one.status() == [("sent", None)]


async def test_it_is_given_up_before_line_forgets_the_retry_key(light: Store) -> None:
    one = await told(light)
    post = Post(light, Scripted([Retryable("platform_fault")]), now=NOW + timedelta(hours=23, minutes=1))
    await post.drain()
    assert await one.status() == [("failed", "gave_up:platform_fault")]


async def test_credentials_that_do_not_work_pause_the_account(light: Store) -> None:
    one = await told(light)
    post = Post(light, Scripted([Unauthorised("unauthorised")]))
    await post.drain()
    paused = await one.account()
    assert (paused.paused_until, paused.pause_reason) == (NOW + PAUSE_WHEN_UNAUTHORISED, "unauthorised")
    await one.told("もうひとつ")
    assert await post.drain() == 0
    post.now += PAUSE_WHEN_UNAUTHORISED + SECOND
    assert await post.drain() == 1


async def test_that_an_account_is_refused_is_told_once_each_time_it_stops(light: Store) -> None:
    await told(light)
    post = Post(light, Scripted([Unauthorised("unauthorised"), Unauthorised("forbidden"), None, Unauthorised("unauthorised")]))
    told_of = []
    for _ in range(3):  # stops, stays so, works again
        await post.drain()
        post.now += PAUSE_WHEN_UNAUTHORISED * 2
        told_of.append(await stops(light))
    assert told_of == [1, 1, 1]
    await (await resident(light, await the_account(light), "U2")).told("お返事です")
    await post.drain()
    assert await stops(light) == 2


async def stops(store: Store) -> int:
    async with store.reading("taiki") as session:
        return len(list(await session.scalars(select(Event.id).where(Event.kind == STOPPED))))


async def the_account(store: Store) -> UUID:
    async with store.reading("taiki") as session:
        return (await session.scalars(select(ChannelAccount.id))).one()


@pytest.mark.parametrize("keyed", [True, False])
async def test_only_the_retry_key_keeps_people_from_hearing_it_twice(light: Store, keyed: bool) -> None:
    """With its control: where LINE is given no key, its faults double what people hear."""
    faults = {1: fails_before(), 3: fails_after(), 5: refuses(429, "Too many requests")}
    with FakeLine(openapi=False) as line:
        line.knows_keys = keyed
        line.plan_each(lambda number: faults.get(number % 7))
        names = [line.resident(f"k-{number}") for number in range(30)]
        account_id, channel = await account(light), LineChannel(line.token, api_url=line.url)
        people = [await resident(light, account_id, one.id) for one in names]
        for one in people:
            await one.told("お返事です")
        post = Post(light, channel)
        for _ in range(12):
            await post.drain()
            post.now += SECOND * 30
        await channel.close()
        assert [await one.status() for one in people] == [[("sent", None)]] * len(people)
        doubled = sum(len(one.texts) - 1 for one in names)
    assert (doubled == 0) == keyed, doubled
    assert bool(line.conflicts) == keyed


async def test_a_neighbours_fault_costs_nobody_their_answer(light: Store) -> None:
    line = await account(light)
    people = [await resident(light, line, f"U{number}") for number in range(3)]
    for one in people:
        await one.told("お返事です")
    await Post(light, Scripted([KeyError("text")])).drain()
    found = sorted([(await one.status())[0] for one in people], key=str)
    assert found == [("sent", None), ("sent", None), ("uncertain", "KeyError")]


async def test_a_channel_that_cannot_be_opened_is_tried_again_later(light: Store) -> None:
    one = await told(light)

    async def broken(account_id: UUID) -> Channel | None:
        raise ValueError("credentials lack a usable token")

    await Sender(light, lambda: NOW, broken, Random(1)).drain()
    assert await one.status() == [("queued", "ValueError")]


async def test_an_account_that_is_gone_fails_for_staff_to_see(light: Store) -> None:
    one = await told(light)
    await Post(light, None).drain()
    assert await one.status() == [("failed", "no_channel")]


async def test_the_first_answer_over_a_new_account_finds_it(light: Store) -> None:
    known = Accounts(light)
    await known.by_id(await account(light), now=NOW)
    fresh = await account(light)
    found = await known.by_id(fresh, now=NOW)
    assert found is not None
    assert found.id == fresh


async def test_a_whole_batch_goes_out_at_once(light: Store) -> None:
    """None waits for a slot while its lease runs out."""
    line = await account(light)
    for number in range(outbox.CLAIM_AT_ONCE):
        await (await resident(light, line, f"U{number}")).told("お返事です")
    waiting: list[str] = []

    class Slow(Scripted):
        async def send(self, address: Address, bubbles: Sequence[Outgoing]) -> Sent:
            waiting.append(address.to)
            while len(waiting) < outbox.CLAIM_AT_ONCE:
                await asyncio.sleep(0)
            return await super().send(address, bubbles)

    assert await Post(light, Slow()).drain() == outbox.CLAIM_AT_ONCE


