"""What came in for a claim, as a turn, and the conversation it belongs to: the reading half of the dialogue.

Writes nothing and decides nothing; what the words mean and what is said to them is the dialogue's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Incoming, Media, MediaKind, Text
from handoff.intake import agreeing, contacts, inbox
from handoff.intake.agreeing import Agreed
from handoff.intake.contacts import Place, Snapshot
from handoff.intake.inbox import Claim
from handoff.intake.spoken import SPOKEN
from handoff.intake.taps import ONLY_LINE, Tap
from handoff.intake.turn import Turn, read
from handoff.privacy.keys import KeyRing
from handoff.store import ahead
from handoff.store.models import Conversation, Message, Ticket
from triage.questions import kind_of

NEW_EPISODE_AFTER = timedelta(days=30)
Told = tuple[Incoming, datetime]
"""An event, read, and when it came in."""


@dataclass(frozen=True, slots=True)
class Listener:
    """keys: for what addresses and messages are looked up by. parsers: how to read a raw event of each channel."""

    keys: KeyRing
    parsers: Mapping[str, Any]
    taps: Mapping[str, Tap]

    async def read(
        self, session: AsyncSession, claims: Sequence[Claim], *, now: datetime, lenient: bool = False
    ) -> list[tuple[Turn, Snapshot]]:
        """Each claim's turn and the conversation it belongs to. lenient: without the events that cannot be read."""
        events = [[] if _is_stored(claim) else self._events(claim, lenient=lenient) for claim in claims]
        places = [self._place(claim, told) for claim, told in zip(claims, events, strict=True)]
        found = await contacts.find_all(session, [place for place in places if place is not None])
        stored = [claim.conversation_id for claim in claims if _is_stored(claim) and claim.conversation_id is not None]
        for asked in (tickets_of, contacts.messages_of):
            await ahead.fetch(session, asked, [*(conversation.id for conversation in found.values()), *stored])
        return [
            await self._read_stored(session, claim, now=now) if _is_stored(claim)
            else await self._read_told(session, claim, told, None if place is None else found.get(place), now=now)
            for claim, told, place in zip(claims, events, places, strict=True)
        ]

    def _place(self, claim: Claim, events: Sequence[Told]) -> Place | None:
        """Where the events come from; None where none of them says so."""
        address = next((one.address for one, _ in reversed(events) if one.address), None)
        return None if address is None else (claim.account_id, self.lookup(claim.account_id, address))

    async def _read_told(
        self, session: AsyncSession, claim: Claim, events: Sequence[Told], found: Conversation | None, *, now: datetime
    ) -> tuple[Turn, Snapshot]:
        before = await self._snapshot(session, found, now=now)
        if any(isinstance(one.what, Text) and one.what.choice for one, _ in events):
            before = replace(before, to_staff=False)  # a button answers the question that it stands under
        turn = read(
            events, choices=before.choices, offered=before.offered, taps=self._taps_on(claim.channel), of_age=_asks_age(before)
        )
        turn = turn.answering(await self._agreements(session, before))
        return self._without_known(turn, claim.account_id, before), before

    def spoken(self, claim: Claim, turn: Turn, before: Snapshot) -> tuple[list[str], int]:
        """All that triage reads, corrections in place and without what was taken back; and where this turn begins."""
        known = {utterance.external for utterance in before.utterances if utterance.external is not None}
        gone = {self._message(claim.account_id, external_id) for external_id in turn.unsent}
        changed: dict[bytes | None, str] = {}
        fresh = []
        for said in turn.heard:
            lookup = self._message(claim.account_id, said.external_id) if said.edited and said.external_id else None
            if lookup in known:
                changed[lookup] = said.words
            else:
                fresh.append(said.words)
        earlier = [
            changed.get(utterance.external, utterance.text)
            for utterance in before.utterances if utterance.external not in gone
        ]
        return [*earlier, *fresh], len("\n".join(earlier)) + (1 if earlier else 0)

    def lookup(self, account_id: UUID, address: str) -> bytes:
        return self.keys.lookup("contact", str(account_id), address)

    def _message(self, account_id: UUID, external_id: str) -> bytes:
        return self.keys.lookup("message", str(account_id), external_id)

    def _events(self, claim: Claim, *, lenient: bool) -> list[Told]:
        events = []
        for item in inbox.in_order(claim.items):
            try:
                if item.raw is not None:
                    events.append((self.parsers[claim.channel](item.raw), item.received_at))
            except Exception:
                if not lenient:
                    raise
        return events

    async def _read_stored(self, session: AsyncSession, claim: Claim, *, now: datetime) -> tuple[Turn, Snapshot]:
        ids = [item.message_id for item in claim.items if item.message_id is not None]
        rows = list(await session.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.sequence)))
        if not rows:
            return Turn(), Snapshot()  # erased meanwhile
        conversation = await session.get_one(Conversation, rows[0].conversation_id)
        before = await self._snapshot(session, conversation, now=now, turn=rows)
        rows = [row for row in rows if row.payload]
        address = str(conversation.id)
        events = [
            (Incoming(address, _what(row), row.at, message_id=str(row.id)), row.created_at) for row in rows
        ]
        turn = read(events, choices=before.choices, taps=self._taps_on(claim.channel), of_age=_asks_age(before))
        turn = turn.answering(await self._agreements(session, before))
        said = tuple(replace(one, external_id=None, stored=UUID(one.external_id)) for one in turn.said)
        return replace(turn, said=said, upto=rows[-1].sequence if rows else None), before

    async def _snapshot(
        self, session: AsyncSession, conversation: Conversation | None, *, now: datetime, turn: Sequence[Message] = ()
    ) -> Snapshot:
        """The conversation; a new episode where the last matter is closed or a month old."""
        before = await contacts.snapshot(session, conversation, turn=turn)
        if conversation is None:
            return before
        tickets: list[Ticket] = await ahead.rows(session, tickets_of, conversation.id)
        if tickets and tickets[0].status != "resolved":
            return before
        before = replace(before, holder="bot")  # nobody holds what has no open ticket
        stale = before.last_at is not None and before.last_at < now - NEW_EPISODE_AFTER
        if not stale and not before.state.ticket:
            return before
        return replace(before, state=before.state.next_episode(before.last_sequence), utterances=(), choices=(), offered=())

    def _without_known(self, turn: Turn, account_id: UUID, before: Snapshot) -> Turn:
        """Drop what the conversation already has (redelivered, or unsent before it came); corrections stay, but for those that
        newer ones have overtaken.
        """
        fresh, late = [], []
        for said in turn.said:
            lookup = self._message(account_id, said.external_id) if said.external_id is not None else b""
            if said.edited and said.at < before.edited.get(lookup, said.at):
                late.append(said)
            elif said.edited or lookup not in before.known_ids:
                fresh.append(said)
        return replace(turn, said=tuple(fresh), late=tuple(late))

    async def _agreements(self, session: AsyncSession, before: Snapshot) -> Mapping[str, Agreed]:
        """What answers a question of staff's; looked for only where one was asked."""
        if before.conversation_id is None or agreeing.NOTED not in before.state.noted:
            return {}
        return await agreeing.taps_of(session, before.conversation_id)

    def _taps_on(self, channel: str) -> Mapping[str, Tap]:
        """What lies behind some taps only LINE can show; what staff write down are words, never taps."""
        if channel in SPOKEN:
            return {}
        return self.taps if channel == "line" else {text: tap for text, tap in self.taps.items() if tap not in ONLY_LINE}


def tickets_of(conversations: Sequence[UUID]) -> Select[Ticket]:
    """Their tickets, the newest first."""
    return select(Ticket).where(Ticket.conversation_id.in_(conversations)).order_by(Ticket.created_at.desc())


def _asks_age(before: Snapshot) -> bool:
    """Whether the question asked last was how old somebody is; its buttons need not be there any more."""
    asked = before.state.asked
    return bool(asked) and not before.to_staff and kind_of(asked[-1]) == "ask_age"


def _is_stored(claim: Claim) -> bool:
    """Whether its words were stored as messages when they came (the town's page, what staff write down)."""
    return claim.channel == "web" or claim.channel in SPOKEN


def _what(row: Message) -> Text | Media:
    """What a stored web message is: words, or something sent with them."""
    words: str = row.payload["text"]
    return Media(cast(MediaKind, row.media), caption=words or None) if row.media else Text(words)
