"""Residents' words at rest: AES-256-GCM over canonical JSON, bound to table, column and row.

A `Sealed` attribute stands beside its LargeBinary column. Setting it keeps the plain value on the instance until the
flush seals it, so the order of constructor arguments does not matter; reading opens the column with the row's data key.
Values read are fresh copies: change one by assigning it again. Must not know where keys are kept: a DataKey carries
what unwraps it.

Layout: format (1 byte) ‖ key file version (2) ‖ data key id (16) ‖ nonce (12) ‖ ciphertext and tag. The AAD is the
header with "table|column|row id".
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, overload
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import object_session
from sqlalchemy.orm.attributes import flag_dirty

if TYPE_CHECKING:
    from handoff.store.models.base import SealedRow
    from handoff.store.models.towns import DataKey

FORMAT = 1
_HEADER = struct.Struct(">BH16s")
_NONCE = 12
KEY_ID = slice(3, 19)
"""Where the id of the data key stands in sealed bytes."""
_PENDING = "_sealed_pending"


class WrappedKey(NamedTuple):
    """A data key as plain columns, for readers of very many."""

    id: UUID
    municipality_id: str
    key_version: int
    wrapped: bytes | None


class Unwraps(Protocol):
    """What opens a data key (`handoff.privacy.keys.KeyRing`)."""

    def unwrap(self, key: DataKey | WrappedKey) -> bytes: ...


class SealError(Exception):
    """A sealed value cannot be opened or made. Names table, column and row; never the value."""


class SealBroken(SealError):
    """Changed, cut, moved from another row or column, or sealed with another key."""


class NoDataKey(SealError):
    """The row has no data key at hand. Create sealed rows with `data_key=` or `data_key_id=`."""


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
"""Made once: json.dumps makes one at each call that asks for anything unusual."""


def canonical(value: Any) -> bytes:
    """JSON, sorted and compact, UTF-8 (escaped where lone surrogates would not encode). TypeError: not JSON-able."""
    try:
        return _CANONICAL.encode(value).encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def seal(plain: bytes, *, table: str, column: str, row_id: UUID, data_key: DataKey, ring: Unwraps) -> bytes:
    """Ciphertext that opens only in this table, column and row. KeyDestroyed from the ring."""
    return Sealer(data_key, ring, table=table, column=column)(row_id, plain)


class Sealer:
    """Seals values of one column under one data key; who has many makes it once. KeyDestroyed from the ring."""

    def __init__(self, data_key: DataKey, ring: Unwraps, *, table: str, column: str) -> None:
        self._cipher = AESGCM(ring.unwrap(data_key))
        self._header = _HEADER.pack(FORMAT, data_key.key_version, data_key.id.bytes)
        self._place = f"{table}|{column}|"

    def __call__(self, row_id: UUID, plain: bytes) -> bytes:
        """Ciphertext that opens only in this table, column and row."""
        nonce = os.urandom(_NONCE)
        bound_to = self._header + f"{self._place}{row_id}".encode()
        return self._header + nonce + self._cipher.encrypt(nonce, plain, bound_to)


def unseal(sealed: bytes, *, table: str, column: str, row_id: UUID, data_key: DataKey, ring: Unwraps) -> bytes:
    """The plain bytes. SealBroken when anything does not fit, KeyDestroyed from the ring."""
    where = f"{table}.{column} {row_id}"
    header, nonce = sealed[: _HEADER.size], sealed[_HEADER.size : _HEADER.size + _NONCE]
    if len(nonce) < _NONCE or header[0] != FORMAT:
        raise SealBroken(f"{where}: unknown format")
    if _HEADER.unpack(header)[2] != data_key.id.bytes:
        raise SealBroken(f"{where}: sealed with another data key")
    try:
        cipher = AESGCM(ring.unwrap(data_key))
        return cipher.decrypt(nonce, sealed[_HEADER.size + _NONCE :], header + _place(table, column, row_id))
    except InvalidTag:
        raise SealBroken(f"{where}: changed or moved") from None


def _place(table: str, column: str, row_id: UUID) -> bytes:
    return f"{table}|{column}|{row_id}".encode()


def open_rows(column: Sealed, rows: Iterable[tuple[str, bytes]], ciphers: Mapping[bytes, AESGCM]) -> list[bytes]:
    """The canonical JSON of many values of one column: rows are named by their ids' texts, ciphers by data key ids.

    One loop, because a search opens ten thousands of values. SealBroken when anything does not fit.
    """
    place, found = f"{column.table}|{column.column}|".encode(), []
    head, start = _HEADER.size, _HEADER.size + _NONCE
    for row, sealed in rows:
        try:
            if sealed[0] != FORMAT:
                raise InvalidTag
            aad = sealed[:head] + place + row.encode()
            found.append(ciphers[sealed[KEY_ID]].decrypt(sealed[head:start], sealed[start:], aad))
        except (InvalidTag, LookupError, ValueError):
            raise SealBroken(f"{place.decode()}{row}: changed or moved") from None
    return found


class Sealed:
    """A sealed attribute over the named column: str or JSON-able values; None stays None (and the column NULL)."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.table = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.table = getattr(owner, "__tablename__", "")

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: SealedRow, owner: type) -> Any: ...
    def __get__(self, row: SealedRow | None, owner: type) -> Any:
        if row is None:
            return self
        if self.column in _pending(row):
            return json.loads(_pending(row)[self.column])
        sealed = getattr(row, self.column)
        return None if sealed is None else json.loads(self.open(row.id, data_key_of(row), sealed))

    def __set__(self, row: SealedRow, value: Any) -> None:
        if value is None:
            _pending(row).pop(self.column, None)
            setattr(row, self.column, None)
            return
        row.__dict__.setdefault(_PENDING, {})[self.column] = canonical(value)
        if object_session(row) is not None:
            flag_dirty(row)  # the flush looks at changed rows only

    def seal(self, row_id: UUID, data_key: DataKey, value: Any) -> bytes:
        """For writers without a mapped row (the audit record): the column's bytes for the row to come."""
        return self.sealer(data_key)(row_id, canonical(value))

    def sealer(self, data_key: DataKey) -> Sealer:
        """The same for many values, as JSON (the journal)."""
        return Sealer(data_key, ring_of(data_key), table=self.table, column=self.column)

    def open(self, row_id: UUID, data_key: DataKey, sealed: bytes) -> bytes:
        """The canonical JSON behind sealed bytes."""
        ring = ring_of(data_key)
        return unseal(sealed, table=self.table, column=self.column, row_id=row_id, data_key=data_key, ring=ring)


