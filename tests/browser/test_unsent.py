"""届いていないもの in Chromium, drawn without a house: axe, target sizes, 320 px, and deciding by keyboard."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page

from api.routes.console_unsent import CHOSEN, STATES, why_of
from handoff.desk.unsent import CHOICE_NAMES, CHOICES, Choice, Decided, Overview, State, Unsent
from handoff.intake.safety import Wish
from tests.browser.drawn import NOW, draw
from tests.browser.test_console import FITS, SMALL, violations

pytestmark = pytest.mark.browser


def one(number: int, state: State, why: str, *, choices: tuple[Choice, ...] = CHOICES, words: str = "あした10時にお待ちしています") -> Unsent:
    return Unsent(
        id=UUID(int=number), number=f"taiki-2026-{number:04d}", restricted=not words, at=NOW, channel="line", sender="staff",
        state=state, why=why, words=words, notice=state == "failed", until=NOW + timedelta(hours=9) if state == "held" else None,
        wish=Wish(only_answers=True), twice=state == "uncertain", choices=choices,
    )


def test_axe_sizes_small_windows_and_the_keyboard(page: Page) -> None:
    every = (
        one(1, "failed", "quota"), one(2, "uncertain", "timeout"), one(3, "held", "safe_contact", choices=("let_be",)),
        one(4, "late", "unauthorised", choices=("telephone", "let_be")), one(5, "failed", "blocked", choices=("let_be",), words=""),
        one(6, "failed", "bad_request", choices=()),
    )
    decided = (Decided("taiki-2026-0009", NOW, "suzuki", "telephone", "failed", "quota"),)
    found = Overview(every, 3, decided, 2)
    draw(page, "console/unsent.html", found=found, states=STATES, why=why_of, names=CHOICE_NAMES, chosen=CHOSEN,
         wishes={item.id: "本人から書いたときだけ" for item in every})
    assert violations(page) == []
    assert page.evaluate(SMALL) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(FITS)
    page.evaluate("() => addEventListener('submit', (sent) => { sent.preventDefault(); window.chosen = sent.submitter.value; })")
    page.locator("#main").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.value") == "telephone":
            break
    outline = page.evaluate("() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
    assert outline >= 2
    page.keyboard.press("Enter")
    assert page.evaluate("() => window.chosen") == "telephone"


def test_nothing_to_decide_is_a_page_too(page: Page) -> None:
    draw(page, "console/unsent.html", found=Overview((), 0, (), None), states=STATES, why=why_of, names=CHOICE_NAMES,
         chosen=CHOSEN, wishes={})
    assert violations(page) == []
