"""A database that a bench fills once, under var/, and keeps: a run that was broken off goes on where it was."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from handoff.desk.passwords import one_time_password
from handoff.desk.staff import Role, add
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.migrate import migrate

LOGIN = "sagasu"


async def begun(home: Path, town: str, name: str, *, counted: Any, role: Role, window: str, now: datetime) -> tuple[Store, int]:
    """A town's SQLite with one account, `LOGIN`, and how many rows of `counted` it holds so far. now: of its clock, always."""
    url = f"sqlite:///{home}/tsunagu.db"
    home.mkdir(parents=True, exist_ok=True)
    keys = KeyRing.open(home / "secret.key", create=True)
    await migrate(url, {town: name}, keys=keys, clock=lambda: now, say=lambda _: None)
    store = await Store.open(url, keys=keys, clock=lambda: now)
    async with store.reading(town) as session:
        made = await session.scalar(select(func.count(counted.id))) or 0
    if made == 0:
        await add(store, municipality_id=town, login=LOGIN, role=role, windows=[f"{town}.{window}"], password=one_time_password(), now=now)
    return store, made
