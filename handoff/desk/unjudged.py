"""A message of the town's page that may tell of danger from somebody near, for the seconds until triage has read it: it stands
in an open ticket as 「読み取り中」, so that nobody reads what is restricted a moment later.

The first look (`triage.glance`) marks it when it comes in; who is named for a restricted ticket reads it at once. What cannot
be judged is parked, and then shows. Knows no screens.
"""

from collections.abc import Callable, Collection, Iterable
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.confining import GUARDED
from handoff.store.models import InboxItem, Message, Ticket
from knowledge.schema import CrisisKind

MARK = "held"
"""In a message's payload: hold it until it has been read."""
Alarms = Callable[[str], Collection[CrisisKind]]


def mark(text: str, alarms: Alarms) -> dict[str, bool]:
    """What is kept with a text beside it."""
    return {} if GUARDED.isdisjoint(alarms(text)) else {MARK: True}


def waiting() -> Select[UUID | None]:
    """The messages that triage has still to read."""
    return select(InboxItem.message_id).where(InboxItem.status.in_(["new", "leased"]), InboxItem.message_id.is_not(None))


async def hidden(session: AsyncSession, rows: Iterable[Message]) -> frozenset[UUID]:
    """Those of them that nobody is shown yet. Costs nothing where none is marked."""
    marked = {row.id: row.conversation_id for row in rows if row.payload and row.payload.get(MARK)}
    if not marked:
        return frozenset()
    unread = set(await session.scalars(waiting().where(InboxItem.message_id.in_(marked))))
    guarded = set(await session.scalars(select(Ticket.conversation_id).where(
        Ticket.conversation_id.in_(set(marked.values())), Ticket.restricted.is_(True), Ticket.status != "resolved"
    )))
    return frozenset(one for one, talk in marked.items() if one in unread and talk not in guarded)
