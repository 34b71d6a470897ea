"""A whole town writes at once, over both engines: what is acknowledged is stored once, in order, and nobody harms a neighbour."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select

from bots.types import Outgoing
from handoff.intake import webchat
from handoff.intake.crowd import BREATH, Crowd
from handoff.intake.webchat import Entering, Opened, Said
from handoff.privacy.keys import KeyDestroyed, KeyRing
from handoff.store.db import Busy, Store
from handoff.store.gathering import Asked
from handoff.store.ids import new_id
from handoff.store.models import Conversation, DataKey, Event, InboxItem, Message
from tests.databases import at_noon, open_store

ENTERING = Entering("ja", (Outgoing("町の相談の入り口です。"),))


class Writing(Crowd):
    """Counts the messages of each writing transaction."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.batches: list[tuple[str, int]] = []

    async def _accept_all(self, town: str, asked: Asked[Said]) -> list[int | None]:
        def counted() -> Sequence[Said]:
            self.batches.append((town, len(batch := asked())))
            return batch

        return await super()._accept_all(town, counted)


def said(conversation: UUID, text: str = "揺れました", *, key: str | None = None) -> Said:
    return webchat.said(conversation, text=text, client_message_id=key or str(uuid4()), now=at_noon())


async def opened(crowd: Crowd, many: int, town: str = "taiki") -> list[Opened]:
    return await asyncio.gather(*(crowd.open(town, ENTERING) for _ in range(many)))


async def words(store: Store, conversation: UUID, town: str = "taiki") -> list[tuple[int, str]]:
    async with store.reading(town) as session:
        return [(one["sequence"], one["text"]) for one in await webchat.read(session, conversation, after=1)]


async def test_all_who_open_at_once_get_a_conversation_of_their_own(store: Store) -> None:
    made = await opened(Crowd(store), 20)
    assert len({one.token for one in made}) == len({one.conversation.id for one in made}) == 20
    assert all([message["sequence"] for message in one.messages] == [1] for one in made)
    async with store.reading("taiki") as session:
        rows = (await session.scalars(select(Conversation))).all()
        assert len({row.contact_id for row in rows}) == len({row.data_key_id for row in rows}) == 20


async def test_what_waits_is_stored_together_in_the_order_of_its_coming(store: Store) -> None:
    crowd = Writing(store)
    first, second = [one.conversation.id for one in await opened(crowd, 2)]
    order = [first, second, first, first, second]
    got = await asyncio.gather(*(crowd.accept("taiki", said(one, f"{number}")) for number, one in enumerate(order)))
    assert got == [2, 2, 3, 4, 3]
    assert crowd.batches == [("taiki", 5)]
    assert await words(store, first) == [(2, "0"), (3, "2"), (4, "3")]
    assert await words(store, second) == [(2, "1"), (3, "4")]


async def test_each_has_its_inbox_item_and_is_told_of(store: Store) -> None:
    crowd = Crowd(store)
    people = [one.conversation.id for one in await opened(crowd, 3)]
    with store.wake.subscribe(kinds=["inbox"]) as bell:
        await asyncio.gather(*(crowd.accept("taiki", said(one)) for one in people))
        assert await bell.wait(1)
    async with store.reading("taiki") as session:
        items = (await session.scalars(select(InboxItem))).all()
        assert {item.conversation_id for item in items} == set(people)
        assert {(item.status, item.channel) for item in items} == {("new", "web")}
        told = await session.execute(select(Event.kind, Event.conversation_id).where(Event.kind == "inbox"))
        assert {conversation for _, conversation in told} == set(people)
        sequences = list(await session.scalars(select(Event.sequence).order_by(Event.sequence)))
        assert sequences == list(range(1, len(sequences) + 1))


async def test_what_is_kept_is_sealed(store: Store) -> None:
    crowd = Crowd(store)
    (one,) = await opened(crowd, 1)
    await crowd.accept("taiki", said(one.conversation.id, "ひみつの話"))
    async with store.reading("taiki") as session:
        row = (await session.scalars(select(Message).where(Message.sequence == 2))).one()
        assert row.payload["text"] == "ひみつの話"
        assert "ひみつ".encode() not in (row.payload_sealed or b"")


