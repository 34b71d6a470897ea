"""A process for the kill -9 test: residents write without end; each id and its sequence is printed once it is acknowledged."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path
from uuid import UUID

from handoff.intake import webchat
from handoff.intake.crowd import Crowd
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from tests.databases import at_noon


async def main(url: str, key_file: str, run: str, conversations: list[UUID]) -> None:
    store = await Store.open(url, keys=KeyRing.open(Path(key_file), create=False), clock=at_noon)
    crowd = Crowd(store)

    async def write(conversation: UUID) -> None:
        for number in count():
            name = f"{run}-{conversation.hex[-4:]}-{number}"
            said = webchat.said(conversation, text=name, client_message_id=name, now=at_noon())
            sequence = await crowd.accept("taiki", said)
            sys.stdout.write(f"{conversation} {sequence} {name}\n")
            sys.stdout.flush()

    await asyncio.gather(*map(write, conversations))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], [UUID(name) for name in sys.argv[4:]]))
