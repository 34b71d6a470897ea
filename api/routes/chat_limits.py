"""How much one address and one conversation may do in the web chat. In memory: counts restart with the process.

Generous on purpose: a library, a school and a mobile carrier put many residents behind one address.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from time import time
from uuid import UUID

from fastapi import Request
from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from api.errors import Problem
from api.settings import Settings

OPENING = "20/minute;200/hour"
WRITING_ADDRESS = "300/minute"
WRITING_CONVERSATION = "40/minute;600/hour"

FILES_CONVERSATION = "10/minute;60/day"
FILES_ADDRESS = "60/minute;600/day"
FETCHING_CONVERSATION = "30/minute;300/day"
RESUMING_ADDRESS = "5/minute;30/hour"
RESUMING_ALL = "120/minute"
"""A phrase is one in 10¹²: at this pace a guess takes longer than anybody lives."""


class ChatLimits:
    """The counters of one process. Switched off they let everything through."""

    def __init__(self, settings: Settings) -> None:
        self._on = settings.rate_limits == "on"
        self._trusted = settings.trusted_proxies
        self._counts = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def opening(self, request: Request) -> None:
        """Problem 429 when an address opens too many conversations."""
        await self._take(OPENING, "open", self._address(request))

    async def writing(self, request: Request, conversation_id: UUID) -> None:
        """Problem 429 when an address or a conversation sends too many messages."""
        await self._take(WRITING_CONVERSATION, "write", str(conversation_id))
        await self._take(WRITING_ADDRESS, "write", self._address(request))

    async def sending_file(self, request: Request, conversation_id: UUID) -> None:
        """Problem 429 when an address or a conversation sends too many photos and papers."""
        await self._take(FILES_CONVERSATION, "file", str(conversation_id))
        await self._take(FILES_ADDRESS, "file", self._address(request))

    async def fetching_file(self, request: Request, conversation_id: UUID) -> None:
        """Problem 429 when an address or a conversation fetches the same few files again and again: each is opened anew."""
        await self._take(FETCHING_CONVERSATION, "fetch", str(conversation_id))
        await self._take(WRITING_ADDRESS, "fetch", self._address(request))

    async def resuming(self, request: Request) -> None:
        """Problem 429 when an address, or everybody together, tries too many phrases."""
        await self._take(RESUMING_ADDRESS, "resume", self._address(request))
        await self._take(RESUMING_ALL, "resume", "all")

    async def _take(self, allowed: str, *names: str) -> None:
        if not self._on:
            return
        for limit in parse_many(allowed):
            if not await self._counts.hit(limit, *names):
                raise Problem(
                    429, "Too many requests", "wait and send the same request again",
                    headers={"Retry-After": str(await self._wait(limit, *names))},
                )

    async def _wait(self, limit: RateLimitItem, *names: str) -> int:
        window = await self._counts.get_window_stats(limit, *names)
        return max(1, round(window.reset_time - time()))

    def _address(self, request: Request) -> str:
        return address_of(
            request.client.host if request.client else "", request.headers.get("x-forwarded-for", ""), self._trusted
        )


def address_of(peer: str, forwarded: str, trusted: str) -> str:
    """Whom to count a request to: the peer, or, behind trusted proxies, the last address that is none of them.

    trusted: addresses or networks, comma-separated. An IPv6 address counts with its /64.
    """
    networks = [ip_network(one.strip(), strict=False) for one in trusted.split(",") if one.strip()]
    chain = [one.strip() for one in forwarded.split(",") if one.strip()]
    address = _parse(peer)
    while address is not None and chain and any(address in network for network in networks):
        address = _parse(chain.pop())
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
    return str(address)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
