"""Webhooks: what is stored before 200, what is refused, and that a full or broken store says 503."""

import asyncio
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


class Telling:
    """One hook over ASGI itself: its body in parts, each when its time has come."""

    def __init__(self, door: Door, headers: dict[str, str]) -> None:
        pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self.scope: Any = {"type": "http", "method": "POST", "path": door.path, "headers": pairs}
        self.parts: asyncio.Queue[Any] = asyncio.Queue()
        self.said: list[Any] = []

    def part(self, body: bytes, *, more: bool) -> None:
        self.parts.put_nowait({"type": "http.request", "body": body, "more_body": more})

    async def send(self, message: Any) -> None:
        self.said.append(message)


@pytest.mark.parametrize("known", [0, 1, 2])
async def test_a_body_may_come_in_parts(door: Door, known: int) -> None:
    """known: how many parts are there when the hook begins to read."""
    body, headers = door.line.signed(door.line.resident("a").says("こんにちは"))
    one = Telling(door, headers)
    parts = [(body[:100], True), (body[100:], False)]
    for part, more in parts[:known]:
        one.part(part, more=more)
    hook = asyncio.create_task(door.hooks(one.scope, one.parts.get, one.send))
    await asyncio.sleep(0)
    for part, more in parts[known:]:
        one.part(part, more=more)
    await hook
    assert one.said[0]["status"] == 200
    assert [row.raw["message"]["text"] for row in await door.stored()] == ["こんにちは"]


@pytest.mark.parametrize("part", [None, b"{"])
async def test_a_body_that_does_not_come_is_not_waited_for(door: Door, part: bytes | None) -> None:
    slow = Telling(door, {})
    if part is not None:
        slow.part(part, more=True)
    hooks = Hooks(door.hooks.accounts, door.hooks.journal, door.store.keys, at_noon, patience=0.05)
    await asyncio.wait_for(hooks(slow.scope, slow.parts.get, slow.send), 5)
    assert slow.said[0]["status"] == 408
    assert not slow.parts._getters, "nobody reads on"  # type: ignore[attr-defined]


@pytest.mark.parametrize("secure", [True, False])
async def test_headers_of_what_is_kept_and_of_what_is_refused(door: Door, secure: bool) -> None:
    hooks = Hooks(door.hooks.accounts, door.hooks.journal, door.store.keys, at_noon, secure=secure)
    over = Door(door.store, hooks, door.path, door.line)
    kept, refused = await over.post(*door.line.signed()), await over.post(b"{}", {})
    assert (kept.status_code, kept.content, refused.status_code) == (200, b"", 401)
    for answer in (kept, refused):
        assert ("strict-transport-security" in answer.headers) == secure
    assert refused.headers["content-security-policy"].startswith("default-src 'none'")
    assert refused.headers["x-content-type-options"] == "nosniff"
