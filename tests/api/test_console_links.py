"""Other systems over HTTP: keys with scopes, webhooks, the own mail and calendar, the record for auditors."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from icalendar import Calendar
from sqlalchemy import select

from handoff.notices import calendars
from handoff.notices.calendars import Line
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import StaffToken, WebhookDelivery
from tests.api.conftest import Clock, opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from tests.whole import knowledge

API = {"Accept": "application/json"}


@pytest_asyncio.fixture
async def admin(browser: httpx.AsyncClient, store: Store) -> httpx.AsyncClient:
    await sign_in(browser, await hired(store, "admin", "taiki.fukushi"))
    return browser


def shown(page: httpx.Response) -> str:
    """What stands in the one read-only box."""
    return page.text.split('readonly value="')[1].split('"')[0]


async def test_a_key_with_scopes_does_what_it_says_and_nothing_else(
    admin: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    number = await opened(store)
    data = {"name": "kintone", "scopes": ["tickets:read"]}
    key = shown(await admin.post("/staff/links/tokens", data=data))
    assert key not in (await admin.get("/staff/links")).text, "shown once"
    bearer = {**API, "Authorization": f"Bearer {key}"}
    admin.cookies.clear()
    for method, path, status in (
        ("GET", "/api/staff/tickets", 200), ("GET", f"/api/staff/tickets/{number}", 200), ("GET", "/api/staff/figures", 403),
        ("POST", f"/api/staff/tickets/{number}/replies", 403), ("GET", "/staff/tickets", 403), ("GET", "/staff/log", 403),
        ("GET", "/staff/links", 403),
    ):
        answer = await admin.request(method, path, headers=bearer, json={"text": "はい"} if method == "POST" else None)
        assert answer.status_code == status, path
        if status == 403 and path == "/api/staff/figures":
            assert answer.json()["detail"].endswith("an admin makes keys at /staff/links"), "a page that there is"
    async with store.reading("taiki") as session:
        row = (await session.scalars(select(StaffToken))).one()
        assert (row.name, row.used_at) == ("kintone", clock.now)
        assert key.encode() not in row.token_hash
    await sign_in(admin, "taiki-admin")
    assert (await admin.post(f"/staff/links/tokens/{row.id}/revoke")).status_code == 303
    assert (await admin.post(f"/staff/links/tokens/{row.id}/revoke")).status_code == 404
    admin.cookies.clear()
    assert (await admin.get("/api/staff/tickets", headers=bearer)).status_code == 401


@pytest.mark.parametrize("data", [
    {"name": "", "scopes": ["tickets:read"]}, {"name": "x"}, {"name": "x", "scopes": ["everything"]},
    {"name": "x" * 61, "scopes": ["tickets:read"]},
])
async def test_bad_keys_are_refused(admin: httpx.AsyncClient, data: dict[str, str]) -> None:
    assert (await admin.post("/staff/links/tokens", data=data)).status_code == 422


async def test_webhooks_are_added_logged_sent_again_and_removed(admin: httpx.AsyncClient, store: Store) -> None:
    for url, status in (("http://example.jp/", 422), ("https://10.0.0.1/", 422), ("https://hooks.example.jp/tsunagu", 200)):
        data = {"name": "kintone", "url": url, "kinds": ["ticket.opened"]}
        answer = await admin.post("/staff/links/webhooks", data=data)
        assert answer.status_code == status
    assert shown(answer).startswith("whsec_")
    page = await admin.get("/staff/links")
    assert "hooks.example.jp" in page.text
    assert "hooks.example.jp/tsunagu" not in page.text, "the rest may be a secret"
    endpoint = page.text.split("/staff/links/webhooks/")[1].split("/")[0]
    async with store.town("taiki") as session:
        row = WebhookDelivery(
            id=new_id(at_noon()), municipality_id="taiki", created_at=at_noon(), endpoint_id=UUID(endpoint),
            event_sequence=1, kind="ticket.opened", number="taiki-2026-0001", at=at_noon(), status="failed", attempts=10,
            due_at=at_noon(), error="timeout",
        )
        session.add(row)
    assert "10秒待っても答えがありません" in text_of(await admin.get("/staff/links"))
    assert (await admin.post(f"/staff/links/deliveries/{row.id}/again")).status_code == 303
    assert "送信待ち" in text_of(await admin.get("/staff/links"))
    assert (await admin.post(f"/staff/links/webhooks/{endpoint}/remove")).status_code == 303
    assert "hooks.example.jp" not in (await admin.get("/staff/links")).text


async def test_own_mail_is_asked_for_and_given_up(officer: httpx.AsyncClient) -> None:
    for to, kinds, status in (("me@example.jp", [], 422), ("nonsense", ["new"], 422), ("me@example.jp", ["new"], 303)):
        assert (await officer.post("/staff/own/mail", data={"to": to, "kinds": kinds})).status_code == status
    assert 'value="me@example.jp"' in (await officer.get("/staff/own")).text
    assert (await officer.post("/staff/own/mail", data={"to": ""})).status_code == 303
    assert "me@example.jp" not in (await officer.get("/staff/own")).text


async def test_the_calendar_has_a_secret_address_that_can_be_revoked(officer: httpx.AsyncClient) -> None:
    first = shown(await officer.post("/staff/own/calendar"))
    path = "/calendar/" + first.rpartition("/")[2]
    officer.cookies.clear()
    answer = await officer.get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert Calendar.from_ical(answer.content)["x-wr-calname"] == "大樹町 会議"
    await sign_in(officer, "taiki-staff")
    second = shown(await officer.post("/staff/own/calendar"))
    assert (await officer.get(path)).status_code == 404, "a new address ends the old one"
    await officer.post("/staff/own/calendar/close")
    assert (await officer.get("/calendar/" + second.rpartition("/")[2])).status_code == 404
    assert (await officer.get("/calendar/taiki.short.ics")).status_code == 404


def test_a_calendar_holds_the_meetings_name_and_time_alone() -> None:
    town, now = knowledge().towns["taiki"], at_noon()
    midnight = now.replace(hour=15)  # 00:00 in Japan
    lines = [Line(new_id(now), "重層的支援会議", midnight, "called", now),
             Line(new_id(now), "支援会議, 特別; 回", now + timedelta(days=1), "called_off", now)]
    file = calendars.written(lines, town, site="https://soudan.example.jp", now=now)
    whole, timed = Calendar.from_ical(file).walk("VEVENT")
    assert whole["summary"] == "重層的支援会議"
    assert whole.decoded("dtstart").isoformat() == "2026-11-22"
    assert (timed["summary"], timed["status"]) == ("支援会議, 特別; 回", "CANCELLED")
    assert timed.decoded("dtstart") == now + timedelta(days=1)
    assert {name for name, _ in whole.property_items(recursive=False)} - {"BEGIN", "END"} == {
        "UID", "DTSTAMP", "CREATED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "STATUS", "CLASS", "URL",
    }
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))


async def test_auditors_read_who_did_what_and_nothing_of_it(browser: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    await sign_in(browser, await hired(store, "staff", "taiki.fukushi"))
    await browser.get(f"/staff/tickets/{number}")
    await browser.post(f"/staff/tickets/{number}/move", data={"window": "taiki.kodomo", "reason": "ひみつの理由"})
    await sign_in(browser, await hired(store, "auditor"))
    page = text_of(await browser.get("/staff/log"))
    for piece in ("taiki-staff 案件をひらいた", "引き継ぎを相談した", number, "ログインした"):
        assert piece in page, piece
    assert "ひみつの理由" not in page
    reads = text_of(await browser.get("/staff/log?group=read"))
    assert "案件をひらいた" in reads
    assert "taiki-staff 引き継ぎを相談した" not in reads
    assert "この条件の記録はありません" in text_of(await browser.get("/staff/log?since=2027-01-01"))
    assert "この条件の記録はありません" in text_of(await browser.get(f"/staff/log?number={number}&login=taiki-auditor"))
    file = await browser.get(f"/staff/log/file?number={number}")
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert "案件をひらいた" in file.text
    assert "操作記録を書き出した" in text_of(await browser.get("/staff/log?group=out"))
    assert "件の記録がつながっています" in text_of(await browser.post("/staff/log/check"))
    assert (await browser.get(f"/staff/tickets/{number}")).status_code == 403
