"""The resident's side in a real browser: from the button on a town's page to the answer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from bots.types import Card, Choice, Outgoing
from bots.web import assets
from handoff.store.models import Conversation
from tests.browser.serving import Served
from tests.browser.talking import ANSWER, LINE, QUESTION, arrived, frame_of, open_chat, press, slow_to_load, write

pytestmark = pytest.mark.browser


def test_from_the_button_to_the_answer(page: Page, served: Served, shoot: Callable[[Page, str], None]) -> None:
    frame = open_chat(page, served)
    shoot(page, "chat-01-notice")
    write(frame, "母のことで。最近もの忘れがひどくて")
    arrived(frame, 1)
    assert served.residents_words() == ["母のことで。最近もの忘れがひどくて"]
    served.say(QUESTION)
    expect(frame.get_by_role("button", name="50代以上")).to_be_visible()
    shoot(page, "chat-02-choices")
    frame.get_by_role("button", name="50代以上").click()
    expect(frame.get_by_role("button", name="20代まで")).to_have_count(0)
    arrived(frame, 2)
    assert served.residents_words()[1:] == ["50代以上"]
    served.say(ANSWER)
    expect(frame.get_by_role("link", name="01558-6-2200")).to_have_attribute("href", "tel:0155862200")
    expect(frame.get_by_text("窓口の時間は役場にお確かめください")).to_have_count(2)
    expect(frame.get_by_role("log")).to_contain_text("電話番号は役場にお確かめください")
    shoot(page, "chat-03-cards")
    served.say(Outgoing("明日10時、福祉係が待っています。"), sender="staff")
    expect(frame.locator(".said.staff")).to_contain_text("明日10時")
    shoot(page, "chat-04-staff")


def test_who_presses_a_button_reads_what_stood_on_it(page: Page, served: Served) -> None:
    """What it sends may be another sentence, in another language; it is the same after a reload."""
    frame = open_chat(page, served)
    served.say(Outgoing("Do you have food tonight?", (Choice("No food", "食べるものがありません"),)))
    frame.get_by_role("button", name="No food").click()
    arrived(frame, 1)
    assert served.residents_words() == ["食べるものがありません"]
    expect(frame.locator(".said.resident")).to_contain_text("No food")
    served.say(ANSWER)
    page.reload()
    press(page)
    expect(frame_of(page).locator(".said.resident")).to_contain_text("No food")


def test_the_bots_buttons_go_when_staff_write(page: Page, served: Served) -> None:
    """「はい」 to the bot's question would read as an answer to theirs."""
    frame = open_chat(page, served)
    served.say(QUESTION)
    expect(frame.get_by_role("button", name="50代以上")).to_be_visible()
    served.say(Outgoing("いま安全ですか"), sender="staff")
    expect(frame.locator(".said.staff")).to_be_visible()
    expect(frame.get_by_role("button", name="50代以上")).to_have_count(0)


def test_on_a_small_phone(phone: Page, served: Served, shoot: Callable[[Page, str], None]) -> None:
    phone.goto(f"{served.url}/demo/taiki")
    shoot(phone, "phone-0-town")
    frame = press(phone)
    shoot(phone, "phone-1-notice")
    write(frame, "むすこのことです。ずっと家におります。わたしもこのごろ体がこわくて")
    arrived(frame, 1)
    served.say(QUESTION)
    frame.get_by_role("button", name="50代以上").wait_for()
    shoot(phone, "phone-2-choices")
    frame.get_by_role("button", name="50代以上").tap()
    arrived(frame, 2)
    served.say(ANSWER)
    frame.get_by_role("link", name="01558-6-2200").wait_for()
    shoot(phone, "phone-3-cards")
    box = frame.locator("body").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (375, 667), "the panel fills a narrow screen"


