"""The outbox: order within a conversation, a reply token once, and what is known after a crash."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from handoff.intake import outbox
from handoff.intake.outbox import Outcome
from handoff.store.db import Store
from handoff.store.models import ChannelAccount, Event, OutboxItem
from tests.handoff.intake.outgoing import NOW, SECOND, account, resident

SENT = Outcome("sent")


async def test_each_conversation_is_sent_in_order_one_row_at_a_time(store: Store) -> None:
    line = await account(store)
    one, other = await resident(store, line, "U1"), await resident(store, line, "U2")
    await one.told("ひとつめ")
    await one.told("ふたつめ")
    await other.told("べつの人")
    first = await outbox.claim(store, now=NOW)
    assert {(sending.to, sending.bubbles[0].text) for sending in first} == {("U1", "ひとつめ"), ("U2", "べつの人")}
    assert await outbox.claim(store, now=NOW) == [], "nothing overtakes what is on its way"
    later = Outcome("queued", error="rate_limited", again_at=NOW + SECOND)
    await outbox.record(store, [(sending, later) for sending in first], now=NOW)
    assert await outbox.claim(store, now=NOW) == [], "nor what will be tried again"
    first = await outbox.claim(store, now=NOW + SECOND)
    await outbox.record(store, [(sending, SENT) for sending in first], now=NOW)
    (second,) = await outbox.claim(store, now=NOW + SECOND)
    assert second.bubbles[0].text == "ふたつめ"
    assert [(row.status, row.payload_sealed is None) for row in await other.rows()] == [("sent", True)]


@pytest.mark.parametrize("status", ["failed", "uncertain"])
async def test_what_will_not_be_sent_blocks_nothing(light: Store, status: str) -> None:
    one = await resident(light, await account(light))
    await one.told("ひとつめ")
    await one.told("ふたつめ")
    (first,) = await outbox.claim(light, now=NOW)
    outcome = Outcome("failed") if status == "failed" else Outcome("uncertain")
    await outbox.record(light, [(first, outcome)], now=NOW)
    (second,) = await outbox.claim(light, now=NOW)
    assert second.bubbles[0].text == "ふたつめ"


async def test_the_reply_token_serves_the_first_call_until_it_is_too_old(light: Store) -> None:
    one = await resident(light, await account(light))
    await one.told(*(f"{number}" for number in range(7)), token="r1")
    (first,) = await outbox.claim(light, now=NOW)
    assert (first.reply_token, len(first.bubbles)) == ("r1", 5)
    await outbox.record(light, [(first, Outcome("queued", error="x", again_at=NOW))], now=NOW)
    (again,) = await outbox.claim(light, now=NOW + SECOND * 49)
    assert again.reply_token == "r1", "refused before it was used, it still saves a paid push"
    await outbox.record(light, [(again, Outcome("queued", error="x", again_at=NOW))], now=NOW)
    (last,) = await outbox.claim(light, now=NOW + SECOND * 50)
    assert last.reply_token is None
    await outbox.record(light, [(last, SENT)], now=NOW)
    (rest,) = await outbox.claim(light, now=NOW)
    assert (rest.reply_token, len(rest.bubbles)) == (None, 2)
    assert [row.how for row in await one.rows()] == ["push", "push"]


async def test_a_reply_token_that_line_has_refused_is_not_tried_again(light: Store) -> None:
    one = await resident(light, await account(light))
    await one.told("はい", token="r1")
    (first,) = await outbox.claim(light, now=NOW)
    await outbox.record(light, [(first, Outcome("queued", error="x", again_at=NOW, push_next=True))], now=NOW)
    (again,) = await outbox.claim(light, now=NOW)
    assert again.reply_token is None


async def test_an_old_reply_token_is_not_tried(light: Store) -> None:
    one = await resident(light, await account(light))
    await one.told("はい", token="r1")
    (sending,) = await outbox.claim(light, now=NOW + timedelta(seconds=50))
    assert sending.reply_token is None


@pytest.mark.parametrize(("kind", "token", "left"), [
    ("line", None, "queued"), ("line", "r1", "uncertain"), ("telegram", None, "uncertain"),
])
async def test_after_a_crash_only_what_can_be_told_apart_is_sent_again(
    store: Store, kind: str, token: str | None, left: str
) -> None:
    one = await resident(store, await account(store, kind), channel=kind)
    await one.told("大事な返事", token=token)
    (lost,) = await outbox.claim(store, now=NOW)
    assert await outbox.claim(store, now=NOW + outbox.LEASE - SECOND) == []
    again = await outbox.claim(store, now=NOW + outbox.LEASE + SECOND)
    if left == "queued":
        assert [sending.id for sending in again] == [lost.id], "the same retry key: LINE knows it"
        await outbox.record(store, [(lost, Outcome("failed", error="late"))], now=NOW)
        assert await one.status() == [("sending", None)], "who lost the lease has nothing to say"
    else:
        assert again == []
        assert await one.status() == [("uncertain", "interrupted")]
        async with store.reading("taiki") as session:
            kinds = list(await session.scalars(select(Event.kind).order_by(Event.sequence)))
        assert kinds[-1] == "delivery", "staff see it"


async def test_a_push_older_than_lines_memory_is_not_repeated(light: Store) -> None:
    one = await resident(light, await account(light))
    await one.told("大事な返事")
    await outbox.claim(light, now=NOW)
    assert await outbox.claim(light, now=NOW + timedelta(hours=24)) == []
    assert await one.status() == [("uncertain", "interrupted")]


async def test_a_paused_account_waits_and_the_others_go_on(light: Store) -> None:
    bad, good = await account(light), await account(light)
    one, other = await resident(light, bad), await resident(light, good)
    await one.told("待つ")
    await other.told("行く")
    async with light.town("taiki") as session:
        paused = await session.get_one(ChannelAccount, bad)
        paused.paused_until = NOW + SECOND * 30
    assert [sending.bubbles[0].text for sending in await outbox.claim(light, now=NOW)] == ["行く"]
    assert [sending.bubbles[0].text for sending in await outbox.claim(light, now=NOW + SECOND * 31)] == ["待つ"]


async def test_nothing_is_pushed_to_who_has_blocked_us_and_staff_see_it(light: Store) -> None:
    one = await resident(light, await account(light))
    await one.told("お返事です", by="staff")
    await one.blocks()
    assert await outbox.claim(light, now=NOW) == []
    assert await one.status() == [("failed", "blocked")]
    await one.blocks(blocked=False)
    await one.told("またどうぞ", by="staff")
    assert len(await outbox.claim(light, now=NOW)) == 1


async def test_a_row_that_cannot_be_opened_stops_nobody_else(light: Store) -> None:
    line = await account(light)
    one, other = await resident(light, line, "U1"), await resident(light, line, "U2")
    await one.told("こわれた")
    await other.told("ほかの人")
    async with light.town("taiki") as session:
        row = (await session.scalars(select(OutboxItem).where(OutboxItem.conversation_id == one.conversation_id))).one()
        assert row.payload_sealed is not None
        row.payload_sealed = row.payload_sealed[:-1] + b"x"
    assert [sending.to for sending in await outbox.claim(light, now=NOW)] == ["U2"]
    assert await one.status() == [("failed", "SealBroken")]


async def test_the_web_chat_needs_no_pushing(light: Store) -> None:
    one = await resident(light, await account(light), channel="web")
    await one.told("画面に出ます", token="r1")
    assert await one.rows() == []
    assert [message.sequence for message in await one.messages()] == [1]


@pytest.mark.postgres
async def test_two_workers_never_send_the_same_row(two_stores: tuple[Store, Store]) -> None:
    mine, other = two_stores
    line = await account(mine)
    for number in range(12):
        await (await resident(mine, line, f"U{number}")).told("一度だけ")
    batches = await asyncio.gather(*(outbox.claim(store, now=NOW, most=4) for store in (mine, other) * 3))
    claimed = [sending.id for batch in batches for sending in batch]
    assert len(claimed) == len(set(claimed)) > 0
    rest = [sending.id for _ in range(4) for sending in await outbox.claim(mine, now=NOW, most=4)]
    assert sorted((*claimed, *rest)) == sorted({*claimed, *rest})
    assert len(claimed) + len(rest) == 12


@pytest.mark.parametrize(("attempts", "least", "most"), [(1, 0.75, 1.25), (4, 6.0, 10.0), (40, 1350.0, 2250.0)])
def test_the_pauses_grow_up_to_half_an_hour(attempts: int, least: float, most: float) -> None:
    waits = [outbox.back_off(attempts, spread=spread).total_seconds() for spread in (0.0, 0.5, 0.999)]
    assert waits == sorted(waits)
    assert least <= waits[0] < waits[-1] <= most
