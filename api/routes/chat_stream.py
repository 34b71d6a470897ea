"""Following a conversation: new messages as they are stored, until the reader goes or the server shuts down.

Woken by the store, with a poll behind it; no session is open while it waits. Knows nothing of the wire format.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request

from api.wiring import Services

POLL_SECONDS = 1.0
STREAMS_CONVERSATION = 8
LONGEST_SECONDS = 15 * 60.0
"""After this a stream ends and its reader comes again, so that its token is looked at again."""


class Streams:
    """The open streams of one web process."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()
        self.closing = False

    def may_open(self, conversation_id: UUID) -> bool:
        """Whether a conversation may be followed once more."""
        return self._open[conversation_id] < STREAMS_CONVERSATION

    @contextmanager
    def counted(self, conversation_id: UUID) -> Iterator[None]:
        """Count an open stream while it lasts."""
        self._open[conversation_id] += 1
        try:
            yield
        finally:
            self._open[conversation_id] -= 1
            if not self._open[conversation_id]:
                del self._open[conversation_id]

    async def follow(
        self, services: Services, municipality_id: str, conversation_id: UUID, *, after: int
    ) -> AsyncIterator[dict[str, Any]]:
        """Messages after a sequence, each once and in order, in the contract's shape."""
        subscription = services.wake.subscribe(municipality_id=municipality_id, conversation_id=conversation_id)
        end = asyncio.get_running_loop().time() + LONGEST_SECONDS
        with self.counted(conversation_id), subscription as bell:
            while not self.closing and asyncio.get_running_loop().time() < end:
                fresh = await services.crowd.read(municipality_id, conversation_id, after=after)
                if fresh is None:
                    return
                for message in fresh:
                    after = message["sequence"]
                    yield message
                if not fresh:
                    await bell.wait(POLL_SECONDS)


def streams_of(app: FastAPI) -> Streams:
    """The streams of an application, made at first use."""
    if not hasattr(app.state, "chat_streams"):
        app.state.chat_streams = Streams()
    assert isinstance(app.state.chat_streams, Streams)
    return app.state.chat_streams


async def streams(request: Request) -> Streams:
    """For `Depends`."""
    app = request.app
    assert isinstance(app, FastAPI)
    return streams_of(app)


def end_streams(app: FastAPI) -> None:
    """End all streams now. The server calls it when it begins to shut down: it waits for open answers."""
    streams_of(app).closing = True
    services = getattr(app.state, "services", None)
    if isinstance(services, Services):
        services.wake.notify()
