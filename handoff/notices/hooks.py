"""Webhooks of a town: where they go, which events, what happened to each. Events are content-free: number, kind, time.

An endpoint follows the town's events by a cursor, so a restart loses nothing; a delivery is tried for a day, with
pauses that grow and differ, and then shown as failed. Must not know HTTP: `Poster` posts.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal, Protocol, get_args
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.errors import Rejected, Retryable, SendError
from handoff.clock import Clock
from handoff.privacy import audit
from handoff.store.db import Store, town_key
from handoff.store.ids import new_id
from handoff.store.models import Event, Ticket, WebhookDelivery, WebhookEndpoint

Kind = Literal["ticket.opened", "ticket.changed", "night.waiting", "night.ended", "channel.stopped"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KIND_NAMES: dict[Kind, str] = {
    "ticket.opened": "新しい案件", "ticket.changed": "案件が変わった", "night.waiting": "時間外の知らせが受け取りを待っている",
    "night.ended": "時間外の知らせが終わった", "channel.stopped": "LINEやTelegramの鍵が使えず、お返事を送れない",
}
OF_EVENT: dict[str, Kind] = {
    "ticket": "ticket.opened", "ticket_changed": "ticket.changed", "alarm": "night.waiting",
    "alarm_ended": "night.ended", "channel_stopped": "channel.stopped",
}
NO_MATTER: frozenset[Kind] = frozenset({"channel.stopped"})
"""Events of the town itself: their number is "" and is not sent."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800))
"""After each try; together a day."""
JITTER = 0.2
LEASE = timedelta(seconds=60)
AT_ONCE, EVENTS_AT_ONCE, MOST_ENDPOINTS = 16, 200, 10
LONGEST_NAME = 60
LONGEST_ERROR = 40


class BadEndpoint(ValueError):
    """Something about an endpoint is wrong. The text is for officials."""


