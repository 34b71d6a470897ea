"""A resident's wish to hear by mail that an answer has come: kept sealed, ended with one tap, due when staff have written.

The mail itself is `handoff.notices.residents`. It never carries content; nothing is mailed that was not asked for.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_urlsafe
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.mail.address import is_address
from handoff.intake.tokens import hash_token
from handoff.store.ids import new_id
from handoff.store.models import AnswerMail, Conversation

SOON = timedelta(minutes=2)
"""Who is still at the screen has read it by then; several bubbles are one mail."""
REST = timedelta(hours=1)
"""Between two mails: one says what ten would."""


class NoAddress(ValueError):
    """What was typed is no mail address. Never repeats it."""


def _secret() -> str:
    return token_urlsafe(32)


async def keep(
    session: AsyncSession, conversation: Conversation, address: str, *, now: datetime,
    new_secret: Callable[[], str] = _secret,
) -> None:
    """Put an address in place of the one before. NoAddress. The caller holds the conversation."""
    typed = address.strip()
    if not is_address(typed):
        raise NoAddress
    await stop(session, conversation.id)
    await session.flush()
    code = new_secret()
    session.add(AnswerMail(
        id=new_id(now), municipality_id=conversation.municipality_id, created_at=now,
        data_key_id=conversation.data_key_id, data_key=conversation.data_key, conversation_id=conversation.id,
        stop_hash=hash_token(code), attempts=0, letter={"address": typed, "stop": code},
    ))


async def stop(session: AsyncSession, conversation_id: UUID) -> None:
    """No more mail, and the address is gone. Harmless where there is none."""
    row = await wish_of(session, conversation_id)
    if row is not None:
        await session.delete(row)


async def stop_by(session: AsyncSession, code: str) -> None:
    """The same for who has only the mail."""
    row = await wish_behind(session, code)
    if row is not None:
        await session.delete(row)


async def wish_behind(session: AsyncSession, code: str) -> AnswerMail | None:
    """The row that a mail's code belongs to."""
    return await session.scalar(select(AnswerMail).where(AnswerMail.stop_hash == hash_token(code)))


async def wish_of(session: AsyncSession, conversation_id: UUID) -> AnswerMail | None:
    """The row, None where no mail was asked for."""
    return await session.scalar(select(AnswerMail).where(AnswerMail.conversation_id == conversation_id))


async def answered(session: AsyncSession, conversation_id: UUID, *, now: datetime) -> None:
    """Staff have written: a mail is due soon, unless one is due or nobody has that address."""
    row = await wish_of(session, conversation_id)
    if row is None or row.due_at is not None or row.error is not None:
        return
    row.due_at = now + SOON if row.sent_at is None else max(now + SOON, row.sent_at + REST)
    row.attempts = 0
