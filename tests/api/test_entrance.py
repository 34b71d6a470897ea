"""The way in from LINE over HTTP: the page, the exchange of a code, a fresh link, the form to be telephoned."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from handoff.desk.queue import lines_of
from handoff.intake import accounts, callback, contacts, entrance
from handoff.store.db import Store
from handoff.store.models import Conversation, OutboxItem, Ticket
from tests.api.test_chat import OWN, is_problem, message, opened
from tests.browser.serving import make_app, make_services, settings
from tests.databases import at_noon

API = "/api/entrance/taiki"


@pytest_asyncio.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(make_services(store, settings(public_url=OWN), at_noon))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=OWN) as made:
        yield made


async def on_line(store: Store, *codes: str) -> UUID:
    """A conversation of a LINE resident for whom these codes were issued."""
    async with store.town("taiki") as session:
        account = await accounts.add(
            session, municipality_id="taiki", kind="line", mode="entrance", credentials={"token": "t"}, now=at_noon()
        )
        await session.flush()
        conversation = await contacts.make(
            session, municipality_id="taiki", channel="line", account_id=account.id, address="U1",
            lookup=store.keys.lookup("contact", "U1"), keys=store.keys, now=at_noon(),
        )
        for code in codes:
            entrance.issue(session, conversation, "open", secret=code, now=at_noon())
        return conversation.id


async def test_a_code_is_exchanged_once_for_a_token_that_reads_and_writes(client: httpx.AsyncClient, store: Store) -> None:
    conversation = await on_line(store, "a-code")
    answer = await client.post(f"{API}/open", json={"code": "a-code"})
    assert answer.status_code == 200
    made = answer.json()
    assert (made["conversation"], made["purpose"], made["language"]) == (str(conversation), "open", "ja")
    path, token = f"/api/chat/conversations/{conversation}", {"Authorization": f"Bearer {made['token']}"}
    assert (await client.post(f"{path}/messages", json=message("続きです"), headers=token)).status_code == 202
    assert (await client.get(f"{path}/messages", headers=token)).json()["messages"][-1]["text"] == "続きです"
    again, unknown = [await client.post(f"{API}/open", json={"code": code}) for code in ("a-code", "another")]
    assert is_problem(again, 410)
    assert is_problem(unknown, 410)
    assert again.json() == unknown.json(), "a used code says no more than one that never was"


async def test_another_town_cannot_use_a_code(client: httpx.AsyncClient, store: Store) -> None:
    await on_line(store, "a-code")
    assert is_problem(await client.post("/api/entrance/itoman/open", json={"code": "a-code"}), 410)
    assert (await client.post(f"{API}/open", json={"code": "a-code"})).status_code == 200


async def test_asking_for_a_fresh_link_always_looks_the_same(client: httpx.AsyncClient, store: Store) -> None:
    await on_line(store, "a-code")
    answers = [await client.post(f"{API}/renew", json={"code": code}) for code in ("a-code", "unknown", "a-code")]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, answers[0].content)] * 3
    async with store.reading("taiki") as session:
        assert len(list(await session.scalars(select(OutboxItem)))) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"code": ""}', b'{"code": "a b"}', b'{"code": 5}', b'{"code": "a", "x": 1}',
                                  b'{"code": "' + b"a" * 101 + b'"}', b"\xff"])
@pytest.mark.parametrize("what", ["open", "renew"])
async def test_bad_codes_are_refused(client: httpx.AsyncClient, body: bytes, what: str) -> None:
    assert is_problem(await client.post(f"{API}/{what}", content=body), 422)


async def test_no_other_page_may_exchange_a_code(client: httpx.AsyncClient, store: Store) -> None:
    await on_line(store, "a-code")
    foreign = {"Origin": "https://evil.example"}
    assert is_problem(await client.post(f"{API}/open", json={"code": "a-code"}, headers=foreign), 403)
    assert is_problem(await client.post(f"{API}/open", content=b"x" * 300_000), 413)


async def test_the_page_knows_no_code_and_leaks_none(client: httpx.AsyncClient) -> None:
    page = await client.get("/open/taiki")
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "新しく開く" in page.text
    assert (await client.get("/open/nowhere")).status_code == 404


async def test_the_form_is_kept_half_filled_and_the_ticket_stays(client: httpx.AsyncClient, store: Store) -> None:
    path, token = await opened(client)
    for form in ({}, {"time": "日中の14時台"}, {"number": " 01558-6-0000 ", "time": "日中の14時台", "secret": "息子"}):
        assert (await client.post(f"{path}/callback", json=form, headers=token)).status_code == 204
    async with store.reading("taiki") as session:
        (conversation,) = list(await session.scalars(select(Conversation.id)))
        wishes = await callback.of(session, [conversation])
        tickets = list(await session.scalars(select(Ticket)))
        (line,) = await lines_of(session, tickets)
    assert wishes[conversation] == callback.Wish("01558-6-0000", "日中の14時台", "息子")
    assert line.summary.next_step == "電話（日中の14時台、息子に知られないように）"
    assert line.unread


async def test_an_opened_form_alone_calls_nobody(client: httpx.AsyncClient, store: Store) -> None:
    path, token = await opened(client)
    assert (await client.post(f"{path}/callback", json={}, headers=token)).status_code == 204
    async with store.reading("taiki") as session:
        assert list(await session.scalars(select(Ticket))) == []


@pytest.mark.parametrize("body", [b"", b'{"number": 5}', b'{"other": ""}', b'{"secret": "\\u0000"}', b'{"time": "\\ud800"}',
                                  b'{"number": "' + b"1" * 201 + b'"}'])
async def test_bad_forms_are_refused(client: httpx.AsyncClient, body: bytes) -> None:
    path, token = await opened(client)
    assert is_problem(await client.post(f"{path}/callback", content=body, headers=token), 422)
    assert is_problem(await client.post(f"{path}/callback", json={}), 401)
