"""An officer changes a telephone in the console; the next resident's card has it, with no restart; and back again.

Through the real processes, in Chromium: with scripts and without, by keyboard, on 320 pixels, axe finding nothing.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.desk import Account, first_day, hire, sign_in
from tests.browser.talking import frame_of, write
from tests.browser.test_console import FITS, SMALL, violations
from tests.journeys.house import House
from tests.journeys.test_browser_journey import STORY, WITHIN

pytestmark = pytest.mark.browser
OLD, NEW = "01558-6-2200", "01558-6-9999"
NARROW = {"width": 320, "height": 640}

Contexts = Callable[..., BrowserContext]
Shoot = Callable[[Page, str], None]


@pytest.fixture
def house(houses: Callable[[str], House]) -> House:
    return houses("sqlite")


@pytest.fixture
def admin(house: House) -> Account:
    account = Account("henshu")
    with first_day(house, account, hire(house, account.login, role="admin")):
        return account


def sound(page: Page) -> None:
    """What a machine sees of accessibility, on a desk and on a small telephone."""
    assert violations(page) == []
    before = page.viewport_size
    assert before is not None
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert page.evaluate(FITS), page.url
    assert [one for one in page.evaluate(SMALL) if "checkbox" not in one] == []
    page.set_viewport_size(before)


def telephone_in_chat(page: Page, house: House, number: str) -> None:
    """A resident writes on the town's page and is given this number."""
    page.goto(f"{house.url}/demo/taiki")
    page.get_by_role("button", name="相談する").click()
    frame = frame_of(page)
    expect(frame.get_by_role("log")).to_contain_text("AIではなく")
    write(frame, STORY)
    expect(frame.get_by_role("link", name=re.compile(number))).to_be_visible(timeout=WITHIN)


def test_a_telephone_goes_live_and_comes_back(
    house: House, admin: Account, context: Contexts, shoot: Shoot
) -> None:
    page = sign_in(context(bypass_csp=True), house, admin)
    changed(page, shoot)
    try:
        published(page, shoot)
        telephone_in_chat(context().new_page(), house, NEW)
    finally:
        taken_back(context(java_script_enabled=False), house, admin)
    telephone_in_chat(context().new_page(), house, OLD)
    assert "knowledge_renewed" in house.log()
    assert "renewal_failed" not in house.log()


def changed(page: Page, shoot: Shoot) -> None:
    """By keyboard from the list to the form; a wrong number first."""
    page.get_by_role("navigation", name="仕事").get_by_role("link", name="町の情報をなおす").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("町の情報をなおす")
    sound(page)
    page.get_by_role("link", name="案内の先（分野と危険）").press("Enter")
    expect(page.get_by_label("高齢・介護 1番目")).to_be_visible()
    sound(page)
    page.go_back()
    page.get_by_role("link", name="窓口", exact=True).press("Enter")
    sound(page)
    page.get_by_role("link", name=re.compile("高齢者支援係・介護保険係")).press("Enter")
    page.get_by_label("電話（高齢者支援係）").fill("01558-6-いち")
    page.get_by_label("変える理由").fill("係の電話が変わったため")
    sound(page)
    page.get_by_role("button", name="下書きに保存して、影響をしらべる").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("なおしてください")
    expect(page.get_by_role("group", name="係")).to_contain_text("電話")
    sound(page)
    shoot(page, "editing-1-wrong")
    page.get_by_label("電話（高齢者支援係）").fill(NEW)
    page.get_by_role("button", name="下書きに保存して、影響をしらべる").press("Enter")


def published(page: Page, shoot: Shoot) -> None:
    """What it would do comes by itself; then it goes live."""
    expect(page.get_by_role("status").first).to_contain_text("最近の相談", timeout=WITHIN)
    expect(page.get_by_text("問題は見つかりませんでした")).to_be_visible()
    expect(page.locator(".resident .call", has_text=NEW)).to_have_count(1)
    sound(page)
    shoot(page, "editing-2-draft")
    page.get_by_role("button", name="公開する").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("公開しました")
    sound(page)
    page.get_by_role("link", name="これまでの版").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("これまでの版")
    sound(page)
    shoot(page, "editing-3-history")


def taken_back(context: BrowserContext, house: House, admin: Account) -> None:
    """Without scripts."""
    page = sign_in(context, house, admin)
    page.goto(f"{house.url}/staff/knowledge/history")
    page.get_by_text("版0にもどす").click()
    page.get_by_label("もどす理由").last.fill("試しが終わったため")
    page.get_by_role("button", name="版0の下書きを作る").click()
    publish = page.get_by_role("button", name="公開する")
    for _ in range(250):
        if publish.count():
            break
        page.wait_for_timeout(200)
        page.reload()
    publish.click()
    expect(page.get_by_role("status")).to_contain_text("公開しました")
