"""Events: gapless a town, written with the transaction, announced after its commit and never without it."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from handoff.store.db import Store, Unscoped
from handoff.store.errors import ReadOnly
from handoff.store.events import emit
from handoff.store.models import Event
from tests.handoff.store.rows import at_rest

CONVERSATION = UUID(int=7)


async def events(store: Store, town: str) -> list[tuple[int, str]]:
    async with store.reading(town) as session:
        rows = await session.scalars(select(Event).order_by(Event.sequence))
        return [(row.sequence, row.kind) for row in rows]


async def test_many_writers_leave_no_gap(store: Store) -> None:
    async def write(town: str) -> None:
        async with store.town(town) as session:
            await emit(session, kind="message")
            await emit(session, kind="ticket")

    await asyncio.gather(*(write(town) for town in ["taiki", "itoman"] * 10))
    for town in ("taiki", "itoman"):
        assert [sequence for sequence, _ in await events(store, town)] == list(range(1, 21))


async def test_listeners_wake_after_the_commit(store: Store) -> None:
    await at_rest(store)
    wake = store.wake
    with wake.subscribe(conversation_id=CONVERSATION) as mine, wake.subscribe(municipality_id="itoman") as no:
        async with store.town("taiki") as session:
            await emit(session, kind="message", conversation_id=CONVERSATION)
            assert not await mine.wait(0.01)
        assert await mine.wait(1)
        assert not await no.wait(0.01)


async def test_nothing_is_said_about_what_was_rolled_back(store: Store) -> None:
    await at_rest(store)

    async def undone() -> None:
        async with store.town("taiki") as session:
            await emit(session, kind="message")
            raise ValueError("no")

    with store.wake.subscribe() as mine:
        with pytest.raises(ValueError, match="no"):
            await undone()
        assert not await mine.wait(0.01)
    assert await events(store, "taiki") == []


async def test_everywhere_names_its_town_and_a_town_only_itself(store: Store) -> None:
    async with store.everywhere() as session:
        await emit(session, kind="delivery", municipality_id="taiki")
        await emit(session, kind="delivery", municipality_id="itoman")
        await emit(session, kind="delivery", municipality_id="taiki")
        with pytest.raises(Unscoped):
            await emit(session, kind="delivery")
    assert await events(store, "taiki") == [(1, "delivery")], "the same event twice in a transaction is one"
    async with store.town("taiki") as session:
        with pytest.raises(Unscoped):
            await emit(session, kind="message", municipality_id="itoman")
    async with store.reading("taiki") as session:
        with pytest.raises(ReadOnly):
            await emit(session, kind="message")
