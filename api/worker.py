"""The worker: reads the inbox, thinks, answers, sends. `tsunagu worker`, and the child of `tsunagu serve`.

Woken by the store's wake-ups; polls as a fallback. Many workers may run over one PostgreSQL database.
"""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from random import Random
from typing import Any, cast
from uuid import UUID

import structlog

from api import noticing
from api.judging import Judging
from api.renewal import Renewal
from api.settings import Settings
from api.wiring import Services
from bots.channel import Platform
from bots.line import reading as line_reading
from bots.registry import ApiUrls, open_channel
from bots.telegram import reading as telegram_reading
from bots.types import ChannelKind, Incoming, Outgoing
from handoff.desk import handover
from handoff.intake import inbox, inquiry
from handoff.intake.accounts import Accounts
from handoff.intake.alerts import Alerts
from handoff.intake.dialogue import Dialogue, LeaseLost
from handoff.intake.entrance import Doors
from handoff.intake.groups import Groups
from handoff.intake.inbox import Claim
from handoff.intake.media import Collector, Scan
from handoff.intake.polling import Pollable, Poller
from handoff.intake.quota import Quotas
from handoff.intake.scanner import Clamd
from handoff.intake.sender import Sender
from handoff.intake.taps import plain, words_of
from handoff.intake.turn import text_in
from handoff.intake.voice import Voice
from handoff.store.journal import Journal
from handoff.store.wake import ALL, Notice
from knowledge.loader import Knowledge

log = structlog.get_logger()
POLL_SECONDS = 0.5
"""How long a missed wake-up may go unnoticed."""
HERE, READY = "", "ready"
"""Of no town, within this process: somebody's pause has ended."""
STEP = timedelta(seconds=0.05)
"""How exactly the pause after a bubble is kept."""
READERS = 2
TOGETHER = {"sqlite": 12, "postgresql": 16}
"""Conversations that one transaction settles: a commit a message costs more than the message, and twice as many cost a fifth
less each. On SQLite a webhook waits meanwhile for its turn to write: as long for twelve as it once did for eight."""
GATHER_SECONDS = 0.1
"""How long a reader that found nobody waits at least, so that what comes meanwhile is settled together."""
SENDERS = 2
COLLECTORS = 2
"""One that waits for a slow platform must not hold up everybody's answers."""
BATCH = 16
REST_SECONDS = 0.2
"""How long who found nothing to do beside the answers leaves the database alone."""
PARENT_SECONDS = 1.0
TEND_EVERY = timedelta(seconds=30)
QUOTA_SECONDS = 60.0
SLOW_SECONDS = 1.0
"""An answer that takes longer is announced; a faster one needs no announcing, and each costs a call."""


@dataclass
class Channels:
    """Open channels of all accounts, made inside the worker's loop and rebuilt when credentials change."""

    services: Services
    accounts: Accounts
    _open: dict[UUID, tuple[Mapping[str, str], Platform]] = field(default_factory=dict)
    _old: list[Platform] = field(default_factory=list)

    async def of(self, account_id: UUID) -> Platform | None:
        account = await self.accounts.by_id(account_id, now=self.services.clock())
        if account is None:
            return None
        held = self._open.get(account_id)
        if held is not None and held[0] == account.credentials:
            return held[1]
        channel = open_channel(cast(ChannelKind, account.kind), account.credentials, urls=urls_of(self.services.settings))
        self._open[account_id] = (account.credentials, channel)
        if held is not None:
            self._old.append(held[1])  # somebody may be sending over it
        return channel

    async def close(self) -> None:
        for channel in (*self._old, *(channel for _, channel in self._open.values())):
            await channel.close()


def urls_of(settings: Settings) -> ApiUrls:
    return ApiUrls(
        line=settings.line_api_url, line_data=settings.line_data_api_url, telegram=settings.telegram_api_url
    )


