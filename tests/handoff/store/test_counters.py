"""Sequences have no gap and no double, whoever takes numbers at the same time."""

from __future__ import annotations

import asyncio

import pytest

from handoff.store.counters import next_value, take
from handoff.store.db import Store, Unscoped


class Undone(Exception):
    """Rolls a transaction back."""


async def test_fifty_at_once_get_fifty_numbers(store: Store) -> None:
    async def one(place: int) -> int | None:
        try:
            async with store.town("taiki") as session:
                number = await next_value(session, "taiki", "ticket:2026")
                await asyncio.sleep(0)
                if place % 5 == 0:
                    raise Undone
                return number
        except Undone:
            return None

    taken = [number for number in await asyncio.gather(*map(one, range(50))) if number is not None]
    assert sorted(taken) == list(range(1, 41))


async def test_towns_and_names_count_apart(store: Store) -> None:
    async with store.everywhere() as session:
        assert await next_value(session, "taiki", "a") == 1
        assert await next_value(session, "itoman", "a") == 1
        assert await next_value(session, "taiki", "b") == 1
        assert await take(session, "taiki", "a", count=5) == 6


async def test_another_towns_counter_is_refused(store: Store) -> None:
    async with store.town("taiki") as session:
        with pytest.raises(Unscoped):
            await next_value(session, "itoman", "a")
