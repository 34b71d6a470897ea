"""Screens of the night, of the own notices and of admins in Chromium: axe, target sizes, 320 px, filled by keyboard."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.desk import Account, first_day, hire, sign_in
from tests.browser.test_console import FITS, SMALL, violations
from tests.journeys.house import House

pytestmark = pytest.mark.browser
PREFIX = re.compile(r"taiki\..{40,}")
PATHS = ("/staff/night", "/staff/own", "/staff/links", "/staff/log")
Contexts = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    var = tmp_path_factory.mktemp("notices")
    made = House(var, f"sqlite:///{var}/tsunagu.db")
    made.run("migrate")
    made.start()
    try:
        yield made
    finally:
        made.stop()


def filled(page: Page, house: House) -> None:
    """A rota, a key, a webhook, mail and a calendar, with the keyboard where there is a form to send."""
    page.goto(f"{house.url}/staff/night")
    page.get_by_label("名前（「宿直室」").focus()
    page.keyboard.type("佐藤")
    page.keyboard.press("Tab")
    page.keyboard.type("sato@example.jp")
    page.keyboard.press("Enter")
    expect(page.locator("#rota")).to_contain_text("sato@example.jp")
    page.goto(f"{house.url}/staff/links")
    page.get_by_label("何に使うか").fill("kintone")
    page.get_by_label("案件を読む").check()
    page.get_by_role("button", name="鍵を作る").click()
    expect(page.get_by_role("textbox", name="鍵", exact=True)).to_have_value(PREFIX)
    page.locator("#webhooks").get_by_label("名前").fill("kintone")
    page.get_by_label("送り先（").fill("https://hooks.example.jp/tsunagu")
    page.get_by_label("新しい案件").check()
    page.get_by_role("button", name="加える").click()
    expect(page.locator("#webhooks")).to_contain_text("hooks.example.jp")
    page.goto(f"{house.url}/staff/own")
    page.get_by_role("button", name="アドレスを作る").click()
    expect(page.get_by_label("アドレス", exact=True)).to_be_visible()


def test_axe_sizes_and_small_windows(context: Contexts, house: House) -> None:
    admin = Account("kanri")
    with first_day(house, admin, hire(house, admin.login, role="admin", window="taiki.fukushi")):
        pass
    page = sign_in(context(bypass_csp=True), house, admin)
    filled(page, house)
    for path in PATHS:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(house.url + path)
        assert violations(page) == [], path
        assert page.evaluate(SMALL) == [], path
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate(FITS), path
    page.goto(f"{house.url}/duty/taiki.{'x' * 43}")
    assert violations(page) == []
    assert page.evaluate(FITS)
