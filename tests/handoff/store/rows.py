"""What many store tests need: a contact with a conversation and messages, and wake-ups at rest."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.db import Store, town_key
from handoff.store.ids import new_id
from handoff.store.listen import PostgresLink
from handoff.store.models import Contact, Conversation, Message
from handoff.store.scope import scope_of
from tests.databases import at_noon


async def start_conversation(session: AsyncSession, *texts: str, name: str = "相談 花子") -> Conversation:
    """A web contact's conversation with these messages, under a data key of its own."""
    now = at_noon()
    key = scope_of(session).keys.new_data_key(scope_of(session).municipality_id, now=now)
    session.add(key)
    contact = Contact(id=new_id(now), data_key_id=(await town_key(session)).id, channel="web", name=name)
    conversation = Conversation(
        id=new_id(now), data_key=key, contact_id=contact.id, channel="web", last_at=now, last_sequence=len(texts)
    )
    session.add_all([conversation, contact])
    for sequence, text in enumerate(texts, start=1):
        session.add(Message(
            payload={"text": text}, data_key_id=key.id, conversation_id=conversation.id, sequence=sequence,
            sender="resident", at=now,
        ))
    return conversation


async def kept_conversation(store: Store, town: str, *texts: str) -> Conversation:
    """The same, committed."""
    async with store.town(town) as session:
        return await start_conversation(session, *texts)


async def at_rest(store: Store) -> None:
    """Wait until the store listens: making the connection wakes everybody once."""
    store.wake.subscribe().close()
    for link in store.wake._links:
        assert isinstance(link, PostgresLink)
        await asyncio.wait_for(link.listening.wait(), 5)
