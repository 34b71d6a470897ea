"""電話がほしい: what a resident left in order to be telephoned, as far as they filled it in. Sealed.

They fill in a form for it, or say it in the talk. It never opens or closes anything by itself: the ticket stays whatever is
missing here. Knows no HTTP and no screens.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.intake import safety
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import CallbackWish, Conversation
from knowledge.schema.contact_ways import SafeContact
from knowledge.telephones import numbers_in

LONGEST = 200
LONGEST_TIME = 30
"""「明日の夕方か、土曜の10時」; who writes more is telling something."""
LONGEST_NUMBER_AND_TIME = 45
_CLAUSE = re.compile(r"[、。,.\n!?！？]+")
_TIME = re.compile(
    r"\d{1,2} ?[時:]|午前|午後|朝|昼|夕方|夜|晩|明日|あした|今日|きょう|明後日|あさって|平日|土日|週末|[月火水木金土日]曜|いつでも|何時でも|来週|今週"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """number, time: as the resident wrote them; secret: who must not know. "" for what has not been told."""

    number: str = ""
    time: str = ""
    secret: str = ""

    @property
    def told(self) -> bool:
        return any((self.number, self.time, self.secret))


    def with_more(self, later: "Wish") -> "Wish":
        """Both: what is told later stands in place of what was told before."""
        return Wish(later.number or self.number, later.time or self.time, later.secret or self.secret)


def told_in(text: str, words: SafeContact | None) -> Wish:
    """A telephone number that stands in a text, and the short clauses that name a time. words: what says when not to call."""
    plain = unicodedata.normalize("NFKC", text).replace("ー", "-")
    at, number = next(numbers_in(plain), (0, ""))
    rest = f"{plain[:at]}、{plain[at + len(number) :]}" if number else plain
    times = [clause for clause in map(str.strip, _CLAUSE.split(rest)) if _names_a_time(clause, words)]
    return Wish(number, "、".join(times)[:LONGEST])


def _names_a_time(clause: str, words: SafeContact | None) -> bool:
    """Not where it says when nobody is to call: that is kept by itself (`safety`)."""
    named = len(clause) <= LONGEST_TIME and _TIME.search(clause) is not None
    return named and (words is None or not safety.understood(clause, words))


async def add(session: AsyncSession, conversation: Conversation, wish: Wish, *, now: datetime) -> None:
    """Write down what the talk tells, beside what is known. The caller holds the conversation's row."""
    row = await _row(session, conversation.id)
    await keep(session, conversation, wish if row is None else _wish(row.payload).with_more(wish), now=now)


async def wished(session: AsyncSession, conversation: Conversation, *, now: datetime) -> None:
    """The form was opened: staff see that much, even if nothing is ever written."""
    if await _row(session, conversation.id) is None:
        await keep(session, conversation, Wish(), now=now)


async def keep(session: AsyncSession, conversation: Conversation, wish: Wish, *, now: datetime) -> None:
    """Write down the form as it stands now. The caller holds the conversation's row."""
    row = await _row(session, conversation.id)
    if row is None:
        row = CallbackWish(
            id=new_id(now), municipality_id=conversation.municipality_id, created_at=now,
            data_key_id=conversation.data_key_id, data_key=conversation.data_key, conversation_id=conversation.id,
        )
        session.add(row)
    row.payload, row.changed_at = asdict(wish), now
    await emit(session, kind="ticket_changed", conversation_id=conversation.id)


async def drop(session: AsyncSession, conversation: Conversation) -> None:
    """They do not want to be telephoned any more: nothing is kept that somebody could dial."""
    row = await _row(session, conversation.id)
    if row is not None:
        await session.delete(row)


async def of(session: AsyncSession, conversation_ids: Sequence[UUID]) -> Mapping[UUID, Wish]:
    """The wishes of conversations, by conversation."""
    rows = await session.scalars(select(CallbackWish).where(CallbackWish.conversation_id.in_(conversation_ids)))
    return {row.conversation_id: _wish(row.payload) for row in rows}


async def _row(session: AsyncSession, conversation_id: UUID) -> CallbackWish | None:
    return await session.scalar(
        select(CallbackWish).where(CallbackWish.conversation_id == conversation_id).with_for_update(of=CallbackWish)
    )


def _wish(payload: Mapping[str, Any]) -> Wish:
    return Wish(*(str(payload.get(name, "")) for name in ("number", "time", "secret")))
