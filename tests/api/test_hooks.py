"""Webhooks: what is stored before 200, what is refused, and that a full or broken store says 503."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from api.routes.hooks import LARGEST, Hooks
from handoff.intake import accounts
from handoff.intake.accounts import Accounts
from handoff.store.db import Store
from handoff.store.journal import Busy, Journal, RawEvent
from handoff.store.models import InboxItem
from tests import databases
from tests.databases import at_noon
from tests.fakes.line import FakeLine

database_url = databases.database_url
SECRET = "0123456789abcdef" * 2


@dataclass
class Door:
    """The hooks over a store with one LINE account."""

    store: Store
    hooks: Hooks
    path: str
    line: FakeLine

    async def post(self, body: bytes, headers: dict[str, str], *, path: str | None = None) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.hooks), base_url="http://test") as client:
            return await client.post(path or self.path, content=body, headers=headers)

    async def stored(self) -> list[InboxItem]:
        async with self.store.reading("taiki") as session:
            return list(await session.scalars(select(InboxItem)))


@pytest_asyncio.fixture
async def door(store: Store) -> AsyncIterator[Door]:
    async with store.town("taiki") as session:
        account = await accounts.add(
            session, municipality_id="taiki", kind="line", mode="conversation",
            credentials={"secret": SECRET, "token": "t"}, now=at_noon(),
        )
    journal = await Journal.open(store)
    hooks = Hooks(Accounts(store), journal, store.keys, at_noon)
    with FakeLine(secret=SECRET) as line:
        yield Door(store, hooks, f"/hooks/line/{account.key}", line)
    await journal.close()


async def test_each_event_is_stored_sealed_and_once(door: Door) -> None:
    body, headers = door.line.signed(door.line.resident("a").says("死にたい"), door.line.resident("b").says("母のこと"))
    assert (await door.post(body, headers)).status_code == 200
    assert (await door.post(body, headers)).status_code == 200
    rows = await door.stored()
    assert len(rows) == 2
    assert len({row.conversation_key for row in rows}) == 2, "two residents in one body stay apart"
    assert all("死にたい".encode() not in (row.raw_sealed or b"") for row in rows)
    assert {row.raw["message"]["text"] for row in rows} == {"死にたい", "母のこと"}


@pytest.mark.parametrize("change", ["body", "signature", "missing", "other secret"])
async def test_what_is_not_lines_is_refused_and_nothing_stored(door: Door, change: str) -> None:
    body, headers = door.line.signed(door.line.resident("a").says("こんにちは"))
    if change == "body":
        body = body.replace("こんにちは".encode(), "こんばんは".encode())
    elif change == "signature":
        headers = {**headers, "x-line-signature": headers["x-line-signature"][:-4] + "AAA="}
    elif change == "missing":
        headers = {"content-type": "application/json"}
    else:
        door.line.secret = "f" * 32
        body, headers = door.line.signed(door.line.resident("a").says("こんにちは"))
    assert (await door.post(body, headers)).status_code == 401
    assert await door.stored() == []


async def test_signed_but_unreadable(door: Door) -> None:
    for body in (b"no json", b"[]", b'{"events": 1}', b"\xff\xfe"):
        assert (await door.post(*door.line.signed(body=body))).status_code == 400
    assert await door.stored() == []


async def test_connectivity_check_unknown_account_method_and_size(door: Door) -> None:
    assert (await door.post(*door.line.signed())).status_code == 200
    assert (await door.post(*door.line.signed(), path="/hooks/line/nobody")).status_code == 404
    assert (await door.post(*door.line.signed(), path=door.path.replace("line", "telegram"))).status_code == 404
    assert (await door.post(b"x" * (LARGEST + 1), {})).status_code == 413


async def test_unknown_event_types_are_kept_for_the_worker(door: Door) -> None:
    event = {**door.line.resident("a").says("x"), "type": "somethingNew", "brand": {"new": True}}
    assert (await door.post(*door.line.signed(event))).status_code == 200
    assert len(await door.stored()) == 1


class Full:
    """A journal whose queue is full."""

    async def append(self, events: list[RawEvent]) -> None:
        raise Busy("full")


async def test_a_full_queue_says_come_again(door: Door) -> None:
    full: Any = Full()
    closed = Door(door.store, Hooks(door.hooks.accounts, full, door.store.keys, at_noon), door.path, door.line)
    answer = await closed.post(*door.line.signed(door.line.resident("a").says("x")))
    assert answer.status_code == 503
    assert json.loads(answer.content)["title"] == "Busy"


async def test_a_new_account_works_without_restart(door: Door) -> None:
    later = [at_noon()]
    hooks = Hooks(Accounts(door.store), door.hooks.journal, door.store.keys, lambda: later[0])
    await hooks.accounts.by_key("x", now=later[0])
    async with door.store.town("itoman") as session:
        account = await accounts.add(
            session, municipality_id="itoman", kind="line", mode="conversation",
            credentials={"secret": SECRET, "token": "t"}, now=at_noon(),
        )
    later[0] += timedelta(seconds=2)
    found = Door(door.store, hooks, f"/hooks/line/{account.key}", door.line)
    assert (await found.post(*door.line.signed(door.line.resident("a").says("x")))).status_code == 200
