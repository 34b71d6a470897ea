"""How much of a request is read: a body that is too large is refused while it comes in, whoever sends it.

Pure ASGI; it counts and buffers nothing. Without it whoever finds an address that takes JSON or a file fills the machine's
memory or its disk. Knows no routes but those that bound their own bodies.
"""

import re
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST: Final = 2 * 1024 * 1024
"""Bytes: the longest form of the console, percent-encoded, has room three times over; docs/deploy/nginx.conf says the same."""
OWN_BOUND: Final = re.compile(r"/api/chat/conversations/[^/]+/files|/staff/tickets/[^/]+/enclosures")
"""Photos and papers of residents and staff (`files.py`)."""


class TooLarge(HTTPException):
    """413. Of starlette's kind, which goes through FastAPI's own reading of bodies as it is."""

    def __init__(self) -> None:
        super().__init__(413, "Content too large")


class BoundedBody:
    """ASGI middleware. TooLarge where the application reads on past `MOST` bytes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or OWN_BOUND.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MOST:
                raise TooLarge
            return message

        await self.app(scope, counted, send)
