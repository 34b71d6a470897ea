"""合言葉: four common words that open a conversation again, on another device or from LINE to the web.

Made on request, said once. The database keeps a slow hash under the key file, so that neither a copy of the database nor
fast guessing leads to a phrase; who guesses wrong learns nothing and waits as long as who is right. A new phrase ends the
one before. Knows no HTTP; how often somebody may try, the route knows.
"""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.intake.tokens import hash_token
from handoff.privacy.keys import KeyRing
from handoff.store.ids import new_id
from handoff.store.models import Conversation, ResumePhrase

WORDS = 4
LONGEST = 200
"""Characters of what somebody types; four words are 32 at most."""
_SEPARATORS = re.compile(r"[\s\u3000・･、，,。．./／\-‐―ー_「」『』\"']+")
_KATAKANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_ASKED = re.compile(
    r"(合い?言葉|あいことば)(を|が|は)?"
    r"(ください|下さい|ちょうだい|教えて(ください|ほしい)?|作って(ください|ほしい)?|つくって(ください|ほしい)?|ほしい(です)?|欲しい(です)?|知りたい(です)?)?"
    r"[。！!]?"
)

Choose = Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Resumed:
    """A conversation opened again. token: the only key from now on; what was open elsewhere is closed."""

    conversation_id: UUID
    token: str


def asked_for(text: str) -> bool:
    """Whether somebody asks for a phrase and says nothing else (「合言葉」「合言葉をください」)."""
    return _ASKED.fullmatch(unicodedata.normalize("NFKC", text).strip()) is not None


def made_of(words: Sequence[str], *, choose: Choose = secrets.choice) -> tuple[str, ...]:
    """Four words by chance."""
    return tuple(choose(words) for _ in range(WORDS))


def spoken(phrase: Sequence[str]) -> str:
    """As it is shown."""
    return "・".join(phrase)


def plain(typed: str) -> str:
    """What counts of a phrase: its kana, however they were typed and divided. "" for what can be none."""
    folded = unicodedata.normalize("NFKC", typed[:LONGEST]).translate(_KATAKANA)
    joined = _SEPARATORS.sub("", folded)
    return joined if re.fullmatch("[ぁ-ん]{8,40}", joined) else ""


def lookup_of(typed: str, municipality_id: str, keys: KeyRing) -> bytes:
    """The slow hash under the key file: about 50 ms of one core and 16 MiB, so call it in a thread.

    The same work is done for what can be no phrase.
    """
    salt = keys.lookup("resume salt", municipality_id)
    slow = hashlib.scrypt(plain(typed).encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return keys.lookup("resume phrase", municipality_id, slow.hex())


async def keep(session: AsyncSession, conversation: Conversation, lookup: bytes, *, now: datetime) -> None:
    """Make this the conversation's phrase; the one before opens nothing any more."""
    await revoke(session, conversation.id)
    session.add(ResumePhrase(
        id=new_id(now), municipality_id=conversation.municipality_id, created_at=now, conversation_id=conversation.id,
        lookup=lookup,
    ))
    await session.flush()


async def has_phrase(session: AsyncSession, conversation_id: UUID) -> bool:
    """Whether one stands that opens it."""
    return await session.scalar(select(ResumePhrase.id).where(ResumePhrase.conversation_id == conversation_id)) is not None


async def revoke(session: AsyncSession, conversation_id: UUID) -> bool:
    """End a conversation's phrase. False when there was none."""
    gone = await session.execute(
        delete(ResumePhrase).where(ResumePhrase.conversation_id == conversation_id)
        .execution_options(synchronize_session=False)
    )
    return getattr(gone, "rowcount", 0) > 0


async def opened(
    session: AsyncSession, municipality_id: str, lookup: bytes, *, now: datetime,
    new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(32),
) -> Resumed | None:
    """Open the conversation of a phrase with a fresh token. None for a wrong phrase or a revoked one.

    After the end of the matter, too: what they write then opens it again.
    """
    row = await session.scalar(
        select(ResumePhrase).where(ResumePhrase.lookup == lookup).with_for_update(of=ResumePhrase)
    )
    conversation = await session.get(Conversation, row.conversation_id) if row is not None else None
    if row is None or conversation is None:
        return None
    row.used_at = now
    token = f"{municipality_id}.{new_secret()}"
    conversation.token_hash = hash_token(token)
    return Resumed(conversation.id, token)
