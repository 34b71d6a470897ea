"""Coming back by four words, and how to be reached, over HTTP: one answer for every wrong phrase, and not too many tries."""

import time

import httpx
import pytest
from sqlalchemy import select

from handoff.desk.summary import REACH_UNKNOWN
from handoff.intake import safety
from handoff.store.db import Store
from handoff.store.models import Conversation, Ticket
from tests.api.conftest import opened as ticket_opened
from tests.api.conftest import sign_in
from tests.api.test_chat import OWN, client, is_problem, message, opened
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.browser.serving import make_app, make_services, settings
from tests.databases import at_noon

__all__ = ["client"]
WRONG = ["さくら・つくえ・みかん・でんしゃ", "", "x" * 200, "さくら", "' OR 1=1 --", "\u0000"]


async def made(client: httpx.AsyncClient, base: str, headers: dict[str, str]) -> str:
    answer = await client.post(f"{base}/phrase", headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["phrase"])


async def comes_back(client: httpx.AsyncClient, phrase: str, town: str = "taiki") -> httpx.Response:
    return await client.post(f"/api/chat/{town}/resume", json={"phrase": phrase})


async def test_four_words_open_it_on_another_device(client: httpx.AsyncClient) -> None:
    base, headers = await opened(client)
    await client.post(f"{base}/messages", json=message("夫になぐられました"), headers=headers)
    phrase = await made(client, base, headers)
    answer = await comes_back(client, phrase.replace("・", "　"))
    assert answer.status_code == 200
    again = answer.json()
    assert base.endswith(again["conversation"])
    thread = await client.get(f"{base}/messages", headers={"Authorization": f"Bearer {again['token']}"})
    assert thread.json()["messages"][-1]["text"] == "夫になぐられました", "nothing has to be told again"
    assert is_problem(await client.get(f"{base}/messages", headers=headers), 401)


@pytest.mark.parametrize("phrase", WRONG)
async def test_every_wrong_phrase_gets_the_same_answer(client: httpx.AsyncClient, phrase: str) -> None:
    base, headers = await opened(client)
    await made(client, base, headers)
    answer = await comes_back(client, phrase)
    assert is_problem(answer, 404)
    assert answer.json()["title"] == "No such phrase"


async def test_a_wrong_phrase_takes_as_long_as_an_ended_one(client: httpx.AsyncClient) -> None:
    base, headers = await opened(client)
    phrase = await made(client, base, headers)
    assert (await client.delete(f"{base}/phrase", headers=headers)).status_code == 204
    assert (await client.delete(f"{base}/phrase", headers=headers)).status_code == 204

    async def fastest(typed: str) -> float:
        taken = []
        for _ in range(4):
            began = time.perf_counter()
            assert (await comes_back(client, typed)).status_code == 404
            taken.append(time.perf_counter() - began)
        return min(taken)

    ended, wrong, none = await fastest(phrase), await fastest(WRONG[0]), await fastest("")
    assert max(ended, wrong, none) < 3 * min(ended, wrong, none), "the slow hash is always computed"


async def test_a_phrase_opens_in_its_own_town_only(client: httpx.AsyncClient) -> None:
    base, headers = await opened(client)
    phrase = await made(client, base, headers)
    assert is_problem(await comes_back(client, phrase, "itoman"), 404)
    assert is_problem(await comes_back(client, phrase, "nowhere"), 404)
    assert (await comes_back(client, phrase)).status_code == 200


async def test_a_new_phrase_ends_the_one_before(client: httpx.AsyncClient) -> None:
    base, headers = await opened(client)
    first, second = await made(client, base, headers), await made(client, base, headers)
    assert first != second
    assert is_problem(await comes_back(client, first), 404)
    assert (await comes_back(client, second)).status_code == 200


