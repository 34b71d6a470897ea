"""The web chat's JSON API against its contract, with the bad input that a public door gets."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from api.wiring import close_services
from handoff.intake import webchat
from handoff.intake.crowd import Crowd
from handoff.store.db import Store
from tests.browser.serving import make_app, make_services, settings
from tests.databases import at_noon

OWN = "http://chat.test"


@pytest_asyncio.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(make_services(store, settings(public_url=OWN), at_noon))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=OWN) as opened:
        yield opened


async def opened(client: httpx.AsyncClient, town: str = "taiki") -> tuple[str, dict[str, str]]:
    """A conversation's address and the headers that open it."""
    answer = await client.post(f"/api/chat/{town}/conversations")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return f"/api/chat/conversations/{made['conversation']}", {"Authorization": f"Bearer {made['token']}"}


def message(text: str = "母のことです", **changes: Any) -> dict[str, Any]:
    return {"text": text, "client_message_id": str(uuid4()), **changes}


def is_problem(answer: httpx.Response, status: int) -> bool:
    """An RFC 9457 document of that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    return True


@pytest.mark.parametrize("body", [b"", b"{}", b'{"language": "ja"}', b'{"language": "en-GB"}', b'{"language": "xx"}'])
async def test_opening_gives_a_token_and_the_notice(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/chat/taiki/conversations", content=body)
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == {"conversation", "token", "messages"}
    first = made["messages"][0]
    assert set(first) == {"sequence", "from", "text", "choices", "cards", "at"}
    assert (first["sequence"], first["from"]) == (1, "bot")
    if b"en" not in body:
        assert "AI" in first["text"]
        assert "職員" in first["text"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", [b"[]", b'"ja"', b"{", b"\xff\xfe", b'{"language": 3}', b'{"language": "ja", "admin": true}'])
async def test_opening_refuses_a_body_of_another_shape(client: httpx.AsyncClient, body: bytes) -> None:
    assert is_problem(await client.post("/api/chat/taiki/conversations", content=body), 422)


@pytest.mark.parametrize("town", ["nowhere", "taiki%00", "..%2f", "大樹"])
async def test_an_unknown_town_is_not_found(client: httpx.AsyncClient, town: str) -> None:
    assert is_problem(await client.post(f"/api/chat/{town}/conversations"), 404)


async def test_a_message_is_accepted_once_and_read_back(client: httpx.AsyncClient) -> None:
    path, token = await opened(client)
    said = message("隣の人が心配です")
    answers = [await client.post(f"{path}/messages", json=said, headers=token) for _ in range(2)]
    assert [(one.status_code, one.json()) for one in answers] == [(202, {"sequence": 3})] * 2
    thread = (await client.get(f"{path}/messages?after=2", headers=token)).json()["messages"]
    assert [(one["sequence"], one["from"], one["text"]) for one in thread] == [(3, "resident", "隣の人が心配です")]
    whole = (await client.get(f"{path}/messages", headers=token)).json()["messages"]
    assert [one["sequence"] for one in whole] == [1, 2, 3]


async def test_a_whole_town_at_once_is_taken_in(client: httpx.AsyncClient) -> None:
    doors = await asyncio.gather(*(opened(client) for _ in range(12)))
    said = [client.post(f"{path}/messages", json=message(f"{number}"), headers=token) for number in range(3) for path, token in doors]
    answers = await asyncio.gather(*said)
    assert {answer.status_code for answer in answers} == {202}
    for path, token in doors:
        thread = (await client.get(f"{path}/messages?after=2", headers=token)).json()["messages"]
        assert [(one["sequence"], one["text"]) for one in thread] == [(3, "0"), (4, "1"), (5, "2")]


async def test_when_too_many_wait_everybody_is_told_to_come_again(store: Store) -> None:
    services = make_services(store, settings(public_url=OWN), at_noon)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=make_app(services)), base_url=OWN) as client:
        path, token = await opened(client)
        services.crowd = Crowd(store, waiting=0)
        asked = [
            client.post("/api/chat/taiki/conversations"), client.post(f"{path}/messages", json=message(), headers=token),
            client.get(f"{path}/messages", headers=token),
        ]
        for answer in await asyncio.gather(*asked):
            assert is_problem(answer, 503)
            assert int(answer.headers["retry-after"]) > 0


async def test_what_is_being_taken_in_at_the_end_is_stored(store: Store) -> None:
    services = make_services(store, settings(public_url=OWN), at_noon)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=make_app(services)), base_url=OWN) as client:
        path, _ = await opened(client)
        conversation = UUID(path.rsplit("/", 1)[1])
        said = webchat.said(conversation, text="閉まるまぎわ", client_message_id="1", now=at_noon())
        writing = asyncio.create_task(services.crowd.accept("taiki", said))
        await asyncio.sleep(0)
        await close_services(services)
        assert writing.done()
        assert writing.result() == 3


async def test_the_same_id_in_capitals_is_the_same_message(client: httpx.AsyncClient) -> None:
    path, token = await opened(client)
    said = message()
    first = await client.post(f"{path}/messages", json=said, headers=token)
    shouted = {**said, "client_message_id": said["client_message_id"].upper()}
    assert (await client.post(f"{path}/messages", json=shouted, headers=token)).json() == first.json()


BAD_BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 422),
    "not json": (b"text=hello", 422),
    "a list": (b"[]", 422),
    "null": (b"null", 422),
    "bytes that are no UTF-8": (b'{"text": "\xff\xfe", "client_message_id": "%s"}', 422),
    "no id": (b'{"text": "a"}', 422),
    "an id that is none": (b'{"text": "a", "client_message_id": "1"}', 422),
    "no text": (b'{"client_message_id": "%s"}', 422),
    "text that is a number": (b'{"text": 1, "client_message_id": "%s"}', 422),
    "text that is null": (b'{"text": null, "client_message_id": "%s"}', 422),
    "a field too many": (b'{"text": "a", "from": "staff", "client_message_id": "%s"}', 422),
    "blank": (b'{"text": "  \\n\\u3000\\u200b", "client_message_id": "%s"}', 422),
    "NUL": (b'{"text": "a\\u0000b", "client_message_id": "%s"}', 422),
    "a lone surrogate": (b'{"text": "a\\ud83d", "client_message_id": "%s"}', 422),
    "a lone low surrogate": (b'{"text": "\\ude00", "client_message_id": "%s"}', 422),
    "too long": (b'{"text": "' + b"a" * 20_001 + b'", "client_message_id": "%s"}', 413),
    "far too long": (b'{"text": "' + b"a" * 400_000 + b'", "client_message_id": "%s"}', 413),
    "a short text in a large body": (b'{"text": "a",' + b" " * 300_000 + b'"client_message_id": "%s"}', 413),
    "deeply nested": (b"[" * 100_000, 422),
}


@pytest.mark.parametrize("case", BAD_BODIES)
async def test_bad_messages_get_a_clear_answer_and_store_nothing(client: httpx.AsyncClient, case: str) -> None:
    body, status = BAD_BODIES[case]
    path, token = await opened(client)
    answer = await client.post(f"{path}/messages", content=body.replace(b"%s", str(uuid4()).encode()), headers=token)
    assert is_problem(answer, status)
    assert "aaaa" not in answer.text
    assert len((await client.get(f"{path}/messages", headers=token)).json()["messages"]) == 2


@pytest.mark.parametrize("text", ["😭", "あ" * 20_000, "😀" * 20_000, "a\r\n\tb", "\u202eabc", "<b>x</b>"])
async def test_odd_but_honest_messages_are_taken_unaltered(client: httpx.AsyncClient, text: str) -> None:
    path, token = await opened(client)
    body = json.dumps(message(text)).encode()  # astral characters as \u escapes: the longest way to write them
    answer = await client.post(f"{path}/messages", content=body, headers=token)
    assert answer.status_code == 202, answer.text
    thread = (await client.get(f"{path}/messages?after=2", headers=token)).json()["messages"]
    assert thread[0]["text"] == text


@pytest.mark.parametrize("how", [
    "none", "wrong", "cut", "other conversation", "basic", "in the URL", "empty", "not ascii", "very long", "other town",
])
async def test_without_its_token_a_conversation_is_closed(client: httpx.AsyncClient, how: str) -> None:
    path, token = await opened(client)
    right = token["Authorization"]
    _, other = await opened(client)
    headers: dict[str, dict[str, Any]] = {
        "none": {}, "wrong": {"Authorization": right[:-1] + ("A" if right[-1] != "A" else "B")},
        "cut": {"Authorization": right[:-10]}, "other conversation": other, "empty": {"Authorization": "Bearer "},
        "basic": {"Authorization": right.replace("Bearer", "Basic")}, "in the URL": {},
        "not ascii": {"Authorization": "Bearer taiki.あああああああああああああああああああああああ".encode()},
        "very long": {"Authorization": "Bearer taiki." + "a" * 9_000},
        "other town": {"Authorization": right.replace("taiki.", "itoman.")},
    }
    query = f"?token={right.split()[1]}" if how == "in the URL" else ""
    for method, address in (("POST", "messages"), ("GET", "messages"), ("GET", "events")):
        answer = await client.request(
            method, f"{path}/{address}{query}", headers=headers[how], json=message() if method == "POST" else None
        )
        assert is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["00000000-0000-4000-8000-00000000dead", "1", "%00", "x" * 300])
async def test_an_unknown_conversation_looks_like_a_wrong_token(client: httpx.AsyncClient, name: str) -> None:
    _, token = await opened(client)
    assert is_problem(await client.get(f"/api/chat/conversations/{name}/messages", headers=token), 401)


FOREIGN = [
    "https://evil.test", "null", "http://chat.test.evil.test", "http://evil-chat.test", "http://chat.test:81", "", "chat.test",
    "http://chat.test/", "file://", "http://CHAT.test", "http://chat.test, http://evil.test",
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_foreign_origin_is_refused_everywhere(client: httpx.AsyncClient, origin: str) -> None:
    path, token = await opened(client)
    headers = {**token, "Origin": origin}
    assert is_problem(await client.post("/api/chat/taiki/conversations", headers=headers), 403)
    assert is_problem(await client.post(f"{path}/messages", json=message(), headers=headers), 403)
    assert is_problem(await client.get(f"{path}/messages", headers=headers), 403)
    assert is_problem(await client.get(f"{path}/events", headers=headers), 403)
    assert len((await client.get(f"{path}/messages", headers=token)).json()["messages"]) == 2


@pytest.mark.parametrize(("origin", "host"), [(None, "chat.test"), (OWN, "10.0.0.1:80"), ("http://127.0.0.1:9", "127.0.0.1:9")])
async def test_no_origin_our_public_one_and_the_address_itself_are_ours(
    client: httpx.AsyncClient, origin: str | None, host: str
) -> None:
    headers = {"Host": host, **({"Origin": origin} if origin else {})}
    assert (await client.post("/api/chat/taiki/conversations", headers=headers)).status_code == 201


@pytest.mark.parametrize("after", ["-1", "x", "2147483648", "1.5"])
async def test_a_sequence_that_is_none_is_refused(client: httpx.AsyncClient, after: str) -> None:
    path, token = await opened(client)
    assert is_problem(await client.get(f"{path}/messages?after={after}", headers=token), 422)


async def test_answers_are_not_kept_by_caches_and_allow_no_other_origin(client: httpx.AsyncClient) -> None:
    path, token = await opened(client)
    answer = await client.get(f"{path}/messages", headers=token)
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers
