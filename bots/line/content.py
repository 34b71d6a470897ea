"""Fetching what a LINE message holds (picture, voice, video, file) as a stream, never more of it than allowed.

Not by the SDK: it reads everything into memory whatever its size. LINE deletes contents after a time that it doesn't
tell, so callers come at once. Source: LINE Developers, Messaging API reference, "Get content".
"""

from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import quote

import aiohttp

from bots.errors import Rejected, Retryable, SendError, Unauthorised
from bots.streams import gathered

PREPARING_SECONDS = 3.0
_PART = 64 * 1024


@dataclass
class LineContent:
    """Contents of one channel account. host: https://api-data.line.me or a loopback fake; timeout: of silence."""

    token: str = field(repr=False)
    host: str
    timeout: float = 20.0
    _session: aiohttp.ClientSession | None = field(default=None, init=False, repr=False)

    async def fetch(self, message_id: str, *, most: int) -> bytes:
        """The bytes. SendError: `Retryable` while LINE prepares them or fails, `Rejected` when gone or over `most`."""
        url = f"{self.host.rstrip('/')}/v2/bot/message/{quote(message_id, safe='')}/content"
        try:
            async with self._opened().get(url, allow_redirects=False) as response:
                if response.status != 200:
                    _refuse(response)
                return await gathered(response.content.iter_chunked(_PART), most=most)
        except SendError:
            raise
        except TimeoutError:
            raise Retryable("timeout") from None
        except (aiohttp.ClientError, OSError):
            raise Retryable("no_connection") from None

    async def close(self) -> None:
        """Close the connections. Harmless when none was made, and twice."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            silence = aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=self.timeout)
            headers = {"Authorization": f"Bearer {self.token}"}
            self._session = aiohttp.ClientSession(headers=headers, timeout=silence, trust_env=True)
        return self._session


def _refuse(response: aiohttp.ClientResponse) -> NoReturn:
    asked = response.headers.get("Retry-After", "")
    wait = float(asked) if asked.isascii() and asked.isdigit() else None
    match response.status:
        case 202:  # a large video or voice is not ready yet
            raise Retryable("preparing", wait or PREPARING_SECONDS)
        case 401 | 403:
            raise Unauthorised("unauthorised")
        case 429:
            raise Retryable("rate_limited", wait)
        case status if status >= 500:
            raise Retryable("platform_fault", wait)
        case 404 | 410:
            raise Rejected("gone")
        case _:
            raise Rejected("refused")
