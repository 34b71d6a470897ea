"""鍵の交換: a new wrapping key in the key file, and every data key wrapped with it. What they sealed is not touched.

The keys before stay in the file: a backup made with them can still be restored. Processes that run meanwhile take the new key
up when they meet it. Must not know towns or what the data keys seal.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from handoff.privacy import audit
from handoff.store.db import Store
from handoff.store.models import DataKey, MunicipalityRow

AT_ONCE = 500
"""Data keys of one transaction: nobody else writes meanwhile on SQLite."""


async def rotate(store: Store, *, now: datetime) -> int:
    """Add a key, make it current and wrap everything with it; how many data keys. Written into every town's record."""
    version = store.keys.rotate()
    wrapped = await rewrap(store)
    async with store.reading_everywhere() as session:
        towns = list(await session.scalars(select(MunicipalityRow.id).order_by(MunicipalityRow.id)))
    for town in towns:
        async with store.town(town) as session:
            await audit.record(session, action="key_rotated", staff_id=None, reason=f"version={version}", now=now)
    return wrapped


async def rewrap(store: Store) -> int:
    """Wrap with the current key whatever is not; how many. Safe to run again where an earlier run was broken off."""
    done = 0
    while True:
        async with store.everywhere() as session:
            rows = list(await session.scalars(
                select(DataKey).where(DataKey.wrapped.is_not(None), DataKey.key_version != store.keys.version)
                .order_by(DataKey.id).limit(AT_ONCE).with_for_update(of=DataKey)
            ))
            for row in rows:
                store.keys.rewrap(row)
        done += len(rows)
        if len(rows) < AT_ONCE:
            return done
