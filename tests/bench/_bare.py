"""What bare HTTP costs: an ASGI app that reads the body and answers 200, under the flags that `tsunagu serve` has.

`python -m tests.bench._bare PORT`.
"""

import socket
import sys
from typing import Any

import uvicorn

from api.commands.serve import flags
from api.settings import Settings


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads all, answers 200."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def main() -> None:
    """Serve until killed."""
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=2048)
    uvicorn.Server(uvicorn.Config(app, lifespan="off", **flags(Settings()))).run(sockets=[listening])


if __name__ == "__main__":
    main()
