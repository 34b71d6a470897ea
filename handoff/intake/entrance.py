"""LINE as an entrance (`line_mode: entrance`): the way from a talk into the town's own page, and what LINE may be told.

A code opens one conversation once, within a day, and is kept only as a hash. It travels in the fragment of a link, which
no server log and no referrer sees. A code that no longer opens still names the LINE user to whom a fresh one is sent: whoever
holds the old link gains nothing. Guideline of 2021-04-30: what residents and staff write stays on the town's own page.
Knows no HTTP.
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Button, Outgoing
from handoff.intake import callback
from handoff.intake.taps import Door, value_of
from handoff.intake.tokens import hash_token
from handoff.intake.voice import Voice
from handoff.store import ahead
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import ChannelAccount, Contact, Conversation, EntranceCode, OutboxItem
from knowledge.loader import Knowledge

CODE_LIFE = timedelta(hours=24)
"""An answer pushed in the morning opens in the evening; yesterday's link asks for a fresh one."""
RENEWABLE = timedelta(days=90)
RENEWED_AGAIN_AFTER = timedelta(minutes=1)
RENEWALS_A_DAY = 5
"""Each renewal is a paid push, and a reason for somebody's telephone to ring."""

OUTSIDE = "?openExternalBrowser=1"
"""LINE opens such an address in the device's own browser: its own, a web view, saves no file (LINE Developers, 「LINE URLスキーム」,
URLを外部ブラウザで開く). Others take no notice of it.
"""

Purpose = Literal["open", "phone"]
Mode = Literal["entrance", "conversation"]
Notice = Literal["staff_answer", "staff_file", "link_new"]
AFTER_THE_WORDS: frozenset[Notice] = frozenset({"staff_file"})
How = Literal["reply", "push"]


def _secret() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How a turn goes to LINE, kept with it in the outbox. doors: its buttons; quiet: nothing of it in notifications.

    notice: all that is said, in place of what staff have written on the town's page, or of a file of theirs. asked: for the doors, just now.
    outside: there is something to save on the page, so it opens in the device's own browser.
    """

    doors: tuple[Door, ...] = ()
    quiet: bool = False
    notice: Notice | None = None
    mode: Mode = "conversation"
    asked: bool = False
    outside: bool = False

    def on(self, mode: Mode) -> "Wrapping":
        """As an account of this mode has it. Where LINE is the whole conversation, the page opens only on request: who asks
        to be telephoned gets the form.
        """
        if mode == "entrance":
            return replace(self, mode=mode, quiet=True)
        wanted = {"rules", "phone" if "phone" in self.doors else "open"} if self.asked else {"rules"}
        doors = tuple(door for door in self.doors if door in wanted)
        return replace(self, mode=mode, doors=doors)

    def as_json(self) -> dict[str, Any]:
        return {"doors": list(self.doors), "quiet": self.quiet, "notice": self.notice, "mode": self.mode,
                "outside": self.outside}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Wrapping":
        return cls(tuple(data["doors"]), data["quiet"], data["notice"], data["mode"], outside=data.get("outside", False))


async def mode_of(session: AsyncSession, contact: Contact) -> Mode:
    """How far the LINE account of a contact may be used; other channels are conversations."""
    if contact.channel != "line" or contact.account_id is None:
        return "conversation"
    account = await ahead.one(session, ChannelAccount, contact.account_id)
    return cast(Mode, account.mode)


async def is_entrance(session: AsyncSession, conversation_id: UUID) -> bool:
    """Whether what staff write in this conversation is read on the town's page only."""
    conversation = await session.get_one(Conversation, conversation_id)
    return await mode_of(session, await session.get_one(Contact, conversation.contact_id)) == "entrance"


@dataclass(frozen=True, slots=True)
class Doors:
    """Puts links and neutral previews on a turn that is about to leave. public_url: where residents reach the page."""

    public_url: str
    knowledge: Knowledge
    new_secret: Callable[[], str] = _secret

    def wrap(
        self, session: AsyncSession, conversation: Conversation, bubbles: Sequence[Outgoing], wrapping: Wrapping,
        *, how: How, now: datetime,
    ) -> tuple[Outgoing, ...]:
        """The bubbles as LINE gets them. Each link gets a code of its own; every push of an entrance has 「ひらく」."""
        voice = Voice(self.knowledge, self.knowledge.towns[conversation.municipality_id], now, conversation.language)
        told = list(bubbles)
        if wrapping.notice is not None:
            said = Outgoing(voice.say(wrapping.notice))
            told = [*told, said] if wrapping.notice in AFTER_THE_WORDS else [said, *told]
        doors = wrapping.doors
        if wrapping.mode == "entrance" and how == "push" and "open" not in doors:
            doors = ("open", *doors)
        way = OUTSIDE if wrapping.outside else ""
        buttons = tuple(self._button(session, conversation, door, voice, way=way, now=now) for door in doors)
        if wrapping.quiet:
            told = [_quiet(bubble, voice.say("staff_answer")) for bubble in told]
        if told and buttons:
            told[-1] = Outgoing(told[-1].text, told[-1].choices, told[-1].cards, buttons, told[-1].preview)
        return tuple(told)

    def _button(
        self, session: AsyncSession, conversation: Conversation, door: Door, voice: Voice, *, way: str, now: datetime
    ) -> Button:
        if door == "rules":
            return Button(voice.say("button_rules"), value=value_of("rules", self.knowledge))
        code = issue(session, conversation, door, secret=self.new_secret(), now=now)
        label = voice.say("button_open" if door == "open" else "button_call_me")
        return Button(label, url=f"{self.public_url}/open/{conversation.municipality_id}{way}#{code}")


