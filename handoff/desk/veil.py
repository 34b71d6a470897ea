"""Who told of a household is named on nothing that leaves the desk: their name and number taken out, however they are written.

It begins with the ticket, not with a case. On the desk's own screen of that ticket they stand, or nobody could thank
or ask them. Where the household is called as they are, its people stay readable by their full names, as the coordinator
wrote them down in the case; the family name alone does not, for no wording tells whose it is (「隣の佐藤さんから聞いたとは
言わないで」 is said of oneself). Must not know papers, routes, or what else is left out.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.outsiders import outside
from handoff.desk.queue import TicketLine
from handoff.intake import callback
from handoff.store.models import CasePerson, CaseTicket, Contact, Conversation, DataKey, Ticket

MARK = "■■■"
SHORTEST = 2
KEPT = "kept"
_BETWEEN = r"[\s　・･\-‐‑–—−－ーｰ()（）.]*"
_INTRODUCING = "です|と申|ともうし|といい|と言い|でございます"
_OF_ANOTHER = "さん|様|さま|氏|くん|君|ちゃん|殿"
_KANJI = re.compile("[一-龥々ヶ]+")
_TOGETHER: dict[int, tuple[slice, ...]] = {
    2: (slice(1),), 3: (slice(2), slice(1)), 4: (slice(2), slice(2, None)),
    5: (slice(3), slice(2), slice(3, None)), 6: (slice(3), slice(3, None)),
}
"""By how many signs a name written together has: which of them people mostly go by."""
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Veil:
    """Words to take out; families: parts of a name that stand by themselves; kept: full names of others, in which such a part
    stays. None: everything stays as it is.
    """

    words: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def over(self, text: str) -> str:
        """The text without them, whatever their width and whatever stands between their signs."""
        return self._pattern.sub(_marked, text) if self._pattern is not None else text

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
        names = "|".join(_full(name, self.words) for name in sorted(self.kept, key=len, reverse=True))
        found = [f"(?P<{KEPT}>{names})"] if names else []
        found += [one for word in sorted(self.words, key=len, reverse=True) if (one := _spelled(word))]
        found += [_alone(part) for part in sorted(self.families, key=len, reverse=True)]
        return re.compile("|".join(found)) if found else None


def _marked(found: re.Match[str]) -> str:
    return found[0] if found.lastgroup == KEPT else MARK


def _spelled(word: str) -> str:
    """The signs of a word in either width, with what people put between them; "" where it is too short to be one."""
    signs = [sign for sign in word if not re.fullmatch(_BETWEEN, sign)]
    return _BETWEEN.join(_either(sign) for sign in signs) if len(signs) >= SHORTEST else ""


def _alone(part: str) -> str:
    """A part of a name by itself, but in no name of a place; one sign only where somebody says who they are with it."""
    if len(part) < SHORTEST:
        return f"(?<![一-龥々]){re.escape(part)}(?={_INTRODUCING})"
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


def _full(name: str, words: Sequence[str]) -> str:
    """Somebody else's full name: not where it goes on as another one, nor where somebody says who they are with it; where it
    begins with all that is known of the veiled one's name, only as one speaks of another (〜さん).
    """
    if any(_signs(word) in name for word in words):
        return f"{_spelled(name)}(?={_BETWEEN}(?:{_OF_ANOTHER}))"
    return f"{_spelled(name)}(?!{_BETWEEN}(?:[一-龥々ヶ]|{_INTRODUCING}))"


def kept_of(name: str, others: Iterable[str]) -> tuple[str, ...]:
    """Of other people's names the full ones that a part of this name stands in; none that this name may be or go on from."""
    own = _signs(name)
    parts = {own, *map(_signs, parts_of(name))} if own else set()
    found = {other for other in map(_signs, others) if other not in own}
    return tuple(sorted(other for other in found if any(part in other for part in parts)))


def _signs(name: str) -> str:
    return re.sub(_BETWEEN, "", unicodedata.normalize("NFKC", name))


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
    names = {one: contact.name or "" for one, contact in rows}
    people = await _household(session, [one for one, name in names.items() if name])
    return {
        one: Veil(
            tuple(word for word in (*words, names.get(one, "")) if word.strip()), parts_of(names.get(one, "")),
            kept_of(names.get(one, ""), people.get(one, ())),
        )
        for one, words in told.items()
    }


async def _household(session: AsyncSession, conversations: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Names of the people of the case that each has led to, as they were written down there."""
    found: dict[UUID, list[str]] = {}
    if not conversations:
        return found
    rows = await session.execute(
        select(Ticket.conversation_id, CasePerson).join(CaseTicket, CaseTicket.ticket_id == Ticket.id)
        .join(CasePerson, CasePerson.case_id == CaseTicket.case_id).join(DataKey, DataKey.id == CasePerson.data_key_id)
        .where(Ticket.conversation_id.in_(conversations), DataKey.destroyed_at.is_(None))
    )
    for one, person in rows:
        found.setdefault(one, []).append(person.body["name"])
    return found
