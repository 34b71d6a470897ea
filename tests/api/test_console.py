"""The staff console over HTTP: signing in, sessions that end, and the list of tickets."""

import asyncio
import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from sqlalchemy import delete, select

from api.routes.console_login import verifier
from handoff.desk.passwords import verify_password
from handoff.desk.sessions import IDLE, PER_LOGIN
from handoff.intake import accounts
from handoff.store.db import Store
from handoff.store.models import StaffSession
from tests.api.conftest import Clock, opened, sign_in
from tests.api.test_staff_api import WORDS, hired
from tests.databases import at_noon
from tests.handoff.desk.conftest import PASSWORD

NEW_PASSWORD = "yama-no-kaze-wa-suzushii"
SCRIPT = {"Accept": "application/json"}
POLLED = ("/staff/pulse", "/staff/rows", "/staff/tickets/{number}/messages")


def text_of(answer: httpx.Response) -> str:
    """What the page says, without its tags and titles."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", re.sub(r"</(p|span|li|h1|h2|dt|dd)>", " ", answer.text))).split())


async def test_the_form_says_the_same_of_a_wrong_login_and_a_wrong_password(
    browser: httpx.AsyncClient, store: Store
) -> None:
    login = await hired(store, "staff")
    shown = [await sign_in(browser, login, "wrong-wrong-wrong"), await sign_in(browser, "nobody", PASSWORD)]
    for answer in shown:
        assert answer.status_code == 401
        assert "ログイン名かパスワードがちがいます。" in text_of(answer)
        assert "set-cookie" not in answer.headers
        assert PASSWORD not in answer.text
    assert shown[0].text.replace(login, "nobody") == shown[1].text
    assert verifier() is verify_password, "what the tests ask once stands in for argon2id itself"


async def test_too_many_tries_lock_a_login_for_a_while(browser: httpx.AsyncClient, store: Store, clock: Clock) -> None:
    login = await hired(store, "staff")
    for _ in range(PER_LOGIN[0]):
        await sign_in(browser, login, "wrong-wrong-wrong")
    answer = await sign_in(browser, login)
    assert answer.status_code == 429
    assert "30分ほど待つか" in text_of(answer)
    clock.now += PER_LOGIN[1] + timedelta(seconds=1)
    assert (await sign_in(browser, login)).status_code == 303


async def test_without_a_session_pages_lead_to_the_form_and_scripts_get_401(browser: httpx.AsyncClient) -> None:
    for path in ("/staff/tickets", "/staff/tickets/taiki-2026-0001"):
        answer = await browser.get(path)
        assert answer.status_code == 303
        assert unquote(answer.headers["location"]) == f"/staff/login?next={path}"
    assert (await browser.get("/staff/password")).headers["location"] == "/staff/login"
    written = await browser.post("/staff/tickets/taiki-2026-0001/reply", data={"text": "x"})
    assert written.headers["location"] == "/staff/login"
    for path in ("/staff/tickets", *POLLED):
        answer = await browser.get(path.format(number="taiki-2026-0001"), headers=SCRIPT)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(
    ("asked", "to"),
    [
        ("/staff/tickets/taiki-2026-0001", "/staff/tickets/taiki-2026-0001"),
        ("https://evil.example/", "/staff/tickets"), ("//evil.example/staff/tickets", "/staff/tickets"),
        ("/staff/tickets/../../evil", "/staff/tickets"), ("/staff/tickets\nSet-Cookie: a=b", "/staff/tickets"),
        ("/staff/tickets/家賃", "/staff/tickets"), ("", "/staff/tickets"),
    ],
)
async def test_a_login_leads_back_to_pages_of_the_console_only(
    browser: httpx.AsyncClient, store: Store, asked: str, to: str
) -> None:
    form = await browser.get("/staff/login", params={"next": asked})
    assert f'name="next" value="{to}"' in form.text
    answer = await sign_in(browser, await hired(store, "staff"), next=asked)
    assert (answer.status_code, answer.headers["location"]) == (303, to)


async def test_a_one_time_password_has_to_be_changed_first(browser: httpx.AsyncClient, store: Store) -> None:
    login = await hired(store, "staff", must_change=True)
    await sign_in(browser, login)
    assert (await browser.get("/staff/tickets")).headers["location"] == "/staff/password"
    assert "はじめに、自分だけが知るパスワードを決めてください。" in text_of(await browser.get("/staff/password"))
    weak = await browser.post("/staff/password", data={"old": PASSWORD, "new": "short"})
    wrong = await browser.post("/staff/password", data={"old": "wrong-wrong-wrong", "new": NEW_PASSWORD})
    assert (weak.status_code, wrong.status_code) == (422, 422)
    assert "いまのパスワードがちがいます。" in text_of(wrong)
    done = await browser.post("/staff/password", data={"old": PASSWORD, "new": NEW_PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/staff/tickets")
    assert (await browser.get("/staff/tickets")).status_code == 200
    assert (await sign_in(browser, login)).status_code == 401
    assert (await sign_in(browser, login, NEW_PASSWORD)).status_code == 303


async def test_after_logging_out_nothing_opens(officer: httpx.AsyncClient) -> None:
    kept = dict(officer.cookies)
    answer = await officer.post("/staff/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/login")
    assert "storage" in answer.headers["clear-site-data"]
    officer.cookies.update(kept)
    assert (await officer.get("/staff/tickets")).status_code == 303


async def test_an_open_page_alone_does_not_keep_a_session_alive(
    officer: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    number, began = await opened(store), clock.now
    for _ in range(5):
        clock.now += timedelta(minutes=5)
        for path in POLLED:
            assert (await officer.get(path.format(number=number))).status_code == 200
    async with store.reading("taiki") as session:
        assert list(await session.scalars(select(StaffSession.seen_at))) == [began]
    clock.now = began + IDLE
    for path in POLLED:
        assert (await officer.get(path.format(number=number), headers=SCRIPT)).status_code == 401, path


@pytest.mark.parametrize("use", ["reading", "writing"])
async def test_work_keeps_a_session_alive(officer: httpx.AsyncClient, store: Store, clock: Clock, use: str) -> None:
    number = await opened(store)
    for _ in range(4):
        clock.now += IDLE - timedelta(minutes=1)
        if use == "reading":
            assert (await officer.get("/staff/tickets")).status_code == 200
        else:
            assert (await officer.post(f"/staff/tickets/{number}/draft", data={"text": "明日"})).status_code == 200


async def test_a_waiting_page_hears_within_seconds_that_its_session_has_ended(
    officer: httpx.AsyncClient, store: Store
) -> None:
    waiting = asyncio.create_task(officer.get("/staff/pulse?after=10000", headers=SCRIPT))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    async with store.town("taiki") as session:
        await session.execute(delete(StaffSession))  # as a logout in another window does
    assert (await asyncio.wait_for(waiting, 6)).status_code == 401


async def test_a_waiting_page_hears_at_once_of_a_new_ticket(officer: httpx.AsyncClient, store: Store) -> None:
    waiting = asyncio.create_task(officer.get("/staff/pulse?after=0", headers=SCRIPT))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await opened(store)
    assert (await asyncio.wait_for(waiting, 2)).json()["sequence"] > 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"rent", "danger", "mine"}), ("?queue=mine", {"mine"}), ("?queue=unassigned", {"rent", "danger"}),
        ("?queue=crisis", {"danger"}), ("?queue=coordinator", {"danger"}), ("?queue=resolved", {"done"}),
        ("?urgency=normal", {"rent", "mine"}), ("?queue=all&window=&urgency=", {"rent", "danger", "mine"}),
        ("?window=taiki.fukushi", {"rent", "danger", "mine"}), ("?window=taiki.kodomo", set()),
    ],
)
async def test_filters(officer: httpx.AsyncClient, store: Store, query: str, found: set[str]) -> None:
    numbers = {
        "rent": await opened(store), "danger": await opened(store, urgency="urgent", complex=True),
        "mine": await opened(store), "done": await opened(store),
    }
    await officer.post(f"/staff/tickets/{numbers['mine']}/reply", data={"text": "明日10時に"})
    await officer.post(f"/staff/tickets/{numbers['done']}/resolve", data={"outcome": "informed"})
    for path in ("/staff/tickets", "/staff/rows"):
        answer = await officer.get(path + query)
        listed = set(re.findall(r'href="/staff/tickets/(taiki-[0-9-]+)"', answer.text))
        assert listed == {numbers[name] for name in found}, path


@pytest.mark.parametrize("query", ["?queue=nothing", "?urgency=soon", "?window=" + "x" * 200])
async def test_a_filter_that_does_not_exist_is_a_page_that_leads_back(officer: httpx.AsyncClient, query: str) -> None:
    answer = await officer.get(f"/staff/tickets{query}")
    assert answer.status_code == 422
    assert "入力に足りないところか" in text_of(answer)
    assert 'href="/staff/tickets"' in answer.text


async def test_a_line_says_what_by_when_for_whom_and_in_whose_words(
    officer: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    await opened(store, urgency="urgent", about=("self",))
    said = text_of(await officer.get("/staff/rows"))
    assert said.count("福祉係からこの会話に返信する") == 1, "the next step stands there once"
    for piece in ("1件（未読 1件）", "期限 11月24日（火） 朝いちばん（8:30）", "返事がまだです", "書いた人", WORDS, "担当 なし"):
        assert piece in said
    clock.now += timedelta(days=2, hours=12)  # Tuesday
    await sign_in(officer, "taiki-staff")
    assert "期限 今日 朝いちばん（8:30）" in text_of(await officer.get("/staff/tickets"))
    clock.now += timedelta(hours=10)
    await sign_in(officer, "taiki-staff")
    late = "期限を[0-9]+(分|時間|日)すぎています 返事がまだです（待ち [0-9]+(分|時間|日)）"
    assert re.search(late, text_of(await officer.get("/staff/tickets")))


async def test_an_auditor_sees_that_there_is_nothing_to_read(browser: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    await sign_in(browser, await hired(store, "auditor"))
    listed = await browser.get("/staff/tickets")
    assert listed.status_code == 200
    assert "監査の役割では" in text_of(listed)
    assert "/staff/log" in listed.text
    assert "しぼる" not in text_of(listed), "nothing to choose among"
    assert WORDS not in listed.text
    refused = await browser.get(f"/staff/tickets/{number}")
    assert refused.status_code == 403
    assert "あなたの役割では使えません" in text_of(refused)


async def test_who_runs_the_town_without_a_window_is_not_told_that_nothing_has_come(browser: httpx.AsyncClient, store: Store) -> None:
    await opened(store)
    await sign_in(browser, await hired(store, "admin"))
    listed = text_of(await browser.get("/staff/tickets"))
    assert "どの窓口にも入っていない" in listed
    assert "案件はありません" not in listed


async def test_an_empty_list_says_so(officer: httpx.AsyncClient) -> None:
    assert "いま、案件はありません。" in text_of(await officer.get("/staff/tickets"))
    assert "この条件の案件はありません。" in text_of(await officer.get("/staff/tickets?queue=mine"))


async def test_who_runs_the_town_is_told_when_line_stands_still(browser: httpx.AsyncClient, store: Store) -> None:
    async with store.town("taiki") as session:
        account = await accounts.add(
            session, municipality_id="taiki", kind="line", mode="entrance", credentials={"token": "t"}, now=at_noon()
        )
        account.pause_reason, account.quota_limit, account.quota_used = "unauthorised", 200, 170
    await sign_in(browser, await hired(store, "admin"))
    told = (await browser.get("/staff/tickets")).text
    assert "鍵を受けつけません" in told
    assert "170／200" in told
    await browser.post("/staff/logout")
    await sign_in(browser, await hired(store, "staff", "taiki.fukushi"))
    assert "170／200" not in (await browser.get("/staff/tickets")).text


async def test_a_tickets_page_is_woken_by_what_concerns_it_alone(officer: httpx.AsyncClient, store: Store) -> None:
    mine, other = await opened(store), await opened(store, "母の介護のことです")

    async def asked(after: int, number: str) -> dict[str, Any]:
        answer = await asyncio.wait_for(officer.get(f"/staff/pulse?after={after}&ticket={number}", headers=SCRIPT), 5)
        return dict(answer.json())

    now = (await asked(0, mine))["sequence"]
    waiting = asyncio.create_task(officer.get(f"/staff/pulse?after={now}&ticket={mine}", headers=SCRIPT))
    await officer.post(f"/staff/tickets/{other}/note", data={"text": "となりの案件"})
    await asyncio.sleep(0.05)
    assert not waiting.done(), "what happens elsewhere wakes nobody"
    assert (await asked(now, other))["changed"] is True
    await officer.post(f"/staff/tickets/{mine}/note", data={"text": "この案件"})
    found = (await asyncio.wait_for(waiting, 5)).json()
    assert found["changed"] is True
    assert (await asked(now, "taiki-2026-9999"))["changed"] is True, "one that is not theirs is answered like the whole town"
    for_town = await officer.get(f"/staff/pulse?after={now}", headers=SCRIPT)
    assert for_town.json() == {"sequence": found["sequence"], "changed": True}
