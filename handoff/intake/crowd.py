"""A whole town at the chat at once, as after an earthquake: what each resident asks is done for all who wait in one transaction.

Measured: a transaction of its own for each message takes 20 to 60 a second, one for all that wait several hundred. Knows no HTTP.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.intake import webchat
from handoff.intake.webchat import Entering, Opened, Said
from handoff.store.db import Store
from handoff.store.gathering import WAITING, Asked, Gathering

BREATH = 0.003
"""Seconds between two writing transactions on SQLite: a webhook and the worker look for their turn at the file each millisecond."""
PROVED_TOGETHER = 200
"""Tokens looked up by one statement."""


class Crowd:
    """One a web process. waiting: how many may wait for each kind of answer.

    Each raises Busy when too many wait or the database is away: come again.
    """

    def __init__(self, store: Store, *, waiting: int = WAITING) -> None:
        self._store = store
        self._turn = asyncio.Lock()
        self._opening = Gathering(self._open_all, waiting=waiting)
        self._writing = Gathering(self._accept_all, waiting=waiting)
        self._proving = Gathering(self._prove_all, waiting=waiting, together=PROVED_TOGETHER)
        self._reading = Gathering(self._read_all, waiting=waiting)

    async def open(self, town: str, entering: Entering) -> Opened:
        """A new conversation, stored for good."""
        return await self._opening.ask(town, entering)

    async def accept(self, town: str, said: Said) -> int:
        """The message's sequence once it is stored for good; the same id again → the same sequence. LookupError when the
        conversation has gone.
        """
        sequence = await self._writing.ask(town, said)
        if sequence is None:
            raise LookupError(said.conversation_id)
        return sequence

    async def may_use(self, town: str, conversation_id: UUID, token: str) -> bool:
        """Whether the token is that of this conversation."""
        return await self._proving.ask(town, (conversation_id, token))

    async def read(self, town: str, conversation_id: UUID, *, after: int) -> list[dict[str, Any]] | None:
        """What was said after a sequence (`webchat.read`); None when it has gone or its token no longer opens it."""
        return await self._reading.ask(town, (conversation_id, after))

    async def close(self) -> None:
        """Store what waits; take nothing more."""
        for gathering in (self._opening, self._writing, self._proving, self._reading):
            await gathering.close()

    @asynccontextmanager
    async def _town(self, town: str) -> AsyncIterator[AsyncSession]:
        """A writing transaction. On SQLite, where all towns share one file, the next of ours begins a breath after it."""
        if self._store.url.get_backend_name() != "sqlite":
            async with self._store.town(town) as session:
                yield session
            return
        await self._turn.acquire()
        try:
            async with self._store.town(town) as session:
                yield session
        finally:
            asyncio.get_running_loop().call_later(BREATH, self._turn.release)

    async def _open_all(self, town: str, asked: Asked[Entering]) -> list[Opened]:
        async with self._town(town) as session:
            return await webchat.open_all(session, town, asked(), keys=self._store.keys, now=self._store.clock())

    async def _accept_all(self, town: str, asked: Asked[Said]) -> list[int | None]:
        async with self._town(town) as session:
            return await webchat.accept_all(session, asked(), keys=self._store.keys)

    async def _prove_all(self, town: str, asked: Asked[tuple[UUID, str]]) -> list[bool]:
        async with self._store.reading(town) as session:
            return await webchat.may_use_all(session, asked())

    async def _read_all(self, town: str, asked: Asked[tuple[UUID, int]]) -> list[list[dict[str, Any]] | None]:
        async with self._store.reading(town) as session:
            return await webchat.read_all(session, asked())