def _pending(row: SealedRow) -> dict[str, bytes]:
    pending: dict[str, bytes] = row.__dict__.get(_PENDING, {})
    return pending


def carry(data_key: DataKey, ring: Unwraps) -> None:
    """Let a data key know what unwraps it, so that rows stay readable after their session ends."""
    data_key.__dict__["_ring"] = ring


def ring_of(data_key: DataKey) -> Unwraps:
    """What unwraps this key. NoDataKey when it came by neither a store's session nor a key ring."""
    ring: Unwraps | None = data_key.__dict__.get("_ring")
    if ring is None:
        raise NoDataKey(f"data key {data_key.id} was read without a key ring")
    return ring


def data_key_of(row: SealedRow) -> DataKey:
    """The row's loaded data key, without any query."""
    key: DataKey | None = row.__dict__.get("data_key")
    if key is None:
        raise NoDataKey(f"{row.__tablename__} {row.id}: no data key loaded; read the row in a store session")
    return key


def seal_pending(row: SealedRow, data_key: DataKey) -> None:
    """Seal what was set since the last flush. The guarded session calls this before each flush."""
    ring = ring_of(data_key)
    for column, plain in _pending(row).items():
        sealed = seal(plain, table=row.__tablename__, column=column, row_id=row.id, data_key=data_key, ring=ring)
        setattr(row, column, sealed)
    row.__dict__.pop(_PENDING, None)


def has_pending(row: SealedRow) -> bool:
    """Whether plain values wait for the next flush."""
    return bool(_pending(row))
