"""Load for one HTTP server on loopback: few connections, requests made beforehand, as little work a request as asyncio needs.

Knows nothing of what is asked. An answer is read as far as its status and its length.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

CONNECTIONS = 32


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A POST as its bytes."""
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}",
             *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Spent:
    """A run: seconds in all, seconds of each answer (from when it was due), how many were not taken."""

    seconds: float = 0.0
    each: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def rate(self) -> float:
        return len(self.each) / self.seconds

    def part(self, share: float) -> float:
        """The answer time that this share of requests stays under."""
        return sorted(self.each)[min(len(self.each) - 1, int(len(self.each) * share))]


class _Line(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self) -> None:
        self.data = b""
        self.answer: asyncio.Future[int] | None = None
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, end, body = self.data.partition(b"\r\n\r\n")
        if end and len(body) >= _length(head) and self.answer is not None and not self.answer.done():
            self.data = b""
            self.answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(0)

    async def ask(self, wanted: bytes) -> int:
        self.answer = asyncio.get_running_loop().create_future()
        assert self.transport is not None
        self.transport.write(wanted)
        return await self.answer


def _length(head: bytes) -> int:
    found = head.lower().partition(b"content-length:")[2]
    return int(found.partition(b"\r\n")[0]) if found else 0


async def _lines(port: int) -> list[_Line]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(_Line, "127.0.0.1", port))[1] for _ in range(CONNECTIONS)]


def _hang_up(lines: Sequence[_Line]) -> None:
    for line in lines:
        if line.transport is not None:
            line.transport.close()


async def at_once(port: int, wanted: Sequence[bytes]) -> Spent:
    """Closed loop: each connection asks again as soon as it has its answer."""
    lines, spent, waiting = await _lines(port), Spent(), iter(wanted)

    async def run(line: _Line) -> None:
        for one in waiting:
            start = time.perf_counter()
            status = await line.ask(one)  # apart: `+= await` adds to what was counted before the wait
            spent.refused += status // 100 != 2
            spent.each.append(time.perf_counter() - start)

    start = time.perf_counter()
    await asyncio.gather(*(run(line) for line in lines))
    spent.seconds = time.perf_counter() - start
    _hang_up(lines)
    return spent


async def at_rate(port: int, wanted: Sequence[bytes], *, rate: float) -> Spent:
    """Open loop: requests are due at their times whether or not earlier ones are answered; waiting counts."""
    lines, spent = await _lines(port), Spent()
    free: asyncio.Queue[_Line] = asyncio.Queue()
    for line in lines:
        free.put_nowait(line)
    start = time.perf_counter()

    async def one(number: int, line: _Line) -> None:
        status = await line.ask(wanted[number])
        spent.refused += status // 100 != 2
        spent.each.append(time.perf_counter() - start - number / rate)
        free.put_nowait(line)

    async with asyncio.TaskGroup() as tasks:
        for number in range(len(wanted)):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            tasks.create_task(one(number, await free.get()))
    spent.seconds = time.perf_counter() - start
    _hang_up(lines)
    return spent


def cpu_of(pid: int) -> float:
    """Seconds of processor that a process's threads have had: to the nanosecond, where `stat` counts in hundredths."""
    used = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it has just ended
            used += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
    return used / 1e9
