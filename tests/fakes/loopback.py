"""An ASGI app on a free (or given) loopback port, in a thread of its own, so that any code under test reaches it by HTTP."""

import asyncio
import socket
import threading
from types import TracebackType
from typing import Any, Self

import uvicorn


class Leaving(uvicorn.Server):
    """Leaves no connection behind: one that was accepted while it shut down would be found unclosed in some later test."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for _ in range(3):   # one that is being accepted is made known a turn of the loop later, and lost another one later
            await asyncio.sleep(0)
            for connection in list(self.server_state.connections):
                if (transport := getattr(connection, "transport", None)) is not None:
                    transport.abort()


class Loopback:
    """`with Loopback(app) as server: server.url`. Requests that are still running at the end are cut off."""

    def __init__(self, app: Any, *, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", ws="none",
                                timeout_graceful_shutdown=0)
        self._server = Leaving(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=5)
        self._socket.close()


def closed_url() -> str:
    """The address of a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"
