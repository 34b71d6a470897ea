"""Wake-ups: something was committed, look at the database. Ids only; may be lost, may come twice; events are the truth.

Within a process directly; to other processes over links: a socket pair between `serve` and its worker
(`handoff.store.links.PipeLink`), LISTEN/NOTIFY on PostgreSQL (`handoff.store.listen.PostgresLink`). Who waits must
also poll now and then.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self
from uuid import UUID
from weakref import WeakKeyDictionary

DEBOUNCE = 0.01
"""Seconds that notices for other processes are gathered."""
ALL = "*"


@dataclass(frozen=True, slots=True)
class Notice:
    """One event's ids, or "look at everything" (municipality_id `*`)."""

    municipality_id: str
    kind: str
    conversation_id: UUID | None = None
    ticket_id: UUID | None = None

    def as_line(self) -> str:
        """For a link: four words, `-` for none."""
        return f"{self.municipality_id} {self.kind} {self.conversation_id or '-'} {self.ticket_id or '-'}"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """The notice of a line; a damaged line wakes everybody."""
        words = line.split(" ")
        if len(words) != 4:
            return cls(ALL, ALL)
        try:
            conversation, ticket = (None if word == "-" else UUID(word) for word in words[2:])
        except ValueError:
            return cls(ALL, ALL)
        return cls(words[0], words[1], conversation, ticket)


class Link(Protocol):
    """A way to other processes. `send` never blocks and never raises."""

    def start(self, wake: Wake) -> None: ...
    def send(self, lines: Sequence[str]) -> None: ...
    async def close(self) -> None: ...


class Subscription:
    """Somebody who waits. Remembers that something came while nobody was waiting."""

    def __init__(
        self, wake: Wake, *, municipality_id: str | None, conversation_id: UUID | None, kinds: frozenset[str]
    ) -> None:
        self._wake = wake
        self._event = asyncio.Event()
        self.municipality_id = municipality_id
        self.conversation_id = conversation_id
        self.kinds = kinds

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109
        """Until something came since the last wait. False after `timeout` seconds without anything."""
        try:
            async with asyncio.timeout(timeout):  # wait_for may lose a cancel (Python 3.11)
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    async def __aiter__(self) -> AsyncIterator[None]:
        while await self.wait():
            yield

    def ring(self) -> None:
        """Wake whoever waits here."""
        self._event.set()

    def wants(self, notice: Notice) -> bool:
        """Whether this notice is for us."""
        if notice.municipality_id == ALL:
            return True
        in_town = self.municipality_id in (None, notice.municipality_id)
        return in_town and (not self.kinds or notice.kind in self.kinds)

    def close(self) -> None:
        """Stop listening."""
        self._wake._forget(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Wake:
    """The wake-ups of one process. Belongs to one event loop."""

    def __init__(self) -> None:
        self._broad: set[Subscription] = set()
        self._by_conversation: defaultdict[UUID, set[Subscription]] = defaultdict(set)
        self._of_tasks: WeakKeyDictionary[asyncio.Task[object], Subscription] = WeakKeyDictionary()
        self._links: list[Link] = []
        self._started = False
        self._unsent: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def subscribe(
        self, *, municipality_id: str | None = None, conversation_id: UUID | None = None, kinds: Sequence[str] = ()
    ) -> Subscription:
        """Wait for all, for a town, or for one conversation; of all kinds or of some. Close it, or use `with`."""
        self._start_links()
        subscription = Subscription(
            self, municipality_id=municipality_id, conversation_id=conversation_id, kinds=frozenset(kinds)
        )
        group = self._broad if conversation_id is None else self._by_conversation[conversation_id]
        group.add(subscription)
        return subscription

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109
        """Until anything came since this task's last wait. False after `timeout` seconds."""
        task = asyncio.current_task()
        assert task is not None
        subscription = self._of_tasks.get(task)
        if subscription is None:
            subscription = self._of_tasks[task] = self.subscribe()
            task.add_done_callback(lambda _: subscription.close())
        return await subscription.wait(timeout)

    def notify(self, *notices: Notice) -> None:
        """Wake those concerned here, and soon those in other processes. Without arguments: everybody."""
        told = notices or (Notice(ALL, ALL),)
        self.dispatch(told)
        if self._links:
            self._unsent.update(dict.fromkeys(notice.as_line() for notice in told))
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(DEBOUNCE, self.flush)

    def dispatch(self, notices: Sequence[Notice]) -> None:
        """Wake those concerned in this process only (links call it for what they receive)."""
        for notice in notices:
            for subscription in [*self._broad, *self._close_to(notice)]:
                if subscription.wants(notice):
                    subscription.ring()

    def _close_to(self, notice: Notice) -> list[Subscription]:
        if notice.municipality_id == ALL:
            return [subscription for group in self._by_conversation.values() for subscription in group]
        return [] if notice.conversation_id is None else list(self._by_conversation.get(notice.conversation_id, ()))

    def flush(self) -> None:
        """Send what other processes have not heard yet."""
        lines, self._unsent, self._timer = list(self._unsent), {}, None
        if not lines:
            return
        self._start_links()
        for link in self._links:
            link.send(lines)

    def join(self, link: Link) -> None:
        """Reach other processes over this link too."""
        self._links.append(link)
        if self._started:
            link.start(self)

    def leave(self, link: Link) -> None:
        """Forget a link (its other end is gone)."""
        if link in self._links:
            self._links.remove(link)

    def attach(self, fd: int, *, write: int | None = None) -> None:
        """Join the process at the other end of a socket pair (or of two pipes). Needs a running loop."""
        from handoff.store.links import PipeLink

        link = PipeLink(fd, fd if write is None else write)
        link.start(self)
        self._links.append(link)

    async def close(self) -> None:
        """Send the rest and close all links."""
        if self._timer is not None:
            self._timer.cancel()
        self.flush()
        for link in list(self._links):
            await link.close()
        self._links.clear()

    def _start_links(self) -> None:
        if not self._started:
            self._started = True
            for link in self._links:
                link.start(self)

    def _forget(self, subscription: Subscription) -> None:
        if subscription.conversation_id is None:
            self._broad.discard(subscription)
            return
        group = self._by_conversation.get(subscription.conversation_id)
        if group is not None:
            group.discard(subscription)
            if not group:
                del self._by_conversation[subscription.conversation_id]
