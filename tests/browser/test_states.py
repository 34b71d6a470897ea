"""axe in every state that the chat can be in: each is brought about by hand, as a resident comes into it, on a small phone.

WCAG 2.2 AA and nothing wider than the screen, at 320 px and with the settings for more contrast and less motion.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pydantic import SecretStr

from bots.types import Card, Choice, Outgoing
from tests.browser.serving import Served
from tests.browser.talking import ANSWER, LINE, QUESTION
from tests.browser.test_accessible import violations
from tests.browser.test_attaching import payload
from tests.browser.test_entrance import on_line
from tests.conftest import free_port
from tests.handoff.intake import files

pytestmark = pytest.mark.browser
NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "bypass_csp": True}
FITS = "() => document.documentElement.scrollWidth <= innerWidth"
LONG = Outgoing(
    "とても長いことばABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ",
    tuple(Choice(f"とても長い選択肢のことば{number}", str(number)) for number in range(9)),
    cards=(Card("とても長い名前の地域包括支援センター・生活困窮者自立相談支援機関", ("a" * 60,), telephone="01558-6-2200"), LINE),
)


@pytest.fixture
def mailing(tmp_path: Path, sqlite_file: Path) -> Iterator[Served]:
    """A town with a mail server: the settings have their mail form."""
    made = Served(tmp_path, free_port(), {"smtp_url": SecretStr("smtp://127.0.0.1:2525")}, sqlite_file).start()
    yield made
    if made.running:
        made.stop()


class Looked:
    """What axe and the width say of each state."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: dict[str, Any] = {}

    def at(self, state: str) -> None:
        found: list[Any] = violations(self.page)
        if not self.page.evaluate(FITS):
            found.append("wider than the screen")
        if found:
            self.wrong[state] = found


def settings_and_all_their_forms(page: Page, look: Looked) -> None:
    page.locator("#menu").click()
    page.locator("details summary").click()
    look.at("settings")
    page.locator("#phrase-make").click()
    expect(page.locator("#phrase-words")).not_to_be_empty()
    page.locator("#phrase").fill("ちがう ことば です よ")
    page.locator("#phrase-form button").click()
    expect(page.locator("#phrase-said")).to_contain_text("ちがうか")
    page.locator("#hide-from").fill("夫")
    page.locator("#contact-form button").click()
    expect(page.locator("#contact-said")).to_contain_text("夫に知られないように")
    page.locator("#own-name").fill("花子")
    page.locator("#name-form button[type=submit]").click()
    expect(page.locator("#name-said")).to_contain_text("伝えてあります")
    expect(page.locator("#own-name")).to_have_value("")
    for address, said in (("はなこ", "送れません"), ("hanako@example.jp", "知らせます")):
        page.locator("#mail-address").fill(address)
        page.locator("#mail-form button[type=submit]").click()
        expect(page.locator("#mail-said")).to_contain_text(said)
    look.at("the phrase shown and another refused, how to be reached kept, mail asked for")
    page.locator("#menu").click()


def talking(page: Page, served: Served, look: Looked) -> None:
    page.locator("#message").fill("母のことで")
    page.locator("#send").click()
    expect(page.locator(".state").last).to_have_text("届きました")
    served.say(ANSWER, QUESTION)
    page.locator(".choices button").first.wait_for()
    look.at("cards and choices")
    served.say(LONG)
    page.get_by_text("とても長いことば").wait_for()
    served.say(Outgoing("あした10時にお待ちしています"), sender="staff")
    page.locator(".said.staff").wait_for()
    look.at("long words, and staff have answered")
    page.locator("#message").fill("あ" * 20_001)
    look.at("too long")
    page.locator("#message").fill("")
    page.locator("#file").set_input_files(payload("手紙.docx", "application/msword", files.DOCX))
    expect(page.locator("#status")).to_contain_text("写真かPDF")
    page.locator("#file").set_input_files(payload("紙.jpg", "image/jpeg", files.photo()))
    expect(page.locator(".said.resident .words").last).to_have_text("写真")
    look.at("a file refused, a photo sent")


def telephone(page: Page, look: Looked) -> None:
    page.locator("#call-me").click()
    page.locator("#phone").wait_for()
    look.at("the wish to be telephoned")
    page.locator("#phone input[name=number]").fill("01558-6-0000")
    page.locator("#phone button[type=submit]").click()
    expect(page.locator("#status")).to_contain_text("とどきました")


