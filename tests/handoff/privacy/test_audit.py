"""The record of who did what: chained, so that each change, swap, removal or cut is found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from handoff.privacy.audit import ChainBroken, Verified, record, verify
from handoff.store.db import Store, Unscoped, town_key
from handoff.store.models import AuditEntry, Counter
from tests.databases import at_noon

STAFF, TICKET = UUID(int=1), UUID(int=2)


async def fill(store: Store, entries: int = 5) -> None:
    for number in range(entries):
        async with store.town("taiki") as session:
            reason = f"理由 {number}" if number % 2 else None
            await record(session, action="ticket_read", staff_id=STAFF, ticket_id=TICKET, reason=reason, now=at_noon())


async def verified(store: Store, town: str = "taiki") -> Verified:
    async with store.reading(town) as session:
        return await verify(session)


async def entries(store: Store) -> list[AuditEntry]:
    async with store.reading("taiki") as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))


async def test_a_whole_chain_is_verified(store: Store) -> None:
    await fill(store)
    found = await verified(store)
    assert found.entries == 5
    assert (await verified(store, "itoman")).entries == 0
    kept = await entries(store)
    assert [entry.reason for entry in kept] == [None, "理由 1", None, "理由 3", None]
    assert found.head == kept[-1].hash


async def test_many_at_once_make_one_chain(store: Store) -> None:
    async def one() -> None:
        async with store.town("taiki") as session:
            await record(session, action="ticket_read", staff_id=STAFF, now=at_noon())

    await asyncio.gather(*(one() for _ in range(20)))
    assert (await verified(store)).entries == 20


async def test_several_in_one_transaction(store: Store) -> None:
    async with store.everywhere() as session:
        for town in ("taiki", "taiki", "itoman"):
            await record(session, action="login", staff_id=STAFF, now=at_noon(), municipality_id=town)
        with pytest.raises(Unscoped):
            await record(session, action="login", staff_id=STAFF, now=at_noon())
    assert (await verified(store)).entries == 2
    assert (await verified(store, "itoman")).entries == 1


THIRD = AuditEntry.sequence == 3
TAMPERING: dict[str, tuple[Callable[[], Any], int]] = {
    "action": (lambda: update(AuditEntry).where(THIRD).values(action="nothing"), 3),
    "staff": (lambda: update(AuditEntry).where(THIRD).values(staff_id=TICKET), 3),
    "ticket": (lambda: update(AuditEntry).where(THIRD).values(ticket_id=None), 3),
    "reason": (lambda: update(AuditEntry).where(AuditEntry.sequence == 2).values(reason_sealed=None), 2),
    "time": (lambda: update(AuditEntry).where(THIRD).values(at=at_noon().replace(hour=1)), 3),
    "hash": (lambda: update(AuditEntry).where(THIRD).values(hash=bytes(32)), 3),
    "removed": (lambda: delete(AuditEntry).where(THIRD), 3),
    "cut": (lambda: delete(AuditEntry).where(AuditEntry.sequence > 3), 4),
    "emptied": (lambda: delete(AuditEntry), 1),
}


@pytest.mark.parametrize("how", TAMPERING)
async def test_tampering_is_found(store: Store, how: str) -> None:
    await fill(store)
    statement, first = TAMPERING[how]
    async with store.town("taiki") as session:
        await session.execute(statement())
    with pytest.raises(ChainBroken) as found:
        await verified(store)
    assert (found.value.municipality_id, found.value.sequence) == ("taiki", first)


@pytest.mark.parametrize("relinked", [False, True])
async def test_an_entry_of_another_past_is_found(store: Store, relinked: bool) -> None:
    """A genuine third entry, from before a restore, put in the place of the third entry of today."""
    await fill(store, 3)
    old = await entries(store)
    async with store.town("taiki") as session:
        await session.execute(delete(AuditEntry).where(THIRD))
        await session.execute(update(Counter).where(Counter.name == "audit").values(value=2))
    await fill(store, 2)
    async with store.town("taiki") as session:
        third, fourth = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))[2:]
        for column in ("id", "at", "created_at", "reason_sealed", "hash"):
            setattr(third, column, getattr(old[2], column))
        if relinked:
            fourth.previous = old[2].hash
    with pytest.raises(ChainBroken) as found:
        await verified(store)
    assert found.value.sequence == 4


async def test_the_chain_outlives_its_reasons(store: Store) -> None:
    await fill(store)
    async with store.town("taiki") as session:
        store.keys.destroy(await town_key(session), now=at_noon())
    assert (await verified(store)).entries == 5


async def test_an_undone_transaction_leaves_no_entry(store: Store) -> None:
    async def undone() -> None:
        async with store.town("taiki") as session:
            await record(session, action="ticket_read", staff_id=STAFF, now=at_noon())
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await undone()
    await fill(store, 1)
    assert (await verified(store)).entries == 1
