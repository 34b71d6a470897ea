"""The store: engines, and sessions that are one transaction of one town. Nobody else commits.

SQLite: one writing connection (BEGIN IMMEDIATE, synchronous=FULL) and a few that can only read. PostgreSQL: asyncpg,
`app.municipality` set in each transaction, row-level security behind it. Must not know what rows mean.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, column, event, make_url, select, table
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from handoff.clock import Clock
from handoff.privacy.keys import KeyMissing, KeyRing
from handoff.store.counters import write_counted
from handoff.store.errors import Busy, ReadOnly, SchemaUnfit, StoreError, Unscoped
from handoff.store.events import write_emitted
from handoff.store.migrations import HEAD
from handoff.store.models import DataKey, MunicipalityRow
from handoff.store.postgres import PATIENCE, postgres_engine
from handoff.store.scope import EVERYWHERE, GuardedSession, Scope, changes_in, scope_of
from handoff.store.sqlite_driver import connecting
from handoff.store.wake import Wake

__all__ = ["Busy", "ReadOnly", "SchemaUnfit", "Store", "StoreError", "Unscoped", "database_url", "town_key"]

SQLITE_PATIENCE = 5.0
"""Seconds that a SQLite connection waits for another process's lock."""
BREATH = 0.003
"""Seconds between two write transactions of a worker on SQLite: the web process, which has a webhook to keep, looks for
its turn every millisecond."""
READERS = 4
_PRAGMAS = (
    f"PRAGMA busy_timeout={int(SQLITE_PATIENCE * 1000)}", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON", "PRAGMA temp_store=MEMORY", "PRAGMA trusted_schema=OFF",
)

_PASSING_TROUBLE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")
_PASSING_STATES = ("40001", "40P01", "53100", "53300", "55P03", "57P01", "57P03")
"""PostgreSQL: serialization, deadlock, disk full, too many connections, lock timeout, shutdown, starting up."""


def database_url(url: str) -> URL:
    """The URL with our driver, whatever suffix it came with. StoreError for another kind or for SQLite in memory."""
    try:
        given = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("データベースの URL が読めません。 / The database URL can't be read.") from None
    kind = given.get_backend_name()
    if kind in ("postgresql", "postgres"):
        return given.set(drivername="postgresql+asyncpg")
    if kind != "sqlite":
        raise StoreError(f"使えるのは sqlite と postgresql です: {kind} / Only sqlite and postgresql: {kind}")
    if given.database in (None, "", ":memory:"):
        raise StoreError("SQLite はファイルが要ります。 / SQLite needs a file; Store.in_memory() makes a passing one.")
    return given.set(drivername="sqlite+aiosqlite")


def writing_engine(url: URL, *, at_once: bool = False) -> AsyncEngine:
    """An engine whose transactions may write from their first statement on."""
    if url.get_backend_name() == "postgresql":
        return postgres_engine(url)
    Path(url.database or "").absolute().parent.mkdir(parents=True, exist_ok=True)
    return _sqlite_engine(url, begin="BEGIN IMMEDIATE", connections=1, pragmas=_PRAGMAS, at_once=at_once)


def engines_for(url: str, *, at_once: bool = False) -> tuple[AsyncEngine, AsyncEngine]:
    """The writing and the reading engine of a database. They connect when they are used, and again after a `close`."""
    writing = writing_engine(database_url(url), at_once=at_once)
    return writing, _reading_engine(writing, at_once=at_once)


def _reading_engine(writing: AsyncEngine, *, at_once: bool) -> AsyncEngine:
    if writing.dialect.name == "postgresql":
        return writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return _sqlite_engine(
        writing.url, begin="BEGIN DEFERRED", connections=READERS, pragmas=(*_PRAGMAS, "PRAGMA query_only=ON"),
        at_once=at_once,
    )


class _RollingBack(sqlite3.Connection):
    """Undoes its transaction before it closes. A request that is cancelled within a SELECT leaves a cursor behind;
    SQLite would keep the connection, and with it the write lock, until that cursor is collected.
    """

    def close(self) -> None:
        with contextlib.suppress(sqlite3.ProgrammingError):  # closed already, as one that is cancelled while it closes
            if self.in_transaction:
                self.rollback()
        super().close()


