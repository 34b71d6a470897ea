"""Headers on every answer that has a body. Pure ASGI: nothing here reads or buffers a body.

A route may set a header of its own (the chat frame's `frame-ancestors`); what it leaves open is filled in here.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
))

DEFAULTS: tuple[tuple[str, str], ...] = (
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("cache-control", "no-store"),
)
HSTS = ("strict-transport-security", "max-age=63072000; includeSubDomains")


def of_nothing(*, secure: bool) -> list[tuple[bytes, bytes]]:
    """What an answer without a body still says: browsers hold to https. All else is about what stands in a body."""
    return [(HSTS[0].encode(), HSTS[1].encode())] if secure else []


class SecureHeaders:
    """ASGI middleware. secure: the public address is https, so browsers are told to keep to it."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        headers = (*DEFAULTS, HSTS) if secure else DEFAULTS
        self.headers = tuple((name.encode(), value.encode()) for name, value in headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                own = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(header for header in self.headers if header[0] not in own)]
            await send(message)

        await self.app(scope, receive, with_headers)
