"""Channel accounts in memory: what a hook needs at once (key → town, secret), read from the database and refreshed.

A new account works without restart: an unknown key is looked for in the database, at most once a second.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import ChannelAccount, DataKey, InboxItem, MunicipalityRow
from handoff.store.sealed import Sealer

STALE_AFTER = timedelta(seconds=15)
ASK_AGAIN_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Account:
    """An opened account. credentials: {"secret": …, "token": …}; seal: for what comes in over it, under its data key."""

    id: UUID
    municipality_id: str
    kind: str
    key: str
    mode: str
    credentials: Mapping[str, str] = field(repr=False)
    data_key_id: UUID
    seal: Sealer = field(repr=False)


@dataclass
class Accounts:
    """A small cache over the table."""

    store: Store
    _by_key: dict[str, Account] = field(default_factory=dict)
    _read_at: datetime | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def by_key(self, key: str, *, now: datetime) -> Account | None:
        """The account of a webhook path; None when there is none."""
        age = None if self._read_at is None else now - self._read_at
        if age is None or age > STALE_AFTER or (key not in self._by_key and age > ASK_AGAIN_AFTER):
            await self._renew(now=now)
        return self._by_key.get(key)

    async def by_id(self, account_id: UUID, *, now: datetime) -> Account | None:
        """The account of an outbox row. One that is not known yet is new: its first answer must not be lost."""
        if self._known(account_id) is None or self._stale(now):
            await self._renew(now=now)
        return self._known(account_id)

    async def with_credential(self, name: str, *, now: datetime) -> list[Account]:
        """All accounts whose credentials have something of this name."""
        if self._stale(now):
            await self._renew(now=now)
        return [account for account in self._by_key.values() if account.credentials.get(name)]

    async def of_mode(self, mode: str, *, now: datetime) -> list[Account]:
        """All accounts of a mode."""
        if self._stale(now):
            await self._renew(now=now)
        return [account for account in self._by_key.values() if account.mode == mode]

    def _known(self, account_id: UUID) -> Account | None:
        return next((account for account in self._by_key.values() if account.id == account_id), None)

    def _stale(self, now: datetime) -> bool:
        return self._read_at is None or now - self._read_at > STALE_AFTER

    async def _renew(self, *, now: datetime) -> None:
        """Read anew, once for all who ask at the same time: a batch of answers asks all at once."""
        before = self._read_at
        async with self._turn:
            if self._read_at == before:
                await self.refresh(now=now)

    async def refresh(self, *, now: datetime) -> None:
        async with self.store.reading_everywhere() as session:
            rows = list(await session.scalars(select(ChannelAccount)))
            self._by_key = {row.key: _opened(row) for row in rows}
        self._read_at = now


def _opened(row: ChannelAccount) -> Account:
    credentials: dict[str, Any] = row.credentials
    seal = InboxItem.raw.sealer(row.data_key)
    return Account(row.id, row.municipality_id, row.kind, row.key, row.mode, credentials, row.data_key_id, seal)


async def add(
    session: AsyncSession, *, municipality_id: str, kind: str, mode: str, credentials: Mapping[str, str], now: datetime
) -> ChannelAccount:
    """Store an account under a fresh key, 128 bits in hex: as a word of a command, none is taken for an option (-0Ab…).

    The webhook path is `/hooks/{kind}/{key}`.
    """
    town = await session.get_one(MunicipalityRow, municipality_id)
    key = await session.get_one(DataKey, town.data_key_id)
    account = ChannelAccount(
        id=new_id(now), municipality_id=municipality_id, created_at=now, data_key_id=key.id, data_key=key, kind=kind,
        key=token_hex(16), mode=mode, credentials=dict(credentials),
    )
    session.add(account)
    return account


async def renew(session: AsyncSession, key: str, *, token: str) -> bool:
    """Replace an account's access token and let what waits go. False when the town has no such account."""
    account = await session.scalar(select(ChannelAccount).where(ChannelAccount.key == key))
    if account is None:
        return False
    credentials: dict[str, Any] = account.credentials
    account.credentials = {**credentials, "token": token}
    account.paused_until, account.pause_reason, account.failures = None, None, 0
    return True
