"""How a resident hears of a file and gets to it: by each platform, after a failure, and out of LINE's own browser."""

from random import Random
from typing import cast
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from bots.channel import Channel
from bots.errors import Uncertain
from handoff.intake import entrance
from handoff.intake.entrance import Doors
from handoff.intake.sender import Sender
from handoff.store.db import Store
from handoff.store.models import ChannelAccount, OutboxItem
from tests.api.enclosing import WORDS, Desk, ticket_on
from tests.api.test_chat import opened as chat_opened
from tests.api.test_console import text_of
from tests.api.test_unsent import ticket_of
from tests.databases import at_noon
from tests.handoff.intake import files
from tests.handoff.intake.outgoing import account, resident
from tests.handoff.intake.test_entrance import Line
from tests.whole import knowledge


@pytest.fixture
async def desk(officer: httpx.AsyncClient, store: Store) -> Desk:
    chat, token = await chat_opened(officer)
    return Desk(officer, store, await ticket_on(store, chat), chat, token)


@pytest.mark.parametrize(("channel", "mode"), [("line", "entrance"), ("line", "conversation"), ("telegram", "conversation")])
async def test_a_platform_hears_that_there_is_a_file_and_gets_the_way_in(
    officer: httpx.AsyncClient, store: Store, channel: str, mode: str
) -> None:
    account_id = await account(store, channel)
    async with store.town("taiki") as session:
        (await session.get_one(ChannelAccount, account_id)).mode = mode
    who = await resident(store, account_id, channel=channel)
    desk = Desk(officer, store, await ticket_of(store, who), "", {})
    await desk.lays(files.PDF, "生活保護の通知.pdf")
    await desk.looked_through()
    assert (await desk.replies()).status_code == 303
    line = Line()

    async def channel_of(account_id: UUID) -> Channel | None:
        return cast(Channel, line)

    sender = Sender(store, at_noon, channel_of, Random(1), doors=Doors("https://soudan.example.jp", knowledge()))
    assert await sender.drain() == 1, "one push: each costs"
    told = line.last()
    assert "生活保護" not in told
    assert (WORDS in told) == (mode == "conversation")
    assert ("写真か書類" in told) == (mode == "conversation")
    async with store.town("taiki") as session:
        entered = await entrance.enter(session, line.links()["ひらく"], now=at_noon())
    assert "/open/taiki?openExternalBrowser=1#" in told, "LINE's own browser saves no file"
    assert entered is not None
    desk.chat, desk.token = f"/api/chat/conversations/{entered.conversation_id}", {"Authorization": f"Bearer {entered.token}"}
    shown = (await desk.thread())[-1]["file"]
    assert (await desk.fetches(shown["id"])).content == files.PDF
    async with store.reading("taiki") as session:
        (row,) = await session.scalars(select(OutboxItem))
        assert (row.status, row.first_sequence + 1) == ("sent", row.last_sequence)
    assert "送信ずみ" in text_of(await officer.get(f"/staff/tickets/{desk.number}"))


async def test_an_answer_with_a_file_that_did_not_arrive_is_sent_again_with_a_fresh_way_in(
    officer: httpx.AsyncClient, store: Store
) -> None:
    who = await resident(store, await account(store, "telegram"), channel="telegram")
    desk = Desk(officer, store, await ticket_of(store, who), "", {})
    await desk.lays(files.PDF)
    await desk.looked_through()
    await desk.replies()
    line = Line([Uncertain("timeout")])

    async def channel_of(account_id: UUID) -> Channel | None:
        return cast(Channel, line)

    sender = Sender(store, at_noon, channel_of, Random(1), doors=Doors("https://soudan.example.jp", knowledge()))
    await sender.drain()
    first = line.links()["ひらく"]
    page = text_of(await officer.get("/staff/unsent"))
    assert f"{WORDS} ［ファイル］" in page
    (row,) = await who.rows()
    done = await officer.post(f"/staff/tickets/{desk.number}/unsent/{row.id}", data={"choice": "again"})
    assert done.status_code == 303
    await sender.drain()
    assert line.links()["ひらく"] != first
    assert [status for status, _ in await who.status()] == ["failed", "sent"]


async def test_the_way_outside_opens_the_same_conversation_once_and_shuts_the_page_before_it(desk: Desk) -> None:
    shown = await desk.sends(files.PDF)
    assert (await desk.browser.post(f"{desk.chat}/outside")).status_code == 401
    answer = await desk.browser.post(f"{desk.chat}/outside", headers=desk.token)
    assert answer.status_code == 201
    way, _, code = answer.json()["url"].partition("#")
    assert way == "/open/taiki?openExternalBrowser=1"
    opened = await desk.browser.post("/api/entrance/taiki/open", json={"code": code})
    assert opened.json()["conversation"] == desk.chat.rsplit("/", 1)[-1]
    assert (await desk.fetches(shown["id"])).status_code == 401
    fresh = {"Authorization": f"Bearer {opened.json()['token']}"}
    assert (await desk.fetches(shown["id"], token=fresh)).status_code == 200
    assert (await desk.browser.post("/api/entrance/taiki/open", json={"code": code})).status_code == 410
