"""The next message of a conversation: the one place that counts it and gives it the conversation's key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.ids import new_id
from handoff.store.models import Conversation, Message


def next_message(
    session: AsyncSession, conversation: Conversation, *, sender: str, payload: dict[str, Any] | None, now: datetime,
    at: datetime | None = None, **columns: Any,
) -> Message:
    """Add the conversation's next message. The caller holds its row. at: when it was said; now where not given.

    payload: None where it was taken back before it came. columns: others of `Message`.
    """
    conversation.last_sequence += 1
    message = Message(
        id=new_id(now), municipality_id=conversation.municipality_id, created_at=now,
        data_key_id=conversation.data_key_id, data_key=conversation.data_key, conversation_id=conversation.id,
        sequence=conversation.last_sequence, sender=sender, at=at or now, payload=payload, **columns,
    )
    session.add(message)
    return message
