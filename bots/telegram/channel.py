"""A Telegram bot: what its updates mean, and how a turn is handed over. Knows no database and keeps nothing.

Telegram offers no key for a safe second try, so what is in doubt is `Uncertain`, and a turn that has begun to arrive is
never started again from the beginning.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bots.errors import Rejected, Retryable, SendError, Uncertain
from bots.raw import RawIncoming
from bots.telegram import reading
from bots.telegram.buttons import Json, keyboard
from bots.telegram.client import TelegramClient
from bots.telegram.payload import texts
from bots.telegram.webhook import as_event
from bots.types import Address, ChannelKind, Incoming, Outgoing, Sent

_LONGEST_PAUSE = 5.0  # seconds within a turn; the lease of an outbox item is longer


class TelegramChannel:
    """sleep: waits between the messages of one long turn when Telegram asks for a pause."""

    kind: ChannelKind = "telegram"

    def __init__(self, token: str, *, api_url: str, timeout: float = 10.0,
                 sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._client = TelegramClient(token, api_url, timeout)
        self._sleep = sleep

    def parse(self, raw: Mapping[str, object]) -> Incoming:
        """See `Channel.parse`."""
        return reading.read(raw)

    async def send(self, address: Address, bubbles: Sequence[Outgoing]) -> Sent:
        """Hand a turn over, as one message where it fits."""
        pieces = texts(bubbles)
        if not pieces:
            raise Rejected("empty")
        buttons = keyboard(bubbles[-1].choices, bubbles[-1].buttons)
        ids: list[str] = []
        for number, piece in enumerate(pieces, start=1):
            markup = buttons if number == len(pieces) else None
            ids.append(await self._next(address.to, piece, markup, begun=bool(ids)))
        return Sent(how="push", message_ids=tuple(ids))

    async def updates(self, *, after: int, wait: int) -> list[tuple[int, RawIncoming]]:
        """What has come in after an update, for a town without a public address. A webhook that stands is taken down."""
        found = await self._client.updates(after + 1 if after else None, wait)
        listed = [(one.get("update_id"), one) for one in found]
        return [(number, as_event(raw)) for number, raw in listed if isinstance(number, int)]

    async def acknowledge(self, query_id: str) -> bool:
        """Take note of a tap: the button stops turning. A courtesy: False when Telegram would not or did not answer."""
        try:
            await self._client.acknowledge(query_id)
        except SendError:
            return False
        return True

    async def leave(self, address: str) -> bool:
        """Leave a group; False when Telegram would not or did not answer."""
        try:
            await self._client.leave(address)
        except SendError:
            return False
        return True

    async def fetch(self, handle: str, *, most: int) -> bytes:
        """See `Channel.fetch`. handle: the file id."""
        return await self._client.fetch(handle, most=most)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _next(self, to: str, piece: str, markup: Json | None, *, begun: bool) -> str:
        if not begun:
            return await self._client.send(to, piece, markup)
        try:
            return await self._patiently(to, piece, markup)
        except SendError:
            raise Uncertain("partly_sent") from None

    async def _patiently(self, to: str, piece: str, markup: Json | None) -> str:
        try:
            return await self._client.send(to, piece, markup)
        except Retryable as refused:
            if (refused.retry_after or 1.0) > _LONGEST_PAUSE:
                raise
            await self._sleep(refused.retry_after or 1.0)
        return await self._client.send(to, piece, markup)