def _quiet(bubble: Outgoing, preview: str) -> Outgoing:
    return Outgoing(bubble.text, bubble.choices, bubble.cards, bubble.buttons, preview)


async def forget_old(session: AsyncSession, conversations: Collection[UUID], *, now: datetime) -> None:
    """Codes of these conversations that are too old to be renewed go, before they get fresh ones."""
    await session.execute(
        delete(EntranceCode)
        .where(EntranceCode.conversation_id.in_(conversations), EntranceCode.created_at < now - RENEWABLE)
        .execution_options(synchronize_session=False)
    )


def issue(
    session: AsyncSession, conversation: Conversation, purpose: Purpose, *, secret: str, now: datetime
) -> str:
    """A fresh code for a conversation; the database keeps its hash. No statement: a batch writes all of its codes at once."""
    session.add(EntranceCode(
        id=new_id(now), municipality_id=conversation.municipality_id, created_at=now, conversation_id=conversation.id,
        code_hash=hash_token(secret), purpose=purpose, expires_at=now + CODE_LIFE,
    ))
    return secret


async def way_outside(
    session: AsyncSession, conversation_id: UUID, *, now: datetime, new_secret: Callable[[], str] = _secret
) -> str:
    """A fresh way into the same conversation, by the device's own browser, for who stands in it: the address without host.

    LookupError when the conversation has gone.
    """
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise LookupError(conversation_id)
    code = issue(session, conversation, "open", secret=new_secret(), now=now)
    return f"/open/{conversation.municipality_id}{OUTSIDE}#{code}"


@dataclass(frozen=True, slots=True)
class Entered:
    """A conversation that was opened by a code. token: the page's key to it, shown once."""

    conversation_id: UUID
    token: str
    purpose: Purpose
    language: str


async def enter(session: AsyncSession, code: str, *, now: datetime, new_secret: Callable[[], str] = _secret) -> Entered | None:
    """Exchange a code for the web chat's token. None for one that is unknown, used or too old.

    The page that was open before is shut out: there is one key at a time.
    """
    row = await _code(session, code)
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    conversation = await session.scalar(
        select(Conversation).where(Conversation.id == row.conversation_id).with_for_update(of=Conversation)
    )
    if conversation is None:
        return None
    row.used_at = now
    token = f"{conversation.municipality_id}.{new_secret()}"
    conversation.token_hash = hash_token(token)
    if row.purpose == "phone":
        await callback.wished(session, conversation, now=now)
    return Entered(conversation.id, token, cast(Purpose, row.purpose), conversation.language)


async def renew(session: AsyncSession, code: str, *, now: datetime) -> bool:
    """Send a fresh link to the LINE user to whom a code was given. False where nothing was sent; the caller keeps that
    to itself.
    """
    row = await _code(session, code)
    if row is None or row.created_at < now - RENEWABLE:
        return False
    conversation = await session.scalar(
        select(Conversation).where(Conversation.id == row.conversation_id).with_for_update(of=Conversation)
    )
    if conversation is None or await _renewed_enough(session, conversation, now=now):
        return False
    contact = await session.get_one(Contact, conversation.contact_id)
    if contact.blocked or contact.account_id is None:
        return False
    wrapping = Wrapping((cast(Purpose, row.purpose),), quiet=True, notice="link_new", mode="entrance")
    session.add(OutboxItem(
        id=new_id(now), municipality_id=conversation.municipality_id, created_at=now,
        data_key_id=conversation.data_key_id, data_key=conversation.data_key, conversation_id=conversation.id,
        account_id=contact.account_id, channel=conversation.channel, first_sequence=0, last_sequence=0, due_at=now,
        payload={"reply_token": None, "bubbles": [], "wrapping": wrapping.as_json()},
    ))
    await emit(session, kind="outbox", conversation_id=conversation.id)
    return True


async def _renewed_enough(session: AsyncSession, conversation: Conversation, *, now: datetime) -> bool:
    """Whether links of this conversation have been renewed a moment ago, or often enough today."""
    times = list(await session.scalars(
        select(OutboxItem.created_at).where(
            OutboxItem.conversation_id == conversation.id, OutboxItem.first_sequence == 0,
            OutboxItem.created_at > now - timedelta(days=1),
        )
    ))
    return len(times) >= RENEWALS_A_DAY or any(when > now - RENEWED_AGAIN_AFTER for when in times)


async def _code(session: AsyncSession, code: str) -> EntranceCode | None:
    return await session.scalar(
        select(EntranceCode).where(EntranceCode.code_hash == hash_token(code)).with_for_update(of=EntranceCode)
    )
