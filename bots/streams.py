"""Streams of bytes from a platform, read with a ceiling. Knows no platform."""

from collections.abc import AsyncIterator

from bots.errors import Rejected


async def gathered(parts: AsyncIterator[bytes], *, most: int) -> bytes:
    """All parts together. `Rejected("too_large")` as soon as they are more than `most`, `Rejected("empty")` for none."""
    found = bytearray()
    async for part in parts:
        found += part
        if len(found) > most:
            raise Rejected("too_large")
    if not found:
        raise Rejected("empty")
    return bytes(found)
