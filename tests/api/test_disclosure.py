"""開示請求 over HTTP: nothing goes out by itself, people decide each piece, a restricted matter needs two of them."""

import re
from collections.abc import Mapping
from datetime import timedelta

import httpx
from sqlalchemy import select

from handoff.privacy.retention import count
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Conversation, Disclosure
from tests.api.conftest import Clock, opened, sign_in, take
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.databases import at_noon

STORY = "山田さんに家賃を払えません。090-1234-5678から電話が来ます"
TAKEN = {"requester": "own", "whose": "writer", "proof": "運転免許証を窓口で鈴木が見た"}
GIVE = ("give", "", "")
KEEP = ("keep", "talks", "")
Form = Mapping[str, list[str]]


def path(number: str, act: str = "") -> str:
    return f"/staff/tickets/{number}/disclosure{act}"


async def filled(browser: httpx.AsyncClient, number: str, decided: Mapping[str, tuple[str, str, str]]) -> Form:
    """The form as it stands, with these pieces decided; the others as they were."""
    page = (await browser.get(path(number))).text
    keys = re.findall(r'name="key" value="([^"]+)"', page)
    rows = [decided.get(key, ("", "", "")) for key in keys]
    return {"key": keys, **{name: [row[at] for row in rows] for at, name in enumerate(("choice", "ground", "words"))}}


async def decide(browser: httpx.AsyncClient, number: str, **decided: tuple[str, str, str]) -> httpx.Response:
    return await browser.post(path(number, "/decide"), data=await filled(browser, number, decided))


async def test_from_the_request_to_the_paper(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, STORY)
    await officer.post(f"/staff/tickets/{number}/note", data={"text": "世帯の状況を課で検討する"})
    assert "開示請求を受けた" in text_of(await officer.get(f"/staff/tickets/{number}"))
    assert (await officer.post(path(number), data=TAKEN)).status_code == 303
    page = text_of(await officer.get(path(number)))
    for piece in ("12月21日（月）", "運転免許証", "人の名前かもしれない言葉", "電話番号があります", "6号・7号", "まだ決めていない"):
        assert piece in page, piece
    assert (await officer.get(path(number, "/extract"))).status_code == 409, "nothing is decided"
    assert (await officer.post(path(number, "/confirm"))).status_code == 409
    assert (await decide(officer, number, m1=("mask", "third", "山田さん\n090-1234-5678"))).status_code == 303
    assert (await officer.post(path(number, "/confirm"))).status_code == 409, "the note and the reading are undecided"
    assert (await decide(officer, number, n0=KEEP, judged=GIVE)).status_code == 303
    assert (await officer.post(path(number, "/confirm"))).status_code == 303
    paper = text_of(await officer.get(path(number, "/extract"))).split("保有個人情報の抜き書き")[1]
    assert "■■■に家賃を払えません。■■■から電話が来ます" in paper
    assert "2号" in paper
    for gone in ("山田", "1234", "世帯の状況", "taiki-staff"):
        assert gone not in paper, gone
    await officer.post(f"/staff/tickets/{number}/resolve", data={"outcome": "informed"})
    over = at_noon() + timedelta(days=800)
    assert (await count(store, "taiki", days=365, now=over)).conversations == 0, "what somebody asks to see is not removed"
    assert (await officer.post(path(number, "/close"), data={"outcome": "partly"})).status_code == 303
    assert (await count(store, "taiki", days=365, now=over)).conversations == 1
    assert "一部を渡した" in text_of(await officer.get(path(number)))
    async with store.reading("taiki") as session:
        acts = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))
    told = [act.removeprefix("disclosure_") for act in acts if act.startswith("disclosure_")]
    assert told == ["taken", "decided", "decided", "confirmed", "printed", "closed"]


async def test_what_cannot_be_kept_is_shown_again_as_it_was_typed(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, STORY)
    await officer.post(path(number), data=TAKEN)
    for wrong, why in (
        (("mask", "third", "山本さん"), "1行目の言葉が、この文の中にありません"), (("mask", "third", " "), "1行に1つ書いてください"),
        (("keep", "", ""), "出さない理由を選んで"), (("all", "", ""), "から選んでください"),
    ):
        answer = await decide(officer, number, m1=wrong, judged=GIVE)
        assert answer.status_code == 422
        assert why in text_of(answer)
        assert "はじめの一つへ" in text_of(answer)
    again = await decide(officer, number, m1=("mask", "third", "山本さん"))
    assert "山本さん" in again.text, "as it was typed"
    assert "そのまま出す 決めた人" in text_of(again), "the other one was kept"


