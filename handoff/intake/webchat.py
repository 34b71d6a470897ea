"""The web chat's side of the intake: opening a conversation, taking a resident's message in, reading the thread.

A message is stored the moment it is accepted, with its inbox item, in one transaction. The bearer token names its
town, so that no query has to look over all towns; the database keeps only its hash.
Knows no HTTP and nothing of what the words mean.
"""

import hmac
import secrets
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.desk import unjudged
from handoff.desk.unjudged import Alarms
from handoff.intake import contacts, enclosed, outbox
from handoff.intake.inbox import PAUSE
from handoff.intake.state import State
from handoff.intake.tokens import hash_token
from handoff.intake.voice import Voice
from handoff.privacy.keys import KeyRing
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import Conversation, InboxItem, Message
from handoff.store.saying import next_message
from knowledge.schema import CrisisKind

CHANNEL = "web"
LONGEST_TEXT = 20_000
"""Code points. The contract's limit."""
PAGE = 1_000
"""Messages read at once; a reader goes on from the last sequence that it got."""

def _none(text: str) -> tuple[CrisisKind, ...]:
    return ()


NO_ALARMS: Alarms = _none
Fault = Literal["blank", "too_long", "unstorable"]
INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn"}


class Unsayable(ValueError):
    """A text that is no message. fault says why, never what was written."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


@dataclass(frozen=True, slots=True)
class Entering:
    """Somebody who opens the chat and is not known by anything. notice: what the bot says first."""

    language: str
    notice: Sequence[Outgoing]


@dataclass(frozen=True, slots=True)
class Opened:
    """A new conversation. token is shown once; messages are of the shape of `read`."""

    conversation: Conversation
    token: str
    messages: list[dict[str, Any]]


def notice(voice: Voice) -> tuple[Outgoing, ...]:
    """What the bot says first: who runs it, rules not AI, anonymous, who reads it and when; then the invitation."""
    return Outgoing(voice.say("notice", reading_time=voice.town_hours)), Outgoing(voice.say("greeting_web"))


def _secret() -> str:
    return secrets.token_urlsafe(32)


async def open_conversation(
    session: AsyncSession, municipality_id: str, *, language: str, notice: Sequence[Outgoing], keys: KeyRing,
    now: datetime, new_secret: Callable[[], str] = _secret,
) -> Opened:
    """A conversation of a resident who is not known by anything. notice: what the bot says first."""
    entering = [Entering(language, notice)]
    (opened,) = await open_all(session, municipality_id, entering, keys=keys, now=now, new_secret=new_secret)
    return opened


async def open_all(
    session: AsyncSession, municipality_id: str, entering: Sequence[Entering], *, keys: KeyRing, now: datetime,
    new_secret: Callable[[], str] = _secret,
) -> list[Opened]:
    """The same for several, in their order."""
    unknown = [contacts.Newcomer(CHANNEL, None, None, None)] * len(entering)
    made = await contacts.make_all(session, unknown, municipality_id=municipality_id, keys=keys, now=now)
    opened = []
    for conversation, one in zip(made, entering, strict=True):
        token = f"{municipality_id}.{new_secret()}"
        conversation.language = one.language
        conversation.token_hash = hash_token(token)
        conversation.dialogue = State(greeted=True).as_json()
        said = await outbox.enqueue(session, conversation, one.notice, sender="bot", now=now)
        opened.append(Opened(conversation, token, [shown(message) for message in said]))
    return opened


def town_of(token: str) -> str | None:
    """The municipality id that a token claims; proved only by `may_use`. None for what can be no token."""
    town, dot, secret = token.partition(".")
    fits = dot and 20 <= len(secret) <= 100 and len(town) <= 40 and token.isascii() and town.isidentifier()
    return town if fits else None


async def may_use(session: AsyncSession, conversation_id: UUID, token: str) -> bool:
    """Whether the token is that of this conversation. Constant time, for an unknown conversation too.

    A conversation that began on LINE has a token once its resident has come in from there (`entrance.enter`).
    """
    return (await may_use_all(session, [(conversation_id, token)]))[0]


async def may_use_all(session: AsyncSession, asked: Sequence[tuple[UUID, str]]) -> list[bool]:
    """The same for several conversations with their tokens, in their order."""
    found = await session.execute(
        select(Conversation.id, Conversation.token_hash).where(Conversation.id.in_({one for one, _ in asked}))
    )
    kept = {row.id: row.token_hash for row in found}
    return [hmac.compare_digest(hash_token(token), kept.get(one) or bytes(32)) for one, token in asked]


def refuse_unsayable(text: str) -> None:
    """Unsayable for a text that is too long, blank to the eye, or that the databases cannot keep."""
    if len(text) > LONGEST_TEXT:
        raise Unsayable("too_long")
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Unsayable("unstorable")
    if all(character.isspace() or unicodedata.category(character) in INVISIBLE for character in text):
        raise Unsayable("blank")


@dataclass(frozen=True, slots=True)
class Said:
    """A resident's message on its way in. marks: what the first look leaves beside the text."""

    conversation_id: UUID
    text: str
    client_message_id: str
    at: datetime
    marks: Mapping[str, bool]


