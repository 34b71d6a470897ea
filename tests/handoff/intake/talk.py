"""A resident talking to the dialogue, without a worker and without a platform: events in, bubbles out."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bots.line import reading
from handoff.intake import accounts, inbox
from handoff.intake.dialogue import Dialogue
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.journal import Journal, RawEvent
from handoff.store.models import InboxItem, Message, OutboxItem, Ticket
from knowledge.loader import Knowledge
from knowledge.schema import CrisisKind
from triage.types import Asked, Decision, LocalWords, Triage

TOKYO = ZoneInfo("Asia/Tokyo")
SATURDAY_NIGHT = datetime(2026, 11, 21, 2, 10, tzinfo=TOKYO)
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=TOKYO)


@dataclass
class ScriptedTriage:
    """Decides what it is told to, in order; the last decision again when the script is over."""

    script: list[Decision]
    crises: Sequence[str] = ()
    heard: list[list[str]] = field(default_factory=list)

    def decide(
        self, utterances: Sequence[str], *, today: date, asked: Asked = Asked(), local: LocalWords = LocalWords()
    ) -> Decision:
        self.heard.append(list(utterances))
        decision = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return Decision(**{**_fields(decision), "text": "\n".join(utterances)})

    def glance(self, text: str, town: str | None = None) -> CrisisKind | None:
        return next(iter(self.kinds(text, town)), None)

    def kinds(self, text: str, town: str | None = None) -> tuple[CrisisKind, ...]:
        return ("suicide",) if any(word in text for word in self.crises) else ()


def _fields(decision: Decision) -> dict[str, Any]:
    return {name: getattr(decision, name) for name in Decision.__dataclass_fields__}


@dataclass
class Talk:
    """One LINE account of a town, its journal and its dialogue; the clock moves as the test says."""

    store: Store
    dialogue: Dialogue
    journal: Journal
    account_id: UUID
    data_key: Any
    now: datetime
    number: int = 0

    @classmethod
    async def begin(
        cls, store: Store, knowledge: Knowledge, triage: Triage, *, now: datetime = TUESDAY, mode: str = "conversation"
    ) -> "Talk":
        async with store.town("taiki") as session:
            account = await accounts.add(
                session, municipality_id="taiki", kind="line", mode=mode,
                credentials={"secret": "s" * 32, "token": "t"}, now=now,
            )
            await session.flush()
            found = account.id, account.data_key
        dialogue = Dialogue(store, knowledge, triage, {"line": reading.read}, TOKYO)
        return cls(store, dialogue, await Journal.open(store), *found, now=now)

    async def send(self, *events: Mapping[str, Any], user: str = "U1") -> None:
        """Raw LINE events into the inbox, as the hook does it."""
        keys: KeyRing = self.store.keys
        rows = []
        for event in events:
            item_id = new_id(self.now)
            rows.append(RawEvent(
                id=item_id, municipality_id="taiki", account_id=self.account_id, data_key_id=self.data_key.id,
                channel="line", event_id=event["webhookEventId"],
                conversation_key=keys.lookup("conversation", str(self.account_id), user),
                event_at=datetime.fromtimestamp(event["timestamp"] / 1000, TOKYO), created_at=self.now, ready_at=self.now + inbox.PAUSE,
                raw_sealed=InboxItem.raw.seal(item_id, self.data_key, dict(event)),
            ))
        await self.journal.append(rows)

    def event(self, kind: str, user: str = "U1", **more: Any) -> dict[str, Any]:
        self.number += 1
        return {
            "type": kind, "webhookEventId": f"E{self.number}", "mode": "active",
            "timestamp": int(self.now.timestamp() * 1000) + self.number, "replyToken": f"r{self.number}",
            "source": {"type": "user", "userId": user}, "deliveryContext": {"isRedelivery": False}, **more,
        }

    def text(self, body: str, *, user: str = "U1", message_id: str | None = None) -> dict[str, Any]:
        found = message_id or f"m{self.number + 1}"
        return self.event("message", user, message={"id": found, "type": "text", "text": body})

    async def turn(self) -> bool:
        """Let the pause pass and work one claim off; False when nothing was ready."""
        claim = await inbox.claim(self.store, now=self.now + timedelta(seconds=2))
        if claim is not None:
            await self.dialogue.take(claim, now=self.now)
        return claim is not None

    async def says(self, body: str, *, user: str = "U1") -> list[str]:
        """A text and the bot's bubbles to it."""
        before = await self.last(user="bot")
        await self.send(self.text(body, user=user), user=user)
        await self.turn()
        return [message.payload["text"] for message in (await self.messages()) if message.sender == "bot"
                and message.sequence > before]

    async def last(self, *, user: str) -> int:
        return max((message.sequence for message in await self.messages() if message.sender == user), default=0)

    async def messages(self) -> list[Message]:
        async with self.store.reading("taiki") as session:
            return list(await session.scalars(select(Message).order_by(Message.conversation_id, Message.sequence)))

    async def tickets(self) -> list[Ticket]:
        async with self.store.reading("taiki") as session:
            return list(await session.scalars(select(Ticket).order_by(Ticket.number)))

    async def outbox(self) -> list[OutboxItem]:
        async with self.store.reading("taiki") as session:
            return list(await session.scalars(select(OutboxItem).order_by(OutboxItem.first_sequence)))

    async def close(self) -> None:
        await self.journal.close()
        await asyncio.sleep(0)
