"""The month's pushes of LINE accounts: asked at most hourly, kept on the account, shown to staff.

Asked with no transaction open. Knows LINE only as a channel that can be asked.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable
from uuid import UUID

from sqlalchemy import or_, select

from bots.channel import Channel
from bots.types import Quota
from handoff.clock import Clock
from handoff.store.db import Store
from handoff.store.models import ChannelAccount

ASKED_AGAIN_AFTER = timedelta(hours=1)


@runtime_checkable
class Metered(Protocol):
    """A channel whose platform counts what is pushed."""

    async def quota(self) -> Quota | None: ...


@dataclass(frozen=True, slots=True)
class Quotas:
    """Asks for all accounts whose figures are an hour old. channel_of: as the sender has it."""

    store: Store
    clock: Clock
    channel_of: Callable[[UUID], Awaitable[Channel | None]]

    async def look(self) -> int:
        """Ask where it is time. Returns how many accounts were asked; a platform that does not answer is asked in an hour."""
        due = await self._take()
        for account_id, municipality_id in due:
            found = await _ask(await self.channel_of(account_id))
            if found is not None:
                await self._keep(account_id, municipality_id, found)
        return len(due)

    async def _take(self) -> list[tuple[UUID, str]]:
        """The accounts that are due, marked as asked so that no other worker asks too."""
        now = self.clock()
        async with self.store.everywhere() as session:
            rows = list(await session.scalars(
                select(ChannelAccount)
                .where(ChannelAccount.kind == "line")
                .where(or_(ChannelAccount.quota_at.is_(None), ChannelAccount.quota_at <= now - ASKED_AGAIN_AFTER))
                .with_for_update(skip_locked=True, of=ChannelAccount)
            ))
            for row in rows:
                row.quota_at = now
            return [(row.id, row.municipality_id) for row in rows]

    async def _keep(self, account_id: UUID, municipality_id: str, found: Quota) -> None:
        async with self.store.town(municipality_id) as session:
            account = await session.get(ChannelAccount, account_id)
            if account is not None:
                account.quota_limit, account.quota_used = found.limit, found.used


async def _ask(channel: object) -> Quota | None:
    return await channel.quota() if isinstance(channel, Metered) else None
