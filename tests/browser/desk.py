"""How staff use the console: shared by the browser tests and the browser journey."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.house import House

STORIES = {
    "tangled": "81歳の母です。52歳の息子が20年家にいて、わたしの年金でふたり暮らしています",
    "danger": "夫になぐられました。子ども4歳。お金は夫がぜんぶ",
    "hostile": "<img src=x onerror=alert(1)>家賃が払えません & 困っています",
    "mild": "80歳の母の物忘れがひどくなって、火の消し忘れもあります。介護のことを相談したいです",
}
OWN_PASSWORD = "yama-no-kaze-wa-suzushii"


@dataclass(frozen=True)
class Account:
    """A login and the password that its owner has chosen."""

    login: str
    password: str = OWN_PASSWORD


def hire(house: House, login: str, *, role: str, window: str | None = None, town: str = "taiki") -> str:
    """A new account; the one-time password."""
    seat = ("--window", window) if window else ()
    return house.run("staff", "add", town, login, "--role", role, *seat).split()[-1]


@contextmanager
def first_day(house: House, account: Account, once: str) -> Iterator[httpx.Client]:
    """Sign in with the one-time password and choose the own one, without a browser. The client keeps the session."""
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    with httpx.Client(base_url=house.url, headers=headers, timeout=20) as client:
        assert client.post("/staff/login", data={"login": account.login, "password": once}).status_code == 303
        changed = client.post("/staff/password", data={"old": once, "new": account.password})
        assert changed.status_code == 303, changed.text
        yield client


def fill_in(page: Page, login: str, password: str) -> None:
    """The login form, sent."""
    page.get_by_label("ログイン名").fill(login)
    page.get_by_label("パスワード").fill(password)
    page.get_by_role("button", name="ログイン").click()


def sign_in(context: BrowserContext, house: House, account: Account) -> Page:
    """A page that shows the list."""
    page = context.new_page()
    page.goto(f"{house.url}/staff")
    fill_in(page, account.login, account.password)
    expect(page.get_by_role("heading", name="案件の一覧")).to_be_visible()
    return page
