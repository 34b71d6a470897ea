"""A consistent copy of a running database in one file, and a database made of such a copy, on both engines.

SQLite is copied by its own backup API, PostgreSQL by pg_dump in one exported snapshot; the password goes to the
PostgreSQL tools in their environment only. Must not know keys, manifests or what rows mean.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

from sqlalchemy import URL, Connection, column, create_engine, func, inspect, select, table

from handoff.store.db import writing_engine
from handoff.store.errors import StoreError
from handoff.store.scope import EVERYWHERE

_TOOL_FOLDERS = "/usr/lib/postgresql"


class Unrestorable(StoreError):
    """A backup cannot be made or put back as things are. Texts are for officials: what, why, how to fix."""


def counted(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = sorted(inspect(connection).get_table_names())
    return {name: int(connection.scalar(select(func.count()).select_from(table(name))) or 0) for name in names}


def key_versions(connection: Connection) -> list[int]:
    """The versions of the key file that this database needs."""
    keys = table("data_key", column("key_version"), column("wrapped"))
    asked = select(keys.c.key_version).where(keys.c.wrapped.is_not(None)).distinct()
    return sorted(int(version) for version in connection.scalars(asked))


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database in use, in one piece: a copy page by page would start anew at every commit of others."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as live:
        with closing(sqlite3.connect(target)) as copy:
            live.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a journal beside it
    check_sqlite(target)


def check_sqlite(path: Path) -> None:
    """Unrestorable when the file is damaged."""
    try:
        with closing(sqlite3.connect(path)) as copy:
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError:
        found = "not a database"
    if found != "ok":
        raise Unrestorable(f"{path}: データベースが壊れています。 / The database is damaged.")


@asynccontextmanager
async def sqlite_connection(path: Path) -> AsyncIterator[Connection]:
    """A plain connection to a file at rest."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def leave_sqlite_alone(path: Path) -> None:
    """Bring what waits in the journal into the file. Unrestorable while another process has the database open."""
    try:
        with closing(sqlite3.connect(path, timeout=1)) as old:
            old.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        raise Unrestorable(
            f"{path} はいま使われています。`tsunagu serve` と `tsunagu worker` を止めてからもう一度。"
            " / The database is in use. Stop `tsunagu serve` and `tsunagu worker`, then again."
        ) from None


async def dump_postgres(url: URL, target: Path) -> tuple[dict[str, int], list[int]]:
    """pg_dump's custom format, and the counts and key versions of the same moment."""
    engine = writing_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            await connection.execute(select(func.set_config("app.municipality", EVERYWHERE, True)))
            await connection.execute(select(func.set_config("idle_in_transaction_session_timeout", "0", True)))
            moment = await connection.scalar(select(func.pg_export_snapshot()))
            found = await connection.run_sync(counted), await connection.run_sync(key_versions)
            # Row-level security holds for the owner too: the dump reads as `*`, and the counts show that it read all.
            await _tool(
                "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--enable-row-security",
                f"--snapshot={moment}", f"--file={target}", url=url, options=f"-c app.municipality={EVERYWHERE}",
            )
            return found
    finally:
        await engine.dispose()


async def load_postgres(url: URL, source: Path) -> None:
    """Put a dump in the place of what is there, in one transaction."""
    await _tool(
        "pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error",
        "--single-transaction", f"--dbname={url.database}", str(source), url=url,
        options=f"-c app.municipality={EVERYWHERE} -c lock_timeout=10s",
    )


async def leave_postgres_alone(url: URL) -> None:
    """Unrestorable while another of our processes is connected."""
    engine = writing_engine(url)
    activity = table("pg_stat_activity", column("application_name"), column("datname"), column("pid"))
    others = select(func.count()).select_from(activity).where(
        activity.c.application_name == "tsunagu", activity.c.datname == url.database,
        activity.c.pid != func.pg_backend_pid(),
    )
    try:
        async with engine.connect() as connection:
            if await connection.scalar(others):
                raise Unrestorable(
                    f"データベース {url.database} はいま使われています。`tsunagu serve` と `tsunagu worker` を止めてからもう一度。"
                    " / The database is in use. Stop `tsunagu serve` and `tsunagu worker`, then again."
                )
    finally:
        await engine.dispose()


async def _tool(name: str, *arguments: str, url: URL, options: str) -> None:
    found = _found(name)
    if found is None:
        raise Unrestorable(
            f"{name} が見つかりません。PostgreSQL のクライアント（postgresql-client）を入れてください。"
            f" / {name} is not installed; install postgresql-client."
        )
    process = await asyncio.create_subprocess_exec(
        found, *arguments, env={**os.environ, **_reaching(url), "PGOPTIONS": options, "LC_ALL": "C.UTF-8"},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        first = next(iter(said.decode(errors="replace").strip().splitlines()), "")
        raise Unrestorable(f"{name} が止まりました / failed ({process.returncode}): {first[:300]}")


def _found(name: str) -> str | None:
    newest = sorted(Path(_TOOL_FOLDERS).glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or (str(newest[0]) if newest else None)


def _reaching(url: URL) -> Mapping[str, str]:
    """How libpq's tools find the database, by environment: arguments are seen by everybody on the machine."""
    parts = {
        "PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
        "PGDATABASE": url.database, "PGSSLMODE": url.query.get("sslmode") or url.query.get("ssl"),
    }
    return {name: str(value) for name, value in parts.items() if value is not None}