def test_nothing_is_opened_before_the_button_is_pressed(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/demo/taiki")
    expect(page.get_by_role("button", name="相談する")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.locator("iframe").count() == 0
    assert served.rows(Conversation) == []
    open_chat(page, served)
    assert page.context.cookies() == []


def test_escape_and_the_button_put_the_panel_away_and_give_the_focus_back(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    button = page.get_by_role("button", name="相談する")
    expect(frame.get_by_role("textbox", name="メッセージ")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("textbox", name="メッセージ")).to_be_focused()
    frame.get_by_role("button", name="画面をしまう").click()
    expect(page.locator("iframe")).to_be_hidden()
    expect(button).to_be_focused()
    assert len(served.rows(Conversation)) == 1, "the conversation goes on"


def test_an_answer_that_comes_while_the_panel_is_away_shows_on_the_button(page: Page, served: Served) -> None:
    open_chat(page, served)
    page.keyboard.press("Escape")
    served.say(Outgoing("お返事です。"), sender="staff")
    button = page.get_by_role("button", name="新しいお返事があります")
    expect(button).to_be_visible()
    button.click()
    expect(frame_of(page).get_by_text("お返事です。")).to_be_visible()
    expect(page.get_by_role("button", name="相談する")).to_have_text("相談する")


def test_a_wish_to_put_it_away_is_kept_until_the_frame_has_loaded(page: Page, served: Served) -> None:
    held = slow_to_load(page)
    frame = open_chat(page, served)
    frame.get_by_role("textbox", name="メッセージ").press("Escape")
    expect(page.locator("iframe")).to_be_visible()
    held[0].abort()
    expect(page.locator("iframe")).to_be_hidden()


def test_an_answer_that_comes_before_the_loader_is_there_is_told_when_it_puts_the_panel_away(page: Page, served: Served) -> None:
    held = slow_to_load(page)
    frame = open_chat(page, served)
    frame.get_by_role("textbox", name="メッセージ").press("Escape")
    served.say(Outgoing("お返事です。"), sender="staff")
    expect(frame.get_by_text("お返事です。")).to_be_visible()
    held[0].abort()
    expect(page.get_by_role("button", name="新しいお返事があります")).to_be_visible()


def test_enter_sends_and_shift_enter_breaks_the_line(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    frame.get_by_role("textbox", name="メッセージ").focus()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    arrived(frame, 1)
    assert served.residents_words() == ["one\ntwo"]


def test_the_enter_that_ends_a_conversion_sends_nothing(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    box = frame.get_by_role("textbox", name="メッセージ")
    box.fill("むすこ")
    for options in ("{isComposing: true}", "{keyCode: 229}"):
        box.evaluate(
            f"(box) => box.dispatchEvent(new KeyboardEvent('keydown', {{key: 'Enter', bubbles: true, ...{options}}}))"
        )
    page.wait_for_timeout(300)
    assert served.residents_words() == []
    expect(box).to_have_value("むすこ")


def test_blank_and_too_long_are_stopped_with_a_word(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    write(frame, "  \n ")
    expect(frame.get_by_role("status")).to_contain_text("メッセージを書いてから")
    box = frame.get_by_role("textbox", name="メッセージ")
    box.fill("あ" * 19_500)
    expect(frame.locator("#counter")).to_have_text("のこり500文字")
    box.fill("😀" * 20_010)
    expect(frame.locator("#counter")).to_contain_text("10文字多いため送れません")
    frame.get_by_role("button", name="送信").click()
    page.wait_for_timeout(200)
    assert served.residents_words() == []
    box.fill("😀" * 20_000)
    frame.get_by_role("button", name="送信").click()
    arrived(frame, 1)
    assert served.residents_words() == ["😀" * 20_000]


HOSTILE = (
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>",
    "\"><svg onload=alert(1)>", "{{constructor.constructor('alert(1)')()}}", "</textarea><iframe srcdoc='x'>",
)


def test_hostile_words_are_shown_as_they_are(page: Page, served: Served) -> None:
    dialogs: list[str] = []

    def refuse(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    frame = open_chat(page, served)
    write(frame, "\n".join(HOSTILE))
    arrived(frame, 1)
    all_of_them = " ".join(HOSTILE)
    card = Card(all_of_them, (all_of_them,), telephone="javascript:alert(1)", place=all_of_them, url="javascript:alert(1)")
    served.say(Outgoing(all_of_them, (Choice(all_of_them[:40], "x"),), (card,)), sender="staff")
    expect(frame.locator(".said.staff .words")).to_have_text(all_of_them)
    assert frame.locator("#log script, #log img, #log svg, #log iframe").count() == 0
    addresses = [link.get_attribute("href") or "" for link in frame.locator("#log a").all()]
    assert all(re.match(r"(https?|tel):", address) for address in addresses), addresses
    page.wait_for_timeout(200)
    assert dialogs == []


def test_numbers_and_addresses_in_what_the_town_says_can_be_tapped(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    served.say(Outgoing(
        "いのちの危険は119、#7119、福祉係 01558-6-4833。2026-11-24、110人、119番地ではなく、https://www.mhlw.go.jp/abc。",
        cards=(LINE,),
    ))
    said = frame.locator(".said").last
    expect(said.locator(".words a")).to_have_count(4)
    found = [link.get_attribute("href") for link in said.locator(".words a").all()]
    assert found[1:] == ["tel:%237119", "tel:0155864833", "https://www.mhlw.go.jp/abc"]
    expect(said.locator(".card a.call")).to_have_attribute("href", "tel:119")


def test_loader_and_frame_are_small() -> None:
    frame = [asset for name, asset in assets.files().items() if name not in {"demo.css", "calendar.css"}]
    assert len(assets.loader()) <= 3_000
    assert sum(len(asset.packed) for asset in frame) <= 30_000
