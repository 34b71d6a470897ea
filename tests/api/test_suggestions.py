"""Prepared texts over HTTP: into the writer's own draft, under what is there, and never out by themselves."""


import httpx
from sqlalchemy import select

from handoff.store.db import Store
from handoff.store.models import Draft, Message
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of


async def test_a_text_goes_under_the_draft_and_survives_the_logout(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, "水道をとめる紙がきました", crisis=("lifeline_cut",), urgency="urgent")
    path = f"/staff/tickets/{number}"
    page = text_of(await officer.get(path))
    assert page.count("を下書きに入れる") > 2
    await officer.post(f"{path}/draft", data={"text": "こんにちは。"})
    done = await officer.post(f"{path}/suggestion", data={"suggestion": "lifeline"})
    assert (done.status_code, done.headers["location"]) == (303, f"{path}#reply-text")
    await officer.post("/staff/logout")
    await sign_in(officer, "taiki-staff")
    async with store.reading("taiki") as session:
        body = (await session.scalars(select(Draft))).one().body
        said = [row.sender for row in await session.scalars(select(Message))]
    assert body.startswith("こんにちは。\n\n福祉係の")
    assert "止まる日が紙に書いてあれば" in body
    assert said == ["resident"], "nothing was sent"
    assert "止まる日が紙に書いてあれば" in (await officer.get(path)).text.split('id="reply-text"')[1].split("</textarea>")[0]


async def test_in_danger_there_is_none_even_when_it_is_asked_for(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, "もうむり", crisis=("suicide",), urgency="emergency")
    page = text_of(await officer.get(f"/staff/tickets/{number}"))
    assert "下書きに入れる" not in page
    assert "あなたの言葉で書いてください" in page
    refused = await officer.post(f"/staff/tickets/{number}/suggestion", data={"suggestion": "received"})
    assert refused.status_code == 409
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(Draft))).all() == []