def trouble(page: Page, served: Served, look: Looked) -> None:
    page.context.set_offline(True)
    page.locator("#message").fill("とどかない")
    page.locator("#send").click()
    page.locator(".undelivered").wait_for()
    look.at("offline")
    page.context.set_offline(False)
    expect(page.locator(".undelivered")).to_have_count(0)
    served.forget_tokens()
    page.reload()
    page.get_by_role("button", name="新しく始める").wait_for()
    look.at("the talk cannot be opened any more")
    page.get_by_role("button", name="新しく始める").click()
    expect(page.locator(".said").first).to_be_visible()
    page.locator("#menu").click()
    page.locator("#forget").click()
    page.get_by_role("button", name="新しく始める").wait_for()
    look.at("removed from this device")


def test_no_state_has_a_barrier(context: Callable[..., BrowserContext], mailing: Served) -> None:
    page = context(**NARROW).new_page()
    page.goto(f"{mailing.url}/chat/taiki")
    expect(page.locator(".said").first).to_be_visible()
    look = Looked(page)
    look.at("the notice")
    talking(page, mailing, look)
    settings_and_all_their_forms(page, look)
    telephone(page, look)
    trouble(page, mailing, look)
    assert look.wrong == {}


def test_nor_with_more_contrast_and_less_motion(context: Callable[..., BrowserContext], mailing: Served) -> None:
    page = context(**NARROW, contrast="more", reduced_motion="reduce").new_page()
    page.goto(f"{mailing.url}/chat/taiki")
    expect(page.locator(".said").first).to_be_visible()
    mailing.say(ANSWER, LONG)
    page.locator(".choices button").first.wait_for()
    look = Looked(page)
    look.at("cards and choices")
    page.locator("#menu").click()
    look.at("settings")
    assert look.wrong == {}


def test_nor_has_the_way_in_from_line(context: Callable[..., BrowserContext], served: Served) -> None:
    on_line(served, "used", "phone")
    page = context(**NARROW).new_page()
    look = Looked(page)
    page.goto(f"{served.url}/open/taiki#phone")
    page.locator("#phone").wait_for()
    look.at("the form to be telephoned")
    page.goto(f"{served.url}/open/taiki#nothing")
    page.get_by_role("button", name="新しく開く").wait_for()
    look.at("a link that opens nothing any more")
    page.get_by_role("button", name="新しく開く").click()
    expect(page.get_by_text("新しい「ひらく」を送ります")).to_be_visible()
    look.at("a fresh link is sent")
    assert look.wrong == {}


def test_easy_japanese_has_its_own_words_and_readings_that_can_be_taken_away(
    context: Callable[..., BrowserContext], served: Served
) -> None:
    page = context(**NARROW).new_page()
    page.goto(f"{served.url}/chat/taiki?lang=ja-easy")
    expect(page.get_by_role("button", name="おくる", exact=True)).to_be_visible()
    served.say(Outgoing("役場（やくば）に 電話（でんわ）できます。0155-86-2111 に 電話（でんわ）してください。<b>字（じ）</b>"))
    said = page.locator(".words").last
    expect(said).to_contain_text("<b>")
    assert (said.text_content() or "").startswith("役場（やくば）に 電話（でんわ）できます。0155-86-2111 に ")
    expect(said.locator("ruby").first).to_have_text("役場（やくば）")
    expect(said.get_by_role("link")).to_have_text("0155-86-2111")
    assert said.locator("rt").all_inner_texts() == ["やくば", "でんわ", "でんわ", "じ"]
    card = Card("福祉係", (), telephone="0155-86-2111", hours="時間（じかん）は 役場（やくば）に 聞（き）いてください")
    served.say(Outgoing("どれですか", (Choice("今夜（こんや）", "今夜です"),), (card,)))
    expect(page.locator(".card rt").first).to_have_text("じかん")
    expect(page.locator(".choices rt")).to_have_text("こんや")
    look = Looked(page)
    look.at("easy Japanese")
    page.locator("#menu").click()
    look.at("its settings")
    assert look.wrong == {}
    page.get_by_label("ふりがなを つける").uncheck()
    expect(said.locator("rt").first).to_be_hidden()
    expect(page.locator(".card rt").first).to_be_hidden()
    page.reload()
    expect(page.locator(".words rt").last).to_be_hidden()
    page.goto(f"{served.url}/chat/taiki")
    page.locator("#menu").click()
    expect(page.locator("#ruby")).to_have_count(0)
