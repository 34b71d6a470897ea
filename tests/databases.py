"""Fixtures for everything with a database: SQLite, and a real PostgreSQL started once a session. A pytest plugin.

`database_url`: a fresh database with the newest schema and no town in it, once for each engine.
`sqlite_url`, `postgres_url`: the same for one engine. `empty_database_url`: without any schema.
`keys`: a key ring with its file in tmp_path.
`environment`: for a command over SQLite, which knows the towns too.
`store`: opened over `database_url` with the towns taiki and itoman; its clock is `at_noon`.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from handoff.privacy.keys import KeyRing
from handoff.store.db import Store, engines_for
from handoff.store.migrate import migrate, register
from tests.whole import parsed_already

TOWNS = {"taiki": "大樹町", "itoman": "糸満市"}
OWNER, APP, PASSWORD = "tsunagu_owner", "tsunagu_app", "only-for-tests"
TEMPLATE = "migrated"


def at_noon() -> datetime:
    """The time of every store test: 2026-11-21 12:00 in Japan."""
    return datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Postgres:
    """A running server. The owner may create databases but is no superuser: row-level security holds for it."""

    folder: Path
    port: int
    commands: Path
    account: str | None

    def url(self, database: str, *, role: str = OWNER) -> str:
        return f"postgresql://{role}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def run(self, *command: str) -> str:
        """A command of the server's own, under its account."""
        prefix = ["runuser", "-u", self.account, "--"] if self.account else []
        done = subprocess.run(
            [*prefix, str(self.commands / command[0]), *command[1:]],
            cwd=self.folder, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr or done.stdout}")
        return done.stdout

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """Statements as the superuser, each on its own."""
        asked = [part for statement in statements for part in ("-c", statement)]
        return self.run(*self.psql(database), *asked)

    def psql(self, database: str) -> Sequence[str]:
        """The command that asks as the superuser."""
        host = ("-h", str(self.folder), "-p", str(self.port), "-U", "root_of_tests")
        return ("psql", *host, "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", database)