async def test_a_later_word_is_not_part_of_it_and_a_change_needs_a_new_look(
    officer: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    number = await opened(store, STORY)
    await officer.post(path(number), data=TAKEN)
    clock.now += timedelta(minutes=5)
    await officer.post(f"/staff/tickets/{number}/note", data={"text": "請求のあとのメモ"})
    assert "請求のあとのメモ" not in text_of(await officer.get(path(number)))
    await decide(officer, number, m1=GIVE, judged=GIVE)
    await officer.post(path(number, "/confirm"))
    assert (await officer.get(path(number, "/extract"))).status_code == 200
    await decide(officer, number, m1=("mask", "third", "山田さん"))
    assert (await officer.get(path(number, "/extract"))).status_code == 409, "what was looked at is not what stands there"
    assert (await officer.post(path(number, "/close"), data={"outcome": "given"})).status_code == 409


async def test_of_a_restricted_matter_two_people_look_and_one_is_the_coordinator(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, "夫になぐられました。子ども4歳", crisis=("dv",))
    await take(officer, number)
    legal = {**TAKEN, "requester": "legal", "whose": "told_of"}
    assert (await officer.post(path(number), data=legal)).status_code == 303
    page = text_of(await officer.get(path(number)))
    assert "法定代理人からでも、自動では何も出ません" in page
    assert "知らせてくれた人が分かります" in page
    await decide(officer, number, m1=("keep", "harm", ""), judged=("keep", "harm", ""))
    alone = await officer.post(path(number, "/confirm"))
    assert (alone.status_code, "別の人が" in text_of(alone)) == (409, True)
    await sign_in(officer, await hired(store, "coordinator"))
    assert (await decide(officer, number, m1=("keep", "harm", ""))).status_code == 303, "the same again is no other decision"
    assert (await officer.post(path(number, "/confirm"))).status_code == 303
    paper = text_of(await officer.get(path(number, "/extract")))
    assert "お見せできるものはありません" in paper
    assert "なぐられ" not in paper


async def test_who_is_neither_is_refused_and_others_find_no_such_thing(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, STORY)
    for wrong in ({"requester": "wife"}, {"whose": "all"}, {"proof": " "}, {"on": "2027-01-01"}):
        assert (await officer.post(path(number), data={**TAKEN, **wrong})).status_code in (409, 422), wrong
    assert (await officer.post(path(number), data=TAKEN)).status_code == 303
    assert (await officer.post(path(number), data=TAKEN)).status_code == 409, "one at a time"
    guide = text_of(await officer.get("/staff/disclosure"))
    assert "相談があったかどうかは、本人にも、家族にも、その場では答えません" in guide
    await sign_in(officer, await hired(store, "admin", "taiki.kodomo"))
    assert (await officer.get(path(number))).status_code == 404
    assert (await officer.get(path(number, "/extract"))).status_code == 404
    assert (await officer.post(path(number, "/close"), data={"outcome": "given"})).status_code == 404
    async with store.reading("taiki") as session:
        row = (await session.scalars(select(Disclosure))).one()
        talk = (await session.scalars(select(Conversation))).one()
    assert row.data_key_id == talk.data_key_id, "it goes with the conversation"


async def test_a_long_record_is_decided_sheet_by_sheet(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, STORY)
    for at in range(120):
        await officer.post(f"/staff/tickets/{number}/note", data={"text": f"メモ{at}番"})
    await officer.post(path(number), data=TAKEN)
    first = await officer.get(path(number))
    assert first.text.count('name="key"') == 100, "a form takes no more than a thousand fields"
    assert "122件のうち 1〜100" in text_of(first)
    form = {**await filled(officer, number, {f"n{at}": KEEP for at in range(120)}), "sheet": ["1"]}
    assert (await officer.post(path(number, "/decide"), data=form)).headers["location"] == path(number, "#saved")
    second = await officer.get(path(number, "?sheet=2"))
    assert second.text.count('name="key"') == 22
    assert "メモ119番" in second.text
    assert 'sheet=1">はじめの一つがある所へ' in second.text, "what is undecided is elsewhere"
