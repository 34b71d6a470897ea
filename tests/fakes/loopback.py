"""An ASGI app on a free (or given) loopback port, in a thread of its own, so that any code under test reaches it by HTTP."""

import asyncio
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import uvicorn


class Leaving(uvicorn.Server):
    """Leaves no connection behind: one that was accepted while it shut down would be found unclosed in some later test."""

    _left: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def leave(self) -> None:
        """From any thread: ends it now. By itself it looks ten times in a second whether it should."""
        self.should_exit = True
        if self._left is not None:
            loop, left = self._left
            with suppress(RuntimeError):  # it has ended meanwhile
                loop.call_soon_threadsafe(left.set)

    async def main_loop(self) -> None:
        left = asyncio.Event()
        self._left = asyncio.get_running_loop(), left
        if not await self.on_tick(0):
            await left.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        await self._abort()

    async def _abort(self) -> None:
        for _ in range(3):   # one that is being accepted is made known a turn of the loop later, and lost another one later
            await asyncio.sleep(0)
            for connection in list(self.server_state.connections):
                if (transport := getattr(connection, "transport", None)) is not None:
                    transport.abort()


class _CutOff(Leaving):
    """Waits for nobody: uvicorn gives open connections a tenth of a second."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        running = list(self.server_state.tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._abort()
        for server in self.servers:
            await server.wait_closed()


class Loopback:
    """`with Loopback(app) as server: server.url`. Requests that are still running at the end are cut off."""

    def __init__(self, app: Any, *, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", ws="none",
                                timeout_graceful_shutdown=0)
        self._server = _CutOff(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.leave()
        self._thread.join(timeout=5)
        self._socket.close()


def closed_url() -> str:
    """The address of a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"
