"""探す: two characters find, only what one may see is found, and the words stay out of addresses and the record."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from handoff.desk.search import Found, search
from handoff.desk.staff import find as member_of
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Contact, Message, Ticket
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.databases import at_noon

DANGER = "夫に殴られて虐待だと思います"


async def look(browser: httpx.AsyncClient, query: str) -> httpx.Response:
    return await browser.post("/staff/search", data={"query": query})


@pytest.mark.parametrize("query", ["家賃", "佐藤", "生活困窮", "taiki-2026-0001", "ＴＡＩＫＩ-2026-0001", "家賃 佐藤", "折り返し"])
async def test_words_names_numbers_fields_and_notes_are_found(
    officer: httpx.AsyncClient, store: Store, query: str
) -> None:
    number = await opened(store)
    await officer.post(f"/staff/tickets/{number}/note", data={"text": "午後に折り返し"})
    async with store.town("taiki") as session:
        for contact in await session.scalars(select(Contact)):
            contact.name = "佐藤花子"
    answer = await look(officer, query)
    assert answer.status_code == 200
    assert f'href="/staff/tickets/{number}"' in answer.text


@pytest.mark.parametrize("query", ["水道", "家賃 水道"])
async def test_what_does_not_stand_there_is_not_found(officer: httpx.AsyncClient, store: Store, query: str) -> None:
    await opened(store)
    assert "見つかりません。" in text_of(await look(officer, query))


async def test_other_windows_cases_and_restricted_ones_are_as_if_not_there(
    browser: httpx.AsyncClient, store: Store
) -> None:
    number = await opened(store, DANGER, crisis=("dv",), urgency="urgent")
    await opened(store)
    await sign_in(browser, await hired(store, "coordinator"))
    nothing, absent = await look(browser, "虐待"), await look(browser, "水道")
    assert nothing.text.replace("虐待", "水道") == absent.text
    assert number not in nothing.text
    await sign_in(browser, await hired(store, "staff", "taiki.kodomo"))
    assert "見つかりません。" in text_of(await look(browser, "家賃"))
    await sign_in(browser, await hired(store, "auditor"))
    assert (await look(browser, "家賃")).status_code == 403


async def test_who_has_a_restricted_case_finds_it(browser: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, DANGER, crisis=("dv",), urgency="urgent")
    login = await hired(store, "coordinator")
    member = await member_of(store, login)
    async with store.town("taiki") as session:
        (await session.scalars(select(Ticket).where(Ticket.number == number))).one().assignee_id = member.id
    await sign_in(browser, login)
    assert number in (await look(browser, "虐待")).text


@pytest.mark.parametrize("query", ["", "家", " ", "あ" * 101])
async def test_too_little_or_too_much_is_one_clear_line(officer: httpx.AsyncClient, query: str) -> None:
    answer = await look(officer, query)
    assert answer.status_code == 422
    assert "2文字から100文字" in text_of(answer)


async def pages(store: Store, query: str, **more: Any) -> list[Found]:
    """All portions of one page, looked for by somebody who sees the whole town."""
    staff = await member_of(store, "taiki-coordinator")
    return [found async for found in search(partial(store.reading, "taiki"), staff, query, fields={}, **more)]


async def dated(store: Store, *said: str) -> list[str]:
    """Cases, the newest first, a day apart; their numbers."""
    numbers = [await opened(store, words) for words in said]
    async with store.town("taiki") as session:
        for age, number in enumerate(numbers):
            ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
            ticket.created_at -= timedelta(days=age)
    return numbers


async def test_reading_is_bounded_and_goes_on(store: Store) -> None:
    await hired(store, "coordinator")
    *_, old = await dated(store, "介護のこと", "介護のこと", "介護のこと", "むかしの家賃のこと")
    (first,) = await pages(store, "家賃", most_read=3, portions=((3, 100),))
    assert (first.hits, first.read, first.ended) == ((), 3, True)
    (rest,) = await pages(store, "家賃", behind=first.behind, most_read=3, portions=((3, 100),))
    assert [(hit.number, hit.excerpt) for hit in rest.hits] == [(old, "むかしの家賃のこと")]
    assert (rest.ended, rest.behind) == (True, None)


async def test_what_is_found_comes_before_what_is_older_is_read(store: Store) -> None:
    await hired(store, "coordinator")
    new, _, old = await dated(store, "家賃のこと", "介護のこと", "家賃のこと")
    found = await pages(store, "家賃", portions=((1, 100),))
    assert [[hit.number for hit in one.hits] for one in found] == [[new], [], [old], []]
    assert [(one.read, one.ended) for one in found] == [(1, False), (2, False), (3, False), (3, True)]
    few = await pages(store, "家賃", portions=((50, 2),))  # as many cases as hold so many messages
    assert [one.read for one in few] == [2, 3]


async def test_cases_of_one_moment_are_not_lost_between_pages(store: Store) -> None:
    await hired(store, "coordinator")
    numbers = [await opened(store, "家賃のこと") for _ in range(3)]
    async with store.town("taiki") as session:
        for ticket in await session.scalars(select(Ticket)):
            ticket.created_at = at_noon()
    found = await pages(store, "家賃", portions=((1, 100),))
    assert sorted(hit.number for one in found for hit in one.hits) == sorted(numbers)


async def test_the_page_is_sent_as_it_is_found(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    pieces = await sent(officer, b"query=%E5%AE%B6%E8%B3%83")
    (at,) = [place for place, piece in enumerate(pieces) if number in piece]
    assert "見つかった案件" in pieces[0]
    assert 0 < at < len(pieces) - 1
    assert "1件" in "".join(pieces[at + 1:])
    assert "".join(pieces).count("</html>") == 1


async def test_a_page_that_cannot_be_read_to_its_end_says_so(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    async with store.town("taiki") as session:
        for message in await session.scalars(select(Message)):
            message.payload_sealed = (message.payload_sealed or b"")[:-1] + b"?"
    answer = await look(officer, "家賃")
    assert number not in answer.text
    assert "途中で読めなくなった" in text_of(answer)
    assert "見つかりません" not in text_of(answer)
    assert answer.text.rstrip().endswith("</html>")


async def test_what_was_erased_is_not_there_and_stops_nothing(officer: httpx.AsyncClient, store: Store) -> None:
    gone, number = await opened(store), await opened(store)
    async with store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == gone))).one()
        store.keys.destroy(ticket.data_key, now=at_noon())
    found = (await look(officer, "家賃")).text
    assert number in found
    assert gone not in found


@pytest.mark.parametrize("before", ["2026-11-21T12:00:00", "gestern"])
async def test_a_place_that_is_none_is_refused(officer: httpx.AsyncClient, before: str) -> None:
    answer = await officer.post("/staff/search", data={"query": "家賃", "before": before, "before_id": "x"})
    assert answer.status_code == 422


async def sent(browser: httpx.AsyncClient, body: bytes) -> list[str]:
    """The pieces in which the server sends the page; the client of the tests would put them together."""
    transport, pieces = browser._transport, []
    assert isinstance(transport, httpx.ASGITransport)
    request = browser.build_request(
        "POST", "/staff/search", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    whole = transport.app

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def keep(message: Any) -> None:
            if message["type"] == "http.response.body":
                pieces.append(message.get("body", b"").decode())
            await send(message)

        await whole(scope, receive, keep)

    answer = await httpx.ASGITransport(app=app).handle_async_request(request)
    assert answer.status_code == 200
    return pieces


async def test_that_somebody_searched_is_recorded_without_the_words(officer: httpx.AsyncClient, store: Store) -> None:
    await look(officer, "家賃")
    async with store.reading("taiki") as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "searched"))).one()
        assert entry.reason is None


@pytest.mark.parametrize(("words", "query"), [
    ('母に"出ていけ"と言われた', '"出ていけ"'), ("C:\\家計\\ノート", "家計\\"), ("ﾔﾁﾝが払えない", "ヤチン"), ("がﾞ家賃", "家賃"),
])
async def test_what_json_writes_otherwise_is_found_too(
    officer: httpx.AsyncClient, store: Store, words: str, query: str
) -> None:
    number = await opened(store, words)
    assert f'href="/staff/tickets/{number}"' in (await look(officer, query)).text


async def test_a_page_ends_after_its_hits_and_the_next_goes_on(browser: httpx.AsyncClient, store: Store) -> None:
    """More cases than a page shows, in one batch: none is lost between the pages."""
    await sign_in(browser, await hired(store, "coordinator"))
    numbers = await dated(store, *["家賃のこと"] * 34)
    (first,) = await pages(store, "家賃")
    (second,) = await pages(store, "家賃", behind=first.behind)
    assert (len(first.hits), len(second.hits), second.behind) == (30, 4, None)
    assert [hit.number for hit in (*first.hits, *second.hits)] == numbers
    page = (await look(browser, "家賃")).text
    assert "30件（つづきがあります）" in page
    more = dict(re.findall(r'name="(query|before|before_id)" value="([^"]+)"', page.split("30件")[1]))
    assert re.findall(r"/staff/tickets/(taiki-2026-\d+)", (await browser.post("/staff/search", data=more)).text) == numbers[30:]