def said(
    conversation_id: UUID, *, text: str, client_message_id: str, now: datetime, alarms: Alarms = NO_ALARMS
) -> Said:
    """A message that has passed `refuse_unsayable`. alarms: the first look at it, for what staff may not see before it has been read."""
    return Said(conversation_id, text, client_message_id, now, unjudged.mark(text, alarms))


async def accept(
    session: AsyncSession, conversation_id: UUID, *, text: str, client_message_id: str, keys: KeyRing, now: datetime,
    alarms: Alarms = NO_ALARMS,
) -> int:
    """Store a resident's message and its inbox item. Returns its sequence; the same id again → the same sequence.

    Unsayable before anything is touched; LookupError when the conversation has gone.
    """
    refuse_unsayable(text)
    one = said(conversation_id, text=text, client_message_id=client_message_id, now=now, alarms=alarms)
    (sequence,) = await accept_all(session, [one], keys=keys)
    if sequence is None:
        raise LookupError(conversation_id)
    return sequence


async def accept_all(session: AsyncSession, arrived: Sequence[Said], *, keys: KeyRing) -> list[int | None]:
    """Store messages of a town, in their order, as `accept` does one. None where the conversation has gone."""
    held = await _hold_all(session, {one.conversation_id for one in arrived})
    known = await _known(session, arrived)
    for one in arrived:
        conversation = held.get(one.conversation_id)
        if conversation is None or _key(one) in known:
            continue
        message = keep(session, conversation, one.text, one.client_message_id, now=one.at)
        message.payload = {**message.payload, **one.marks}
        session.add(inbox_item(conversation, message, keys=keys, now=one.at))
        known[_key(one)] = message.sequence
        await emit(session, kind="inbox", conversation_id=conversation.id)
        await emit(session, kind="message", conversation_id=conversation.id)
    return [known[_key(one)] if one.conversation_id in held else None for one in arrived]


def _key(one: Said) -> tuple[UUID, str]:
    return one.conversation_id, one.client_message_id


async def _hold_all(session: AsyncSession, wanted: Collection[UUID]) -> dict[UUID, Conversation]:
    """Those of these conversations that are there, locked in one order, so that two batches never wait crosswise.

    Rows that only point at a conversation may go on: who holds a town's counter must never wait for who waits for it.
    """
    found = await session.scalars(
        select(Conversation).where(Conversation.id.in_(wanted)).order_by(Conversation.id)
        .with_for_update(of=Conversation, key_share=True)
    )
    return {conversation.id: conversation for conversation in found}