async def test_only_who_has_the_token_makes_one(client: httpx.AsyncClient) -> None:
    base, _ = await opened(client)
    for method, path in (("POST", "phrase"), ("DELETE", "phrase"), ("GET", "contact"), ("PUT", "contact")):
        assert is_problem(await client.request(method, f"{base}/{path}", json={}), 401)


async def test_somebody_who_guesses_is_stopped(store: Store) -> None:
    app = make_app(make_services(store, settings(public_url=OWN, rate_limits="on"), at_noon))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=OWN) as client:
        statuses = [(await comes_back(client, WRONG[0])).status_code for _ in range(6)]
    assert statuses == [404] * 5 + [429]


async def test_a_wish_is_kept_and_put_anew(client: httpx.AsyncClient) -> None:
    base, headers = await opened(client)
    assert (await client.get(f"{base}/contact", headers=headers)).json()["told"] == ""
    body = {"quiet": ["night"], "hide_from": [" 夫 ", ""], "avoid": ["telephone"]}
    answer = await client.put(f"{base}/contact", json=body, headers=headers)
    assert answer.json()["told"] == "夜（17:00〜8:00）は送らない、電話はしない、夫に知られないように"
    assert (await client.get(f"{base}/contact", headers=headers)).json() == answer.json()
    hidden = await client.put(f"{base}/contact", json={"known_staff": True}, headers=headers)
    assert (hidden.json()["known_staff"], hidden.json()["told"]) == (True, "知り合いの職員には見せない")
    assert (await client.put(f"{base}/contact", json={}, headers=headers)).json()["told"] == ""


async def test_hiding_from_somebody_ends_only_with_their_name(client: httpx.AsyncClient, store: Store) -> None:
    """It was told in the talk, and no form asks for it."""
    base, headers = await opened(client)
    async with store.town("taiki") as session:
        conversation = (await session.scalars(select(Conversation))).one()
        await safety.keep(session, conversation, safety.Wish(hide_from=("夫",), hides=True), now=at_noon())

    async def hides() -> bool:
        async with store.reading("taiki") as session:
            return (await safety.wish_of(session, conversation.id)).hides

    await client.put(f"{base}/contact", json={"quiet": ["night"], "hide_from": ["夫"]}, headers=headers)
    assert await hides()
    await client.put(f"{base}/contact", json={"quiet": ["night"]}, headers=headers)
    assert not await hides()


@pytest.mark.parametrize("body", [
    {"quiet": ["always"]}, {"quiet": "night"}, {"avoid": ["pigeon"]}, {"hide_from": ["x" * 41]}, {"hide_from": ["a\nb"]},
    {"hide_from": ["a"] * 6}, {"other": 1}, [], None,
])
async def test_an_odd_wish_is_refused(client: httpx.AsyncClient, body: object) -> None:
    base, headers = await opened(client)
    assert is_problem(await client.put(f"{base}/contact", json=body, headers=headers), 422)


async def test_staff_see_it_at_the_top(browser: httpx.AsyncClient, store: Store) -> None:
    number = await ticket_opened(store)
    await sign_in(browser, await hired(store, "coordinator"))
    page = f"/staff/tickets/{number}"
    assert "連絡のしかた" not in text_of(await browser.get(page))
    async with store.town("taiki") as session:
        row = (await session.scalars(select(Ticket))).one()
        row.restricted = True
    unasked = text_of(await browser.get(page))
    assert "連絡のしかた: まだ聞いていません" in unasked
    assert REACH_UNKNOWN in unasked
    async with store.town("taiki") as session:
        conversation = (await session.scalars(select(Conversation))).one()
        await safety.keep(session, conversation, safety.Wish(only_answers=True), now=at_noon())
    assert "連絡のしかた: 本人から書いたときだけ" in text_of(await browser.get(page))
    assert REACH_UNKNOWN not in text_of(await browser.get(page)), "what they have said is not asked again"
    assert "連絡のしかた: 本人から書いたときだけ" in text_of(await browser.get(f"{page}/messages"))
