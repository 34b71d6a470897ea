"""Events: what listeners re-read from their cursor. Ids only; the sequence of a town is gapless.

Events of a transaction are kept until just before it commits: the town's counter is then the last lock taken and the
shortest held, so that writers neither wait for each other nor deadlock on it.
"""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, UOWTransaction

from handoff.store.counters import take
from handoff.store.errors import ReadOnly, Unscoped
from handoff.store.ids import new_id
from handoff.store.models import Event
from handoff.store.scope import GuardedSession, scope_of
from handoff.store.wake import Notice

COUNTER = "event"


async def emit(
    session: AsyncSession,
    *,
    kind: str,
    conversation_id: UUID | None = None,
    ticket_id: UUID | None = None,
    municipality_id: str | None = None,
) -> None:
    """Add an event to this transaction; after its commit the store's wakers are called.

    kind: message, ticket, ticket_changed, alarm, alarm_ended, outbox, inbox, delivery, inquiry, knowledge,
    knowledge_draft, channel_stopped, correction, own_case. municipality_id: needed in an everywhere session. The row is written when the store's session commits. Same events of one transaction are one.
    """
    scope = scope_of(session)
    town = scope.municipality_id if municipality_id is None else municipality_id
    if scope.read_only:
        raise ReadOnly("a reading session has no events")
    if scope.everywhere and municipality_id is None:
        raise Unscoped("an event in an everywhere session needs municipality_id")
    if not scope.everywhere and town != scope.municipality_id:
        raise Unscoped("an event of another town")
    scope.emitted[Notice(town, kind, conversation_id, ticket_id)] = None


@event.listens_for(GuardedSession, "after_flush")
def _tell(session: Session, _: UOWTransaction) -> None:
    """Rows that tell by themselves that they were written (`tells`: case_changed)."""
    emitted = scope_of(session).emitted
    for row in (*session.new, *session.dirty, *session.deleted):
        kind = getattr(row, "tells", None)
        if kind is not None:
            emitted[Notice(row.municipality_id, kind)] = None


async def write_emitted(session: AsyncSession) -> None:
    """Write the rows of what was emitted. The store calls it as the last thing before commit."""
    scope = scope_of(session)
    await session.flush()
    in_order = sorted(scope.emitted, key=lambda notice: notice.municipality_id)
    for town, notices in groupby(in_order, key=lambda notice: notice.municipality_id):
        await _write(session, town, list(notices))


async def _write(session: AsyncSession, town: str, notices: list[Notice]) -> None:
    now = scope_of(session).clock()
    await session.flush()
    last = await take(session, town, COUNTER, count=len(notices))
    rows = [
        {
            "id": new_id(now), "municipality_id": town, "created_at": now, "sequence": sequence, "kind": notice.kind,
            "conversation_id": notice.conversation_id, "ticket_id": notice.ticket_id,
        }
        for sequence, notice in enumerate(notices, start=last - len(notices) + 1)
    ]
    # Nobody reads them in this transaction: no objects are made for them. With their NULLs they are one statement.
    await session.execute(insert(Event), rows, execution_options={"render_nulls": True})
