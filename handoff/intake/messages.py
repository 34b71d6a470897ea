"""Keeping what a resident said or corrected, and the stones of what was taken back before it came."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.intake import media
from handoff.intake.contacts import edited_at
from handoff.intake.turn import Said
from handoff.privacy.keys import KeyRing
from handoff.store.documents import document
from handoff.store.events import emit
from handoff.store.models import Conversation, Message
from handoff.store.saying import next_message
from triage.types import Decision


async def keep_said(
    session: AsyncSession, conversation: Conversation, said: Sequence[Said], *, account_id: UUID, keys: KeyRing, now: datetime
) -> None:
    """Store a turn's messages in order. A web message is stored already and only learns its meaning."""
    for one in said:
        lookup = keys.lookup("message", str(account_id), one.external_id) if one.external_id else None
        if one.stored is not None:
            if one.meaning or one.tap:
                row = await session.get_one(Message, one.stored)
                row.payload = _payload(one)
        elif not (one.edited and await _revise(session, conversation, one, lookup)):
            message = _add(session, conversation, one, lookup, now=now)
            if one.media in media.KINDS:
                media.expect(
                    session, conversation, message, kind=one.media, source=conversation.channel, account_id=account_id,
                    handle=one.handle, name=one.name, now=now,
                )
    if said:
        conversation.last_at = now
        await emit(session, kind="message", conversation_id=conversation.id)


def _payload(said: Said) -> dict[str, Any]:
    payload: dict[str, Any] = {"text": said.text, "choices": [], "cards": []}
    if said.meaning:
        payload["meaning"] = said.meaning
    if said.tap:
        payload["tap"] = said.tap
    if said.edited:
        payload["edited_at"] = said.at.isoformat()
    return payload


def _add(
    session: AsyncSession, conversation: Conversation, said: Said | None, lookup: bytes | None, *, now: datetime
) -> Message:
    if said is None:
        return next_message(
            session, conversation, sender="resident", payload=None, now=now, external_lookup=lookup, unsent_at=now
        )
    return next_message(
        session, conversation, sender="resident", payload=_payload(said), now=now, at=said.at,
        external_lookup=lookup, media=said.media,
    )


def stone(session: AsyncSession, conversation: Conversation, lookup: bytes, *, now: datetime) -> None:
    """A message that was taken back before it came: when it does, it is known and stays out."""
    _add(session, conversation, None, lookup, now=now)


async def _revise(session: AsyncSession, conversation: Conversation, said: Said, lookup: bytes | None) -> bool:
    """Put an edited text in place, other wordings kept for staff: the newest by the platform's clock stands, whichever came
    last. False when the original never came.
    """
    row = await known(session, conversation, lookup)
    if row is None:
        return False
    if row.payload is None:
        return True
    earlier, stands = row.payload.get("earlier", []), edited_at(row.payload)
    if stands is not None and said.at < stands:
        row.payload = {**row.payload, "earlier": [*earlier, said.text]}
    else:
        row.payload = {**_payload(said), "earlier": [*earlier, row.payload["text"]]}
    return True


async def known(session: AsyncSession, conversation: Conversation, lookup: bytes | None) -> Message | None:
    """The message of a platform's id, if it has come."""
    if lookup is None:
        return None
    return await session.scalar(
        select(Message).where(Message.conversation_id == conversation.id, Message.external_lookup == lookup)
    )


def explained(decision: Decision) -> dict[str, Any]:
    """The decision as kept with the message. Without the text itself: evidence counts over the messages."""
    body = document(decision)
    del body["text"]
    return body
