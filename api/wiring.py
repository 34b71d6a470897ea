"""The composition root: builds store, knowledge, triage, channels from settings. Nothing else builds them.

No SDK and no SudachiPy here: the web process stays thin. What judges is built in `judging.py`.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from api.first_look import FirstLook
from api.live import Live
from api.settings import Settings
from handoff.clock import Clock
from handoff.intake.crowd import Crowd
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.wake import Wake
from handoff.training.town import LIKE, with_training_files
from knowledge.loader import ROOT, Knowledge, Serving, load_serving


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
    loaded: asyncio.Future[Serving] = field(repr=False)
    live: Live = field(init=False, repr=False)
    crowd: Crowd = field(init=False, repr=False)
    first_look: FirstLook = field(default_factory=FirstLook, repr=False)

    def __post_init__(self) -> None:
        self.live = Live(self.store, self.loaded)
        self.crowd = Crowd(self.store)

    @property
    def wake(self) -> Wake:
        """Wake-ups after each commit, of this process and of the others."""
        return self.store.wake

    async def knowledge(self) -> Knowledge:
        """The knowledge as it is served now, waiting for it where it is still being read."""
        return await self.live.knowledge()


def load_knowledge(settings: Settings, *, root: Path = ROOT) -> Knowledge:
    """Knowledge of all towns as the files say it, without a database."""
    return load_files(settings, root=root).knowledge


def load_files(settings: Settings, *, root: Path = ROOT) -> Serving:
    """Knowledge of all towns with its files, from the cache under `var/` where it is fresh.

    A town whose files are wrong is served as it last was good; which files are wrong is logged.
    """
    serving = load_serving(root, cache=settings.var / "knowledge" if root == ROOT else None)
    for path, count in Counter(problem.file for problem in serving.problems).items():
        structlog.get_logger().warning("knowledge_wrong", path=path, count=count, version=serving.knowledge.version)
    if settings.demo and LIKE in serving.knowledge.towns:
        return with_training_files(serving)
    return serving


async def open_services(settings: Settings, *, wake: Wake | None = None, at_once: bool = False) -> Services:
    """Open the database (at_once: as a worker does) and begin to read the knowledge. The caller closes with
    `close_services`.
    """
    keys = KeyRing.open(settings.key_path, create=False)
    clock = clock_from(settings)
    store = await Store.open(settings.database, keys=keys, clock=clock, wake=wake, at_once=at_once)
    loop = asyncio.get_running_loop()
    loaded = loop.run_in_executor(None, load_files, settings)
    return Services(settings=settings, clock=clock, store=store, loaded=loaded)


async def close_services(services: Services) -> None:
    """What waits is stored first."""
    services.loaded.cancel()
    await services.crowd.close()
    await services.store.close()