async def hold(session: AsyncSession, conversation_id: UUID) -> Conversation:
    """The conversation, locked: it counts its messages. LookupError when it has gone."""
    conversation = await session.scalar(
        select(Conversation).where(Conversation.id == conversation_id).with_for_update(of=Conversation)
    )
    if conversation is None:
        raise LookupError(conversation_id)
    return conversation


async def _known(session: AsyncSession, arrived: Sequence[Said]) -> dict[tuple[UUID, str], int]:
    """The places of those that have been taken in already."""
    found = await session.execute(
        select(Message.conversation_id, Message.client_message_id, Message.sequence).where(
            Message.conversation_id.in_({one.conversation_id for one in arrived}),
            Message.client_message_id.in_({one.client_message_id for one in arrived}),
        )
    )
    return {(conversation_id, str(client)): sequence for conversation_id, client, sequence in found}


async def sequence_of(session: AsyncSession, conversation_id: UUID, client_message_id: str) -> int | None:
    """The place of a message that has been taken in already."""
    return await session.scalar(
        select(Message.sequence)
        .where(Message.conversation_id == conversation_id, Message.client_message_id == client_message_id)
    )


def keep(
    session: AsyncSession, conversation: Conversation, text: str, client_message_id: str, *, now: datetime,
    media: str | None = None,
) -> Message:
    """The message with the conversation's next sequence. The caller has locked the conversation."""
    conversation.last_at = now
    return next_message(
        session, conversation, sender="resident", payload=Outgoing(text).as_json(), now=now,
        client_message_id=client_message_id, media=media,
    )


def inbox_item(conversation: Conversation, message: Message, *, keys: KeyRing, now: datetime) -> InboxItem:
    """What lets the worker read a stored message."""
    return InboxItem(
        id=new_id(now), municipality_id=conversation.municipality_id, created_at=now,
        data_key_id=conversation.data_key_id, data_key=conversation.data_key, channel=CHANNEL,
        account_id=account_of(conversation.municipality_id), event_id=f"web:{message.id}",
        conversation_key=keys.lookup("conversation", str(conversation.id)), conversation_id=conversation.id,
        message_id=message.id, event_at=now, ready_at=now + PAUSE, raw=None,
    )


def account_of(municipality_id: str) -> UUID:
    """The web chat has no account row; inbox items need a fixed id for one per town."""
    return uuid5(NAMESPACE_URL, f"tsunagu:web:{municipality_id}")


async def read(session: AsyncSession, conversation_id: UUID, *, after: int = 0) -> list[dict[str, Any]]:
    """Messages after a sequence, oldest first, at most `PAGE`, in the contract's shape."""
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.sequence > after)
        .order_by(Message.sequence)
        .limit(PAGE)
    )
    found = rows.all()
    files = await enclosed.beside(session, found)
    return [shown(row, files.get(row.id)) for row in found]


async def read_all(session: AsyncSession, asked: Sequence[tuple[UUID, int]]) -> list[list[dict[str, Any]] | None]:
    """The same for several conversations, each after its sequence, in their order.

    None for one that has gone, or that its token no longer opens. Who has read all costs nothing of their own.
    """
    found = await session.execute(
        select(Conversation.id, Conversation.last_sequence)
        .where(Conversation.id.in_({one for one, _ in asked}), Conversation.token_hash.is_not(None))
    )
    last = {row.id: row.last_sequence for row in found}
    return [
        None if one not in last else await read(session, one, after=after) if last[one] > after else []
        for one, after in asked
    ]


def shown(row: Message, file: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A message as the resident's side sees it. One that was taken back or is no text has an empty text. file: of staff."""
    said: dict[str, Any] = row.payload or {}
    return {
        "sequence": row.sequence,
        "from": row.sender,
        "text": said.get("text") or "",
        "choices": said.get("choices", []),
        "cards": said.get("cards", []),
        "at": row.at.isoformat(),
        **({"media": row.media} if row.media else {}),
        **({"file": file} if file else {}),
    }
