"""What staff hear on the telephone, at the counter or on a visit: taken in as a resident's words, read by the same triage.

Nothing is said to the resident here: whoever heard them has answered, or calls back. Knows no screens.
"""

from dataclasses import replace
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.desk import tickets
from handoff.desk.access import windows_of
from handoff.desk.confining import let_go
from handoff.desk.routing import windows_for
from handoff.desk.steps import next_step
from handoff.desk.summary import Summary
from handoff.intake import safety
from handoff.intake.safety import Wish
from handoff.privacy import audit
from handoff.privacy.keys import KeyRing
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import Conversation, InboxItem, Message
from handoff.store.saying import next_message
from knowledge.schema import Town
from triage.types import Decision


async def known(session: AsyncSession, municipality_id: str, once: str) -> UUID | None:
    """The conversation that a form made when it was sent before: a second click makes no second ticket."""
    return await session.scalar(
        select(InboxItem.conversation_id)
        .where(InboxItem.account_id == _account_of(municipality_id), InboxItem.event_id == _event(once))
    )


async def keep(
    session: AsyncSession, conversation: Conversation, text: str, *, staff_id: UUID, once: str, keys: KeyRing,
    now: datetime,
) -> Message:
    """The words as the conversation's next message, and the item that lets the worker judge them. Its row is held."""
    conversation.last_at = now
    message = next_message(
        session, conversation, sender="resident", payload=Outgoing(text).as_json(), now=now, staff_id=staff_id
    )
    session.add(InboxItem(
        id=new_id(now), municipality_id=conversation.municipality_id, created_at=now,
        data_key_id=conversation.data_key_id, data_key=conversation.data_key, channel=conversation.channel,
        account_id=_account_of(conversation.municipality_id), event_id=_event(once),
        conversation_key=keys.lookup("conversation", str(conversation.id)), conversation_id=conversation.id,
        message_id=message.id, event_at=now, ready_at=now, raw=None,
    ))
    await emit(session, kind="inbox", conversation_id=conversation.id)
    await emit(session, kind="message", conversation_id=conversation.id)
    return message


async def judged(
    session: AsyncSession, conversation: Conversation, decision: Decision, *, town: Town, wish: Wish, now: datetime
) -> None:
    """What triage says of it goes onto the ticket. Who heard it stays responsible; further windows come to it.

    The window that took it down stays the main one until it hands over. It was heard when it was written down, not now.
    What was held back until it is read is held no longer, unless it must be; a restriction is never taken away here.
    """
    before = await tickets.current(session, conversation.id)
    held = await windows_of(session, before) if before is not None else ()
    heard_at, unread = (before.last_resident_at, before.state.get("unread")) if before is not None else (now, True)
    windows = tuple(dict.fromkeys((*held, *windows_for(decision, town))))
    ticket = await tickets.open_or_update(
        session, conversation, decision, town=town, windows=windows, why="triage", now=now
    )
    if decision.crisis:  # staff may have called it graver than triage; the danger still names the first step
        step = next_step(decision, town, windows=windows, why="triage", spoken=True)
        ticket.summary = replace(Summary.from_json(ticket.summary), next_step=step).as_json()
    if let_go(ticket):
        await audit.record(session, action="hold_ended", staff_id=None, ticket_id=ticket.id, now=now)
    ticket.last_resident_at = heard_at
    ticket.state = {**ticket.state, "unread": bool(unread or len(windows) > len(held))}
    if wish:
        await safety.keep(session, conversation, (await safety.wish_of(session, conversation.id)).with_more(wish), now=now)


def _event(once: str) -> str:
    return f"heard:{once}"


def _account_of(municipality_id: str) -> UUID:
    """These channels have no account row; inbox items need a fixed id for one per town."""
    return uuid5(NAMESPACE_URL, f"tsunagu:heard:{municipality_id}")