def _sqlite_engine(
    url: URL, *, begin: str, connections: int, pragmas: tuple[str, ...], at_once: bool
) -> AsyncEngine:
    engine = create_async_engine(
        url, pool_size=connections, max_overflow=0, pool_timeout=PATIENCE, hide_parameters=True,
        async_creator=connecting(url, _RollingBack, at_once=at_once),
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver must not begin on its own; the listener below does
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        _turn_to_wal(connection, cursor)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _turn_to_wal(connection: Any, cursor: Any) -> None:
    """WAL, which a file keeps. Turning to it does not wait for others' locks by itself: two first starts meet here."""
    cursor.execute("PRAGMA journal_mode")
    if cursor.fetchone() == ("wal",):
        return
    for pause in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.0, 1.0):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            connection.run_async(lambda _, pause=pause: asyncio.sleep(pause))
    cursor.execute("PRAGMA journal_mode=WAL")


class Store:
    """One database, opened. Sessions come from `town`, `reading` and `everywhere`; each is one transaction."""

    def __init__(
        self, engine: AsyncEngine, readers: AsyncEngine, *, keys: KeyRing, clock: Clock, wake: Wake, at_once: bool = False
    ) -> None:
        self.engine = engine
        self.url = engine.url
        self.keys = keys
        self.clock = clock
        self.wake = wake
        self._readers = readers
        self._turn = asyncio.Lock() if at_once and engine.dialect.name == "sqlite" else None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @classmethod
    async def open(
        cls, url: str, *, keys: KeyRing, clock: Clock, wake: Wake | None = None, at_once: bool = False,
        engines: tuple[AsyncEngine, AsyncEngine] | None = None,
    ) -> Self:
        """Open a migrated database. SchemaUnfit, KeyMissing, KeyUnfit, Busy when it can't be used as it is.

        at_once: SQLite's statements run in the loop's own thread (`sqlite_driver`); for the worker.
        engines: of `engines_for(url)`, of a store closed before; they still know every statement they have compiled.
        """
        engine, readers = engines or engines_for(url, at_once=at_once)
        store = cls(engine, readers, keys=keys, clock=clock, wake=wake or Wake(), at_once=at_once)
        try:
            await store._check_schema()
            await store._check_keys()
        except BaseException:
            await store.close()
            raise
        if engine.dialect.name == "postgresql":
            from handoff.store.listen import PostgresLink

            store.wake.join(PostgresLink(engine.url))
        return store

    @classmethod
    async def in_memory(cls, towns: Mapping[str, str], *, clock: Clock) -> Self:
        """A passing SQLite store (`tsunagu chat`): gone when closed, unreadable without this process's keys."""
        from handoff.store.migrate import migrate

        folder = tempfile.TemporaryDirectory(prefix="tsunagu-", dir=_memory())
        keys, url = KeyRing.in_memory(), f"sqlite:///{folder.name}/passing.db"
        await migrate(url, towns, keys=keys, clock=clock, say=lambda _: None)
        store = await cls.open(url, keys=keys, clock=clock)
        store._folder = folder
        return store

    @asynccontextmanager
    async def town(self, municipality_id: str) -> AsyncIterator[AsyncSession]:
        """One write transaction of one town; commits on clean exit. Never hold it across the network or `decide`."""
        async with self._writing(municipality_id) as session:
            yield session

    @asynccontextmanager
    async def everywhere(self) -> AsyncIterator[AsyncSession]:
        """One write transaction over all towns: claims, login, accounts. Nothing is scoped here; take care."""
        async with self._writing(EVERYWHERE) as session:
            yield session

    @asynccontextmanager
    async def reading(self, municipality_id: str) -> AsyncIterator[AsyncSession]:
        """One read-only transaction of one town, over one consistent state. Rows stay readable afterwards."""
        scope = Scope(municipality_id, self.keys, self.clock, read_only=True)
        async with _plain_errors(), self._session(self._readers, scope) as session:
            await _connect(session)
            yield session
            if changes_in(session.sync_session):
                raise ReadOnly("a reading session was left with changes")

    @asynccontextmanager
    async def reading_everywhere(self) -> AsyncIterator[AsyncSession]:
        """One read-only transaction over all towns: accounts, sessions, figures of the deployment."""
        async with self.reading(EVERYWHERE) as session:
            yield session

    async def close(self) -> None:
        """Send the last wake-ups and close all connections."""
        await self.wake.close()
        if self._readers.sync_engine.pool is not self.engine.sync_engine.pool:
            await self._readers.dispose()
        await self.engine.dispose()
        if self._folder is not None:
            self._folder.cleanup()

    @asynccontextmanager
    async def _writing(self, municipality_id: str) -> AsyncIterator[AsyncSession]:
        scope = Scope(municipality_id, self.keys, self.clock)
        async with self._in_turn(), _plain_errors(), self._session(self.engine, scope) as session:
            async with session.begin():
                await _connect(session)
                yield session
                await write_emitted(session)
                await write_counted(session)
        if scope.emitted:
            self.wake.notify(*scope.emitted)

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """A worker's writers follow each other with a breath between: whoever waits outside finds the file free."""
        if self._turn is None:
            yield
            return
        async with self._turn:
            yield
            await asyncio.sleep(BREATH)

    def _session(self, engine: AsyncEngine, scope: Scope) -> AsyncSession:
        return AsyncSession(
            engine, sync_session_class=GuardedSession, expire_on_commit=False, info=scope.as_info()
        )

    async def _check_schema(self) -> None:
        kept = table("alembic_version", column("version_num"))
        try:
            async with self._readers.connect() as connection:
                found = (await connection.execute(select(kept.c.version_num))).scalars().all()
        except OSError as problem:
            raise _busy(type(problem).__name__) from None
        except DBAPIError as problem:
            found = []
            if not _is_missing_table(problem):
                raise _busy(_passing(problem) or type(problem.orig).__name__) from None
        if list(found) != [HEAD]:
            version = ", ".join(found)
            raise SchemaUnfit(
                f"データベースの版が {version or 'なし'}、プログラムの版が {HEAD} です。`tsunagu migrate` を実行してください。"
                f" / Schema {version or 'none'}, program {HEAD}. Run `tsunagu migrate`."
            )

    async def _check_keys(self) -> None:
        async with self.reading_everywhere() as session:
            await check_keys(session)
        self.keys.save()


