"""The morning list on paper and on small screens."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from api.routes.console_morning import PAPER
from handoff.desk.morning import Arrival, Morning
from handoff.desk.queue import WORDS_LONGEST
from tests.browser.drawn import NOW, draw, sheets, ticket
from tests.browser.test_console import FITS, SMALL, violations

pytestmark = pytest.mark.browser


def fullest(*, more: int = 0) -> Morning:
    """As many lines as the sheet takes, all of the longest kind; and more that it does not take."""
    line = ticket(1, follow_up_at=NOW, assignee="suzuki-of-a-long-name")
    arrival = Arrival(line, NOW - timedelta(hours=9), 12, "あ" * WORDS_LONGEST, True, False)
    arrivals = (arrival,) * (PAPER["arrivals"] + more)
    return Morning(
        NOW - timedelta(days=4), NOW, arrivals, (line,) * (PAPER["due"] + more), (line,) * (PAPER["late"] + more), 7
    )


@pytest.mark.parametrize("more", [0, 30])
def test_the_fullest_list_stays_on_one_sheet(page: Page, more: int) -> None:
    draw(page, "console/morning.html", morning=fullest(more=more), window=None, paper=PAPER, cursor=0)
    assert sheets(page) == 1
    page.emulate_media(media="print")
    shown = page.locator(".sheet-rows li:visible").count()
    assert shown == sum(PAPER.values())
    said = page.get_by_text("ほかに 30件は画面で見てください").count()
    assert said == (3 if more else 0), "what is not on paper is said there"


def test_it_is_usable_with_a_keyboard_and_on_a_telephone(page: Page) -> None:
    draw(page, "console/morning.html", morning=fullest(more=2), window=None, paper=PAPER, cursor=0)
    assert violations(page) == []
    assert page.locator(".sheet-rows li:visible").count() == sum(PAPER.values()) + 6
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.evaluate(FITS)
    assert page.evaluate(SMALL) == []