def commands_folder() -> Path | None:
    """Where initdb, pg_ctl and psql are; None when PostgreSQL is not installed."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    needed = ("initdb", "pg_ctl", "psql")
    return next((place for place in places if all((place / name).exists() for name in needed)), None)


def unprivileged_account() -> str | None:
    """Whom to run the server as: PostgreSQL refuses root. None: ourselves."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(commands: Path, *, durable: bool = False) -> Postgres:
    """A server in a folder of its own. durable: it waits for its disk, as a town's does; tests need not."""
    folder = Path(tempfile.mkdtemp(prefix="tsunagu-pg-"))
    account = unprivileged_account()
    if account:
        shutil.chown(folder, account)
    server = Postgres(folder, free_port(), commands, account)
    server.run("initdb", "-D", "data", "-U", "root_of_tests", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
               "--auth-local=trust", "--auth-host=scram-sha-256")
    sync = "on" if durable else "off"
    options = (f"-c port={server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
               f"-c fsync={sync} -c full_page_writes={sync} -c max_connections=60 -c shared_buffers=32MB -c timezone=UTC")
    server.run("pg_ctl", "-D", "data", "-w", "-t", "30", "-l", "log", "-o", options, "start")
    for role, more in ((OWNER, "CREATEDB"), (APP, "")):
        server.sql(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' {more}")
    return server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this test session."""
    commands = commands_folder()
    if commands is None:
        if os.environ.get("CI"):
            pytest.fail("needs PostgreSQL, and CI may not skip its tests")
        pytest.skip("needs PostgreSQL (apt-get install postgresql)")
    server = start(commands)
    try:
        yield server
    finally:
        server.run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
        shutil.rmtree(server.folder, ignore_errors=True)


def migrated(url: str, folder: Path) -> None:
    """Bring a template to the newest schema, with no town in it."""
    keys = KeyRing.open(folder / "template-key", create=True)

    async def run() -> None:
        await migrate(url, {}, keys=keys, clock=at_noon, say=lambda _: None)

    with ThreadPoolExecutor(1) as thread:  # a test's event loop may be waiting here
        thread.submit(lambda: asyncio.run(run())).result()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("template")
    migrated(f"sqlite:///{folder}/template.db", folder)
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    postgres.sql(f"CREATE DATABASE {TEMPLATE} OWNER {OWNER}")
    migrated(postgres.url(TEMPLATE), tmp_path_factory.mktemp("template"))
    return TEMPLATE


def fresh_postgres(server: Postgres, *, template: str) -> Iterator[str]:
    """A database of a test's own, for one that changes the schema: making it takes half a second."""
    name = f"t_{secrets.token_hex(6)}"
    server.sql(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}")
    yield server.url(name)
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


EMPTYING = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$ DECLARE of record; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR of IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', of.tablename); END LOOP;
END $$;
\\echo emptied
"""


@dataclass
class Emptying:
    """Takes every row out of a database, and everybody who is still connected; the schema stays.

    The client stays open: to start one for each of five hundred tests would cost twice what emptying costs.
    """

    server: Postgres
    database: str
    _client: subprocess.Popen[str] | None = None

    def __call__(self) -> None:
        if not self._done() and not self._done():  # a test that ended every connection has ended this one too
            raise RuntimeError(f"{self.database} cannot be emptied: see {self.server.folder}/emptying.log")

    def _done(self) -> bool:
        client = self._client = self._client or self._begun()
        assert client.stdin is not None
        assert client.stdout is not None
        with suppress(BrokenPipeError):
            client.stdin.write(EMPTYING)
            client.stdin.flush()
        if "emptied\n" in iter(client.stdout.readline, ""):
            return True
        self.close()
        return False

    def _begun(self) -> subprocess.Popen[str]:
        name, *arguments = self.server.psql(self.database)
        with (self.server.folder / "emptying.log").open("a") as log:
            return subprocess.Popen([str(self.server.commands / name), *arguments], cwd=self.server.folder, text=True,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)

    def close(self) -> None:
        """Ends the client."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(BrokenPipeError):
                client.communicate()


ENGINES: Sequence[object] = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@pytest.fixture
def sqlite_file(sqlite_template: Path) -> Path:
    """A fresh SQLite file with the newest schema, always in the same place: engines are kept by URL."""
    fresh = sqlite_template.parent / "tsunagu.db"
    for old in fresh.parent.glob(f"{fresh.name}*"):
        old.unlink()
    shutil.copy(sqlite_template, fresh)
    return fresh


@pytest.fixture
def sqlite_url(sqlite_file: Path) -> str:
    """The same, for tests of SQLite's own behaviour."""
    return f"sqlite:///{sqlite_file}"


@pytest.fixture(scope="session")
def emptying(postgres: Postgres, postgres_template: str) -> Iterator[Emptying]:
    emptied = Emptying(postgres, postgres_template)
    yield emptied
    emptied.close()


@pytest.fixture
def postgres_url(postgres: Postgres, emptying: Emptying) -> str:
    """The PostgreSQL database with the newest schema, empty again: a fresh one costs thirty times as much."""
    emptying()
    return postgres.url(emptying.database)


@pytest.fixture
def environment(sqlite_url: str, keys: KeyRing, tmp_path: Path) -> dict[str, str]:
    """What a command needs: a database that knows `TOWNS`, and its key file."""
    async def run() -> None:
        async with open_store(sqlite_url, keys):
            pass

    asyncio.run(run())
    parsed_already(tmp_path)
    return {"TSUNAGU_DATABASE_URL": sqlite_url, "TSUNAGU_SECRET_KEY_FILE": str(tmp_path / "key")}


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with the newest schema, once for each engine."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any schema, once for each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    yield from fresh_postgres(request.getfixturevalue("postgres"), template="template0")


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    """A key ring whose file is tmp_path/key."""
    return KeyRing.open(tmp_path / "key", create=True)


RESTING = 4
_resting: dict[str, tuple[AsyncEngine, AsyncEngine]] = {}
"""Engines that no store of this process uses now, by URL: compiling every statement anew for each test costs the most."""


@asynccontextmanager
async def open_store(
    url: str, keys: KeyRing, *, towns: Mapping[str, str] = TOWNS, clock: Callable[[], datetime] = at_noon
) -> AsyncIterator[Store]:
    """A store over a migrated database, knowing these towns; closed at the end."""
    engines = _resting.pop(url, None) or engines_for(url)
    async with engines[0].begin() as connection:
        await register(connection, towns, keys=keys, clock=clock, say=lambda _: None)
    opened = await Store.open(url, keys=keys, clock=clock, engines=engines)
    try:
        yield opened
    finally:
        await opened.close()
        _resting[url] = engines
        if len(_resting) > RESTING:
            del _resting[next(iter(_resting))]


@pytest_asyncio.fixture
async def store(database_url: str, keys: KeyRing) -> AsyncIterator[Store]:
    """An open store that knows taiki and itoman."""
    async with open_store(database_url, keys) as opened:
        yield opened
