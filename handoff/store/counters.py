"""Gapless sequences: a counter row, locked by its own UPDATE to the transaction's end."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.errors import Unscoped
from handoff.store.models import Counter
from handoff.store.scope import scope_of


async def next_value(session: AsyncSession, municipality_id: str, name: str) -> int:
    """The next number (from 1) of a town's sequence. Others wait until this transaction ends, so take it late."""
    return await take(session, municipality_id, name, count=1)


async def take(session: AsyncSession, municipality_id: str, name: str, *, count: int) -> int:
    """Take `count` numbers at once; returns the last of them."""
    scope = scope_of(session)
    if not scope.everywhere and scope.municipality_id != municipality_id:
        raise Unscoped("a counter of another town")
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(Counter).values(municipality_id=municipality_id, name=name, value=count)
    step = first.on_conflict_do_update(
        index_elements=[Counter.municipality_id, Counter.name], set_={"value": Counter.value + count}
    )
    with session.no_autoflush:  # what waits to be written has no part in it, and is cheaper written all at once
        return (await session.execute(step.returning(Counter.value))).scalar_one()
