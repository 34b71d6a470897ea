"""Gapless sequences: a counter row, locked by its own UPDATE to the transaction's end.

From then on the transaction counts in memory, and the row learns where it ended with the last thing before the commit.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import Integer, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from handoff.store.errors import Unscoped
from handoff.store.models import Counter
from handoff.store.scope import Counted, scope_of


async def next_value(session: AsyncSession, municipality_id: str, name: str) -> int:
    """The next number (from 1) of a town's sequence. Others wait until this transaction ends, so take it late."""
    return await take(session, municipality_id, name, count=1)


async def take(session: AsyncSession, municipality_id: str, name: str, *, count: int) -> int:
    """Take `count` numbers at once; returns the last of them."""
    scope = scope_of(session)
    if not scope.everywhere and scope.municipality_id != municipality_id:
        raise Unscoped("a counter of another town")
    counted = scope.counted.get((municipality_id, name))
    if counted is None:
        counted = scope.counted[municipality_id, name] = Counted(await _step(session, municipality_id, name, count=count))
    else:
        counted.value += count
    return counted.value


async def write_counted(session: AsyncSession) -> None:
    """Tell the rows how far this transaction has counted in memory. The store calls it as the last thing before commit."""
    for (town, name), counted in scope_of(session).counted.items():
        if counted.value != counted.written:
            await _step(session, town, name, count=counted.value - counted.written)


async def _step(session: AsyncSession, municipality_id: str, name: str, *, count: int) -> int:
    """Move a row on, locked from now on, and begun where it is not there yet. Returns where it stands."""
    given = {"municipality_id": municipality_id, "name": name, "value": count, "count": count}
    with session.no_autoflush:  # what waits to be written has no part in it, and is cheaper written all at once
        return (await session.execute(_stepping(session.get_bind().dialect.name), given)).scalar_one()


@cache
def _stepping(dialect: str) -> ReturningInsert[int]:
    """Made once: making it costs more than asking it. count: by how much a row that is there moves on."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(Counter).on_conflict_do_update(
        index_elements=[Counter.municipality_id, Counter.name], set_={"value": Counter.value + bindparam("count", type_=Integer)}
    ).returning(Counter.value)
