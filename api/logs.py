"""Logs: events with allow-listed keys only, so that a resident's word cannot slip into one.

An unknown key is dropped and counted; an exception is logged by its class and place, never with its message, which may
quote what somebody wrote.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

OWN = str(Path(__file__).resolve().parent.parent)
ALLOWED = frozenset({
    "account", "attempts", "bytes", "channel", "code", "conversation", "count", "dropped", "error", "event", "family",
    "item", "kind", "level", "logger", "method", "milliseconds", "municipality", "path", "pid", "place", "port", "role",
    "route", "seconds", "sequence", "status", "ticket", "timestamp", "version", "worker",
})


def only_allowed(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Keep the allowed keys; say how many were dropped."""
    kept = {key: value for key, value in event.items() if key in ALLOWED}
    if len(kept) < len(event):
        kept["dropped"] = len(event) - len(kept)
    return kept


def without_message(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Turn exc_info into the error's class and the last place of our own in the traceback."""
    info = event.pop("exc_info", None)
    if not info:
        return event
    if isinstance(info, tuple):
        info = info[1]
    why = info if isinstance(info, BaseException) else sys.exc_info()[1]
    if why is not None:
        event["error"] = type(why).__name__
        event["place"] = _place(why)
    return event


def _place(why: BaseException) -> str:
    """The last line of our own that it passed, else the very last."""
    frames = traceback.extract_tb(why.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(OWN) and "site-packages" not in frame.filename]
    last = (own or frames)[-1] if frames else None
    return f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}" if last else "?"


class OneLine(logging.Handler):
    """Sends what libraries log through the same allow-list: their text goes, name and level stay."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.WARNING:
            return
        structlog.get_logger().log(
            record.levelno, "library", logger=record.name, place=f"{record.filename}:{record.lineno}",
            error=record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None,
        )


def set_up(form: str) -> None:
    """Configure structlog and the standard library's logging. form: `console` or `json`."""
    renderer: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_message, only_allowed, renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [OneLine()]
    root.setLevel(logging.WARNING)
