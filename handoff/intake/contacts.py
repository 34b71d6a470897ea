"""Who writes: finding and making the contact and the conversation behind an address, and reading what was said so far.

Platform ids are looked up by HMAC and sealed for sending; LINE names and pictures are never fetched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Choice
from handoff.intake.state import State
from handoff.privacy.keys import KeyRing
from handoff.store.ids import new_id
from handoff.store.models import Contact, Conversation, Message

Holder = Literal["bot", "staff"]


@dataclass(frozen=True, slots=True)
class Utterance:
    """A resident's text as triage reads it: the words, or the meaning of a typed number.

    external: HMAC of the platform's message id, by which a correction or an unsend names it.
    """

    sequence: int
    text: str
    external: bytes | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A conversation as it stood when the turn began. version tells at the end whether it has moved.

    choices: the buttons of what was said to the resident last; last_sequence, last_at: before the turn.
    """

    conversation_id: UUID | None = None
    version: int = 0
    holder: Holder = "bot"
    language: str = "ja"
    state: State = State()
    utterances: tuple[Utterance, ...] = ()
    choices: tuple[Choice, ...] = ()
    last_sequence: int = 0
    last_at: datetime | None = None
    known_ids: frozenset[bytes] = frozenset()


async def find(session: AsyncSession, account_id: UUID, lookup: bytes) -> Conversation | None:
    """The newest conversation of an address, also after the end of its matter: who writes again writes into it."""
    return await session.scalar(
        select(Conversation)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Contact.account_id == account_id, Contact.address_lookup == lookup)
        .order_by(Conversation.created_at.desc())
        .limit(1)
    )


async def snapshot(
    session: AsyncSession, conversation: Conversation | None, *, turn: Sequence[Message] = ()
) -> Snapshot:
    """Read a conversation. turn: the messages of the turn itself where they are stored already (web chat).

    What the resident wrote after them belongs to the next turn.
    """
    if conversation is None:
        return Snapshot()
    state = State.from_json(conversation.dialogue)
    rows = list(await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.sequence > state.since)
        .order_by(Message.sequence)
    ))
    own = {row.id for row in turn}
    earlier = [row for row in rows if row.id not in own and not (turn and _follows(row, turn[-1]))]
    told = [row for row in earlier if row.sender != "resident" and row.payload]
    choices = told[-1].payload["choices"] if told else []
    return Snapshot(
        conversation_id=conversation.id, version=conversation.version, holder=cast(Holder, conversation.holder),
        language=conversation.language, state=state,
        last_sequence=turn[0].sequence - 1 if turn else conversation.last_sequence,
        last_at=earlier[-1].created_at if earlier else None,
        utterances=tuple(_utterances(earlier)),
        choices=tuple(Choice(choice["label"], choice["value"]) for choice in choices),
        known_ids=frozenset(row.external_lookup for row in rows if row.external_lookup is not None),
    )


def _follows(row: Message, last: Message) -> bool:
    return row.sender == "resident" and row.sequence > last.sequence


def _utterances(rows: Sequence[Message]) -> list[Utterance]:
    return [
        Utterance(row.sequence, row.payload.get("meaning") or row.payload["text"], row.external_lookup)
        for row in rows
        if row.sender == "resident" and row.payload and row.payload.get("text") and not row.payload.get("tap")
    ]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Whose conversation is to begin. lookup: the address as it is found by; None on the town's own page."""

    channel: str
    account_id: UUID | None
    address: str | None
    lookup: bytes | None


async def make(
    session: AsyncSession, *, municipality_id: str, channel: str, account_id: UUID | None, address: str | None,
    lookup: bytes | None, keys: KeyRing, now: datetime,
) -> Conversation:
    """A new conversation, with its own data key; with a new contact where the address is not known yet."""
    newcomer = Newcomer(channel, account_id, address, lookup)
    (made,) = await make_all(session, [newcomer], municipality_id=municipality_id, keys=keys, now=now)
    return made


async def make_all(
    session: AsyncSession, newcomers: Sequence[Newcomer], *, municipality_id: str, keys: KeyRing, now: datetime
) -> list[Conversation]:
    """The same for several, in their order."""
    lookups = [one.lookup for one in newcomers if one.lookup is not None]
    found = await session.scalars(select(Contact).where(Contact.address_lookup.in_(lookups))) if lookups else ()
    known = {(contact.account_id, contact.address_lookup): contact for contact in found}
    made = []
    for one in newcomers:
        contact = known.get((one.account_id, one.lookup)) or _contact(session, one, municipality_id, keys, now)
        made.append(_conversation(session, contact, one.channel, keys, now))
    await session.flush()
    return made


def _contact(session: AsyncSession, one: Newcomer, municipality_id: str, keys: KeyRing, now: datetime) -> Contact:
    key = keys.new_data_key(municipality_id, now=now)
    contact = Contact(
        id=new_id(now), municipality_id=municipality_id, created_at=now, data_key_id=key.id, data_key=key,
        channel=one.channel, account_id=one.account_id, address_lookup=one.lookup, address=one.address,
    )
    session.add_all([key, contact])
    return contact


def _conversation(session: AsyncSession, contact: Contact, channel: str, keys: KeyRing, now: datetime) -> Conversation:
    key = keys.new_data_key(contact.municipality_id, now=now)
    conversation = Conversation(
        id=new_id(now), municipality_id=contact.municipality_id, created_at=now, data_key_id=key.id, data_key=key,
        contact_id=contact.id, channel=channel, holder="bot", language="ja", last_sequence=0, version=0, dialogue={},
        last_at=now, closed_at=None,
    )
    session.add_all([key, conversation])
    return conversation
