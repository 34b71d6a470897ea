"""A photo or paper that comes over the web, from a resident or from staff: looked at by its first bytes, stored at once, sealed.

What it really is, and whether it can be drawn, the worker finds out afterwards (`media.Collector`), as for the other
channels: no picture is ever opened in the web process. Knows no HTTP.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bots.raw import storable
from handoff.intake import media, webchat
from handoff.intake.sniffing import MEBIBYTE, PDF, PICTURES, Unfit, media_type
from handoff.privacy.keys import KeyRing
from handoff.store import chunks
from handoff.store.events import emit

LONGEST = 10 * MEBIBYTE
TAKEN = (*PICTURES, PDF)
"""Also what the browser's chooser is told to offer."""


def kind_of(data: bytes) -> str:
    """"image" or "file" (a PDF). Unfit for anything else, whatever it is called."""
    found = media_type(data, kind="file")
    if found not in TAKEN:
        raise Unfit("type")
    return "image" if found in PICTURES else "file"


def called(name: str) -> str | None:
    """A file's name as it may be shown: without folders and signs that cannot be seen. None where nothing is left."""
    last = storable(name).replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable()).strip() or None


async def accept(
    session: AsyncSession, conversation_id: UUID, *, data: bytes, kind: str, name: str | None, client_message_id: str,
    keys: KeyRing, now: datetime,
) -> int:
    """Store a file as a message of its own. Returns its sequence; the same id again → the same sequence.

    LookupError when the conversation has gone.
    """
    conversation = await webchat.hold(session, conversation_id)
    known = await webchat.sequence_of(session, conversation.id, client_message_id)
    if known is not None:
        return known
    message = webchat.keep(session, conversation, "", client_message_id, media=kind, now=now)
    attachment = media.expect(
        session, conversation, message, kind=kind, source=webchat.CHANNEL, account_id=None, handle=None, name=name, now=now
    )
    await session.flush()
    await chunks.write(session, attachment, "raw", data, now=now)
    session.add(webchat.inbox_item(conversation, message, keys=keys, now=now))
    await emit(session, kind="inbox", conversation_id=conversation.id)
    await emit(session, kind="message", conversation_id=conversation.id)
    return message.sequence
