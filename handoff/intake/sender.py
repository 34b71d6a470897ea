"""Handing claimed outbox rows to their platforms, and turning what happened into an outcome.

Many conversations at once, in order within each; no transaction is open while a platform is called.
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
from handoff.intake import breaker, outbox
from handoff.intake.breaker import Tally
from handoff.intake.entrance import Doors
from handoff.intake.outbox import Outcome, Sending
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.models import ChannelAccount
from knowledge.schema.contact_ways import SafeContact

PAUSE_WHEN_UNAUTHORISED = timedelta(minutes=10)
LONGEST_ASKED = 3600.0
"""Seconds that a platform may make us wait; a larger figure is no reason to fall silent for days."""


@dataclass
class Sender:
    """Drains the outbox. channel_of opens (and keeps) the channel of an account; None when the account is gone.

    All rows of a batch go out at once: none waits for a slot while its lease runs out. `most` bounds them.
    """

    store: Store
    clock: Clock
    channel_of: Callable[[UUID], Awaitable[Channel | None]]
    chance: Random
    most: int = outbox.CLAIM_AT_ONCE
    doors: Doors | None = None
    ways: SafeContact | None = None
    _well: set[UUID] = field(default_factory=set)
    """Accounts whose breaker is known to be closed: nothing to write for them."""
    _taking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Two who are woken by the same row look one after the other: the second sees that it is taken, and writes nothing."""

    async def drain(self) -> int:
        """Send one batch. Returns how many rows were claimed."""
        async with self._taking:
            claimed = await outbox.claim(self.store, now=self.clock(), most=self.most, doors=self.doors, ways=self.ways)
        if not claimed:
            return 0
        tried = await asyncio.gather(*(self._one(sending) for sending in claimed))
        results = list(zip(claimed, (outcome for outcome, _ in tried), strict=True))
        await outbox.record(self.store, results, now=self.clock())
        await self._settle([(sending, why) for sending, (_, why) in zip(claimed, tried, strict=True)])
        return len(claimed)

    async def _settle(self, tried: list[tuple[Sending, SendError | None]]) -> None:
        """What the batch says about each account: stop it, leave it alone for a while, or all is well."""
        towns = {sending.account_id: sending.municipality_id for sending, _ in tried}
        for account_id, municipality_id in towns.items():
            tally, refused = Tally(), None
            for why in (why for sending, why in tried if sending.account_id == account_id):
                tally, refused = tally.plus(why), why if isinstance(why, Unauthorised) else refused
            if refused is not None:
                await self._pause(account_id, municipality_id, refused.code)
            elif tally.faults or account_id not in self._well:
                spread = self.chance.random()
                await breaker.settle(self.store, account_id, municipality_id, tally, spread=spread, now=self.clock())
            (self._well.add if tally.answered and refused is None else self._well.discard)(account_id)

    async def _one(self, sending: Sending) -> tuple[Outcome, SendError | None]:
        """What became of one row, and what the platform said where it did not take it."""
        try:
            channel = await self.channel_of(sending.account_id)
        except Exception as why:  # nothing has left this machine yet
            return self._later(sending, type(why).__name__), None
        if channel is None:
            return Outcome("failed", error="no_channel"), None
        address = Address(to=sending.to, retry_key=str(sending.id), reply_token=sending.reply_token)
        try:
            await channel.send(address, sending.bubbles)
        except SendError as why:
            return self._after(sending, why), why
        except Exception as why:  # a fault of ours, and it may have arrived: neighbours must not suffer for it
            return Outcome("uncertain", error=type(why).__name__[:80]), None
        return Outcome("sent"), None

    def _after(self, sending: Sending, why: SendError) -> Outcome:
        if isinstance(why, ReplyExpired):
            return Outcome("queued", error=why.code, again_at=self.clock(), push_next=True)
        if isinstance(why, Uncertain):
            return Outcome("uncertain", error=why.code)
        if isinstance(why, Rejected):
            return Outcome("failed", error=why.code)
        least = timedelta(0)
        if isinstance(why, Retryable) and why.retry_after is not None:
            least = timedelta(seconds=min(why.retry_after, LONGEST_ASKED))
        if isinstance(why, Unauthorised):
            least = PAUSE_WHEN_UNAUTHORISED
        return self._later(sending, why.code, least=least)

    def _later(self, sending: Sending, code: str, *, least: timedelta = timedelta(0)) -> Outcome:
        """Again after a growing pause, until LINE would have forgotten the retry key."""
        now = self.clock()
        if now - sending.created_at > outbox.GIVE_UP_AFTER:
            return Outcome("failed", error=f"gave_up:{code}"[:80])
        wait = outbox.back_off(sending.attempts, spread=self.chance.random())
        return Outcome("queued", error=code[:80], again_at=now + max(wait, least))

    async def _pause(self, account_id: UUID, municipality_id: str, code: str) -> None:
        """Stop a channel whose credentials don't work, so that staff see one alarm and not a thousand failures.

        Tried again after each pause; staff are told (`notices`, `alerts`) when it stops, not each time it stays so.
        """
        async with self.store.town(municipality_id) as session:
            account = await session.get(ChannelAccount, account_id, with_for_update=True)
            if account is None:
                return
            if account.pause_reason in (None, breaker.PLATFORM):
                await emit(session, kind=breaker.STOPPED)
            account.paused_until, account.pause_reason = self.clock() + PAUSE_WHEN_UNAUTHORISED, code
