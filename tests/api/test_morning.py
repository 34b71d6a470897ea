"""朝の一覧 over HTTP: what came while closed, the gravest first, honest about who has read it, nothing of what is restricted."""

from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import select

from handoff.store.db import Store
from handoff.store.models import NightAlarm, StaffMember, Ticket
from tests.api.conftest import Clock, opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from tests.handoff.desk.conftest import conversation_of

TUESDAY = datetime(2026, 11, 23, 23, 10, tzinfo=UTC)
"""8:10 in Japan on the first working day after the long weekend."""


async def change(store: Store, number: str, **values: object) -> None:
    async with store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        for name, value in values.items():
            setattr(ticket, name, value)


async def test_the_gravest_first_with_what_they_wrote_and_who_has_read_it(
    officer: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    mild = await opened(store, "家賃が払えません。")
    grave = await opened(store, "もうむり。薬ぜんぶ出した", urgency="emergency", crisis=("suicide",))
    clock.now = TUESDAY
    await sign_in(officer, await hired(store, "coordinator"))
    page = text_of(await officer.get("/staff/morning"))
    assert "11月20日（金） 17:15から11月24日（火） 8:10まで" in page
    assert "いますぐ 1件・急ぎ 0件・ふつう 1件" in page
    assert page.index(grave) < page.index(mild)
    assert "もうむり。薬ぜんぶ出した" in page
    assert page.count("まだだれも読んでいません") == 2
    assert "夜間の体制は登録されていません。だれも読んでいないものとして見てください" in page, "the pack does not say"
    await officer.get(f"/staff/tickets/{mild}")
    page = text_of(await officer.get("/staff/morning"))
    assert (page.count("開いた人がいます"), page.count("まだだれも読んでいません")) == (1, 1)


async def test_a_restricted_matter_shows_no_word(officer: httpx.AsyncClient, store: Store, clock: Clock) -> None:
    number = await opened(store, "夫になぐられました", crisis=("dv",), urgency="urgent")
    clock.now = TUESDAY
    await sign_in(officer, "taiki-staff")
    page = text_of(await officer.get("/staff/morning"))
    assert number in page
    for word in ("なぐられ", "暴力", "DV", "夫"):
        assert word not in page.split("届いたもの（")[1]


async def test_others_tickets_are_not_on_it(officer: httpx.AsyncClient, store: Store, clock: Clock) -> None:
    number = await opened(store, "母の介護のことで", fields=("elderly",))
    clock.now = TUESDAY
    await sign_in(officer, "taiki-staff")
    assert number not in (await officer.get("/staff/morning")).text
    assert "届いたものはありません" in text_of(await officer.get("/staff/morning?window=taiki.koreisha"))


async def test_what_is_due_and_what_is_late(officer: httpx.AsyncClient, store: Store, clock: Clock) -> None:
    due, late = await opened(store, "あとで連絡する人"), await opened(store, "待っている人")
    ended = await opened(store, "終わった人")
    await change(store, due, follow_up_at=datetime(2026, 11, 29, 15, tzinfo=UTC), first_answer_at=at_noon(), last_staff_at=at_noon())
    await change(store, late, due_at=at_noon() + timedelta(days=3))
    await change(store, ended, follow_up_at=at_noon(), status="resolved", outcome="not_wanted", resolved_at=at_noon())
    clock.now = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    await sign_in(officer, "taiki-staff")
    page = text_of(await officer.get("/staff/morning"))
    assert "届いたもの（0件）" in page
    due_part = page.split("連絡する日が来たもの（")[1].split("期限をすぎて")[0]
    assert due in due_part
    assert ended in due_part, "つながり続ける: the date counts after the end, too"
    assert late in page.split("期限をすぎて")[1]
    assert due not in page.split("期限をすぎて")[1]


async def test_what_came_while_open_is_no_news_of_the_night(
    officer: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    await opened(store)
    clock.now = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    await sign_in(officer, "taiki-staff")
    assert "11月24日（火） 8:30まで" in text_of(await officer.get("/staff/morning"))
    clock.now = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    await sign_in(officer, "taiki-staff")
    assert "届いたもの（0件）" in text_of(await officer.get("/staff/morning"))


async def test_an_auditor_sees_no_words_and_the_coordinator_how_many_needed_nobody(
    browser: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    await opened(store)
    await sign_in(browser, await hired(store, "auditor"))
    assert (await browser.get("/staff/morning")).status_code == 403
    await conversation_of(store, "ごみの日はいつですか", now=at_noon())
    clock.now = TUESDAY
    await sign_in(browser, await hired(store, "coordinator"))
    assert "職員に渡らずに終わった会話 1件" in text_of(await browser.get("/staff/morning"))


async def test_who_took_the_nights_call_and_when_stands_on_it(
    officer: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    await opened(store, "もうむり", urgency="emergency", crisis=("suicide",))
    taken_at = at_noon() + timedelta(minutes=4)
    async with store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket))).one()
        member = (await session.scalars(select(StaffMember))).one()
        session.add(NightAlarm(
            ticket_id=ticket.id, urgency="emergency", state="acknowledged", due_at=at_noon(), ended_at=taken_at,
            acknowledged_by=member.id,
        ))
    clock.now = TUESDAY
    await sign_in(officer, "taiki-staff")
    page = text_of(await officer.get("/staff/morning"))
    assert "11月21日（土） 12:04にtaiki-staffが知らせを受けました" in page
    assert "まだだれも読んでいません" not in page


async def test_an_open_list_is_fetched_again_without_its_frame_and_without_keeping_the_session_alive(
    officer: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    page = await officer.get("/staff/morning?window=taiki.fukushi")
    assert 'data-from="/staff/morning/rows"' in page.text
    number = await opened(store, "家賃が払えません")
    clock.now += timedelta(minutes=1)
    rows = await officer.get("/staff/morning/rows?window=taiki.fukushi")
    assert number in rows.text
    assert "<html" not in rows.text
    assert number not in (await officer.get("/staff/morning/rows?window=taiki.koreisha")).text
    for _ in range(4):
        clock.now += timedelta(minutes=9)
        last = await officer.get("/staff/morning/rows")
    assert last.status_code in (303, 401), "a page that asks by itself is nobody at work"