@dataclass
class Worker:
    """The loops: look (crisis words jump the queue), read, send, and `beside`: further steps by name, of which each says
    how much it found to do. `run` ends when `stop` is set.
    """

    services: Services
    dialogue: Dialogue
    sender: Sender
    parsers: Mapping[str, Callable[[Mapping[str, Any]], Incoming]]
    is_crisis: Callable[[str, str], bool]
    beside: Mapping[str, Callable[[], Awaitable[int]]] = field(default_factory=dict)
    groups: Groups | None = None
    quotas: Quotas | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    tended: datetime | None = None

    def take_up(self, judging: Judging) -> None:
        """From the next turn on, judge and answer by this."""
        self.dialogue = replace(
            self.dialogue, knowledge=judging.knowledge, triage=judging.triage, answers=judging.answers
        )
        self.sender.ways = judging.knowledge.safe_contact
        if self.sender.doors is not None:
            self.sender.doors = replace(self.sender.doors, knowledge=judging.knowledge)

    async def run(self) -> None:
        readers = [self._forever(self.read_once, "read", kinds=[READY], rest=GATHER_SECONDS) for _ in range(READERS)]
        senders = [self._forever(self.send_once, "send", kinds=["outbox"]) for _ in range(SENDERS)]
        beside = [self._forever(step, name, rest=REST_SECONDS) for name, step in self.beside.items()]
        tending = self._forever(self.tend_once, "tend", rest=REST_SECONDS)
        looking = self._forever(self.look_once, "look", kinds=["inbox"])
        await asyncio.gather(looking, self._ask_quotas(), tending, *readers, *senders, *beside)

    async def _ask_quotas(self) -> None:
        """Now and then; whether an account's hour is over, the database knows."""
        while self.quotas is not None and not self.stop.is_set():
            try:
                await self.quotas.look()
            except Exception as why:
                log.error("worker_step_failed", kind="quota", exc_info=why)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), QUOTA_SECONDS)

    async def _forever(
        self, step: Callable[[], Awaitable[int]], name: str, *, kinds: Sequence[str] = (), rest: float = 0.0
    ) -> None:
        """Repeat a step as long as it finds work; then wait for a wake-up of these kinds or the poll, `rest` seconds at
        least. A failure is logged, never fatal.
        """
        with self.services.wake.subscribe(kinds=kinds) as news:
            while not self.stop.is_set():
                try:
                    worked = await step()
                except Exception as why:
                    log.error("worker_step_failed", kind=name, exc_info=why)
                    worked = 0
                    await asyncio.sleep(POLL_SECONDS)
                if not worked:
                    await asyncio.sleep(rest)
                    await news.wait(timeout=POLL_SECONDS)

    async def look_once(self) -> int:
        seen = await inbox.glance(
            self.services.store, is_crisis=self.is_crisis,
            text_of=lambda channel, raw: text_in(self.parsers[channel], raw) if channel in self.parsers else None,
        )
        if seen.urgent:
            self.services.wake.dispatch([Notice(ALL, ALL)])  # the readers have just looked in vain
        self._wake_readers(seen.ready_at)
        return seen.items

    def _wake_readers(self, when: Sequence[datetime]) -> None:
        """At the end of each pause, not at the next poll: nobody waits half a second longer for a lone message."""
        now, loop = self.services.clock(), asyncio.get_running_loop()
        for steps in {ceil((at - now) / STEP) for at in when}:
            loop.call_later(steps * STEP.total_seconds(), self.services.wake.dispatch, [Notice(HERE, READY)])

    async def read_once(self) -> int:
        store = self.services.store
        claims = await inbox.claim_some(
            store, now=self.services.clock(), most=TOGETHER[store.url.get_backend_name()], towns=self.dialogue.knowledge.towns
        )
        if len(claims) < 2 or not await self._take_together(claims):
            for claim in claims:
                await self._take(claim)
        return len(claims)

    async def _take_together(self, claims: Sequence[Claim]) -> bool:
        """Settle claims in one transaction. False, and nothing done, where anything goes wrong with any of them."""
        try:
            for claim in claims:
                await self._beforehand(claim)
            await self._unless_slow(self.dialogue.take_together(claims, now=self.services.clock()), claims)
        except Exception as why:
            log.warning("taken_apart", count=len(claims), error=type(why).__name__)
            return False
        return True

    async def _take(self, claim: Claim) -> None:
        if claim.attempts > inbox.TRIES:
            # Thinking about it has outlived its lease, or killed the process, too often to think again.
            await self._park(claim, error="never_finished")
            return
        try:
            await self._beforehand(claim)
            await self._unless_slow(self.dialogue.take(claim, now=self.services.clock()), [claim])
        except LeaseLost:
            log.warning("lease_lost", municipality=claim.municipality_id)
        except Exception as why:
            log.error("turn_failed", municipality=claim.municipality_id, attempts=claim.attempts, exc_info=why)
            await self._give_back(claim, why)

    async def _beforehand(self, claim: Claim) -> None:
        """What is said to a group; and on Telegram a tapped button stops turning: an answer takes a while, or does not come."""
        if self.groups is not None:
            await self.groups.answer(claim, now=self.services.clock())
        channel = await self.sender.channel_of(claim.account_id) if claim.channel == "telegram" else None
        if channel is not None and hasattr(channel, "acknowledge"):
            taps = [channel.parse(item.raw).reply_token for item in claim.items if item.raw is not None]
            await asyncio.gather(*(channel.acknowledge(tap) for tap in taps if tap))

    async def _unless_slow(self, work: Coroutine[Any, Any, None], claims: Sequence[Claim]) -> None:
        """Do it; residents who have to wait for it see that an answer is being prepared."""
        taking = asyncio.create_task(work)
        done, _ = await asyncio.wait({taking}, timeout=SLOW_SECONDS)
        if not done:
            with contextlib.suppress(Exception):  # a courtesy
                await asyncio.gather(*(self._show_loading(claim) for claim in claims))
        await taking

    async def _show_loading(self, claim: Claim) -> None:
        raw = next((item.raw for item in reversed(claim.items) if item.raw is not None), None)
        channel = await self.sender.channel_of(claim.account_id) if claim.channel == "line" and raw is not None else None
        if channel is None or raw is None or not hasattr(channel, "show_loading"):
            return
        incoming = channel.parse(raw)
        if incoming.address is not None and incoming.may_answer:
            await channel.show_loading(incoming.address)

    async def _give_back(self, claim: Claim, why: Exception) -> None:
        """A later try, or, after the last, a ticket with the raw words for a person."""
        error = type(why).__name__
        if await inbox.release(self.services.store, claim, error=error, now=self.services.clock()):
            await self._park(claim, error=error)

    async def _park(self, claim: Claim, *, error: str) -> None:
        log.error("item_parked", municipality=claim.municipality_id, channel=claim.channel)
        try:
            await self.dialogue.park(claim, error=error, now=self.services.clock())
        except LeaseLost:
            log.warning("lease_lost", municipality=claim.municipality_id)

    async def send_once(self) -> int:
        return await self.sender.drain()

    async def tend_once(self) -> int:
        """What comes due on the desk by the clock alone: offers between windows that nobody answered."""
        now = self.services.clock()
        if self.tended is None or now - self.tended >= TEND_EVERY:
            self.tended = now
            await handover.return_late(self.services.store, self.dialogue.knowledge.towns, now=now)
        return 0


