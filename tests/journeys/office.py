"""Officials of a town at their own browsers, for the journeys in which several people work on one matter."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Error, Locator, Page, expect

from tests.browser.desk import Account, first_day, hire, sign_in
from tests.browser.talking import frame_of, write
from tests.journeys.house import House, until

Contexts = Callable[..., BrowserContext]
WITHIN = 20_000
"""Milliseconds. The bot waits for a pause of the writer; the machine of the tests may be slow."""

_UNFOLDED = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"


@dataclass
class Office:
    """`of("suzuki")` is that person's own signed-in page."""

    house: House
    town: str
    contexts: Contexts
    _pages: dict[str, Page] = field(default_factory=dict)

    def hires(self, login: str, window: str, *, role: str = "staff") -> None:
        account = Account(f"{self.town}-{login}")
        once = hire(self.house, account.login, role=role, window=f"{self.town}.{window}", town=self.town)
        with first_day(self.house, account, once):
            pass
        self._pages[login] = sign_in(self.contexts(), self.house, account)

    def of(self, login: str) -> Page:
        return self._pages[login]

    def opens(self, login: str, path: str) -> Page:
        """Somebody goes to an address of the console; every fold of the page lies open."""
        page = self._pages[login]
        answer = page.goto(self.house.url + path)
        assert answer is not None
        assert answer.status == 200, (login, path, answer.status)
        unfold(page)
        return page

    def ticket_with(self, login: str, words: str) -> str:
        """The number of the ticket in whose line these words stand, once it is there."""
        page = self._pages[login]

        def found() -> str:
            page.goto(f"{self.house.url}/staff/tickets")
            line = page.locator(".ticket", has_text=words).first
            return (line.locator("a").first.get_attribute("href") or "") if line.count() else ""

        return until(found, what="the ticket").rsplit("/", 1)[1]


def unfold(page: Page) -> None:
    """Open every fold of the page, or of the page that is about to take its place."""
    try:
        page.evaluate(_UNFOLDED)
    except Error:   # a form was sent: the page that it stood on is gone
        page.wait_for_load_state()
        page.evaluate(_UNFOLDED)


def writes(page: Page, house: House, town: str, text: str) -> Page:
    """A resident opens the chat on the town's page and writes the first words."""
    page.goto(f"{house.url}/demo/{town}")
    page.get_by_role("button", name="相談する").click()
    expect(frame_of(page).get_by_role("log")).to_contain_text("AIではなく", timeout=WITHIN)
    write(frame_of(page), text)
    return page


def says(page: Page, text: str) -> Locator:
    """A further message; the log in which the answer will stand."""
    write(frame_of(page), text)
    return frame_of(page).get_by_role("log")


def fills(form: Locator, press: str | re.Pattern[str], **fields: str) -> None:
    """A form's fields by their names, then its button."""
    for name, value in fields.items():
        part = form.locator(f"[name={name}]").first
        kind = part.evaluate("one => one.tagName + (one.type || '')")
        if kind.startswith("SELECT"):
            part.select_option(value)
        elif kind == "INPUTradio":
            form.locator(f"[name={name}][value={value}]").check()
        else:
            part.fill(value)
    form.get_by_role("button", name=press).first.click()
    form.page.wait_for_load_state()
    unfold(form.page)


def own(page: Page, person: int) -> Locator:
    """The box of a case's first or second person."""
    return page.locator("section.box[id^=p]").nth(person)


def offer_of(box: Locator, meeting: str) -> Locator:
    """How a meeting of this name is offered for the person."""
    return box.locator(".offer").filter(has=box.page.locator("strong", has_text=re.compile(f"^{meeting}$")))
