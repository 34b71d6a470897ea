"""Wake-ups reach those concerned, here and in other processes; lost ones are made up for."""

from __future__ import annotations

import asyncio
import os
import socket
from uuid import UUID

import pytest

from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.links import PipeLink
from handoff.store.listen import PostgresLink, _payloads
from handoff.store.wake import ALL, Notice, Wake
from tests.databases import open_store
from tests.handoff.store.rows import at_rest

ONE, TWO = UUID(int=1), UUID(int=2)


async def test_only_those_concerned_wake() -> None:
    wake = Wake()
    with (
        wake.subscribe(conversation_id=ONE) as one, wake.subscribe(conversation_id=TWO) as two,
        wake.subscribe(municipality_id="taiki", kinds=["ticket"]) as tickets, wake.subscribe() as everything,
    ):
        wake.notify(Notice("taiki", "message", ONE))
        woken = [await each.wait(0.01) for each in (one, two, tickets, everything)]
        assert woken == [True, False, False, True]
        wake.notify()
        assert all([await each.wait(0.01) for each in (one, two, tickets, everything)])
    assert not wake._broad
    assert not wake._by_conversation


async def test_what_comes_between_two_waits_is_not_lost() -> None:
    wake = Wake()
    assert not await wake.wait(0.01)
    wake.notify(Notice("taiki", "inbox"))
    assert await wake.wait(0.01)
    assert not await wake.wait(0.01)


async def test_a_socket_pair_joins_two_processes() -> None:
    ours, theirs = socket.socketpair()
    here, there = Wake(), Wake()
    here.attach(ours.detach())
    there.attach(theirs.detach())
    with there.subscribe(conversation_id=ONE) as mine, here.subscribe() as back:
        here.notify(Notice("taiki", "message", ONE), Notice("taiki", "message", TWO))
        assert await mine.wait(1)
        assert await back.wait(0.01)
        assert not await back.wait(0.05), "a wake-up does not come back to its sender"
        there.notify(Notice("taiki", "ticket"))
        assert await back.wait(1)
    await here.close()
    await asyncio.sleep(0.01)
    assert not there._links, "the other end notices"
    there.notify(Notice("taiki", "ticket"))
    await there.close()


async def test_a_full_pipe_ends_in_waking_everybody() -> None:
    ours, theirs = socket.socketpair()
    here = Wake()
    end = ours.detach()
    link = PipeLink(end, end)
    here.join(link)
    here.subscribe()
    theirs.setblocking(False)
    for _ in range(5_000):
        link.send([Notice("taiki", "message", ONE).as_line()] * 10)
    received = b""
    while chunk := _read(theirs):
        received += chunk
    link.send([Notice("taiki", "message", TWO).as_line()])
    assert _read(theirs).endswith(b"*\n")
    lines = received.decode().split("\n")
    assert all(Notice.from_line(line) == Notice("taiki", "message", ONE) for line in lines[:-1])
    assert Notice.from_line(lines[-1] or "*") == Notice(ALL, ALL)
    theirs.close()
    await here.close()


def _read(end: socket.socket) -> bytes:
    try:
        return end.recv(1 << 20)
    except BlockingIOError:
        return b""


async def test_two_one_way_pipes_do_as_well() -> None:
    (a, b), (c, d) = os.pipe(), os.pipe()
    here, there = Wake(), Wake()
    here.attach(a, write=d)
    there.attach(c, write=b)
    with there.subscribe() as mine:
        here.notify(Notice("taiki", "inbox"))
        assert await mine.wait(1)
    await here.close()
    await there.close()


@pytest.mark.parametrize("line", ["", "*", "taiki", "a b c d", "a b - - -", "\n"])
def test_a_damaged_line_wakes_everybody(line: str) -> None:
    assert Notice.from_line(line) == Notice(ALL, ALL)


def test_lines_are_packed_for_notify() -> None:
    lines = [Notice("taiki", "message", UUID(int=n)).as_line() for n in range(1_000)]
    packed = _payloads(lines)
    assert "\n".join(packed).split("\n") == lines
    assert max(map(len, packed)) <= 7_500


@pytest.mark.postgres
async def test_notify_reaches_another_process_even_after_the_connection_was_lost(
    postgres_url: str, keys: KeyRing
) -> None:
    async with open_store(postgres_url, keys) as store, open_store(postgres_url, keys) as other:
        await _hears(store, other)


async def _hears(store: Store, other: Store) -> None:
    with other.wake.subscribe(conversation_id=ONE) as mine:
        await at_rest(other)
        await mine.wait(0.05)
        async with store.town("taiki") as session:
            await emit(session, kind="message", conversation_id=ONE)
        assert await mine.wait(3)

        link = other.wake._links[0]
        assert isinstance(link, PostgresLink)
        assert link._connection is not None
        link._connection.terminate()
        assert await mine.wait(3), "everybody looks again after a loss"
        await at_rest(other)
        await mine.wait(0.05)
        async with store.town("taiki") as session:
            await emit(session, kind="message", conversation_id=ONE)
        assert await mine.wait(3)