def _memory() -> Path | None:
    """A file system in memory, where there is one."""
    memory = Path("/dev/shm")  # noqa: S108 - TemporaryDirectory makes a private folder in it
    return memory if memory.is_dir() else None


async def check_keys(session: AsyncSession) -> None:
    """Refuse to go on when data keys exist that this key file cannot open. Never makes a new one then."""
    keys = scope_of(session).keys
    per_version = select(DataKey.key_version).where(DataKey.wrapped.is_not(None)).distinct()
    for version in await session.scalars(per_version):
        if not keys.present:
            raise KeyMissing(
                f"封じた記録がありますが、鍵ファイル {keys.path} がありません。"
                "保管した鍵ファイルを戻してください。新しい鍵は作りません。"
                f" / Sealed rows exist but the key file {keys.path} is missing. Put it back; no new one is made."
            )
        keys.save()
        newest = select(DataKey).where(DataKey.key_version == version, DataKey.wrapped.is_not(None)).limit(1)
        for key in await session.scalars(newest):
            keys.unwrap(key)


async def town_key(session: AsyncSession, municipality_id: str | None = None) -> DataKey:
    """The data key of a town itself: for what belongs to no conversation (accounts, staff, audit reasons)."""
    town = municipality_id or scope_of(session).municipality_id
    of_town = select(DataKey).join(MunicipalityRow, MunicipalityRow.data_key_id == DataKey.id)
    key = (await session.scalars(of_town.where(MunicipalityRow.id == town))).one_or_none()
    if key is None:
        raise StoreError(f"自治体 {town} は登録されていません。`tsunagu migrate` を。 / Unknown municipality {town}.")
    return key


async def _connect(session: AsyncSession) -> None:
    """Begin now, while whatever fails can only be the database."""
    try:
        await session.connection()
    except (OSError, PoolTimeout, DBAPIError) as problem:
        raise _busy(_passing(problem) or type(problem).__name__) from problem


@asynccontextmanager
async def _plain_errors() -> AsyncIterator[None]:
    """Busy instead of the driver's words when the database is locked, full or away."""
    try:
        yield
    except DBAPIError as problem:
        name = _passing(problem)
        if name is None:
            raise
        raise _busy(name) from problem


def _busy(name: str) -> Busy:
    return Busy(f"データベースがいま使えません。 / The database can't be used now: {name}")


def _passing(problem: BaseException) -> str | None:
    """The name of a trouble that will pass; None for any other."""
    if not isinstance(problem, DBAPIError):
        return None
    name = str(getattr(problem.orig, "sqlite_errorname", "") or getattr(problem.orig, "sqlstate", "") or "")
    if name.startswith(_PASSING_TROUBLE) or name in _PASSING_STATES:
        return name
    return "connection lost" if problem.connection_invalidated else None


def _is_missing_table(problem: DBAPIError) -> bool:
    return "no such table" in str(problem.orig) or getattr(problem.orig, "sqlstate", None) == "42P01"
