"""The worker: reads the inbox, thinks, answers, sends. `tsunagu worker`, and the child of `tsunagu serve`.

Woken by the store's wake-ups; polls as a fallback. Many workers may run over one PostgreSQL database.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast
from uuid import UUID

import structlog

from api.judging import build_answers, build_triage
from api.settings import Settings
from api.wiring import Services
from bots.channel import Channel
from bots.line import reading as line_reading
from bots.registry import ApiUrls, open_channel
from bots.telegram import reading as telegram_reading
from bots.types import ChannelKind, Incoming
from handoff.intake import inbox
from handoff.intake.accounts import Accounts
from handoff.intake.dialogue import Dialogue, LeaseLost
from handoff.intake.inbox import Claim
from handoff.intake.sender import Sender
from handoff.intake.turn import text_in
from knowledge.loader import Knowledge

log = structlog.get_logger()
POLL_SECONDS = 0.5
"""How long a missed wake-up may go unnoticed, and how exactly the pause after a bubble is kept."""
READERS = 4


@dataclass
class Channels:
    """Open channels of all accounts, made inside the worker's loop and rebuilt when credentials change."""

    services: Services
    accounts: Accounts
    _open: dict[UUID, tuple[Mapping[str, str], Channel]] = field(default_factory=dict)

    async def of(self, account_id: UUID) -> Channel | None:
        account = await self.accounts.by_id(account_id, now=self.services.clock())
        if account is None:
            return None
        held = self._open.get(account_id)
        if held is not None and held[0] == account.credentials:
            return held[1]
        if held is not None:
            await held[1].close()
        channel = open_channel(cast(ChannelKind, account.kind), account.credentials, urls=urls_of(self.services.settings))
        self._open[account_id] = (account.credentials, channel)
        return channel

    async def close(self) -> None:
        for _, channel in self._open.values():
            await channel.close()


def urls_of(settings: Settings) -> ApiUrls:
    return ApiUrls(line=settings.line_api_url, telegram=settings.telegram_api_url)


@dataclass
class Worker:
    """The loops: look (crisis words jump the queue), read, send. `run` ends when `stop` is set."""

    services: Services
    dialogue: Dialogue
    sender: Sender
    parsers: Mapping[str, Callable[[Mapping[str, Any]], Incoming]]
    is_crisis: Callable[[str], bool]
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        loops = [self._forever(self.read_once, "read") for _ in range(READERS)]
        await asyncio.gather(self._forever(self.look_once, "look"), self._forever(self.send_once, "send"), *loops)

    async def _forever(self, step: Callable[[], Awaitable[int]], name: str) -> None:
        """Repeat a step as long as it finds work; then wait for a wake-up or the poll. A failure is logged, never fatal."""
        while not self.stop.is_set():
            try:
                worked = await step()
            except Exception as why:
                log.error("worker_step_failed", kind=name, exc_info=why)
                worked = 0
                await asyncio.sleep(POLL_SECONDS)
            if not worked:
                await self.services.wake.wait(timeout=POLL_SECONDS)

    async def look_once(self) -> int:
        return await inbox.glance(
            self.services.store, is_crisis=self.is_crisis, now=self.services.clock(),
            text_of=lambda channel, raw: text_in(self.parsers[channel], raw) if channel in self.parsers else None,
        )

    async def read_once(self) -> int:
        claim = await inbox.claim(self.services.store, now=self.services.clock())
        if claim is None:
            return 0
        try:
            await self.dialogue.take(claim, now=self.services.clock())
        except LeaseLost:
            log.warning("lease_lost", municipality=claim.municipality_id)
        except Exception as why:
            log.error("turn_failed", municipality=claim.municipality_id, attempts=claim.attempts, exc_info=why)
            await self._give_back(claim, why)
        return 1

    async def _give_back(self, claim: Claim, why: Exception) -> None:
        """A later try, or, after the last, a ticket with the raw words for a person."""
        services, error = self.services, type(why).__name__
        if await inbox.release(services.store, claim, error=error, now=services.clock()):
            log.error("item_parked", municipality=claim.municipality_id, channel=claim.channel)
            await self.dialogue.park(claim, error=error, now=services.clock())

    async def send_once(self) -> int:
        return await self.sender.drain()


def build_worker(services: Services, knowledge: Knowledge) -> tuple[Worker, Channels]:
    """A worker over open services. Loads SudachiPy and the channel SDKs."""
    triage = build_triage(knowledge)
    parsers = {"line": line_reading.read, "telegram": telegram_reading.read}
    channels = Channels(services, Accounts(services.store))
    dialogue = Dialogue(
        services.store, knowledge, triage, parsers, services.settings.zone, build_answers(knowledge)
    )
    sender = Sender(services.store, services.clock, channels.of, Random())
    worker = Worker(services, dialogue, sender, parsers, lambda text: triage.glance(text) is not None)
    return worker, channels


async def work(services: Services) -> None:
    """Run until SIGTERM or SIGINT, then let what is in hand finish."""
    worker, channels = build_worker(services, await services.knowledge())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop.set)
    log.info("worker_ready")
    try:
        await worker.run()
    finally:
        await channels.close()
