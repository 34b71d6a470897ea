"""Rows of several conversations read in one statement, before each is worked on: who asks for those of one gets them
without a statement of their own, and where nothing was read ahead, asks as ever. What is not asked at all costs nothing: a
row that the session holds is looked up without a way to the driver. Must not know what the rows mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.util import identity_key

from handoff.store.scope import scope_of

R = TypeVar("R")
Asked = Callable[[Sequence[UUID]], Select[Any]]
"""The question for some conversations: of rows that have a `conversation_id`, in the order in which one's are wanted."""


async def fetch(session: AsyncSession, asked: Asked, conversations: Sequence[UUID], *, new: Sequence[UUID] = ()) -> None:
    """Read for all of these. new: conversations begun in this transaction, which have none yet."""
    held: dict[UUID, list[Any]] = {conversation: [] for conversation in (*conversations, *new)}
    for row in await session.scalars(asked(conversations)) if conversations else ():
        held[row.conversation_id].append(row)
    scope_of(session).ahead[asked] = held


async def rows(session: AsyncSession, asked: Asked, conversation: UUID) -> list[Any]:
    """Those of one. What the transaction adds to or takes from them is to be added to or taken from this list."""
    held = scope_of(session).ahead.get(asked, {})
    if conversation not in held:
        return list(await session.scalars(asked([conversation])))
    return held[conversation]


async def one(session: AsyncSession, kind: type[R], row_id: UUID) -> R:
    """The row of an id that another row names. Nothing is flushed for it: a batch writes all of its rows at its end."""
    held: R | None = session.sync_session.identity_map.get(identity_key(kind, row_id))
    if held is not None:
        return held
    with session.no_autoflush:
        return await session.get_one(kind, row_id)
