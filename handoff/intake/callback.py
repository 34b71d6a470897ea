"""電話がほしい: what a resident left in order to be telephoned, as far as they filled it in. Sealed.

It never opens or closes anything by itself: the ticket stays whatever is missing here. Knows no HTTP and no screens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import CallbackWish, Conversation

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """number, time: as the resident wrote them; secret: who must not know. "" for what has not been told."""

    number: str = ""
    time: str = ""
    secret: str = ""

    @property
    def told(self) -> bool:
        return any((self.number, self.time, self.secret))


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
