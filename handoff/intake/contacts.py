"""Who writes: finding and making the contact and the conversation behind an address, and reading what was said so far.

Platform ids are looked up by HMAC and sealed for sending; LINE names and pictures are never fetched.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Choice
from handoff.intake.state import State
from handoff.privacy.keys import KeyRing
from handoff.store import ahead
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
    edited: when messages were corrected, by the look-up of their id.

    choices: the buttons of what was said to the resident last; offered: all of this episode, these first; to_staff: staff have spoken
    since the bot asked, so that what is answered is their question; last_sequence, last_at: before the turn.
    """

    conversation_id: UUID | None = None
    version: int = 0
    holder: Holder = "bot"
    language: str = "ja"
    state: State = State()
    utterances: tuple[Utterance, ...] = ()
    choices: tuple[Choice, ...] = ()
    offered: tuple[Choice, ...] = ()
    to_staff: bool = False
    last_sequence: int = 0
    last_at: datetime | None = None
    known_ids: frozenset[bytes] = frozenset()
    edited: Mapping[bytes, datetime] = field(default_factory=dict)


Place = tuple[UUID, bytes]
"""An account and the look-up of an address on it."""


async def find_all(session: AsyncSession, places: Collection[Place]) -> dict[Place, Conversation]:
    """The newest conversation of each, also after the end of its matter: who writes again writes into it."""
    if not places:
        return {}
    found = await session.execute(
        select(Contact.account_id, Contact.address_lookup, Conversation)
        .join(Conversation, Conversation.contact_id == Contact.id)
        .where(*_at(places)).order_by(Conversation.created_at)
    )
    newest = {(account, lookup): conversation for account, lookup, conversation in found}
    return {place: newest[place] for place in places if place in newest}


def _at(places: Collection[Place]) -> tuple[ColumnElement[bool], ...]:
    """By both, since the index begins with the account; an address is found on its own account only anyway."""
    return Contact.account_id.in_({account for account, _ in places}), Contact.address_lookup.in_({lookup for _, lookup in places})


def messages_of(conversations: Sequence[UUID]) -> Select[Message]:
    """What was said in the episode that each conversation is in, in order."""
    since = func.coalesce(Conversation.dialogue["since"].as_integer(), 0)
    return (
        select(Message).join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.conversation_id.in_(conversations), Message.sequence > since)
        .order_by(Message.conversation_id, Message.sequence)
    )


async def has_stopped(session: AsyncSession, conversation_id: UUID) -> bool:
    """Whether its resident has blocked the account or stopped the bot, and nothing sent reaches them."""
    return bool(await session.scalar(
        select(Contact.blocked).join(Conversation, Conversation.contact_id == Contact.id).where(Conversation.id == conversation_id)
    ))


async def snapshot(
    session: AsyncSession, conversation: Conversation | None, *, turn: Sequence[Message] = ()
) -> Snapshot:
    """Read a conversation. turn: the messages of the turn itself where they are stored already (web chat).

    What the resident wrote after them belongs to the next turn.
    """
    if conversation is None:
        return Snapshot()
    state = State.from_json(conversation.dialogue)
    rows: list[Message] = await ahead.rows(session, messages_of, conversation.id)
    own = {row.id for row in turn}
    earlier = [row for row in rows if row.id not in own and not (turn and _follows(row, turn[-1]))]
    told = [row for row in earlier if row.sender != "resident" and row.payload]
    offered = [tuple(Choice(one["label"], one["value"]) for one in row.payload["choices"]) for row in reversed(told)]
    return Snapshot(
        conversation_id=conversation.id, version=conversation.version, holder=cast(Holder, conversation.holder),
        language=conversation.language, state=state,
        last_sequence=turn[0].sequence - 1 if turn else conversation.last_sequence,
        last_at=earlier[-1].created_at if earlier else None,
        utterances=tuple(_utterances(earlier)),
        choices=offered[0] if offered else (), offered=tuple(dict.fromkeys(choice for one in offered for choice in one)),
        to_staff=_to_staff(told),
        known_ids=frozenset(row.external_lookup for row in rows if row.external_lookup is not None),
        edited={
            row.external_lookup: at for row in rows
            if row.external_lookup is not None and (at := edited_at(row.payload)) is not None
        },
    )


def _to_staff(told: Sequence[Message]) -> bool:
    last = next((row for row in reversed(told) if row.sender == "staff" or (row.payload and row.payload["choices"])), None)
    return last is not None and last.sender == "staff"


def edited_at(payload: Mapping[str, Any] | None) -> datetime | None:
    """When a kept message was corrected, by the platform's clock; None when it was not."""
    return datetime.fromisoformat(payload["edited_at"]) if payload and "edited_at" in payload else None


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
    places = [(one.account_id, one.lookup) for one in newcomers if one.account_id is not None and one.lookup is not None]
    found = await session.scalars(select(Contact).where(*_at(places))) if places else ()
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
