"""Handing claimed outbox rows to their platforms, and turning what happened into an outcome.

Eight conversations at once, in order within each; no transaction is open while a platform is called.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

from bots.channel import Channel
from bots.errors import Rejected, ReplyExpired, Retryable, SendError, Unauthorised, Uncertain
from bots.types import Address
from handoff.clock import Clock
from handoff.intake import outbox
from handoff.intake.outbox import Outcome, Sending
from handoff.store.db import Store
from handoff.store.models import ChannelAccount

AT_ONCE = 8
PAUSE_WHEN_UNAUTHORISED = timedelta(minutes=10)


@dataclass
class Sender:
    """Drains the outbox. channel_of opens (and keeps) the channel of an account; None when the account is gone."""

    store: Store
    clock: Clock
    channel_of: Callable[[UUID], Awaitable[Channel | None]]
    chance: Random
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def drain(self) -> int:
        """Send one batch. Returns how many rows were claimed."""
        claimed = await outbox.claim(self.store, now=self.clock())
        if claimed:
            results = await asyncio.gather(*(self._one(sending) for sending in claimed))
            await outbox.record(self.store, results, now=self.clock())
        return len(claimed)

    async def _one(self, sending: Sending) -> tuple[Sending, Outcome]:
        async with self._slots:
            channel = await self.channel_of(sending.account_id)
            if channel is None:
                return sending, Outcome("failed", error="no_channel")
            address = Address(to=sending.to, retry_key=str(sending.id), reply_token=sending.reply_token)
            try:
                await channel.send(address, sending.bubbles)
            except SendError as why:
                if isinstance(why, Unauthorised):
                    await self._pause(sending, why.code)
                return sending, self._after(sending, why)
            return sending, Outcome("sent")

    def _after(self, sending: Sending, why: SendError) -> Outcome:
        now = self.clock()
        if isinstance(why, ReplyExpired):
            return Outcome("queued", error=why.code, again_at=now, push_next=True)
        if isinstance(why, Uncertain):
            return Outcome("uncertain", error=why.code)
        if isinstance(why, Rejected):
            return Outcome("failed", error=why.code)
        if now - sending.created_at > outbox.GIVE_UP_AFTER:
            return Outcome("failed", error=f"gave_up:{why.code}"[:80])
        wait = outbox.back_off(sending.attempts, spread=self.chance.random())
        if isinstance(why, Retryable) and why.retry_after is not None:
            wait = max(wait, timedelta(seconds=why.retry_after))
        if isinstance(why, Unauthorised):
            wait = max(wait, PAUSE_WHEN_UNAUTHORISED)
        return Outcome("queued", error=why.code, again_at=now + wait)

    async def _pause(self, sending: Sending, code: str) -> None:
        """Stop a channel whose credentials don't work, so that staff see one alarm and not a thousand failures."""
        async with self.store.town(sending.municipality_id) as session:
            account = await session.get(ChannelAccount, sending.account_id)
            if account is not None:
                account.paused_until, account.pause_reason = self.clock() + PAUSE_WHEN_UNAUTHORISED, code
