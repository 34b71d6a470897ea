"""The one shape all channels have."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bots.types import Address, ChannelKind, Incoming, Outgoing, Sent


class Channel(Protocol):
    """A channel account, opened inside the worker's event loop.

    parse is pure and lenient: unknown fields and types become `Ignored` or `Media("unknown")`, never an exception
    unless the raw event is no JSON object at all (`Unreadable`). send hands up to five bubbles over in one call where
    the platform allows and raises the `SendError`s of `bots.errors`.
    """

    kind: ChannelKind

    def parse(self, raw: Mapping[str, object]) -> Incoming: ...

    async def send(self, address: Address, bubbles: Sequence[Outgoing]) -> Sent: ...

    async def close(self) -> None: ...


class Platform(Channel, Protocol):
    """A channel over which more than words come in.

    fetch reads what a `Media` handle stands for, never more than `most` bytes, and raises `SendError`s: `Retryable` for
    now, `Rejected` for good. leave goes out of a group; False when the platform would not.
    """

    async def fetch(self, handle: str, *, most: int) -> bytes: ...

    async def leave(self, address: str) -> bool: ...
