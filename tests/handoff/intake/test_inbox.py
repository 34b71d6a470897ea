"""The inbox: when a conversation is ready, who gets it, and what becomes of what fails."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bots.line import reading
from handoff.intake import inbox
from handoff.intake.turn import text_in
from handoff.store.db import Store
from handoff.store.models import DataKey, InboxItem
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import ScriptedTriage, Talk
from triage.types import Decision

CHAT = Decision(action="chat", text="")
SECOND = timedelta(seconds=1)


async def begin(store: Store, knowledge: Knowledge) -> Talk:
    return await Talk.begin(store, knowledge, ScriptedTriage([CHAT]))


async def write(one: Talk, *bodies: str, user: str = "U1") -> None:
    await one.send(*(one.text(body, user=user) for body in bodies), user=user)


async def look(store: Store) -> inbox.Glanced:
    return await inbox.glance(store, is_crisis=lambda text, town: "死にたい" in text, text_of=words)


def words(channel: str, raw: Mapping[str, Any]) -> str | None:
    return text_in(reading.read, raw)


async def items(store: Store) -> list[InboxItem]:
    async with store.reading("taiki") as session:
        return list(await session.scalars(select(InboxItem).order_by(InboxItem.event_at)))


async def test_bubbles_wait_for_a_pause_and_are_taken_together(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge)
    await write(one, "母が")
    one.now += SECOND
    await write(one, "よく物をなくします")
    assert await inbox.claim(light, now=one.now + inbox.PAUSE - SECOND / 10) is None
    claim = await inbox.claim(light, now=one.now + inbox.PAUSE)
    assert claim is not None
    assert [item.raw["message"]["text"] for item in claim.items if item.raw] == ["母が", "よく物をなくします"]
    await one.close()


async def test_who_never_pauses_is_read_after_the_longest_wait(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge)
    for number in range(6):
        await write(one, f"つづき{number}")
        one.now += SECOND
    assert await inbox.claim(light, now=one.now - SECOND / 2) is None
    claim = await inbox.claim(light, now=one.now)
    assert claim is not None
    assert len(claim.items) == 6
    await one.close()


async def test_crisis_words_jump_the_pause_and_the_queue(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge)
    await write(one, "長く待っている人", user="U1")
    one.now += SECOND * 5
    await write(one, "死にたい", user="U2")
    assert await look(light) == inbox.Glanced(items=2, urgent=1, ready_at=(one.now - SECOND * 5 + inbox.PAUSE,))
    assert await look(light) == inbox.Glanced(items=0, urgent=0), "each is looked at once"
    claim = await inbox.claim(light, now=one.now)
    assert claim is not None
    assert claim.items[0].raw is not None
    assert claim.items[0].raw["message"]["text"] == "死にたい"
    await one.close()


async def test_the_glance_reads_a_caption_but_no_stickers_words() -> None:
    place = {"type": "message", "message": {"id": "1", "type": "location", "title": "死にたい"}}
    sticker = {"type": "message", "message": {"id": "1", "type": "sticker", "text": "死にたい"}}
    assert words("line", place) == "死にたい"
    assert words("line", sticker) is None


async def test_a_lease_keeps_others_away_until_it_ends(store: Store, knowledge: Knowledge) -> None:
    one = await begin(store, knowledge)
    await write(one, "こんにちは")
    soon = one.now + inbox.PAUSE
    first = await inbox.claim(store, now=soon)
    await write(one, "まだあります")
    assert first is not None
    assert await inbox.claim(store, now=soon + inbox.LEASE - SECOND) is None, "new bubbles wait for the turn before"
    second = await inbox.claim(store, now=soon + inbox.LEASE + SECOND)
    assert second is not None
    assert (len(second.items), second.attempts) == (2, 2)
    async with store.town("taiki") as session:
        assert await inbox.finish(session, first) is False, "the lease is lost"
    async with store.town("taiki") as session:
        assert await inbox.finish(session, second) is True
    assert all((item.status, item.raw_sealed) == ("done", None) for item in await items(store))
    await one.close()


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.postgres
async def test_a_bubble_that_comes_while_another_worker_claims_is_not_taken_apart(
    two_stores: tuple[Store, Store], knowledge: Knowledge, committed: bool
) -> None:
    """Both ways in which a second worker may see only the newest row of a conversation."""
    mine, other = two_stores
    one = await begin(mine, knowledge)
    await write(one, "ひとつめ")
    soon = one.now + inbox.PAUSE
    async with mine.everywhere() as session:
        key = (await session.scalars(select(InboxItem.conversation_key))).one()
        assert len(await inbox._lease(session, [key], now=soon)) == 1
        if not committed:
            await write(one, "ふたつめ")
            assert await inbox.claim(other, now=soon) is None
    if committed:
        await write(one, "ふたつめ")
        async with other.everywhere() as session:
            assert await inbox._lease(session, [key], now=soon) == []
    await one.close()


@pytest.mark.postgres
async def test_two_workers_at_once_never_both_have_a_conversation(
    two_stores: tuple[Store, Store], knowledge: Knowledge
) -> None:
    one = await begin(two_stores[0], knowledge)
    held: set[bytes] = set()
    order: dict[str, list[str]] = {}

    async def work(store: Store) -> None:
        idle = 0
        while idle < 5:
            claim = await inbox.claim(store, now=one.now + inbox.LONGEST)
            if claim is None:
                idle += 1
                await asyncio.sleep(0.01)
                continue
            idle = 0
            user = claim.items[0].raw["source"]["userId"]  # type: ignore[index]
            assert user not in held, "somebody else is reading it"
            held.add(user)
            order.setdefault(user, []).extend(item.raw["message"]["text"] for item in claim.items if item.raw)
            await asyncio.sleep(0.005)
            held.discard(user)
            async with store.town("taiki") as session:
                assert await inbox.finish(session, claim)

    async def arrive() -> None:
        for number in range(8):
            for user in ("U1", "U2", "U3"):
                one.now += timedelta(milliseconds=1)
                await write(one, str(number), user=user)

    await asyncio.gather(arrive(), *(work(store) for store in (*two_stores, *two_stores)))
    assert order == {user: [str(number) for number in range(8)] for user in ("U1", "U2", "U3")}
    await one.close()


async def test_what_fails_comes_again_later_and_later_then_is_given_up(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge)
    await write(one, "こんにちは")
    now, waits = one.now + inbox.LONGEST, []
    for attempt in range(1, inbox.TRIES + 1):
        claim = await inbox.claim(light, now=now)
        assert claim is not None
        assert claim.attempts == attempt
        last = claim
        if await inbox.release(light, claim, error="Boom", now=now):
            break
        wait = timedelta(seconds=2**attempt)
        assert await inbox.claim(light, now=now + wait - SECOND / 2) is None
        waits.append(wait)
        now += wait
    assert len(waits) == inbox.TRIES - 1
    async with light.town("taiki") as session:
        assert await inbox.park(session, last, error="Boom") is True
    (row,) = await items(light)
    assert (row.status, row.error) == ("parked", "Boom")
    assert row.raw is not None, "the words are kept"
    assert await inbox.claim(light, now=now + inbox.LEASE * 9) is None
    await one.close()


async def test_several_conversations_are_claimed_at_once_each_whole(store: Store, knowledge: Knowledge) -> None:
    one = await begin(store, knowledge)
    for user in ("U1", "U2", "U3"):
        one.now += SECOND / 100
        await write(one, f"{user}です", f"{user}の母です", user=user)
    claims = await inbox.claim_some(store, now=one.now + inbox.PAUSE, most=2)
    assert [[item.raw["message"]["text"] for item in claim.items if item.raw] for claim in claims] == [
        ["U1です", "U1の母です"], ["U2です", "U2の母です"],
    ]
    assert len({claim.lease for claim in claims}) == 2
    async with store.town("taiki") as session:
        assert await inbox.finish(session, *claims)
    assert [item.status for item in await items(store)] == ["done"] * 4 + ["new"] * 2
    await one.close()


async def test_who_is_in_danger_waits_for_nobody_else(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge)
    await write(one, "母の物忘れ", user="U1")
    await write(one, "死にたい", user="U2")
    await look(light)
    claims = await inbox.claim_some(light, now=one.now + inbox.PAUSE, most=8)
    assert [item.raw and item.raw["message"]["text"] for claim in claims for item in claim.items] == ["死にたい"]
    await one.close()


async def test_what_was_tried_before_takes_no_others_along(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge)
    for user in ("U1", "U2", "U3"):
        one.now += SECOND / 100
        await write(one, "こんにちは", user=user)
    (first, *_) = await inbox.claim_some(light, now=one.now + inbox.PAUSE, most=1)
    later = one.now + inbox.LEASE * 2
    claims = await inbox.claim_some(light, now=later, most=8)
    assert [claim.attempts for claim in claims] == [2], "and it alone"
    assert [claim.attempts for claim in await inbox.claim_some(light, now=later, most=8)] == [1, 1]
    assert first.items[0].id == claims[0].items[0].id
    await one.close()


async def test_a_lost_claim_cannot_be_given_back_or_parked(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge)
    await write(one, "こんにちは")
    lost = await inbox.claim(light, now=one.now + inbox.PAUSE)
    held = await inbox.claim(light, now=one.now + inbox.LEASE * 2)
    assert lost is not None
    assert held is not None
    await inbox.release(light, lost, error="Boom", now=one.now)
    async with light.town("taiki") as session:
        assert await inbox.park(session, lost, error="Boom") is False
    (row,) = await items(light)
    assert (row.status, row.lease) == ("leased", held.lease)
    await one.close()


async def test_a_row_that_cannot_be_opened_stops_nobody_else(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge)
    await write(one, "こわれた", user="U1")
    await write(one, "ほかの人", user="U2")
    async with light.town("taiki") as session:
        broken = (await session.scalars(select(InboxItem).order_by(InboxItem.event_at))).first()
        assert broken is not None
        assert broken.raw_sealed is not None
        broken.raw_sealed = broken.raw_sealed[:-1] + bytes([broken.raw_sealed[-1] ^ 1])
    assert (await look(light)).items == 2
    # Both came at the same moment: which of them is looked at first is open, so look twice.
    claims = [await inbox.claim(light, now=one.now + inbox.PAUSE) for _ in range(2)]
    (claim,) = [found for found in claims if found is not None]
    assert claim.items[0].raw is not None
    assert claim.items[0].raw["message"]["text"] == "ほかの人"
    assert [item.status for item in await items(light)] == ["parked", "leased"]
    await one.close()


async def test_an_erased_conversations_words_are_no_fault(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge)
    await write(one, "消した人")
    async with light.town("taiki") as session:
        for key in await session.scalars(select(DataKey).where(DataKey.municipality_id == "taiki")):
            key.wrapped = None
    assert await inbox.claim(light, now=one.now + inbox.PAUSE) is None
    assert [item.error for item in await items(light)] == ["KeyDestroyed"]
    await one.close()


async def test_how_much_waits_since_when(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge)
    first = one.now
    await write(one, "こんにちは")
    one.now += SECOND
    await write(one, "あの", user="U2")
    claim = await inbox.claim(light, now=one.now + inbox.PAUSE)
    async with light.reading_everywhere() as session:
        assert await inbox.waiting(session) == (2, first), "what is being read counts too"
    assert claim is not None
    async with light.town("taiki") as session:
        await inbox.finish(session, claim)
    async with light.reading_everywhere() as session:
        assert (await inbox.waiting(session))[0] == 1
    await one.close()
