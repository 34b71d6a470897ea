"""The resident's side in a real browser: from the button on a town's page to the answer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from bots.types import Card, Choice, Outgoing
from handoff.store.models import Conversation
from tests.browser.serving import Served

pytestmark = pytest.mark.browser
CARD = Card(
    "高齢者支援係", ("介護や、家族の心配ごとの相談",), telephone="01558-6-2200", place="大樹町役場 1階",
    hours="窓口の時間は役場にお確かめください",
)
UNKNOWN = Card("とかち生活あんしんセンター", ("大樹町とは別の機関です",))
ANSWER = Outgoing("お母さんのこと、ここまで気にかけてこられたのですね。\n次の窓口が話を聞きます。", cards=(CARD, UNKNOWN))
QUESTION = Outgoing("息子さんは何歳ぐらいですか", (Choice("20代まで", "20代まで"), Choice("30〜40代", "30〜40代"), Choice("50代以上", "50代以上"), Choice("わからない・言いたくない", "わからない")))


def open_chat(page: Page, served: Served, town: str = "taiki") -> FrameLocator:
    page.goto(f"{served.url}/demo/{town}")
    page.get_by_role("button", name="相談する").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("log")).to_contain_text("AIではなく")
    return frame


def write(frame: FrameLocator, text: str) -> None:
    frame.get_by_role("textbox", name="メッセージ").fill(text)
    frame.get_by_role("button", name="送信").click()


def test_from_the_button_to_the_answer(page: Page, served: Served, shoot: Callable[[Page, str], None]) -> None:
    frame = open_chat(page, served)
    shoot(page, "01-notice")
    write(frame, "母のことで。最近もの忘れがひどくて")
    expect(frame.get_by_text("届きました")).to_be_visible()
    assert served.residents_words() == ["母のことで。最近もの忘れがひどくて"]
    served.say(QUESTION)
    expect(frame.get_by_role("button", name="50代以上")).to_be_visible()
    shoot(page, "02-choices")
    frame.get_by_role("button", name="50代以上").click()
    expect(frame.get_by_role("button", name="20代まで")).to_have_count(0)
    expect(frame.get_by_text("届きました")).to_have_count(2)
    served.say(ANSWER)
    expect(frame.get_by_role("link", name="01558-6-2200")).to_have_attribute("href", "tel:0155862200")
    expect(frame.get_by_text("窓口の時間は役場にお確かめください")).to_have_count(2)
    expect(frame.get_by_text("電話番号は役場にお確かめください")).to_have_count(1)
    shoot(page, "03-cards")
    served.say(Outgoing("明日10時、福祉係が待っています。"), sender="staff")
    expect(frame.get_by_text("明日10時")).to_be_visible()
    shoot(page, "04-staff")


def test_on_a_small_phone(phone: Page, served: Served, shoot: Callable[[Page, str], None]) -> None:
    phone.goto(f"{served.url}/demo/taiki")
    shoot(phone, "10-phone-town")
    frame = open_chat(phone, served)
    shoot(phone, "11-phone-notice")
    write(frame, "むすこのことです。ずっと家におります。わたしもこのごろ体がこわくて")
    expect(frame.get_by_text("届きました")).to_be_visible()
    shoot(phone, "12-phone-sent")
    served.say(QUESTION)
    frame.get_by_role("button", name="50代以上").wait_for()
    shoot(phone, "13-phone-choices")
    frame.get_by_role("button", name="50代以上").tap()
    served.say(ANSWER)
    frame.get_by_role("link", name="01558-6-2200").wait_for()
    shoot(phone, "14-phone-cards")


def test_nothing_is_opened_before_the_button_is_pressed(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/demo/taiki")
    expect(page.get_by_role("button", name="相談する")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.locator("iframe").count() == 0
    assert served.rows(Conversation) == []
    assert page.context.cookies() == []
