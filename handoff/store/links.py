"""The pipe between `serve` and its worker over one SQLite file: lines of ids, never blocking."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from handoff.store.wake import Notice

if TYPE_CHECKING:
    from handoff.store.wake import Wake

_READ_AT_ONCE = 65_536


class PipeLink:
    """One end of a socket pair (the same descriptor twice) or of two pipes. Takes the descriptors over."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._rest = b""
        self._behind = False
        self._wake: Wake | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, wake: Wake) -> None:
        """Begin to listen."""
        for fd in {self._read, self._write}:
            os.set_blocking(fd, False)
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._read, self._readable)

    def send(self, lines: Sequence[str]) -> None:
        """Write lines. When the other end is behind, it is told to look at everything as soon as there is room."""
        if self._loop is None:
            return
        data = "".join(f"{line}\n" for line in lines).encode()
        if self._behind:
            data = b"\n*\n"  # closes a line that was cut; a damaged line wakes everybody
        try:
            self._behind = os.write(self._write, data) < len(data)
        except BlockingIOError:
            self._behind = True
        except OSError:
            self._end()

    async def close(self) -> None:
        """Stop listening and close the descriptors."""
        self._end()

    def _readable(self) -> None:
        try:
            data = os.read(self._read, _READ_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        assert self._wake is not None
        self._wake.dispatch([Notice.from_line(line.decode("ascii", "replace")) for line in lines])

    def _end(self) -> None:
        if self._loop is None:
            return
        self._loop.remove_reader(self._read)
        self._loop = None
        for fd in {self._read, self._write}:
            os.close(fd)
        if self._wake is not None:
            self._wake.leave(self)
