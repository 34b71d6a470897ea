"""Long polling: for a town without a public address, its worker asks Telegram for what has come in.

What comes is written to the inbox before it is confirmed by the next question, and the inbox knows each update once: a
crash in between costs nothing. Must not know what updates mean.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable
from uuid import UUID

from bots.errors import Retryable, SendError
from bots.raw import RawIncoming
from handoff.clock import Clock
from handoff.intake.accounts import Account, Accounts
from handoff.intake.arrivals import sealed
from handoff.privacy.keys import KeyRing
from handoff.store.journal import Journal

MODE = "polling"
WAIT_SECONDS = 5
"""How long a question may stay open: also how long a worker that is told to stop may take."""
REST = timedelta(seconds=10)


@runtime_checkable
class Pollable(Protocol):
    """A channel that can be asked. after: the last update seen; returns each with its number, oldest first. SendError."""

    async def updates(self, *, after: int, wait: int) -> list[tuple[int, RawIncoming]]: ...


@dataclass
class Poller:
    """Asks for all polling accounts at once. channel_of None: not there, or no channel that can be asked."""

    accounts: Accounts
    journal: Journal
    keys: KeyRing
    clock: Clock
    channel_of: Callable[[UUID], Awaitable[Pollable | None]]
    _seen: dict[UUID, int] = field(default_factory=dict)
    _rest_until: dict[UUID, datetime] = field(default_factory=dict)

    async def drain(self) -> int:
        """How many updates came in."""
        now = self.clock()
        asked = [one for one in await self.accounts.of_mode(MODE, now=now) if self._rest_until.get(one.id, now) <= now]
        return sum(await asyncio.gather(*(self._ask(account) for account in asked)))

    async def _ask(self, account: Account) -> int:
        channel = await self.channel_of(account.id)
        if channel is None:
            return 0
        try:
            found = await channel.updates(after=self._seen.get(account.id, 0), wait=WAIT_SECONDS)
        except SendError as why:
            asked = why.retry_after if isinstance(why, Retryable) and why.retry_after else 0.0
            self._rest_until[account.id] = self.clock() + max(REST, timedelta(seconds=min(asked, 3600.0)))
            return 0
        now = self.clock()
        if found:
            await self.journal.append([sealed(account, event, keys=self.keys, now=now) for _, event in found])
            self._seen[account.id] = max(number for number, _ in found)
        return len(found)