class Poster(Protocol):
    """What posts one event (`bots.webhooks.client.WebhookClient`)."""

    async def post(self, url: str, secret: str, *, key: str, at: datetime, body: Any) -> int: ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """As admins see it. host: of the address; the rest of it may be a secret."""

    id: UUID
    name: str
    host: str
    kinds: tuple[str, ...]
    stopped_at: datetime | None
    stop_reason: str | None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One line of the log."""

    id: UUID
    endpoint: str
    kind: str
    number: str
    at: datetime
    status: str
    attempts: int
    answer: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class _Claim:
    id: UUID
    town: str
    url: str
    secret: str
    kind: str
    number: str
    at: datetime


async def add(
    session: AsyncSession, *, town: str, name: str, url: str, secret: str, kinds: Sequence[str], staff_id: UUID | None,
    now: datetime,
) -> UUID:
    """From now on, tell this address. The url is checked by the caller (`bots.webhooks.guard`). BadEndpoint."""
    called, chosen = " ".join(name.split()), [kind for kind in KINDS if kind in kinds]
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        raise BadEndpoint(f"名前を1〜{LONGEST_NAME}文字で書いてください。")
    if not chosen:
        raise BadEndpoint("知らせるものを1つはえらんでください。")
    if await session.scalar(select(func.count(WebhookEndpoint.id))) == MOST_ENDPOINTS:
        raise BadEndpoint(f"送り先は{MOST_ENDPOINTS}までです。")
    key = await town_key(session)
    newest = await session.scalar(select(func.coalesce(func.max(Event.sequence), 0))) or 0
    row = WebhookEndpoint(
        id=new_id(now), municipality_id=town, created_at=now, data_key_id=key.id, data_key=key, name=called,
        kinds=list(chosen), cursor=newest, target={"url": url, "secret": secret},
    )
    session.add(row)
    await audit.record(session, action="webhook_added", staff_id=staff_id, now=now)
    return row.id


async def remove(session: AsyncSession, endpoint_id: UUID, *, staff_id: UUID | None, now: datetime) -> bool:
    """Tell it nothing more, and forget what it was told. False when there is none."""
    row = await session.get(WebhookEndpoint, endpoint_id)
    if row is None:
        return False
    await session.execute(delete(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id))
    await session.delete(row)
    await audit.record(session, action="webhook_removed", staff_id=staff_id, now=now)
    return True


async def endpoints(session: AsyncSession) -> tuple[Endpoint, ...]:
    """All of the town, oldest first."""
    rows = await session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.created_at))
    return tuple(
        Endpoint(row.id, row.name, row.target["url"].split("/")[2], tuple(row.kinds), row.stopped_at, row.stop_reason)
        for row in rows
    )


async def log_of(session: AsyncSession, *, most: int = 100) -> tuple[DeliveryLine, ...]:
    """What was delivered, or not, newest first."""
    rows = await session.execute(
        select(WebhookDelivery, WebhookEndpoint.name)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.event_sequence.desc()).limit(most)
    )
    return tuple(
        DeliveryLine(row.id, name, row.kind, row.number, row.at, row.status, row.attempts, row.answer, row.error)
        for row, name in rows
    )


async def redeliver(session: AsyncSession, delivery_id: UUID, *, staff_id: UUID, now: datetime) -> bool:
    """Send one once more, now; a stopped endpoint goes on. False when there is none that has ended."""
    row = await session.get(WebhookDelivery, delivery_id)
    if row is None or row.status not in ("sent", "failed"):
        return False
    row.status, row.due_at, row.attempts, row.lease_until = "queued", now, 0, None
    endpoint = await session.get_one(WebhookEndpoint, row.endpoint_id)
    endpoint.stopped_at = endpoint.stop_reason = None
    await audit.record(session, action="webhook_redelivered", staff_id=staff_id, now=now)
    return True


@dataclass(frozen=True)
class Hooks:
    """Follows events and delivers them. randomness: for the pauses."""

    store: Store
    clock: Clock
    poster: Poster
    randomness: Random

    async def drain(self) -> int:
        """Queue what is new, then send what is due; how much was done."""
        queued = await self._follow()
        claims = [claim for town, delivery in await self._due() if (claim := await self._claim(town, delivery))]
        await asyncio.gather(*(self._deliver(claim) for claim in claims))
        return queued + len(claims)

    async def _follow(self) -> int:
        async with self.store.reading_everywhere() as session:
            behind = (await session.execute(
                select(WebhookEndpoint.municipality_id, WebhookEndpoint.id).where(
                    WebhookEndpoint.stopped_at.is_(None),
                    select(Event.id).where(
                        Event.municipality_id == WebhookEndpoint.municipality_id,
                        Event.sequence > WebhookEndpoint.cursor,
                    ).exists(),
                )
            )).all()
        for town, endpoint_id in behind:
            async with self.store.town(town) as session:
                await self._queue(session, endpoint_id)
        return len(behind)

    async def _queue(self, session: AsyncSession, endpoint_id: UUID) -> None:
        """Move the cursor on, with a delivery for each event of a chosen kind; many changes of a ticket are one."""
        now = self.clock()
        row = await session.scalar(
            select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).with_for_update(of=WebhookEndpoint)
        )
        if row is None:
            return
        events = (await session.execute(
            select(Event.sequence, Event.kind, Ticket.number).outerjoin(Ticket, Ticket.id == Event.ticket_id)
            .where(Event.sequence > row.cursor).order_by(Event.sequence).limit(EVENTS_AT_ONCE)
        )).all()
        waiting = {(one.kind, one.number) for one in await session.scalars(select(WebhookDelivery).where(
            WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.status == "queued"
        ))}
        for sequence, kind, found in events:
            told = OF_EVENT.get(kind)
            number = "" if told in NO_MATTER else found
            if number is not None and told is not None and told in row.kinds and (told, number) not in waiting:
                waiting.add((told, number))
                session.add(WebhookDelivery(
                    id=new_id(now), municipality_id=row.municipality_id, created_at=now, endpoint_id=row.id,
                    event_sequence=sequence, kind=told, number=number, at=now, status="queued", attempts=0, due_at=now,
                ))
        if events:
            row.cursor = events[-1][0]

    async def _due(self) -> list[tuple[str, UUID]]:
        now = self.clock()
        async with self.store.reading_everywhere() as session:
            rows = await session.execute(
                select(WebhookDelivery.municipality_id, WebhookDelivery.id)
                .where(WebhookDelivery.status.in_(("queued", "sending")), WebhookDelivery.due_at <= now)
                .where(or_(WebhookDelivery.lease_until.is_(None), WebhookDelivery.lease_until <= now))
                .order_by(WebhookDelivery.due_at).limit(AT_ONCE)
            )
            return [(town, delivery) for town, delivery in rows]

    async def _claim(self, town: str, delivery_id: UUID) -> _Claim | None:
        now = self.clock()
        async with self.store.town(town) as session:
            row = await session.scalar(
                select(WebhookDelivery).where(WebhookDelivery.id == delivery_id).with_for_update(of=WebhookDelivery)
            )
            if row is None or row.status not in ("queued", "sending") or (row.lease_until or now) > now:
                return None
            endpoint = await session.get_one(WebhookEndpoint, row.endpoint_id)
            if endpoint.stopped_at is not None:
                row.status, row.error = "failed", "stopped"
                return None
            row.status, row.lease_until, row.attempts = "sending", now + LEASE, row.attempts + 1
            target = endpoint.target
            return _Claim(row.id, town, target["url"], target["secret"], row.kind, row.number, row.at)

    async def _deliver(self, claim: _Claim) -> None:
        body = {
            "type": claim.kind, "timestamp": claim.at.isoformat(timespec="seconds"),
            "data": {"municipality": claim.town, **({"number": claim.number} if claim.number else {})},
        }
        answer, fault = None, None
        try:
            answer = await self.poster.post(claim.url, claim.secret, key=str(claim.id), at=self.clock(), body=body)
        except SendError as why:
            fault = why
        except Exception as why:  # a fault of ours: it counts as a try, or it would be tried for ever
            fault = Retryable(type(why).__name__[:LONGEST_ERROR])
        async with self.store.town(claim.town) as session:
            row = await session.get(WebhookDelivery, claim.id)
            if row is not None:
                await self._record(session, row, answer, fault)

    async def _record(
        self, session: AsyncSession, row: WebhookDelivery, answer: int | None, fault: SendError | None
    ) -> None:
        now = self.clock()
        row.lease_until, row.answer, row.error = None, answer, fault.code if fault else None
        if fault is None:
            row.status, row.sent_at = "sent", now
        elif isinstance(fault, Rejected) or row.attempts >= len(PAUSES):
            row.status = "failed"
            if isinstance(fault, Rejected):
                endpoint = await session.get_one(WebhookEndpoint, row.endpoint_id)
                endpoint.stopped_at, endpoint.stop_reason = now, fault.code
        else:
            pause = PAUSES[row.attempts - 1] * self.randomness.uniform(1 - JITTER, 1 + JITTER)
            row.status, row.due_at = "queued", now + pause
