"""Sequences have no gap and no double, whoever takes numbers at the same time."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event

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


async def test_a_transaction_that_takes_many_numbers_asks_twice(store: Store) -> None:
    asked: list[str] = []

    def heard(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(store.engine.sync_engine, "before_cursor_execute", heard)
    async with store.town("taiki") as session:
        assert [await next_value(session, "taiki", "a") for _ in range(9)] == list(range(1, 10))
    event.remove(store.engine.sync_engine, "before_cursor_execute", heard)
    assert sum("INSERT INTO counter" in statement for statement in asked) == 2
    async with store.town("taiki") as session:
        assert await next_value(session, "taiki", "a") == 10


async def test_another_towns_counter_is_refused(store: Store) -> None:
    async with store.town("taiki") as session:
        with pytest.raises(Unscoped):
            await next_value(session, "itoman", "a")
