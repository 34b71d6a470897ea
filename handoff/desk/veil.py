"""Who told of a household is named on nothing that leaves the desk: their name and number taken out, however they are written.

It begins with the ticket, not with a case. On the desk's own screen of that ticket they stand, or nobody could thank
or ask them. Must not know papers, routes, or what else is left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.outsiders import outside
from handoff.desk.queue import TicketLine
from handoff.intake import callback
from handoff.store.models import Contact, Conversation

MARK = "■■■"
SHORTEST = 2
_BETWEEN = r"[\s　・･\-‐‑–—−－ーｰ()（）.]*"
_KANJI = re.compile("[一-龥々ヶ]+")
_TOGETHER: dict[int, tuple[slice, ...]] = {
    2: (slice(1),), 3: (slice(2), slice(1)), 4: (slice(2), slice(2, None)),
    5: (slice(3), slice(2), slice(3, None)), 6: (slice(3), slice(3, None)),
}
"""By how many signs a name written together has: which of them people mostly go by."""
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Veil:
    """Words to take out; families: parts of a name that stand by themselves. None: everything stays as it is."""

    words: tuple[str, ...] = ()
    families: tuple[str, ...] = ()

    def over(self, text: str) -> str:
        """The text without them, whatever their width and whatever stands between their signs."""
        return self._pattern.sub(MARK, text) if self._pattern is not None else text

    def through(self, thing: Thing) -> Thing:
        """The same thing with all of its texts veiled: dataclasses, tuples, lists and mappings are gone through."""
        return self._through(thing) if self.words or self.families else thing

    def _through(self, thing: Any) -> Any:
        if isinstance(thing, str):
            return self.over(thing)
        if is_dataclass(thing) and not isinstance(thing, type):
            return replace(thing, **{one.name: self._through(getattr(thing, one.name)) for one in fields(thing) if one.init})
        if isinstance(thing, tuple | list):
            return type(thing)(self._through(one) for one in thing)
        if isinstance(thing, Mapping):
            return {key: self._through(one) for key, one in thing.items()}
        return thing

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        found = [one for word in sorted(self.words, key=len, reverse=True) if (one := _spelled(word))]
        found += [_alone(part) for part in sorted(self.families, key=len, reverse=True)]
        return re.compile("|".join(found)) if found else None


def _spelled(word: str) -> str:
    """The signs of a word in either width, with what people put between them; "" where it is too short to be one."""
    signs = [sign for sign in word if not re.fullmatch(_BETWEEN, sign)]
    return _BETWEEN.join(_either(sign) for sign in signs) if len(signs) >= SHORTEST else ""


def _alone(part: str) -> str:
    """A part of a name by itself, but in no name of a place; one sign only where somebody says who they are with it."""
    if len(part) < SHORTEST:
        return f"(?<![一-龥々]){re.escape(part)}(?=です|と申|ともうし|といい|と言い|でございます)"
    return f"{_spelled(part)}(?![県市町村区郡駅])"


def parts_of(name: str) -> tuple[str, ...]:
    """What a name may be said by alone: what stands between its spaces; written together, the signs that a family name mostly
    has. Better a stranger's name too many than the one who told.
    """
    parts = [part for part in re.split(r"[\s　・,，、]+", name) if part]
    if len(parts) > 1:
        return tuple(dict.fromkeys(parts))
    whole = name.strip()
    return tuple(whole[one] for one in _TOGETHER.get(len(whole), ())) if _KANJI.fullmatch(whole) else ()


def _either(sign: str) -> str:
    code = ord(sign)
    other = chr(code + 0xFEE0) if 0x21 <= code <= 0x7E else chr(code - 0xFEE0) if 0xFF01 <= code <= 0xFF5E else ""
    return f"[{re.escape(sign + other)}]"


async def of_writer(session: AsyncSession, conversation_id: UUID) -> Veil:
    """What is known of who wrote or called: the name they gave, the number they left."""
    return (await _of(session, [conversation_id]))[conversation_id]


async def of_reporter(session: AsyncSession, line: TicketLine) -> Veil:
    """The same where somebody outside the household told of it; no veil for all others."""
    return await of_writer(session, line.conversation_id) if reported(line) else Veil()


async def veiled(session: AsyncSession, lines: Sequence[TicketLine]) -> list[TicketLine]:
    """Lines for other systems, reporters named on none of them."""
    veils = await _of(session, [line.conversation_id for line in lines if reported(line)])
    return [veils.get(line.conversation_id, Veil()).through(line) for line in lines]


def reported(line: TicketLine) -> bool:
    """`outsiders.is_report` of a line."""
    return outside(line.summary.about, line.caller)


async def _of(session: AsyncSession, conversations: Sequence[UUID]) -> dict[UUID, Veil]:
    if not conversations:
        return {}
    wishes = await callback.of(session, conversations)
    told = {one: [wishes[one].number if one in wishes else ""] for one in conversations}
    rows = await session.execute(
        select(Conversation.id, Contact).join(Contact, Conversation.contact_id == Contact.id)
        .where(Conversation.id.in_(conversations))
    )
    families: dict[UUID, tuple[str, ...]] = {}
    for one, contact in rows:
        told[one].append(contact.name or "")
        families[one] = parts_of(contact.name or "")
    return {one: Veil(tuple(word for word in words if word.strip()), families.get(one, ())) for one, words in told.items()}
