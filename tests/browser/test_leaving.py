"""Quick exit and what stays on a device: nothing, unless the resident asked for it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from handoff.store.models import Conversation
from tests.browser.serving import Served
from tests.browser.talking import arrived, awaited, frame_of, open_chat, press, slow_to_load, write

pytestmark = pytest.mark.browser
CALENDAR = re.compile(r"/calendar$")
NOW = "(performance.timeOrigin + performance.now())"
STORED = "() => [Object.keys(sessionStorage), Object.keys(localStorage), document.cookie]"


def stored(page: Page, served: Served) -> Any:
    """What the chat's origin has in this tab."""
    page.goto(f"{served.url}/calendar")
    return page.evaluate(STORED)


@pytest.mark.parametrize("device", ["page", "phone"])
def test_quick_exit_replaces_the_page_in_three_tenths_of_a_second(
    request: pytest.FixtureRequest, served: Served, device: str, shoot: Callable[[Page, str], None]
) -> None:
    page: Page = request.getfixturevalue(device)
    page.goto(f"{served.url}/calendar?before")
    frame = open_chat(page, served)
    expect(frame.locator("#exit-note")).to_contain_text("ブラウザの履歴は残ることがあります")
    write(frame, "夫になぐられました")
    arrived(frame, 1)
    frame.get_by_role("button", name="設定").click()
    frame.get_by_label("この端末で続ける").check()
    # Measured inside the browser, from the tap to the other page: the driver's own time is none of the resident's.
    frame.locator("#exit").evaluate(f"button => button.addEventListener('click', () => console.log('left ' + {NOW}), true)")
    with page.expect_console_message(lambda line: line.text.startswith("left ")) as left:
        frame.get_by_role("button", name="すぐ閉じる").click(no_wait_after=True)
    page.wait_for_url(CALENDAR, wait_until="commit")
    shown = page.evaluate("performance.timeOrigin + performance.getEntriesByType('navigation')[0].responseStart")
    taken = shown - float(left.value.text.removeprefix("left "))
    assert taken < 300, f"{taken:.0f} ms"
    expect(page).to_have_title(re.compile("カレンダー"))
    shoot(page, f"exit-{device}")
    assert page.evaluate(STORED) == [[], [], ""]
    page.go_back()
    expect(page).to_have_url(re.compile("calendar.before$"))
    assert "なぐられ" not in page.content()


def test_quick_exit_hides_everything_before_the_network_answers(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(CALENDAR, hold)
    page.evaluate("""() => new MutationObserver(() => console.log("display:" + getComputedStyle(document.documentElement).display))
        .observe(document.documentElement, {attributes: true})""")
    with page.expect_console_message(lambda line: line.text == "display:none"):
        frame.get_by_role("button", name="すぐ閉じる").click(no_wait_after=True)
    awaited(page, lambda: held)  # the neutral page is already asked for
    held[0].continue_()
    page.wait_for_url(CALENDAR)


def test_quick_exit_does_not_wait_for_a_frame_that_is_still_loading(page: Page, served: Served) -> None:
    held = slow_to_load(page)
    frame = open_chat(page, served)
    assert held
    frame.get_by_role("button", name="すぐ閉じる").click(no_wait_after=True)
    expect(page).to_have_url(CALENDAR)


def test_quick_exit_works_where_the_chat_is_opened_alone(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/calendar?before")
    page.goto(f"{served.url}/chat/taiki")
    expect(page.get_by_role("log")).to_contain_text("AIではなく")
    expect(page.get_by_role("button", name="画面をしまう")).to_be_hidden()
    page.get_by_role("button", name="すぐ閉じる").click()
    expect(page).to_have_url(CALENDAR)
    assert page.evaluate(STORED) == [[], [], ""]
    page.go_back()
    expect(page).to_have_url(re.compile("calendar.before$"))


def test_an_answer_on_its_way_does_not_bring_anything_back(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/chat/taiki")
    expect(page.get_by_role("log")).to_contain_text("AIではなく")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("/messages$|/calendar$"), hold)
    page.get_by_role("textbox", name="メッセージ").fill("まだ送信中")
    page.get_by_role("button", name="送信").click()
    page.get_by_role("button", name="すぐ閉じる").click(no_wait_after=True)
    awaited(page, lambda: len(held) == 2)
    message, calendar = held
    with page.expect_response(re.compile("/messages$")):
        message.continue_()
    calendar.continue_()
    page.wait_for_url(CALENDAR)
    assert served.residents_words() == ["まだ送信中"]
    assert page.evaluate(STORED) == [[], [], ""]


def test_the_next_person_on_the_same_device_finds_nothing(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    write(frame, "夫に知られたくない")
    arrived(frame, 1)
    frame.get_by_role("button", name="すぐ閉じる").click()
    page.wait_for_url(CALENDAR)
    frame = open_chat(page, served)
    expect(frame.locator(".said.resident")).to_have_count(0)
    assert len(served.rows(Conversation)) == 2


def test_after_the_tab_is_closed_nothing_stays(context: Callable[..., BrowserContext], served: Served) -> None:
    browser_context = context()
    first = browser_context.new_page()
    frame = open_chat(first, served)
    write(frame, "閉じたら消える")
    arrived(frame, 1)
    first.close()
    second = browser_context.new_page()
    frame = open_chat(second, served)
    expect(frame.locator(".said.resident")).to_have_count(0)


def test_asked_for_the_conversation_goes_on_in_a_new_tab_until_it_is_forgotten(
    context: Callable[..., BrowserContext], served: Served
) -> None:
    browser_context = context()
    first = browser_context.new_page()
    frame = open_chat(first, served)
    write(frame, "続きから話したい")
    arrived(frame, 1)
    frame.get_by_role("button", name="設定").click()
    expect(frame.get_by_label("この端末で続ける")).not_to_be_checked()
    frame.get_by_label("この端末で続ける").check()
    expect(frame.get_by_text("家族と使う端末では、選ばないでください")).to_be_visible()
    first.close()
    second = browser_context.new_page()
    frame = open_chat(second, served)
    expect(frame.get_by_text("続きから話したい")).to_be_visible()
    assert len(served.rows(Conversation)) == 1
    frame.get_by_role("button", name="設定").click()
    expect(frame.get_by_label("この端末で続ける")).to_be_checked()
    frame.get_by_role("button", name="この端末から消す").click()
    expect(frame.get_by_role("status")).to_contain_text("この端末から消しました")
    expect(frame.locator(".said")).to_have_count(0)
    assert stored(second, served) == [[], [], ""]


def test_no_token_ever_stands_in_an_address(page: Page, served: Served) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    frame = open_chat(page, served)
    write(frame, "こんにちは")
    arrived(frame, 1)
    kept = frame.locator("body").evaluate("() => JSON.parse(sessionStorage['tsunagu:taiki'])")
    assert addresses
    assert all(kept["token"] not in address for address in addresses)
    assert all(address.startswith(served.url) for address in addresses), "no foreign address is asked"


def test_forgetting_and_starting_anew(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    frame.get_by_role("button", name="設定").click()
    frame.get_by_role("button", name="この端末から消す").click()
    frame.get_by_role("button", name="新しく始める").click()
    expect(frame_of(page).get_by_role("log")).to_contain_text("AIではなく")
    assert len(served.rows(Conversation)) == 2
    page.reload()
    press(page)
    assert len(served.rows(Conversation)) == 2
