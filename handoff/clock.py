"""Time comes in as an argument: the one type for it, the real clock, and a clock that starts elsewhere for journeys."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The machine's time, aware, UTC."""
    return datetime.now(UTC)


def clock_from(start: datetime) -> Clock:
    """A clock that shows `start` now and runs on at the usual pace. ValueError for a naive start."""
    if start.tzinfo is None:
        raise ValueError("a clock needs a start with a zone")
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)
