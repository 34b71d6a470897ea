"""The one module that imports python-telegram-bot, and of it `Bot` only. Its errors become those of `bots.errors`.

Telegram cannot be asked whether a message arrived: what may have been accepted is `Uncertain`, never tried again here.
"""

import logging
import os
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import TypeVar

import httpx
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bots.errors import Rejected, Retryable, SendError, Unauthorised, Uncertain, Unreadable
from bots.raw import read_object
from bots.streams import gathered

T = TypeVar("T")

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
WANTED = ["message", "edited_message", "callback_query", "my_chat_member"]
"""What a town asks for; business messages are left out (research/channels.md C)."""
_UNREACHABLE = ("chat not found", "user not found", "peer_id_invalid")
os.environ.setdefault("PTB_TIMEDELTA", "true")  # else every RetryAfter warns of a deprecation from its constructor
# httpx writes the token at INFO, the SDK writes texts at DEBUG and answers it cannot read at ERROR.
_TALKATIVE = {"httpx": logging.WARNING, "httpcore": logging.WARNING, "telegram": logging.CRITICAL}


class TelegramClient:
    """Calls of one bot. api_url: https://api.telegram.org or a loopback fake; timeout in seconds."""

    def __init__(self, token: str, api_url: str, timeout: float) -> None:
        for name, level in _TALKATIVE.items():
            logging.getLogger(name).setLevel(level)
        request = HTTPXRequest(connection_pool_size=64, read_timeout=timeout, write_timeout=timeout,
                               connect_timeout=timeout, pool_timeout=timeout)
        base = api_url.rstrip("/")
        self._request = request
        self._files = f"{base}/file/bot{token}"
        self._methods = f"{base}/bot{token}"
        self._http = httpx.AsyncClient(timeout=timeout * 2, follow_redirects=False)
        self._bot = Bot(token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=request)

    async def send(self, chat_id: str, text: str, markup: Mapping[str, object] | None) -> str:
        """sendMessage as plain text. Returns the message id. SendError."""
        keyboard = InlineKeyboardMarkup.de_json(dict(markup), self._bot) if markup else None
        message = await _told_apart(self._bot.send_message(
            chat_id, text, reply_markup=keyboard, link_preview_options=LinkPreviewOptions(is_disabled=True)))
        return str(message.message_id)

    async def acknowledge(self, query_id: str) -> None:
        """answerCallbackQuery: the tapped button stops turning. SendError."""
        await _told_apart(self._bot.answer_callback_query(query_id))

    async def listen_at(self, url: str, *, secret: str) -> None:
        """setWebhook: updates that a town wants come to this address, with the secret in a header. SendError."""
        await _told_apart(self._bot.set_webhook(url, secret_token=secret, allowed_updates=WANTED))

    async def leave(self, chat_id: str) -> None:
        """leaveChat. SendError."""
        await _told_apart(self._bot.leave_chat(chat_id))

    async def updates(self, offset: int | None, wait: int) -> list[dict[str, object]]:
        """getUpdates as raw JSON: the SDK would drop what it does not know. SendError."""
        asked = {"timeout": wait, "allowed_updates": WANTED, **({"offset": offset} if offset is not None else {})}
        try:
            answer = await self._http.post(f"{self._methods}/getUpdates", json=asked, timeout=wait + 10.0)
            body = read_object(answer.content)
            if answer.status_code == 409:  # a webhook stands in the way, or somebody else is asking
                await self._http.post(f"{self._methods}/deleteWebhook", json={"drop_pending_updates": False})
        except (httpx.HTTPError, Unreadable):
            raise Retryable("no_connection") from None
        if answer.status_code == 401:
            raise Unauthorised("unauthorised")
        result = body.get("result")
        if answer.status_code != 200 or not isinstance(result, list):
            raise Retryable("conflict" if answer.status_code == 409 else "platform_fault")
        return [one for one in result if isinstance(one, dict)]

    async def fetch(self, file_id: str, *, most: int) -> bytes:
        """getFile, then its bytes as a stream, never more than `most`. SendError.

        The file's path is taken from the answer, its host is not: the address carries the token.
        """
        try:
            found = await _told_apart(self._bot.get_file(file_id))
        except Uncertain as lost:
            raise Retryable(lost.code) from None  # asking again does no harm
        if (found.file_size or 0) > most:
            raise Rejected("too_large")
        path = (found.file_path or "").removeprefix(self._files).lstrip("/")
        if not path or "://" in path or ".." in path:
            raise Rejected("gone")
        return await self._download(f"{self._files}/{path}", most=most)

    async def _download(self, url: str, *, most: int) -> bytes:
        try:
            async with self._http.stream("GET", url) as response:
                if response.status_code == 404:
                    raise Rejected("gone")
                if response.status_code != 200:
                    raise Retryable("platform_fault")
                return await gathered(response.aiter_bytes(), most=most)
        except httpx.HTTPError as lost:
            raise Retryable("timeout" if isinstance(lost, httpx.TimeoutException) else "no_connection") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
        await self._request.shutdown()


async def _told_apart(call: Awaitable[T]) -> T:
    try:
        return await call
    except TelegramError as error:
        raise _meaning(error) from None


def _meaning(error: TelegramError) -> SendError:
    match error:
        case RetryAfter():
            wait = error.retry_after  # a number where somebody has set PTB_TIMEDELTA otherwise
            return Retryable("rate_limited", wait.total_seconds() if isinstance(wait, timedelta) else float(wait))
        case Forbidden():
            return Rejected("blocked")
        case InvalidToken():
            return Unauthorised("unauthorised")
        case ChatMigrated():
            return Rejected("group")
        case BadRequest():
            gone = any(words in error.message.lower() for words in _UNREACHABLE)
            return Rejected("unreachable" if gone else "bad_request")
        case TimedOut() | NetworkError():
            return _unanswered(error)
        case _:
            return Uncertain("unclear_answer")


def _unanswered(error: NetworkError) -> SendError:
    if isinstance(error.__cause__, _NEVER_LEFT):
        return Retryable("no_connection")
    if error.message.startswith("Too Many Requests"):
        return Retryable("rate_limited")
    return Uncertain("timeout" if isinstance(error, TimedOut) else "platform_fault")
