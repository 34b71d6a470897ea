"""Webhooks of LINE and Telegram: check, store sealed, answer 200. Pure ASGI, no SDK, no knowledge needed.

200 only once the events are durable (LINE waits two seconds); 503 lets the platform come again.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.errors import document
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Busy:
            response = document(503, "Busy", "come again in a moment", headers={"Retry-After": "1"})
        except Exception as why:
            log.error("hook_failed", exc_info=why)
            response = document(503, "Store unavailable", "come again in a moment", headers={"Retry-After": "2"})
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return document(405, "Method not allowed", "webhooks are POST", headers={"Allow": "POST"})
        parts = request.scope["path"].strip("/").split("/")
        kind, key = (parts[-2], parts[-1]) if len(parts) >= 2 else ("", "")
        account = await self.accounts.by_key(key, now=self.clock())
        if account is None or account.kind != kind:
            return document(404, "Unknown account", "the webhook path is printed by `tsunagu channel add`")
        try:
            async with asyncio.timeout(self.patience):
                body = await _body(request)
        except TimeoutError:
            return document(408, "Too slow", f"a webhook comes within {self.patience:.0f} seconds")
        if body is None:
            return document(413, "Too large", f"at most {LARGEST} bytes")
        if not _genuine(account, request, body):
            return document(401, "Bad signature")
        try:
            events = line.read_events(body) if account.kind == "line" else telegram.read_events(body)
        except Unreadable:
            log.warning("hook_unreadable", account=account.key, channel=account.kind, bytes=len(body))
            return document(400, "Not readable", "a JSON object as the platform documents it")
        now = self.clock()
        await self.journal.append([sealed(account, event, keys=self.keys, now=now, pause=self.pause) for event in events])
        return Response(status_code=200)


async def _body(request: Request) -> bytes | None:
    """The raw bytes; None when they are too many.

    What is too much is read on and thrown away, up to a bound: a sender that is still writing would else see a broken
    connection and not our answer.
    """
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= LARGEST:
            body += chunk
        elif size > READ_ON:
            break
    return bytes(body) if size <= LARGEST else None


def _genuine(account: Account, request: Request, body: bytes) -> bool:
    secret = account.credentials.get("secret", "")
    if account.kind == "line":
        return line_signature_ok(secret, body, request.headers.get(LINE_HEADER))
    return telegram_secret_ok(secret, request.headers.get(TELEGRAM_HEADER))