async def test_the_same_id_twice_in_one_batch_and_again_later_is_one_message(store: Store) -> None:
    crowd = Writing(store)
    first, second = [one.conversation.id for one in await opened(crowd, 2)]
    key = str(uuid4())
    twice = [said(first, "一度だけ", key=key), said(first, "一度だけ", key=key), said(second, "別の人", key=key), said(first, "次")]
    assert await asyncio.gather(*(crowd.accept("taiki", one) for one in twice)) == [2, 2, 2, 3]
    assert crowd.batches == [("taiki", 4)]
    assert await crowd.accept("taiki", twice[0]) == 2
    assert await words(store, first) == [(2, "一度だけ"), (3, "次")]
    async with store.reading("taiki") as session:
        assert await session.scalar(select(func.count()).select_from(InboxItem)) == 3


async def test_who_has_gone_is_told_so_and_neighbours_are_stored(store: Store) -> None:
    crowd = Writing(store)
    people = [one.conversation.id for one in await opened(crowd, 3)]
    people.insert(1, new_id(at_noon()))
    got = await asyncio.gather(*(crowd.accept("taiki", said(one)) for one in people), return_exceptions=True)
    assert [one if isinstance(one, int) else type(one).__name__ for one in got] == [2, "LookupError", 2, 2]
    assert crowd.batches == [("taiki", 4)]


async def test_a_message_that_breaks_its_transaction_fails_nobody_else(store: Store) -> None:
    """Its conversation's key has been destroyed meanwhile: nothing can be sealed for it any more."""
    crowd = Crowd(store)
    people = [one.conversation.id for one in await opened(crowd, 5)]
    async with store.town("taiki") as session:
        conversation = await session.get_one(Conversation, people[2])
        store.keys.destroy(await session.get_one(DataKey, conversation.data_key_id), now=at_noon())
    got = await asyncio.gather(*(crowd.accept("taiki", said(one)) for one in people), return_exceptions=True)
    assert [type(one) for one in got] == [int, int, KeyDestroyed, int, int]
    async with store.reading("taiki") as session:
        kept = set(await session.scalars(select(Message.conversation_id).where(Message.sender == "resident")))
    assert kept == {*people} - {people[2]}


async def test_two_towns_at_once_never_meet(store: Store) -> None:
    crowd = Writing(store)
    (here,), (there,) = await opened(crowd, 1), await opened(crowd, 1, "itoman")
    ours, theirs = here.conversation.id, there.conversation.id
    got = await asyncio.gather(
        crowd.accept("taiki", said(ours, "大樹")), crowd.accept("itoman", said(theirs, "糸満")), crowd.accept("taiki", said(theirs, "よその町")),
        crowd.accept("itoman", said(theirs, "糸満2")), return_exceptions=True,
    )
    assert [one if isinstance(one, int) else type(one).__name__ for one in got] == [2, 2, "LookupError", 3]
    assert sorted(crowd.batches) == [("itoman", 2), ("taiki", 2)]
    assert await words(store, ours) == [(2, "大樹")]
    assert await words(store, theirs, "itoman") == [(2, "糸満"), (3, "糸満2")]
    assert tuple(await asyncio.gather(
        crowd.may_use("taiki", ours, here.token), crowd.may_use("taiki", theirs, there.token), crowd.may_use("itoman", theirs, there.token),
    )) == (True, False, True)
    assert await crowd.read("taiki", theirs, after=0) is None
    assert await crowd.read("itoman", theirs, after=3) == []


async def test_tokens_and_threads_asked_for_together_stay_with_their_own(store: Store) -> None:
    crowd = Crowd(store)
    made = await opened(crowd, 6)
    for number, one in enumerate(made):
        for _ in range(number):
            await crowd.accept("taiki", said(one.conversation.id, one.token[-5:]))
    pairs = [(one, other) for one in made for other in made]
    fits = await asyncio.gather(*(crowd.may_use("taiki", one.conversation.id, other.token) for one, other in pairs))
    assert fits == [one is other for one, other in pairs]
    threads = await asyncio.gather(*(crowd.read("taiki", one.conversation.id, after=1) for one in made))
    assert [[message["text"] for message in thread or ()] for thread in threads] == [
        [one.token[-5:]] * number for number, one in enumerate(made)
    ]


async def test_between_its_transactions_on_sqlite_others_find_the_file_free(sqlite_url: str, keys: KeyRing) -> None:
    """A webhook and the worker look each millisecond; openings, messages and towns together must not close every gap."""
    marks: list[tuple[str, float]] = []

    def mark(name: str) -> Callable[..., None]:
        return lambda *_: marks.append((name, time.perf_counter()))

    async with open_store(sqlite_url, keys) as store:
        crowd = Crowd(store)
        towns = {town: [one.conversation.id for one in await opened(crowd, 2, town)] for town in ("taiki", "itoman")}
        watched = [("begin", mark("begin")), ("checkin", mark("checkin"))]
        for name, heard in watched:
            event.listen(store.engine.sync_engine, name, heard)
        writing = [crowd.accept(town, said(one)) for town, people in towns.items() for one in people * 4]
        await asyncio.gather(*writing, *(opened(crowd, 3, town) for town in towns))
        for name, heard in watched:
            event.remove(store.engine.sync_engine, name, heard)
    assert [name for name, _ in marks] == ["begin", "checkin"] * (len(marks) // 2)
    assert len(marks) >= 8
    times = [at for _, at in marks]
    assert min(begun - ended for ended, begun in zip(times[1::2], times[2::2], strict=False)) >= BREATH * 0.9


async def test_two_processes_give_one_conversation_sequences_without_gap(store: Store) -> None:
    crowds = [Crowd(store), Crowd(store)]
    (one,) = await opened(crowds[0], 1)
    keys = [str(uuid4()) for _ in range(20)]
    got = await asyncio.gather(*(
        crowd.accept("taiki", said(one.conversation.id, key=key)) for key in keys for crowd in crowds
    ))
    assert got[::2] == got[1::2], "the same message has the same place"
    assert sorted(got[::2]) == list(range(2, 22))


async def test_who_has_a_conversation_in_hand_is_waited_for(store: Store) -> None:
    crowd = Crowd(store)
    (one,) = await opened(crowd, 1)
    async with store.town("taiki") as session:
        conversation = await webchat.hold(session, one.conversation.id)
        webchat.keep(session, conversation, "先に", "1", now=at_noon())
        await session.flush()
        writing = asyncio.create_task(crowd.accept("taiki", said(one.conversation.id)))
        await asyncio.sleep(0.1)
        assert not writing.done()
    assert await writing == 3


async def test_what_waits_at_the_end_is_stored(store: Store) -> None:
    crowd = Crowd(store)
    people = [one.conversation.id for one in await opened(crowd, 10)]
    writing = [asyncio.create_task(crowd.accept("taiki", said(one))) for one in people * 2]
    await asyncio.sleep(0)
    await crowd.close()
    assert sorted([await one for one in writing]) == [2] * 10 + [3] * 10
    with pytest.raises(Busy):
        await crowd.accept("taiki", said(people[0]))


async def test_kill_9_loses_nothing_that_was_acknowledged(store: Store, database_url: str, tmp_path: Path) -> None:
    """A process takes messages in and prints what was acknowledged, until it is killed in the middle of it; twice."""
    people = [one.conversation.id for one in await opened(Crowd(store), 8)]
    acknowledged: dict[str, tuple[str, int]] = {}
    for run in ("a", "b"):
        acknowledged |= await _killed_in_flight(database_url, tmp_path / "key", run, people)
    stored: dict[str, tuple[str, int]] = {}
    for conversation in people:
        thread = await words(store, conversation)
        assert [sequence for sequence, _ in thread] == list(range(2, len(thread) + 2))
        stored |= {name: (str(conversation), sequence) for sequence, name in thread}
    assert len(acknowledged) > 60
    assert acknowledged.items() <= stored.items()
    async with store.reading("taiki") as session:
        assert await session.scalar(select(func.count()).select_from(InboxItem)) == len(stored)


async def _killed_in_flight(url: str, key: Path, run: str, people: Sequence[UUID]) -> dict[str, tuple[str, int]]:
    arguments = ("-m", "tests.handoff.intake.crowding", url, str(key), run, *map(str, people))
    child = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    lines: list[bytes] = []
    while len(lines) < 40:
        line = await asyncio.wait_for(child.stdout.readline(), 60)
        assert line, "the child ended by itself"
        lines.append(line)
    os.kill(child.pid, signal.SIGKILL)
    rest = await child.stdout.read()
    lines += [line for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
    await child.wait()
    told = [line.decode().split() for line in lines]
    return {name: (conversation, int(sequence)) for conversation, sequence, name in told}
