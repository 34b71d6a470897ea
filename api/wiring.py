"""The composition root: builds store, knowledge, triage, channels from settings. Nothing else builds them.

No SDK and no SudachiPy here: the web process stays thin. What judges is built in `judging.py`.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from api.settings import Settings
from handoff.clock import Clock
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.wake import Wake
from knowledge.loader import Knowledge, load


def clock_from(settings: Settings) -> Clock:
    """The real clock; with TESTING and NOW one that starts at NOW and goes on from there."""
    if settings.now is None:
        return lambda: datetime.now(UTC)
    shift = settings.now - datetime.now(UTC)
    return lambda: datetime.now(UTC) + shift


@dataclass
class Services:
    """What a request may use, kept in `app.state.services`. Knowledge arrives a moment after the first byte."""

    settings: Settings
    clock: Clock
    store: Store
    loaded: asyncio.Future[Knowledge] = field(repr=False)

    @property
    def wake(self) -> Wake:
        """Wake-ups after each commit, of this process and of the others."""
        return self.store.wake

    async def knowledge(self) -> Knowledge:
        """The knowledge, waiting for it where it is still being read."""
        return await asyncio.shield(self.loaded)


def load_knowledge(settings: Settings) -> Knowledge:
    """Knowledge of all towns, from the cache under `var/` where it is fresh."""
    return load(cache=settings.var / "knowledge")


async def open_services(settings: Settings, *, wake: Wake | None = None) -> Services:
    """Open the database and begin to read the knowledge. The caller closes with `close_services`."""
    keys = KeyRing.open(settings.key_path, create=False)
    clock = clock_from(settings)
    store = await Store.open(settings.database, keys=keys, clock=clock, wake=wake)
    loop = asyncio.get_running_loop()
    loaded = loop.run_in_executor(None, load_knowledge, settings)
    return Services(settings=settings, clock=clock, store=store, loaded=loaded)


async def close_services(services: Services) -> None:
    services.loaded.cancel()
    await services.store.close()
