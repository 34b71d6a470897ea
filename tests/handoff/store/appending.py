"""A process for the kill -9 test: appends events without end and prints each id once it is acknowledged."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

from handoff.privacy.keys import KeyRing
from handoff.store.db import Store, town_key
from handoff.store.journal import Journal
from tests.databases import at_noon
from tests.handoff.store.test_journal import event


async def main(url: str, key_file: str, start: int) -> None:
    store = await Store.open(url, keys=KeyRing.open(Path(key_file), create=False), clock=at_noon)
    journal = await Journal.open(store)
    async with store.reading("taiki") as session:
        key = await town_key(session)

    async def one(number: int) -> None:
        await journal.append([event(number, key)])
        sys.stdout.write(f"e{number}\n")
        sys.stdout.flush()

    for batch in count(start, 8):
        await asyncio.gather(*(one(number) for number in range(batch, batch + 8)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
