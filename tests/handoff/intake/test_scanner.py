"""Asking clamd: its yes, its no, and everything else is "unscanned"."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from handoff.intake.scanner import Clamd, Verdict
from tests.fakes.loopback import closed_url

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A clamd that knows one virus; `mute` in the bytes makes it silent, `big` refuses the size."""
    assert await reader.readexactly(10) == b"zINSTREAM\0"
    data = b""
    while length := struct.unpack(">I", await reader.readexactly(4))[0]:
        data += await reader.readexactly(length)
    if b"EICAR" in data:
        writer.write(b"stream: Win.Test.EICAR_HDB-1 FOUND\0")
    elif data.startswith(b"big"):
        writer.write(b"INSTREAM size limit exceeded. ERROR\0")
    elif not data.startswith(b"mute"):
        writer.write(b"stream: OK\0")
    await writer.drain()
    writer.close()


@asynccontextmanager
async def clamd(path: Path) -> AsyncIterator[Clamd]:
    server = await asyncio.start_unix_server(_answer, path)
    async with server:
        yield Clamd(str(path))


@pytest.mark.parametrize(("data", "verdict"), [
    (b"hello" * 50_000, "clean"), (EICAR, "infected"), (b"mute", "unscanned"), (b"big", "unscanned"),
])
async def test_verdicts(tmp_path: Path, data: bytes, verdict: Verdict) -> None:
    async with clamd(tmp_path / "clamd") as scanner:
        assert await scanner.verdict(data) == verdict


async def test_over_tcp() -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await Clamd(f"127.0.0.1:{port}").verdict(EICAR) == "infected"


async def test_nobody_there() -> None:
    assert await Clamd(closed_url().removeprefix("http://")).verdict(b"x") == "unscanned"
