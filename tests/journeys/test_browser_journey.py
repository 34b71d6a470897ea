"""The main job as people see it, in Chromium through the real processes: a resident writes, an officer answers.

Each step leaves a picture in var/screenshots/. docs/images/chat.png is one of them: after a change of the page run this
test and `cp var/screenshots/journey-2-answer.png docs/images/chat.png` (≤ 200 kB).
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.browser.desk import OWN_PASSWORD, fill_in, hire
from tests.browser.talking import frame_of, write
from tests.journeys.house import House

pytestmark = pytest.mark.browser

STORY = "80歳の母の物忘れがひどくなって、火の消し忘れもあります。介護のことを相談したいです"
MORE = "夜も何度も起きてくるので、わたしも眠れていません"
ANSWER = "お手紙のように書いてくださってありがとうございます。明日10時にお電話します。"
WITHIN = 60_000
"""Milliseconds. The bot waits for a pause of the writer; the machine of the tests may be slow."""

Contexts = Callable[..., BrowserContext]
Shoot = Callable[[Page, str], None]


@pytest.fixture
def login(house: House) -> tuple[str, str]:
    """An officer's login and the one-time password on the slip of paper."""
    return "suzuki", hire(house, "suzuki", role="staff", window="taiki.koreisha")


def test_a_resident_writes_an_officer_answers_the_resident_reads(
    house: House, login: tuple[str, str], context: Contexts, shoot: Shoot
) -> None:
    desk = first_day(context().new_page(), house, login)
    before = desk.locator(".ticket").count()
    resident = context().new_page()
    chat = resident_asks(resident, house, shoot)
    expect(desk.locator(".ticket")).to_have_count(before + 1, timeout=WITHIN)  # without reload
    expect(desk.locator("#fresh")).to_have_text("新しい案件が 1 件届きました")
    expect(chat.get_by_text("職員に渡りました", exact=True)).to_have_count(1, timeout=WITHIN)
    expect(chat.locator("#passing")).to_contain_text("職員が順番に読みます")
    shoot(desk, "journey-3-list")
    officer_reads(desk)
    write(chat, MORE)
    expect(desk.locator(".message.resident", has_text=MORE)).to_be_visible(timeout=WITHIN)
    expect(desk.locator("#fresh")).to_have_text("住民から新しい発言が届きました")
    officer_is_called_away(desk, login[0], shoot)
    desk.get_by_role("button", name="返事を送る").click()
    expect(desk.locator(".message.staff")).to_contain_text(ANSWER)
    expect(desk.locator(".message.staff .delivery")).to_have_text("住民の画面に出しました")
    expect(desk.locator("#reply-text")).to_have_value("")
    shoot(desk, "journey-5-answered")
    desk.evaluate("scrollTo(0, 0)")
    shoot(desk, "journey-6-ticket")
    expect(chat.get_by_role("log")).to_contain_text(ANSWER, timeout=WITHIN)
    shoot(resident, "journey-7-read")
    assert "物忘れ" not in house.log()


def first_day(page: Page, house: House, login: tuple[str, str]) -> Page:
    """The real sign-in: one-time password, own password, the list."""
    page.goto(f"{house.url}/staff")
    fill_in(page, *login)
    page.get_by_label("いまのパスワード").fill(login[1])
    page.get_by_label("あたらしいパスワード").fill(OWN_PASSWORD)
    page.get_by_role("button", name="かえる").click()
    expect(page.get_by_role("heading", name="案件の一覧")).to_be_visible()
    return page


def resident_asks(page: Page, house: House, shoot: Shoot) -> FrameLocator:
    """From the town's page to an answer with a window card."""
    page.goto(f"{house.url}/demo/taiki")
    page.get_by_role("button", name="相談する").click()
    frame = frame_of(page)
    expect(frame.get_by_role("log")).to_contain_text("AIではなく")
    shoot(page, "journey-1-notice")
    write(frame, STORY)
    expect(frame.get_by_role("log")).to_contain_text("同じ話はくり返さなくていいです", timeout=WITHIN)
    expect(frame.get_by_role("link", name=re.compile("01558-6-2200"))).to_be_visible()
    frame.get_by_role("log").evaluate("(log) => log.scrollTo(0, log.scrollHeight)")
    shoot(page, "journey-2-answer")
    return frame


def officer_reads(page: Page) -> None:
    """The newest line that tells of this mother, opened."""
    line = page.locator(".ticket.unread", has_text="物忘れ").last
    expect(line).to_contain_text("期限")
    line.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("次にすること")
    marked = page.locator(".message.resident mark").all_inner_texts()
    assert any("物忘れ" in mark for mark in marked)
    assert "母" not in marked
    expect(page.locator("#summary")).to_contain_text("親 80歳")
    expect(page.locator("#summary")).to_contain_text("案内した先")


def officer_is_called_away(page: Page, login: str, shoot: Shoot) -> None:
    """A draft is written, the telephone rings, the officer logs out; the draft is there after the next sign-in."""
    page.locator("#reply-text").fill(ANSWER)
    expect(page.locator("#draft-state")).to_contain_text("下書きを保存しました")
    shoot(page, "journey-4-draft")
    number = page.url.rsplit("/", 1)[1]
    page.get_by_role("button", name="ログアウト").click()
    fill_in(page, login, OWN_PASSWORD)
    page.locator(f'a[href="/staff/tickets/{number}"]').click()
    expect(page.locator("#reply-text")).to_have_value(ANSWER)
    expect(page.locator("#draft-state")).to_have_text("書きかけの下書きです。まだ送っていません。")
