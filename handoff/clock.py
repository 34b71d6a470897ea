"""Time comes in as an argument: the one type for it. Where it comes from, `api.wiring` knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
