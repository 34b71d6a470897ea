"""Reading a platform's raw JSON without trusting it. Knows no platform, no SDK; never raises on odd values.

Only a body that is no JSON object at all is `Unreadable`. Platforms add fields, types and enum values unannounced.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple, NoReturn

from bots.errors import Unreadable

Raw = Mapping[str, object]

NOTHING: Raw = {}
UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_LONGEST_ID = 80
_DEEPEST = 40  # no platform's event is half as deep; what is deeper would exhaust the stack of whoever writes it down


class RawIncoming(NamedTuple):
    """One event of a webhook body, not yet understood.

    event_id: the platform's id for deduplication, at most 80 characters; address: the person or chat it belongs to,
    None when the platform gave none; at: the platform's own time (UTC), None when it gave none (use the clock then);
    raw: the event as it came, storable anywhere (no NUL, no lone surrogate); written: its JSON where that is storable as
    it came, so that nobody writes it again.
    """

    event_id: str
    address: str | None
    at: datetime | None
    raw: dict[str, object]
    written: bytes | None = None


def read_object(body: bytes) -> dict[str, object]:
    """The JSON object in a body. Unreadable when it is none; its message carries nothing of the body."""
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    if not _shallow(body) and _deeper_than(value, _DEEPEST):
        raise Unreadable("nested too deeply")
    return value if as_it_came(body) else _storable_object(value)


def read_slice(text: str, start: int) -> tuple[object, int]:
    """The JSON value that begins there, and where it ends. ValueError, RecursionError."""
    return _DECODER.raw_decode(text, start)


def as_it_came(body: bytes) -> bool:
    """Whether what UTF-8 says is all it says: only an escape can name what is not storable."""
    return b"\\u" not in body


def plain(body: bytes) -> bool:
    """Storable as it came, and too few brackets to be nested too deeply."""
    return as_it_came(body) and _shallow(body)


def _shallow(body: bytes) -> bool:
    return body.count(b"[") + body.count(b"{") <= _DEEPEST


def part(raw: Raw, *path: str) -> Raw:
    """The object at a path, or an empty one."""
    for key in path:
        found = raw.get(key)
        if not isinstance(found, Mapping):
            return NOTHING
        raw = found
    return raw


def text(raw: Raw, key: str) -> str | None:
    """A string value, or None when it is missing, empty or something else."""
    found = raw.get(key)
    return found if isinstance(found, str) and found else None


def identifier(raw: Raw, key: str) -> str | None:
    """An id as a string, whether the platform writes it as a string or as a whole number."""
    found = raw.get(key)
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 1 << 63:
        return str(found)
    return text(raw, key)


def moment(raw: Raw, key: str, *, per_second: int) -> datetime | None:
    """A Unix time in 1/per_second seconds, or None when there is none that a calendar can hold."""
    found = raw.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    try:
        return datetime.fromtimestamp(found / per_second, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def kind_of(value: object) -> str:
    """A platform's own name for something, fit for counting and logging; "unknown" for anything odd."""
    return value if isinstance(value, str) and _KIND.fullmatch(value) else "unknown"


def dedupe_id(given: str | None, raw: Raw) -> str:
    """The platform's id, or a fingerprint of the event where it gave none or one that is too long."""
    if given is not None and len(given) <= _LONGEST_ID:
        return given
    canonical = json.dumps(raw, sort_keys=True, separators=(",", ":"), default=str)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def storable(value: str) -> str:
    """The same text with NUL and lone surrogates replaced by U+FFFD: no database or platform takes them."""
    return _UNSTORABLE.sub("\ufffd", value)


def _storable_value(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable_value(item) for item in value]
    return _storable_object(value) if isinstance(value, dict) else value


def _storable_object(value: dict[str, object]) -> dict[str, object]:
    return {storable(key): _storable_value(item) for key, item in value.items()}


def _deeper_than(value: object, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in inner if isinstance(item, dict | list)]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(written: str) -> float:
    """1e999 is JSON, and infinity once it is read: nothing could write it down again."""
    found = float(written)
    return found if math.isfinite(found) else _refuse(written)


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
"""Made once: json.loads makes one at each call that asks for anything unusual."""
