"""Photos and papers over the web chat: bounded, looked at, stored sealed, once; kind errors, and the same pipeline after."""

from collections.abc import AsyncIterator
from random import Random
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from api.files import name_of
from bots.channel import Platform
from bots.types import Outgoing
from handoff.intake import upload
from handoff.intake.media import Collector
from handoff.store import chunks
from handoff.store.db import Store
from handoff.store.models import Attachment, InboxItem, Message
from tests.api.test_chat import OWN, client, is_problem, opened
from tests.browser.serving import make_app, make_services, settings
from tests.databases import at_noon
from tests.handoff.intake import files

__all__ = ["client"]


async def sent(
    client: httpx.AsyncClient, base: str, headers: dict[str, str], data: bytes, *, name: str = "紙.jpg",
    number: str | None = None,
) -> httpx.Response:
    return await client.post(
        f"{base}/files", params={"client_message_id": number or str(uuid4())}, content=data,
        headers={**headers, "X-File-Name": quote(name)},
    )


async def collected(store: Store) -> None:
    async def none(account_id: UUID) -> Platform | None:
        return None

    await Collector(store, at_noon, none, Random(1), lambda town, language: Outgoing("x")).drain()


async def test_a_photo_goes_the_same_way_as_from_line(client: httpx.AsyncClient, store: Store) -> None:
    base, headers = await opened(client)
    answer = await sent(client, base, headers, files.photo(), name="../../夫の手紙.jpg")
    assert (answer.status_code, answer.json()) == (202, {"sequence": 3})
    async with store.reading("taiki") as session:
        row = (await session.scalars(select(Attachment))).one()
        assert (row.status, row.kind, row.name) == ("waiting", "image", "夫の手紙.jpg")
        assert await chunks.read(session, row.id, "raw") == files.photo()
        item = (await session.scalars(select(InboxItem))).one()
        assert item.message_id == row.message_id
    await collected(store)
    async with store.reading("taiki") as session:
        row = (await session.scalars(select(Attachment))).one()
        assert (row.status, row.media_type) == ("kept", "image/jpeg")
        assert await chunks.read(session, row.id, "raw") == b""
        assert files.SECRET.encode() not in await chunks.read(session, row.id, "whole")
    thread = (await client.get(f"{base}/messages", headers=headers)).json()["messages"]
    assert (thread[-1]["media"], thread[-1]["text"], thread[-1]["from"]) == ("image", "", "resident")


async def test_the_same_file_again_is_stored_once(client: httpx.AsyncClient, store: Store) -> None:
    base, headers = await opened(client)
    number = str(uuid4())
    answers = [await sent(client, base, headers, files.PDF, number=number) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"sequence": 3}] * 2
    async with store.reading("taiki") as session:
        assert len(list(await session.scalars(select(Message.id).where(Message.media == "file")))) == 1


@pytest.mark.parametrize(("data", "status"), [
    (files.HTML, 415), (files.SVG, 415), (files.DOCX, 415), (files.VIDEO, 415), (files.PROGRAM, 415),
    ("手紙です".encode(), 415), (b"", 422),
], ids=["html", "svg", "docx", "video", "program", "text", "empty"])
async def test_what_is_not_taken_says_what_is(client: httpx.AsyncClient, store: Store, data: bytes, status: int) -> None:
    base, headers = await opened(client)
    answer = await sent(client, base, headers, data, name="photo.jpg")
    assert is_problem(answer, status)
    assert "写真" in answer.json()["detail"] or status == 422
    async with store.reading("taiki") as session:
        assert list(await session.scalars(select(Attachment.id))) == []


async def test_too_large_is_refused_before_it_is_read_and_while_it_comes(client: httpx.AsyncClient) -> None:
    base, headers = await opened(client)
    assert is_problem(await sent(client, base, headers, b"\xff\xd8" + b"x" * upload.LONGEST), 413)
    pulled = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal pulled
        while True:
            pulled += 1
            yield b"x" * 1_048_576

    answer = await client.post(
        f"{base}/files", params={"client_message_id": str(uuid4())}, content=endless(), headers=headers
    )
    assert is_problem(answer, 413)
    assert pulled <= 12


async def test_only_with_the_token_and_from_our_own_pages(client: httpx.AsyncClient) -> None:
    base, headers = await opened(client)
    other, _ = await opened(client)
    assert is_problem(await sent(client, base, {}, files.PDF), 401)
    assert is_problem(await sent(client, other, headers, files.PDF), 401)
    assert is_problem(await sent(client, base, {**headers, "Origin": "https://evil.example"}, files.PDF), 403)
    assert is_problem(await sent(client, base, headers, files.PDF, number="7"), 422)


async def test_a_conversation_sends_so_many_and_no_more(store: Store) -> None:
    app = make_app(make_services(store, settings(public_url=OWN, rate_limits="on"), at_noon))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=OWN) as client:
        base, headers = await opened(client)
        statuses = [(await sent(client, base, headers, files.PDF)).status_code for _ in range(11)]
    assert statuses == [202] * 10 + [429]


@pytest.mark.parametrize(("header", "name"), [
    (quote("滞納の通知.pdf"), "滞納の通知.pdf"), (quote("C:\\Users\\花子\\写真.jpg"), "写真.jpg"), ("%00%0d%0aX%3A", "�X:"),
    ("%ff%fe", "��"), ("", None), (None, None), ("%20", None),
])
def test_names(header: str | None, name: str | None) -> None:
    assert name_of(header) == name
