"""Who waits is answered together, in order, and nobody's question harms a neighbour's; bounded; what waits at the end is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from handoff.store.errors import Busy
from handoff.store.gathering import Asked, Gathering

TOWN = "taiki"


class Desk:
    """Doubles numbers, a batch at a time, once it is let go. Fails over any batch with a number of `bad`."""

    def __init__(self, *, bad: Sequence[int] = (), away: bool = False) -> None:
        self.bad, self.away = bad, away
        self.lock, self.go = asyncio.Event(), asyncio.Event()
        self.lock.set()
        self.go.set()
        self.turned_away = 0
        self.batches: list[tuple[str, list[int]]] = []

    async def double(self, town: str, asked: Asked[int]) -> list[int]:
        await self.lock.wait()
        if self.away:
            self.turned_away += 1
            raise Busy("away")
        batch = list(asked())
        self.batches.append((town, batch))
        await self.go.wait()
        if wrong := [one for one in batch if one in self.bad]:
            raise ValueError(f"{wrong[0]} breaks the transaction")
        return [2 * one for one in batch]

    @property
    def numbers(self) -> list[list[int]]:
        return [batch for _, batch in self.batches]


async def queued(gathering: Gathering[int, int], numbers: Sequence[int], town: str = TOWN) -> list[asyncio.Task[int]]:
    """Questions that are being asked, in this order."""
    tasks = [asyncio.create_task(gathering.ask(town, number)) for number in numbers]
    await asyncio.sleep(0)
    return tasks


async def test_who_comes_while_others_are_answered_is_answered_together_and_in_order() -> None:
    desk = Desk()
    desk.go.clear()
    gathering = Gathering(desk.double)
    first = await queued(gathering, [1])
    await asyncio.sleep(0)
    rest = await queued(gathering, range(2, 10))
    assert gathering.waiting == 8
    desk.go.set()
    assert await asyncio.gather(*first, *rest) == [2 * number for number in range(1, 10)]
    assert desk.numbers == [[1], list(range(2, 10))]


async def test_who_comes_while_the_lock_is_waited_for_is_of_the_party() -> None:
    desk = Desk()
    desk.lock.clear()
    gathering = Gathering(desk.double)
    first = await queued(gathering, [1, 2])
    await asyncio.sleep(0)
    rest = await queued(gathering, [3])
    desk.lock.set()
    assert await asyncio.gather(*first, *rest) == [2, 4, 6]
    assert desk.numbers == [[1, 2, 3]]


async def test_a_batch_is_never_larger_than_agreed() -> None:
    desk = Desk()
    await asyncio.gather(*await queued(Gathering(desk.double, together=4), range(10)))
    assert [len(batch) for batch in desk.numbers] == [4, 4, 2]


@pytest.mark.parametrize("bad", [(0,), (5,), (9,), (2, 3), tuple(range(10))])
async def test_a_bad_question_fails_nobody_else(bad: tuple[int, ...]) -> None:
    desk = Desk(bad=bad)
    answers = await asyncio.gather(*await queued(Gathering(desk.double), range(10)), return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, int)] == [2 * one for one in range(10) if one not in bad]
    for one in bad:
        assert str(answers[one]) == f"{one} breaks the transaction"


async def test_a_database_that_is_away_is_not_asked_again_for_each() -> None:
    desk = Desk(away=True)
    answers = await asyncio.gather(*await queued(Gathering(desk.double), range(10)), return_exceptions=True)
    assert all(isinstance(answer, Busy) for answer in answers)
    assert desk.turned_away == 1


async def test_towns_do_not_wait_for_each_other() -> None:
    desk = Desk()
    gathering = Gathering(desk.double)
    desk.go.clear()
    slow = await queued(gathering, [1, 2])
    await asyncio.sleep(0)
    desk.go = asyncio.Event()
    desk.go.set()
    assert await asyncio.wait_for(gathering.ask("itoman", 3), 5) == 6
    assert not any(task.done() for task in slow)
    assert desk.batches == [(TOWN, [1, 2]), ("itoman", [3])]
    for task in slow:
        task.cancel()


async def test_too_many_are_told_to_come_again() -> None:
    desk = Desk()
    desk.go.clear()
    gathering = Gathering(desk.double, waiting=3)
    first = await queued(gathering, [1])
    await asyncio.sleep(0)
    waiting = await queued(gathering, [2, 3, 4])
    with pytest.raises(Busy):
        await gathering.ask("itoman", 5)
    desk.go.set()
    assert await asyncio.gather(*first, *waiting) == [2, 4, 6, 8]
    assert await gathering.ask(TOWN, 6) == 12


async def test_who_has_waited_too_long_or_has_gone_is_left_out() -> None:
    desk = Desk()
    desk.go.clear()
    gathering = Gathering(desk.double, patience=0.2)
    first, *_ = await queued(gathering, [1])
    await asyncio.sleep(0)
    gone, late = await queued(gathering, [2, 3])
    gone.cancel()
    for slow in (first, late):
        with pytest.raises(Busy):
            await slow
    (patient,) = await queued(gathering, [4])
    desk.go.set()
    assert await patient == 8
    assert desk.numbers == [[1], [4]]


async def test_what_waits_at_the_end_is_answered_and_nothing_more_is_taken() -> None:
    desk = Desk()
    desk.go.clear()
    gathering = Gathering(desk.double, together=2)
    waiting = await queued(gathering, range(5))
    closing = asyncio.create_task(gathering.close())
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await gathering.ask(TOWN, 9)
    desk.go.set()
    await closing
    assert [task.result() for task in waiting] == [0, 2, 4, 6, 8]
