"""The engine over PostgreSQL: asyncpg, and connections that are asked for as little as can be.

A way to the database and back costs more than most statements. SQLAlchemy's own look before each transaction takes three of
them; here a connection that was used a moment ago is trusted unless its end is known. Must not know what is asked over it.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECTIONS = 10
PATIENCE = 10.0
"""Seconds to wait for a free connection, or for PostgreSQL to take a new one."""
TRUSTED = 5.0
"""Seconds of rest after which a connection is asked whether it is still there."""
PREPARED = 400
"""Statements that a connection keeps prepared; a list of one length more is another statement."""
_SETTINGS = {"application_name": "tsunagu", "idle_in_transaction_session_timeout": "60000"}


def postgres_engine(url: URL) -> AsyncEngine:
    """The connection that was used last is used next: each has to prepare its statements for itself."""
    engine = create_async_engine(
        url, pool_size=CONNECTIONS, max_overflow=0, pool_timeout=PATIENCE, pool_use_lifo=True, hide_parameters=True,
        connect_args={"server_settings": _SETTINGS, "timeout": PATIENCE, "prepared_statement_cache_size": PREPARED},
    )
    event.listen(engine.sync_engine, "checkin", _rests)
    event.listen(engine.sync_engine, "checkout", _is_there)
    return engine


def _rests(_: Any, record: Any) -> None:
    record.info["rests_since"] = monotonic()


def _is_there(connection: Any, record: Any, _: Any) -> None:
    """DisconnectionError, upon which the pool connects anew, when the other end has gone or does not answer."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
    if monotonic() - record.info.get("rests_since", monotonic()) > TRUSTED:
        try:
            connection.ping()
        except Exception as why:
            raise DisconnectionError from why
