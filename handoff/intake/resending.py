"""Words that did not reach a resident, sent again because a person said so; or set aside for good.

A LINE push that LINE still remembers keeps its id, so that it cannot arrive twice; whatever else goes out again may, and
whoever decides is told so. Resident's wishes hold as ever: the outbox looks at them when a row leaves.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.intake.outbox import GIVE_UP_AFTER
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import OutboxItem


def never_doubled(row: OutboxItem, *, now: datetime) -> bool:
    """Whether the platform itself refuses a second copy of it."""
    return row.channel == "line" and row.how != "reply" and row.created_at > now - GIVE_UP_AFTER


async def again(session: AsyncSession, row: OutboxItem, *, now: datetime) -> None:
    """Back into the queue, as a push. UNSEALABLE where the words cannot be opened. The caller holds the row."""
    if never_doubled(row, now=now):
        row.status, row.error, row.due_at, row.attempts, row.reply_until = "queued", None, now, 0, None
    else:
        payload = {"reply_token": None, "wrapping": row.payload.get("wrapping"), "bubbles": row.payload["bubbles"]}
        session.add(OutboxItem(
            id=new_id(now), municipality_id=row.municipality_id, created_at=now, data_key_id=row.data_key_id,
            data_key=row.data_key, conversation_id=row.conversation_id, account_id=row.account_id, channel=row.channel,
            first_sequence=row.first_sequence, last_sequence=row.last_sequence, due_at=now, payload=payload,
        ))
        aside(row, "again")
    await emit(session, kind="outbox", conversation_id=row.conversation_id)


def aside(row: OutboxItem, choice: str) -> None:
    """It does not go out any more; the words stay in the conversation."""
    row.status, row.error, row.payload = "failed", choice, None
    row.lease = row.lease_until = None
