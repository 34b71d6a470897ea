"""`tsunagu migrate`: the newest schema, every town known and with a data key. Safe to run again, and twice at once.

All in one transaction under one lock, so that a second process waits and then finds everything done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from handoff.clock import Clock
from handoff.privacy.keys import KeyRing
from handoff.store.db import check_keys, database_url, writing_engine
from handoff.store.migrations import HEAD
from handoff.store.migrations.grants import grant
from handoff.store.models import MunicipalityRow
from handoff.store.scope import EVERYWHERE, GuardedSession, Scope

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x7473756E61677500
"""PostgreSQL advisory lock of everybody who changes the schema ("tsunagu" in ASCII)."""


async def migrate(
    url: str, towns: Mapping[str, str], *, keys: KeyRing, clock: Clock, say: Callable[[str], None]
) -> None:
    """Bring a database to the newest schema with every town of `towns` (id → name) known to it.

    say: one line for each step. KeyMissing or KeyUnfit when sealed rows exist that the key file cannot open.
    """
    engine = writing_engine(database_url(url))
    try:
        async with engine.begin() as connection:
            before = await connection.run_sync(bring_to, HEAD)
            say(f"データベース / database: {HEAD}" + ("" if before == HEAD else f" (from {before or 'nothing'})"))
            await connection.run_sync(grant)
            await register(connection, towns, keys=keys, clock=clock, say=say)
    finally:
        await engine.dispose()


def bring_to(connection: Connection, revision: str | None) -> str | None:
    """Up or down to a revision (None: nothing), inside the connection's transaction. Returns the revision before."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    before = current(connection)
    if before != revision:
        _run_alembic(connection, revision or "base", down=(revision or "") < (before or ""))
    return before


def current(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    from alembic.runtime.migration import MigrationContext

    if not inspect(connection).has_table("alembic_version"):
        return None
    return MigrationContext.configure(connection).get_current_revision()


def _run_alembic(connection: Connection, revision: str, *, down: bool) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    (command.downgrade if down else command.upgrade)(config, revision)


async def register(
    connection: AsyncConnection, towns: Mapping[str, str], *, keys: KeyRing, clock: Clock, say: Callable[[str], None]
) -> None:
    """Make towns (id → name) known, each with a data key, inside the connection's transaction."""
    scope = Scope(EVERYWHERE, keys, clock)
    async with AsyncSession(connection, sync_session_class=GuardedSession, info=scope.as_info()) as session:
        await check_keys(session)
        known = {town.id: town for town in await session.scalars(select(MunicipalityRow))}
        for town_id, name in towns.items():
            town = known.get(town_id)
            if town is None:
                session.add(town := MunicipalityRow(id=town_id, name=name, created_at=clock()))
            if town.name != name:
                town.name = name
            if town.data_key_id is None:
                key = keys.new_data_key(town_id, now=clock())
                session.add(key)
                town.data_key_id = key.id
        await session.flush()
    fresh = len(set(towns) - set(known))
    say(f"自治体 / municipalities: {len(set(towns) | set(known))} (new: {fresh})")
