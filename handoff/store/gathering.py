"""What many ask of one town at the same moment, answered together: one transaction for all who wait.

A town's questions are answered in the order of their coming, one transaction after another; towns do not wait for each
other. Nothing is promised before its transaction has ended. Must not know what is asked, nor open a session itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from handoff.store.errors import Busy

Q = TypeVar("Q")
A = TypeVar("A")
Asked = Callable[[], Sequence[Q]]
Work = Callable[[str, Asked[Q]], Awaitable[Sequence[A]]]
"""Answers a town's questions in one transaction, in their order; all of them or, by raising, none. It fetches them once its
transaction has begun: who comes while it waits for a lock is still of the party.
"""

WAITING = 2_000
"""Questions that may wait in all; who comes after them is told to come again."""
PATIENCE = 10.0
"""Seconds until who waits is told to come again."""
TOGETHER = 64
"""Questions a transaction: it holds a lock for a tenth of a second at most, even on a busy machine."""


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Q, A]):
    question: Q
    answer: asyncio.Future[A]


class Gathering(Generic[Q, A]):
    """One a process and kind of question."""

    def __init__(
        self, work: Work[Q, A], *, together: int = TOGETHER, waiting: int = WAITING, patience: float = PATIENCE
    ) -> None:
        self._work = work
        self._together, self._most, self._patience = together, waiting, patience
        self._queues: dict[str, deque[_Waiting[Q, A]]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def waiting(self) -> int:
        """Questions whose transaction has not begun."""
        return sum(map(len, self._queues.values()))

    async def ask(self, town: str, question: Q) -> A:
        """The answer, once its transaction has ended. Raises what the work raised for this question.

        Busy: too many wait, it took too long, or the database is away. Nothing is promised then, though it may have been done.
        """
        if self._closing or self.waiting >= self._most:
            raise Busy("待っている人が多すぎます。 / Too many are waiting.")
        waiting: _Waiting[Q, A] = _Waiting(question, asyncio.get_running_loop().create_future())
        self._line_of(town).append(waiting)
        try:
            async with asyncio.timeout(self._patience):
                return await waiting.answer
        except TimeoutError:
            raise Busy("データベースの返事が遅れています。 / The database is too slow.") from None

    async def close(self) -> None:
        """Take nothing more, and answer what waits."""
        self._closing = True
        await asyncio.gather(*self._running)

    def _line_of(self, town: str) -> deque[_Waiting[Q, A]]:
        """Where a town's questions wait; somebody begins to answer them where nobody does."""
        if town not in self._queues:
            self._queues[town] = deque()
            runner = asyncio.get_running_loop().create_task(self._run(town), name=f"gathering {town}")
            self._running.add(runner)
            runner.add_done_callback(self._running.discard)
        return self._queues[town]

    async def _run(self, town: str) -> None:
        queue = self._queues[town]
        try:
            while queue:
                await self._answer_next(town, queue)
        finally:
            del self._queues[town]

    def _next(self, queue: deque[_Waiting[Q, A]]) -> list[_Waiting[Q, A]]:
        """Who waits, the oldest first, without those who have gone."""
        batch: list[_Waiting[Q, A]] = []
        while queue and len(batch) < self._together:
            waiting = queue.popleft()
            if not waiting.answer.done():
                batch.append(waiting)
        return batch

    async def _answer_next(self, town: str, queue: deque[_Waiting[Q, A]]) -> None:
        """One transaction for those who wait when it has begun."""
        batch: list[_Waiting[Q, A]] = []

        def fetch() -> Sequence[Q]:
            batch.extend(self._next(queue))
            return _questions(batch)

        try:
            _tell(batch, await self._work(town, fetch))
        except Exception as problem:
            await self._without_the_bad(town, batch or self._next(queue), problem)

    async def _without_the_bad(self, town: str, batch: Sequence[_Waiting[Q, A]], problem: Exception) -> None:
        """Somebody's question has broken the transaction: the others are answered without it."""
        if len(batch) < 2 or isinstance(problem, Busy):
            _refuse(batch, problem)
            return
        half = len(batch) // 2
        for part in (batch[:half], batch[half:]):
            try:
                _tell(part, await self._work(town, partial(_questions, part)))
            except Exception as why:
                await self._without_the_bad(town, part, why)


def _questions(batch: Sequence[_Waiting[Q, A]]) -> Sequence[Q]:
    return [waiting.question for waiting in batch]


def _tell(batch: Sequence[_Waiting[Q, A]], answers: Sequence[A]) -> None:
    for waiting, answer in zip(batch, answers, strict=True):
        if not waiting.answer.done():
            waiting.answer.set_result(answer)


def _refuse(batch: Sequence[_Waiting[Q, A]], problem: Exception) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(problem)