def build_worker(services: Services, judging: Judging) -> tuple[Worker, Channels, Renewal]:
    """A worker over open services, and what keeps its knowledge fresh. Loads SudachiPy and the channel SDKs."""
    knowledge = judging.knowledge
    taps = words_of(knowledge)

    def fresh() -> Knowledge:
        return worker.dialogue.knowledge

    def is_crisis(text: str, town: str) -> bool:
        """Words of danger, the town's own as they are live now among them, and a call for help."""
        return worker.dialogue.triage.glance(text, town) is not None or taps.get(plain(text)) == "help"

    parsers = {"line": line_reading.read, "telegram": telegram_reading.read}
    channels = Channels(services, Accounts(services.store))
    dialogue = Dialogue(
        services.store, knowledge, judging.triage, parsers, services.settings.zone, judging.answers
    )
    doors = Doors(services.settings.public_url, knowledge)
    sender = Sender(services.store, services.clock, channels.of, Random(), most=BATCH, doors=doors, ways=knowledge.safe_contact)
    collector = Collector(
        services.store, services.clock, channels.of, Random(), _lost(services, fresh), _scan(services.settings)
    )
    alerts = Alerts(
        services.store, Accounts(services.store), services.clock, channels.of, services.settings.public_url.rstrip("/")
    )
    groups = Groups(channels.of, parsers, _refusal(services, fresh), alerts.welcome)
    collecting = {f"collect {number}": collector.drain for number in range(COLLECTORS)}
    beside = {**collecting, "alert": alerts.drain, **noticing.steps(services, fresh)}
    worker = Worker(
        services, dialogue, sender, parsers, is_crisis, beside, groups, Quotas(services.store, services.clock, channels.of),
    )
    return worker, channels, Renewal(services, judging, worker.take_up)


def _lost(services: Services, fresh: Callable[[], Knowledge]) -> Callable[[str, str], Outgoing]:
    """What a resident is told when what they sent could not be opened."""
    def said(town: str, language: str) -> Outgoing:
        knowledge = fresh()
        return Outgoing(Voice(knowledge, knowledge.towns[town], services.clock(), language).say("media_lost"))

    return said


def _refusal(services: Services, fresh: Callable[[], Knowledge]) -> Callable[[str], Outgoing]:
    """What a group is told before we leave it."""
    def said(town: str) -> Outgoing:
        knowledge = fresh()
        return Outgoing(Voice(knowledge, knowledge.towns[town], services.clock()).say("group_refusal"))

    return said


def _scan(settings: Settings) -> Scan | None:
    return Clamd(settings.clamd).verdict if settings.clamd else None


def _poller(services: Services, channels: Channels, journal: Journal) -> Poller:
    """Asks Telegram for towns without a public address."""
    async def pollable(account_id: UUID) -> Pollable | None:
        channel = await channels.of(account_id)
        return channel if isinstance(channel, Pollable) else None

    return Poller(Accounts(services.store), journal, services.store.keys, services.clock, pollable)


async def work(services: Services, *, parent: int | None = None) -> None:
    """Run until SIGTERM or SIGINT, then let what is in hand finish. parent: end when that process has gone, too."""
    worker, channels, renewal = build_worker(services, Judging.of(await services.knowledge()))
    gc.freeze()  # the dictionary and all words: looking through them takes a third of a second each time
    journal = await Journal.open(services.store)
    worker.beside = {**worker.beside, "poll": _poller(services, channels, journal).drain}
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop.set)
    watch = asyncio.create_task(_outlive_nobody(parent, worker.stop)) if parent is not None else None
    following = asyncio.gather(renewal.follow(), inquiry.follow(services.store, services.clock))
    log.info("worker_ready")
    try:
        await worker.run()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        if watch is not None:
            watch.cancel()
        await channels.close()
        await journal.close()


async def _outlive_nobody(parent: int, stop: asyncio.Event) -> None:
    """A killed web process starts again with a worker of its own; the old one must not go on beside it."""
    while os.getppid() == parent:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PARENT_SECONDS)
            return
    log.warning("worker_orphaned")
    stop.set()
