"""Alembic's entry. `handoff.store.migrate` passes an open connection; on the command line a URL comes by `-x url=…`."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from handoff.store.db import database_url, writing_engine
from handoff.store.models import Base
from handoff.store.models.base import UtcTime


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Migrations know no type of ours: they must stay as they are when the models move on."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcTime) else False


def run(connection: Connection) -> None:
    """Run the migrations inside the connection's transaction."""
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_item=render_item, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_for(engine: AsyncEngine) -> None:
    """Run the migrations with an engine of our own."""
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_for(writing_engine(database_url(context.get_x_argument(as_dictionary=True)["url"]))))
