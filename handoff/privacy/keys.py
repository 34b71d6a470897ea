"""The key file: wraps data keys, makes look-up codes. Lives outside the database and outside every backup of it.

The file is JSON (0600): {"format": 1, "current": 1, "keys": {"1": base64}, "lookup": base64}. `keys` are the wrapping
keys by version; `lookup` stays the same over rotations, or nobody would be found again. A ring opened with `create`
writes its file only once it is used or confirmed by a store without sealed rows: a missing key is never replaced.
Must not know sessions or engines.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
import stat
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from handoff.store.ids import new_id
from handoff.store.models.towns import DataKey
from handoff.store.sealed import WrappedKey, carry

_NONCE = 12
_CACHED_KEYS = 10_000


class KeyProblem(Exception):
    """The key file or a data key cannot be used. Texts are for officials: what, where, how to fix."""


class KeyMissing(KeyProblem):
    """The key file is not there, or sealed rows exist that no key file was ever made for here."""


class KeyUnfit(KeyProblem):
    """The key file is not the one that the database was sealed with, or is damaged or exposed."""


class KeyDestroyed(KeyProblem):
    """The data key was destroyed on purpose: what it sealed is gone for good."""


@dataclass(frozen=True)
class _Secrets:
    current: int
    keys: dict[int, bytes]
    lookup: bytes


class KeyRing:
    """The wrapping keys. Thread-safe; one instance a process."""

    def __init__(self, secrets_: _Secrets, *, path: Path | None, saved: bool) -> None:
        self._secrets = secrets_
        self.path = path
        self.saved = saved
        self._lock = threading.RLock()
        self._unwrapped: OrderedDict[tuple[bytes, bytes], bytes] = OrderedDict()

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Self:
        """The ring of a key file. KeyMissing when absent and not `create`; KeyUnfit when unreadable by form or mode."""
        if path.exists():
            return cls(_read(path), path=path, saved=True)
        if not create:
            raise KeyMissing(
                f"鍵ファイル {path} がありません。バックアップとは別に保管した鍵ファイルを元の場所に戻してください。"
                f" / The key file {path} is missing. Put back the key file that was kept apart from the backups."
            )
        return cls(_fresh(), path=path, saved=False)

    @classmethod
    def in_memory(cls) -> Self:
        """A ring without a file: what it seals is gone with the process (`tsunagu chat`)."""
        return cls(_fresh(), path=None, saved=True)

    def save(self) -> None:
        """Write a new ring's file, once. When another process was first, its keys are taken over."""
        with self._lock:
            if self.saved or self.path is None:
                return
            self._secrets = _create(self.path, self._secrets)
            self.saved = True

    @property
    def present(self) -> bool:
        """Whether the key file is there, by us or meanwhile by another process (`save` takes that one over)."""
        return self.saved or (self.path is not None and self.path.exists())

    @property
    def version(self) -> int:
        """The version that wraps new data keys."""
        return self._secrets.current

    @property
    def versions(self) -> set[int]:
        """The versions that this ring can open."""
        return set(self._secrets.keys)

    def new_data_key(self, municipality_id: str, *, now: datetime) -> DataKey:
        """A random data key, wrapped; add it to the session with the rows that it seals."""
        self.save()
        key = DataKey(id=new_id(now), municipality_id=municipality_id, key_version=self.version, created_at=now)
        key.wrapped = self._wrap(key, AESGCM.generate_key(256))
        carry(key, self)
        return key

    def unwrap(self, key: DataKey | WrappedKey) -> bytes:
        """The 32 plain bytes. KeyDestroyed, KeyUnfit."""
        if key.wrapped is None:
            raise KeyDestroyed(f"データ鍵 {key.id} は消去済みで、内容は読めません。 / Data key {key.id} was destroyed.")
        slot = (key.id.bytes, key.wrapped)
        with self._lock:
            plain = self._unwrapped.get(slot)
            if plain is None:
                plain = self._unwrapped[slot] = self._open(key, key.wrapped)
            self._unwrapped.move_to_end(slot)
            while len(self._unwrapped) > _CACHED_KEYS:
                self._unwrapped.popitem(last=False)
            return plain

    def rewrap(self, key: DataKey) -> None:
        """Wrap a data key with the current version; what it sealed is not touched."""
        plain = self.unwrap(key)
        key.key_version = self.version
        key.wrapped = self._wrap(key, plain)

    def destroy(self, key: DataKey, *, now: datetime) -> None:
        """Make all that this key sealed unreadable for good, once the transaction commits."""
        with self._lock:
            if key.wrapped is not None:
                self._unwrapped.pop((key.id.bytes, key.wrapped), None)
        key.wrapped = None
        key.destroyed_at = now

    def rotate(self) -> int:
        """Add a wrapping key and make it current; returns its version. Older ones stay until all is rewrapped."""
        with self._lock:
            self.save()
            version = max(self._secrets.keys) + 1
            added = {**self._secrets.keys, version: AESGCM.generate_key(256)}
            self._secrets = _Secrets(version, added, self._secrets.lookup)
            if self.path is not None:
                _replace(self.path, self._secrets)
            return version

    def lookup(self, *parts: str) -> bytes:
        """A code of 32 bytes to find by, the same for the same parts; the first part names the purpose."""
        if not self.saved:
            self.save()
        return self._mac(b"lookup", *(part.encode("utf-8", "surrogatepass") for part in parts))

    def mac(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of bytes for one purpose (the audit chain)."""
        self.save()
        return self._mac(b"mac", purpose.encode(), data)

    def _mac(self, *parts: bytes) -> bytes:
        framed = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
        return hmac.digest(self._secrets.lookup, framed, "sha256")

    def _wrap(self, key: DataKey, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._secrets.keys[key.key_version]).encrypt(nonce, plain, _bound_to(key))

    def _open(self, key: DataKey | WrappedKey, wrapped: bytes) -> bytes:
        wrapping = self._secrets.keys.get(key.key_version)
        if wrapping is None and self.path is not None and self.path.exists():
            self._secrets = _read(self.path)  # another process has rotated
            wrapping = self._secrets.keys.get(key.key_version)
        try:
            if wrapping is None:
                raise InvalidTag
            return AESGCM(wrapping).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _bound_to(key))
        except InvalidTag:
            raise KeyUnfit(
                f"鍵ファイル {self.path} は、このデータベースを封じた鍵ではありません。正しい鍵ファイルを戻してください。"
                f" / The key file {self.path} is not the one that sealed this database. Put the right one back."
            ) from None


def _bound_to(key: DataKey | WrappedKey) -> bytes:
    return f"data_key|{key.municipality_id}|{key.id}|{key.key_version}".encode()


def _fresh() -> _Secrets:
    return _Secrets(1, {1: AESGCM.generate_key(256)}, secrets.token_bytes(32))


def _read(path: Path) -> _Secrets:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyUnfit(
            f"鍵ファイル {path} を他の利用者が読めます。`chmod 600 {path}` を実行してください。"
            f" / Others can read the key file {path}. Run `chmod 600 {path}`."
        )
    try:
        found = json.loads(path.read_text("ascii"))
        keys = {int(version): base64.b64decode(key, validate=True) for version, key in found["keys"].items()}
        read = _Secrets(int(found["current"]), keys, base64.b64decode(found["lookup"], validate=True))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(path) from None
    if read.current not in keys or any(len(key) != 32 for key in (*keys.values(), read.lookup)):
        raise _damaged(path)
    return read


def _damaged(path: Path) -> KeyUnfit:
    return KeyUnfit(
        f"鍵ファイル {path} が壊れています。控えから戻してください。 / The key file {path} is damaged. Restore it."
    )


def _written(content: _Secrets) -> bytes:
    encoded = {str(version): base64.b64encode(key).decode() for version, key in content.keys.items()}
    lookup = base64.b64encode(content.lookup).decode()
    return json.dumps({"format": 1, "current": content.current, "keys": encoded, "lookup": lookup}, indent=1).encode()


def _create(path: Path, content: _Secrets) -> _Secrets:
    """Put the file in place unless it is there; a link never overwrites, so one of two starting processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return _read(path)
    finally:
        draft.unlink()
    _sync_directory(path.parent)
    return content


def _replace(path: Path, content: _Secrets) -> None:
    os.replace(_draft(path, content), path)
    _sync_directory(path.parent)


def _draft(path: Path, content: _Secrets) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(_written(content))
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
