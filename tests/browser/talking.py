"""How a resident uses the chat: shared by the browser tests."""

import time
from collections.abc import Callable

from playwright.sync_api import FrameLocator, Page, Route, expect

from bots.types import Card, Choice, Outgoing
from tests.browser.serving import Served

PATIENCE = 45_000
"""Milliseconds: a busy machine is slow, not wrong."""
CARD = Card(
    "高齢者支援係", ("介護や、家族の心配ごとの相談",), telephone="01558-6-2200", place="大樹町役場 1階",
    hours="窓口の時間は役場にお確かめください",
)
UNKNOWN = Card("とかち生活あんしんセンター", ("大樹町とは別の機関です",))
LINE = Card("いのちの電話", ("無料",), telephone="119", hours="24時間")
ANSWER = Outgoing("お母さんのこと、ここまで気にかけてこられたのですね。\n次の窓口が話を聞きます。", cards=(CARD, UNKNOWN))
AGES = ("20代まで", "30〜40代", "50代以上", "わからない・言いたくない")
QUESTION = Outgoing("息子さんは何歳ぐらいですか", tuple(Choice(age, age) for age in AGES))


def frame_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def open_chat(page: Page, served: Served, town: str = "taiki") -> FrameLocator:
    """From the town's page to the notice."""
    page.goto(f"{served.url}/demo/{town}")
    return press(page)


def slow_to_load(page: Page) -> list[Route]:
    """The chat's frame is there and works, but something of it is still on its way: the loader waits for that."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/on-its-way", hold)
    page.add_init_script("""top === self || addEventListener("DOMContentLoaded", () => {
        document.body.append(Object.assign(new Image(), {src: "/on-its-way"}));
    })""")
    return held


def press(page: Page) -> FrameLocator:
    """Press the button and wait for what the bot says first."""
    page.get_by_role("button", name="相談する").click()
    expect(frame_of(page).get_by_role("log")).to_contain_text("AIではなく")
    return frame_of(page)


def write(frame: FrameLocator, text: str) -> None:
    frame.get_by_role("textbox", name="メッセージ").fill(text)
    frame.get_by_role("button", name="送信").click()


def awaited(page: Page, look: Callable[[], object]) -> None:
    """Let the browser work until something is true: how long it takes says nothing."""
    end = time.monotonic() + PATIENCE / 1000
    while not look():
        assert time.monotonic() < end, "it did not come"
        page.wait_for_timeout(20)


def arrived(frame: FrameLocator, count: int) -> None:
    """So many messages of this resident have reached the server."""
    expect(frame.get_by_text("届きました", exact=True)).to_have_count(count)
