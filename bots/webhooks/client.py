"""Posts one signed event (Standard Webhooks) and names how that ended. The only module that imports standardwebhooks.

Follows no redirect, reads no answer but its status, connects to the very address that was checked.
"""

import asyncio
import json
import socket
import ssl
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

from bots.errors import Rejected, Retryable
from bots.webhooks.guard import Lookup, Target, address_of, target_of

TIMEOUT = 10.0
"""Seconds for the whole of it: who sends an answer byte by byte must not hold up what other towns are waiting for."""
GONE = 410


async def look_up(host: str) -> Collection[str]:
    """The host's addresses, as the system knows them. OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return {str(address[4][0]) for address in found}


class WebhookClient:
    """One for the worker. private: hosts of the own network that may be posted to (TSUNAGU_WEBHOOK_HOSTS)."""

    def __init__(
        self, *, private: Collection[str] = (), lookup: Lookup = look_up, timeout: float = TIMEOUT
    ) -> None:
        self._private, self._lookup, self._timeout = frozenset(private), lookup, timeout
        self._trusted = ssl.create_default_context()

    async def post(self, url: str, secret: str, *, key: str, at: datetime, body: Mapping[str, Any]) -> int:
        """The status of an answer that took it. key: the same over tries, by which the receiver knows a repetition.

        Retryable; Rejected("private_address" | "bad_address" | "gone"): for good.
        """
        try:
            target = target_of(url, private=self._private)
        except ValueError:
            raise Rejected("bad_address") from None
        try:
            async with asyncio.timeout(self._timeout):
                return await self._posted(target, secret, key=key, at=at, body=body)
        except TimeoutError:
            raise Retryable("timeout") from None

    async def _posted(self, target: Target, secret: str, *, key: str, at: datetime, body: Mapping[str, Any]) -> int:
        address = await address_of(target, self._lookup, private=self._private)
        text, moment = json.dumps(body, separators=(",", ":"), ensure_ascii=False), at.astimezone(UTC)
        headers = {
            "host": target.authority, "content-type": "application/json", "user-agent": "tsunagu-webhook",
            "webhook-id": key, "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(secret).sign(key, moment, text),
        }
        host = f"[{address}]" if ":" in address else address
        return await self._status(
            f"{target.scheme}://{host}:{target.port}{target.path}", headers, text, server=target.host
        )

    async def _status(self, url: str, headers: Mapping[str, str], text: str, *, server: str) -> int:
        try:
            async with (
                httpx.AsyncClient(
                    timeout=self._timeout, follow_redirects=False, trust_env=False, verify=self._trusted
                ) as client,
                client.stream(
                    "POST", url, headers=dict(headers), content=text.encode(), extensions={"sni_hostname": server}
                ) as answer,
            ):
                status = answer.status_code  # the body is nobody's business
        except httpx.TimeoutException:
            raise Retryable("timeout") from None
        except httpx.HTTPError:
            raise Retryable("unreachable") from None
        if status == GONE:
            raise Rejected("gone")
        if not 200 <= status < 300:
            raise Retryable(f"http_{status}")
        return status
