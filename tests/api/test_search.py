"""探す: two characters find, only what one may see is found, and the words stay out of addresses and the record."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from handoff.desk.search import find
from handoff.desk.staff import find as member_of
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Contact, Ticket
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired

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


async def test_reading_is_bounded_and_goes_on(store: Store) -> None:
    await hired(store, "coordinator")
    staff = await member_of(store, "taiki-coordinator")
    old = await opened(store, "むかしの家賃のこと")
    async with store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == old))).one()
        ticket.created_at -= timedelta(days=9)
    for _ in range(50):
        await opened(store, "介護のこと")
    async with store.reading("taiki") as session:
        first = await find(session, staff, "家賃", fields={}, most_read=10)
        assert (first.hits, first.read) == ((), 50)
        rest = await find(session, staff, "家賃", fields={}, before=first.before, most_read=10)
    assert [hit.ticket.number for hit in rest.hits] == [old]
    assert rest.hits[0].excerpt == "むかしの家賃のこと"


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


async def test_a_page_ends_after_its_hits_and_the_next_goes_on(officer: httpx.AsyncClient, store: Store) -> None:
    """More cases than a page shows, in one batch: none is lost between the pages."""
    staff = await member_of(store, "taiki-staff")
    for number in range(34):
        await opened(store, "家賃のこと")
        async with store.town("taiki") as session:
            newest = (await session.scalars(select(Ticket).order_by(Ticket.number.desc()).limit(1))).one()
            newest.created_at = newest.created_at + timedelta(minutes=number)
    async with store.reading("taiki") as session:
        first = await find(session, staff, "家賃", fields={})
        second = await find(session, staff, "家賃", fields={}, before=first.before)
    assert (len(first.hits), len(second.hits), second.before) == (30, 4, None)
    assert len({hit.ticket.number for hit in (*first.hits, *second.hits)}) == 34
