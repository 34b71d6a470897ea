"""Webhooks of LINE and Telegram: check, store sealed, answer 200. Pure ASGI, no SDK, no knowledge needed.

200 only once the events are durable (LINE waits two seconds); 503 lets the platform come again.
"""

import asyncio
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from datetime import timedelta
from types import coroutine
from typing import Any, TypeVar

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from api.errors import document
from api.security import SecureHeaders, of_nothing
from bots.errors import Unreadable
from bots.line import webhook as line
from bots.signature import LINE_HEADER, TELEGRAM_HEADER, line_signature_ok, telegram_secret_ok
from bots.telegram import webhook as telegram
from handoff.clock import Clock
from handoff.intake.accounts import Account, Accounts
from handoff.intake.arrivals import sealed
from handoff.intake.inbox import PAUSE
from handoff.privacy.keys import KeyRing
from handoff.store.journal import Busy, Journal

log = structlog.get_logger()
T = TypeVar("T")
_LINE, _TELEGRAM = LINE_HEADER.encode(), TELEGRAM_HEADER.encode()
LARGEST = 1024 * 1024
"""Bytes. LINE's bodies are far smaller; more is refused before a hash is computed over it."""
READ_ON = 8 * LARGEST
SLOWEST = 10.0
"""Seconds for a body to come in; a platform sends it at once."""


@dataclass
class Hooks:
    """`POST /hooks/{kind}/{key}` as one ASGI application."""

    accounts: Accounts
    journal: Journal
    keys: KeyRing
    clock: Clock
    pause: timedelta = PAUSE
    patience: float = SLOWEST
    secure: bool = False

    def __post_init__(self) -> None:
        headers = [(b"content-length", b"0"), *of_nothing(secure=self.secure)]
        self._kept: Message = {"type": "http.response.start", "status": 200, "headers": headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            refusal = await self._refusal(scope, receive)
        except Busy:
            refusal = document(503, "Busy", "come again in a moment", headers={"Retry-After": "1"})
        except Exception as why:
            log.error("hook_failed", exc_info=why)
            refusal = document(503, "Store unavailable", "come again in a moment", headers={"Retry-After": "2"})
        if refusal is not None:
            await SecureHeaders(refusal, secure=self.secure)(scope, receive, send)
            return
        await send(self._kept)
        await send({"type": "http.response.body", "body": b""})

    async def _refusal(self, scope: Scope, receive: Receive) -> Response | None:
        """Keep what came; None once it is durable, else what to answer."""
        if scope["method"] != "POST":
            return document(405, "Method not allowed", "webhooks are POST", headers={"Allow": "POST"})
        kind, key = (["", "", *scope["path"].strip("/").split("/")])[-2:]
        account = await self.accounts.by_key(key, now=self.clock())
        if account is None or account.kind != kind:
            return document(404, "Unknown account", "the webhook path is printed by `tsunagu channel add`")
        try:
            body = await _within(self.patience, _body(receive))
        except TimeoutError:
            return document(408, "Too slow", f"a webhook comes within {self.patience:.0f} seconds")
        if body is None:
            return document(413, "Too large", f"at most {LARGEST} bytes")
        if not _genuine(account, scope, body):
            return document(401, "Bad signature")
        try:
            events = line.read_events(body) if account.kind == "line" else telegram.read_events(body)
        except Unreadable:
            log.warning("hook_unreadable", account=account.key, channel=account.kind, bytes=len(body))
            return document(400, "Not readable", "a JSON object as the platform documents it")
        now = self.clock()
        await self.journal.append([sealed(account, event, keys=self.keys, now=now, pause=self.pause) for event in events])
        return None


async def _within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives. TimeoutError. A body is nearly always there at once, and a timer costs more than reading it."""
    try:
        waits_for = work.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    async with asyncio.timeout(seconds):
        return await _resumed(work, waits_for)


@coroutine
def _resumed(work: Coroutine[Any, Any, T], waits_for: object) -> Generator[Any, Any, T]:
    """Go on with what has begun and waits."""
    try:
        yield waits_for
        found: T = yield from work
        return found
    finally:
        work.close()


async def _body(receive: Receive) -> bytes | None:
    """The raw bytes; None when they are too many.

    What is too much is read on and thrown away, up to a bound: a sender that is still writing would else see a broken
    connection and not our answer.
    """
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        more, size = message.get("more_body", False), size + len(part)
        if size <= LARGEST:
            parts.append(part)
        elif size > READ_ON:
            break
    return b"".join(parts) if size <= LARGEST else None


def _genuine(account: Account, scope: Scope, body: bytes) -> bool:
    secret = account.credentials.get("secret", "")
    if account.kind == "line":
        return line_signature_ok(secret, body, _header(scope, _LINE))
    return telegram_secret_ok(secret, _header(scope, _TELEGRAM))


def _header(scope: Scope, name: bytes) -> str | None:
    """The first header of a name; servers give names in small letters."""
    for given, value in scope["headers"]:
        if given == name:
            found: bytes = value
            return found.decode("latin-1")
    return None
