"""Asking clamd whether bytes carry a known virus (INSTREAM). Optional: without it files are kept and labelled unscanned.

Source: clamd(8), "INSTREAM". Knows nothing of what the bytes are.
"""

import asyncio
import struct
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["clean", "infected", "unscanned"]
_PART = 64 * 1024
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Clamd:
    """host:port, or the path of a Unix socket. patience in seconds for the whole scan."""

    where: str
    patience: float = 60.0

    async def verdict(self, data: bytes) -> Verdict:
        """"unscanned" when clamd is away, too slow, or says anything but yes or no."""
        try:
            async with asyncio.timeout(self.patience):
                answer = await self._ask(data)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            return "unscanned"
        if answer.endswith("FOUND"):
            return "infected"
        return "clean" if answer.endswith("OK") else "unscanned"

    async def _ask(self, data: bytes) -> str:
        reader, writer = await self._connected()
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(data), _PART):
                part = data[start : start + _PART]
                writer.write(_LENGTH.pack(len(part)) + part)
                await writer.drain()
            writer.write(_LENGTH.pack(0))
            await writer.drain()
            answer = await reader.read(4_096)
        finally:
            writer.close()
        return answer.rstrip(b"\0\n").decode("ascii", "replace").strip()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.where.startswith("/"):
            return await asyncio.open_unix_connection(self.where)
        host, _, port = self.where.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))
