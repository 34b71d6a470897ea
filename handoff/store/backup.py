"""`tsunagu backup` and `tsunagu restore`: one file with a manifest and a consistent copy of the database.

The file never holds the key file. Its manifest says when it was made, of which schema, with how many rows, and is
sealed with the key file's look-up secret: a changed backup, or another deployment's, is refused before anything is
touched. Must not know what rows mean; `again` is called with the restored database before it is handed over.
"""

# ruff: noqa: ASYNC240 - a command of its own: nobody waits for this event loop
from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, column, func, inspect, select, table
from sqlalchemy.ext.asyncio import create_async_engine

from handoff.clock import Clock
from handoff.privacy.keys import KeyMissing, KeyRing
from handoff.store import dumping
from handoff.store.db import database_url, writing_engine
from handoff.store.dumping import Unrestorable
from handoff.store.migrate import current, migrate
from handoff.store.migrations import HEAD
from handoff.store.scope import EVERYWHERE

FORMAT = 1
MANIFEST, DATA = "manifest.json", "database"
_USED = ("conversation", "staff_member", "channel_account", "audit_entry")
"""A database with rows in one of these is somebody's."""
_CHUNK = 1 << 20

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is. key: shows which key file it needs, without telling anything of it."""

    format: int
    made_at: str
    engine: str
    schema: str
    counts: dict[str, int]
    key_versions: list[int]
    key: str
    size: int
    sha256: str

    def sealed(self, keys: KeyRing) -> bytes:
        """The manifest as it stands in the file."""
        said = asdict(self)
        return json.dumps({**said, "seal": _seal(said, keys)}, ensure_ascii=False, indent=1).encode()


async def backup(url: str, target: Path, *, keys: KeyRing, clock: Clock, say: Say) -> Manifest:
    """Write a backup of a database in use; `target` must not be there yet. Unrestorable, KeyMissing."""
    if target.exists():
        raise Unrestorable(f"{target} はもうあります。別の名前を選んでください。 / exists already; choose another name.")
    place = database_url(url)
    target.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.absolute().parent) as folder:  # mode 0700
        copy = Path(folder) / DATA
        say(f"[1/3] 写しています / copying {_named(place)}")
        schema, counts, versions = await _copied(place, copy)
        say(f"[2/3] まとめています / packing {copy.stat().st_size:,} bytes, {sum(counts.values()):,} rows")
        manifest = Manifest(
            FORMAT, clock().isoformat(), place.get_backend_name(), schema, counts, versions, _proof(keys),
            copy.stat().st_size, await asyncio.to_thread(_sha256, copy),
        )
        packed = Path(folder) / "packed"
        await asyncio.to_thread(_pack, packed, manifest.sealed(keys), copy)
        packed.rename(target)
    say(f"[3/3] できました / done: {target} (sha256 {manifest.sha256[:16]}…); 鍵ファイルは入っていません / without the key file")
    return manifest


async def restore(
    url: str, source: Path, *, keys: KeyRing, clock: Clock, replace: bool, say: Say,
    again: Callable[[str], Awaitable[None]],
) -> Manifest:
    """Make the database what it was at the backup, brought to the newest schema; all or nothing on SQLite.

    again: called with the URL of the restored database; what was erased since must be erased again before it is used.
    """
    place = database_url(url)
    manifest = read_manifest(source, keys)
    if manifest.engine != place.get_backend_name():
        raise Unrestorable(
            f"{source} は {manifest.engine} の控えで、TSUNAGU_DATABASE_URL は {place.get_backend_name()} です。"
            f" / A backup of {manifest.engine}; set TSUNAGU_DATABASE_URL to a {manifest.engine} database."
        )
    await _check_place(place, replace=replace)
    where = Path(place.database or "").absolute().parent if manifest.engine == "sqlite" else None
    if where is not None:
        where.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=where) as folder:
        copy = Path(folder) / DATA
        say(f"[1/3] 確かめています / checking {manifest.size:,} bytes of {manifest.made_at}")
        await asyncio.to_thread(_unpack, source, copy, manifest)
        say(f"[2/3] 戻しています / restoring {sum(manifest.counts.values()):,} rows")
        put_back = _put_back_sqlite if manifest.engine == "sqlite" else _put_back_postgres
        await put_back(place, copy, manifest, keys=keys, clock=clock, say=say, again=again)
    say(f"[3/3] 戻しました / restored: {_named(place)}")
    return manifest


def read_manifest(source: Path, keys: KeyRing) -> Manifest:
    """The manifest of a backup that this program and this key file can restore. Unrestorable, KeyMissing otherwise."""
    try:
        with zipfile.ZipFile(source) as file:
            said = json.loads(file.read(MANIFEST))
        seal = said.pop("seal")
        manifest = Manifest(**said)
    except OSError as why:
        raise Unrestorable(f"{source}: 読めません / cannot be read ({why.strerror})") from None
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError):
        raise Unrestorable(f"{source}: `tsunagu backup` のファイルではありません。 / not a file of `tsunagu backup`.") from None
    if manifest.format != FORMAT or manifest.schema > HEAD:
        raise Unrestorable(
            f"{source} の版は {manifest.schema}、プログラムの版は {HEAD} です。プログラムを新しくしてからもう一度。"
            f" / Schema {manifest.schema} is newer than the program's {HEAD}. Update the program, then again."
        )
    if not hmac.compare_digest(manifest.key, _proof(keys)) or not set(manifest.key_versions) <= keys.versions:
        raise KeyMissing(
            f"鍵ファイル {keys.path} は、この控えを封じた鍵ではありません。控えを取ったときの鍵ファイルを戻してください。"
            f" / The key file {keys.path} is not the one of this backup. Put back the one that was kept apart from it."
        )
    if not hmac.compare_digest(str(seal), _seal(said, keys)):
        raise Unrestorable(f"{source}: 目録が書き換えられています。別の控えを。 / the manifest was changed; use another backup.")
    return manifest


async def _copied(place: URL, copy: Path) -> tuple[str, dict[str, int], list[int]]:
    if place.get_backend_name() == "postgresql":
        engine = writing_engine(place)
        try:
            async with engine.connect() as connection:
                schema = await connection.run_sync(current)
        finally:
            await engine.dispose()
        return _known(schema), *await dumping.dump_postgres(place, copy)
    source = Path(place.database or "")
    if not source.exists():
        raise Unrestorable(f"{source}: データベースがありません。`tsunagu migrate` を。 / no database; run `tsunagu migrate`.")
    await asyncio.to_thread(dumping.copy_sqlite, source, copy)
    async with dumping.sqlite_connection(copy) as connection:
        return _known(current(connection)), dumping.counted(connection), dumping.key_versions(connection)


def _known(schema: str | None) -> str:
    if schema is None:
        raise Unrestorable("データベースが空です。`tsunagu migrate` を。 / The database is empty; run `tsunagu migrate`.")
    return schema


async def _check_place(place: URL, *, replace: bool) -> None:
    """Nobody is using it, and nothing is lost that was not given up by `replace`."""
    if place.get_backend_name() == "sqlite":
        path = Path(place.database or "")
        if not path.exists():
            return
        dumping.leave_sqlite_alone(path)
        engine = create_async_engine(place)
    else:
        await dumping.leave_postgres_alone(place)
        engine = create_async_engine(
            place, connect_args={"server_settings": {"app.municipality": EVERYWHERE}}  # row-level security would hide rows
        )
    try:
        async with engine.connect() as connection:
            used = await connection.run_sync(_in_use)
    finally:
        await engine.dispose()
    if used and not replace:
        raise Unrestorable(
            f"{_named(place)} には記録があります。捨ててよければ `--replace` を（先に `tsunagu backup` を勧めます）。"
            " / The database has records. Add --replace to give them up (better make a `tsunagu backup` of it first)."
        )


def _in_use(connection: Connection) -> bool:
    there = set(inspect(connection).get_table_names())
    return any(
        connection.execute(select(table(name, column("id")).c.id).limit(1)).first() for name in _USED if name in there
    )


async def _put_back_sqlite(
    place: URL, copy: Path, manifest: Manifest, *, keys: KeyRing, clock: Clock, say: Say,
    again: Callable[[str], Awaitable[None]],
) -> None:
    dumping.check_sqlite(copy)
    async with dumping.sqlite_connection(copy) as connection:
        _compare(dumping.counted(connection), manifest)
    passing = f"sqlite:///{copy}"
    await migrate(passing, {}, keys=keys, clock=clock, say=say)
    await again(passing)
    dumping.leave_sqlite_alone(copy)
    target = Path(place.database or "").absolute()
    if target.exists():
        dumping.leave_sqlite_alone(target)
    os.replace(copy, target)
    _sync(target)


async def _put_back_postgres(
    place: URL, copy: Path, manifest: Manifest, *, keys: KeyRing, clock: Clock, say: Say,
    again: Callable[[str], Awaitable[None]],
) -> None:
    await dumping.load_postgres(place, copy)
    engine = writing_engine(place)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_as_everybody)
            _compare(await connection.run_sync(dumping.counted), manifest)
    finally:
        await engine.dispose()
    url = place.render_as_string(hide_password=False)
    await migrate(url, {}, keys=keys, clock=clock, say=say)
    await again(url)


def _as_everybody(connection: Connection) -> None:
    connection.execute(select(func.set_config("app.municipality", EVERYWHERE, True)))


def _compare(found: dict[str, int], manifest: Manifest) -> None:
    if found != manifest.counts:
        wrong = sorted(name for name in {*found, *manifest.counts} if found.get(name) != manifest.counts.get(name))
        raise Unrestorable(f"件数が目録と合いません。 / Counts differ from the manifest: {', '.join(wrong)}")


def _proof(keys: KeyRing) -> str:
    return keys.mac("backup-key", b"").hex()


def _seal(said: dict[str, object], keys: KeyRing) -> str:
    return keys.mac("backup", json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hex()


def _pack(target: Path, manifest: bytes, copy: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            file.writestr(MANIFEST, manifest)
            file.write(copy, DATA)
        raw.flush()
        os.fsync(raw.fileno())


def _unpack(source: Path, copy: Path, manifest: Manifest) -> None:
    try:
        with zipfile.ZipFile(source) as file, file.open(DATA) as packed, copy.open("xb") as plain:
            shutil.copyfileobj(packed, plain, _CHUNK)
    except (zipfile.BadZipFile, KeyError, OSError) as why:
        raise Unrestorable(f"{source}: 開けません / cannot be unpacked ({type(why).__name__})") from None
    if _sha256(copy) != manifest.sha256:
        raise Unrestorable(f"{source}: 中身が壊れています。別の控えを。 / the content is damaged; use another backup.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    for name in (path, path.parent):
        handle = os.open(name, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _named(place: URL) -> str:
    """A database as an official may read it: without its password."""
    return place.render_as_string(hide_password=True)
