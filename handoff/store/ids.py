"""Row ids, made before the insert so that sealing can bind to them: UUIDv7 (RFC 9562), ordered by time."""

from __future__ import annotations

import os
import threading
from datetime import datetime
from uuid import UUID

_RANDOM_BITS = 74
_lock = threading.Lock()


class _Last:
    """The newest id's millisecond and random tail."""

    millisecond = -1
    tail = 0


def new_id(now: datetime) -> UUID:
    """A fresh id whose order follows `now` (milliseconds); ids of one process within a millisecond rise too."""
    millisecond = int(now.timestamp() * 1000)
    return _assemble(millisecond, _tail(millisecond))


def _tail(millisecond: int) -> int:
    with _lock:
        again = millisecond == _Last.millisecond
        _Last.tail = _Last.tail + 1 + _random(32) if again else _random(_RANDOM_BITS - 1)
        _Last.millisecond = millisecond
        return _Last.tail % (1 << _RANDOM_BITS)


def _random(bits: int) -> int:
    """As secrets.randbits, at a third of its cost; each event, message and answer has an id."""
    return int.from_bytes(os.urandom(10), "big") & ((1 << bits) - 1)


def _assemble(millisecond: int, tail: int) -> UUID:
    high, low = tail >> 62, tail & ((1 << 62) - 1)
    return UUID(int=(millisecond & ((1 << 48) - 1)) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
