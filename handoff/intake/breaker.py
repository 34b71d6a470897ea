"""The circuit breaker of an account: a platform that only fails is left alone for a while, a little longer each time.

Its state is two columns of the account, so that all workers share it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bots.errors import Retryable, SendError, Unauthorised, Uncertain
from handoff.store.db import Store
from handoff.store.models import ChannelAccount

PLATFORM = "platform"
STOPPED = "channel_stopped"
"""The event of an account whose credentials a platform refuses: it names neither account nor resident."""
FAULTS = frozenset({"platform_fault", "timeout", "no_connection", "connection_lost"})
OPENS_AT = 5
"""Faults in a row. Fewer are weather."""
FIRST, LONGEST = timedelta(seconds=15), timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one batch on one account: calls that the platform answered as it should, and its own faults."""

    answered: int = 0
    faults: int = 0

    def plus(self, why: SendError | None) -> "Tally":
        """With one more call. A refusal of credentials is neither: it has a pause of its own."""
        if isinstance(why, Unauthorised):
            return self
        fault = isinstance(why, Uncertain) or (isinstance(why, Retryable) and why.code in FAULTS)
        return Tally(self.answered + (not fault), self.faults + fault)


def pause_after(failures: int, *, spread: float) -> timedelta | None:
    """How long to leave it alone after so many faults in a row; spread in [0, 1) keeps accounts from coming back at once."""
    if failures < OPENS_AT:
        return None
    doubled = FIRST * 2.0 ** min((failures - OPENS_AT) // OPENS_AT, 10)
    return min(doubled, LONGEST) * (0.75 + spread / 2)


async def settle(
    store: Store, account_id: UUID, municipality_id: str, tally: Tally, *, spread: float, now: datetime
) -> None:
    """Write a batch down: one proper answer closes the breaker, faults alone open it."""
    async with store.town(municipality_id) as session:
        account = await session.get(ChannelAccount, account_id)
        if account is None:
            return
        if tally.answered:
            account.failures, account.paused_until, account.pause_reason = 0, None, None
            return
        account.failures += tally.faults
        pause = pause_after(account.failures, spread=spread)
        if pause is not None:
            account.paused_until, account.pause_reason = now + pause, PLATFORM
