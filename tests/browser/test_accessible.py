"""WCAG 2.2 AA as far as a machine sees it (axe), and what it does not see: zoom, targets, focus, contrast modes."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.serving import Served
from tests.browser.talking import ANSWER, QUESTION, arrived, frame_of, open_chat, write

pytestmark = pytest.mark.browser
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what is right is not told place by place: that took longer than the looking
}
SMALL = """() => [...document.querySelectorAll("button, .call, summary, textarea, .tick")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width && (box.height < 44 || box.width < 44);
}).map((one) => one.outerHTML)"""


def violations(page: Page) -> list[str]:
    page.wait_for_timeout(250)  # half-transparent while it comes in
    found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


def alone(page: Page, served: Served, query: str = "") -> Page:
    page.goto(f"{served.url}/chat/taiki{query}")
    expect(page.locator(".said").first).to_be_visible()
    return page


def filled(page: Page, served: Served) -> None:
    """A thread with everything in it."""
    frame = page.frame_locator("iframe") if page.locator("iframe").count() else page
    write(frame, "母のことで")  # type: ignore[arg-type]
    expect(frame.get_by_text("届きました", exact=True)).to_be_visible()
    served.say(ANSWER, QUESTION)
    frame.get_by_role("button", name="50代以上").wait_for()
    page.wait_for_timeout(250)


@pytest.fixture
def bypassing(context: Callable[..., BrowserContext]) -> Page:
    """axe is put into the page, which the chat's own policy rightly refuses."""
    return context(bypass_csp=True).new_page()


def test_axe_finds_nothing_in_english(bypassing: Page, served: Served) -> None:
    """In Japanese: `test_states`, every state there is."""
    page = alone(bypassing, served, "?lang=en")
    assert violations(page) == []
    page.locator("#menu").click()
    page.locator("details summary").click()
    assert violations(page) == []
    page.locator("#menu").click()
    page.locator("#message").fill("母のことで")
    page.locator("#send").click()
    expect(page.locator(".state")).to_have_text("Delivered")
    served.say(ANSWER, QUESTION)
    page.locator(".choices button").first.wait_for()
    page.wait_for_timeout(250)
    assert violations(page) == []
    page.locator("#message").fill("あ" * 20_001)
    assert violations(page) == []
    page.locator("#message").fill("とどかない")
    page.context.set_offline(True)
    page.locator("#send").click()
    page.locator(".undelivered").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("address", ["/demo/taiki", "/demo/itoman", "/calendar", "/mail/stop/taiki.x"])
def test_axe_finds_nothing_on_the_other_pages(bypassing: Page, served: Served, address: str) -> None:
    bypassing.goto(served.url + address)
    assert violations(bypassing) == []


def test_axe_finds_nothing_with_the_panel_open(bypassing: Page, served: Served) -> None:
    open_chat(bypassing, served)
    filled(bypassing, served)
    assert violations(bypassing) == []


@pytest.mark.parametrize("size", [(320, 640), (320, 256), (640, 320)], ids=["320px", "400%", "on its side"])
def test_nothing_is_cut_off_in_small_windows(
    context: Callable[..., BrowserContext], served: Served, size: tuple[int, int], shoot: Callable[[Page, str], None]
) -> None:
    page = context(viewport={"width": size[0], "height": size[1]}).new_page()
    frame = open_chat(page, served)
    filled(page, served)
    shoot(page, f"small-{size[0]}x{size[1]}")
    expect(frame.get_by_role("button", name="すぐ閉じる")).to_be_in_viewport()
    assert frame.locator("body").evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    for name in ("すぐ閉じる", "送信", "設定", "画面をしまう", "50代以上"):
        frame.get_by_role("button", name=name).scroll_into_view_if_needed()
        expect(frame.get_by_role("button", name=name)).to_be_in_viewport(ratio=0.9)
    frame.get_by_role("textbox", name="メッセージ").fill("書ける")
    frame.get_by_role("button", name="すぐ閉じる").click()
    page.wait_for_url("**/calendar")


@pytest.mark.parametrize("choice", ["大", "特大"])
def test_large_text_breaks_nothing_and_is_kept(
    context: Callable[..., BrowserContext], served: Served, choice: str, shoot: Callable[[Page, str], None]
) -> None:
    page = context(**PHONE).new_page()
    frame = open_chat(page, served)
    frame.get_by_role("button", name="設定").click()
    frame.get_by_label(choice, exact=True).check()
    frame.get_by_role("button", name="設定").click()
    filled(page, served)
    shoot(page, f"size-{'large' if choice == '大' else 'larger'}")
    assert frame.locator("body").evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.reload()
    page.get_by_role("button", name="相談する").click()
    expect(frame_of(page).locator("html")).to_have_attribute("data-size", "large" if choice == "大" else "larger")


@pytest.mark.parametrize(("choice", "size"), [("特大", (320, 640)), ("大", (360, 560))])
def test_large_letters_leave_the_talk_and_the_settings_room(
    context: Callable[..., BrowserContext], served: Served, choice: str, size: tuple[int, int]
) -> None:
    """In a window too low for them the page scrolls as one; in a high one the talk scrolls and the box to write stays."""
    page = context(viewport={"width": size[0], "height": size[1]}).new_page()
    frame = open_chat(page, served)
    frame.get_by_role("button", name="設定").click()
    frame.get_by_label(choice, exact=True).check()
    settings = frame.locator("#settings")
    assert settings.evaluate("one => one.scrollHeight <= one.clientHeight + 1"), "it is not squeezed"
    frame.get_by_role("button", name="設定").click()
    filled(page, served)
    assert frame.locator("#log").evaluate("one => one.scrollHeight <= one.clientHeight + 1")
    expect(frame.get_by_role("button", name="すぐ閉じる")).to_be_in_viewport(ratio=0.99)
    page.set_viewport_size({"width": size[0], "height": 900})
    expect(frame.locator("html")).to_have_attribute("data-room", "enough")
    expect(frame.get_by_role("textbox", name="メッセージ")).to_be_in_viewport()


def test_everything_to_press_is_large_enough(phone: Page, served: Served) -> None:
    frame = open_chat(phone, served)
    frame.get_by_role("button", name="設定").click()
    filled(phone, served)
    assert frame.locator("body").evaluate(SMALL) == []
    button = phone.get_by_role("button", name="相談する").bounding_box()
    assert button is None or button["height"] >= 44


def test_everything_is_reached_by_keyboard_with_a_visible_focus(page: Page, served: Served) -> None:
    alone(page, served)
    filled(page, served)
    page.locator("#top").focus()
    seen = []
    for _ in range(14):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("""() => {
            const now = document.activeElement, look = getComputedStyle(now);
            return [now.id || now.textContent.trim(), look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2];
        }"""))
    names = [name for name, _ in seen]
    for name in ("exit", "menu", "log", "電話する 01558-6-2200", "50代以上", "message", "send"):
        assert name in names, (name, names)
    assert [name for name, visible in seen if not visible and name in {"exit", "menu", "log", "message", "send"}] == []


def test_new_messages_do_not_take_the_focus_away(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    box = frame.get_by_role("textbox", name="メッセージ")
    box.focus()
    served.say(ANSWER, QUESTION)
    frame.get_by_role("button", name="50代以上").wait_for()
    expect(box).to_be_focused()


def test_reduced_motion_and_forced_colours(
    context: Callable[..., BrowserContext], served: Served, shoot: Callable[[Page, str], None]
) -> None:
    page = context(reduced_motion="reduce", forced_colors="active", color_scheme="dark").new_page()
    frame: FrameLocator = open_chat(page, served)
    filled(page, served)
    shoot(page, "forced-colours")
    look = frame.locator(".said").first.evaluate("(node) => getComputedStyle(node).animationName")
    assert look == "none"
    borders = frame.locator(".words").first.evaluate("(node) => getComputedStyle(node).borderTopStyle")
    assert borders == "solid"


def test_the_language_can_be_changed_before_and_after_writing(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    frame.get_by_role("button", name="設定").click()
    frame.get_by_label("English").check()
    expect(frame.get_by_role("textbox", name="Message")).to_be_visible()
    frame.get_by_role("textbox", name="Message").fill("Hello")
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_text("Delivered", exact=True)).to_be_visible()
    frame.get_by_role("button", name="Settings").click()
    frame.get_by_label("日本語").check()
    expect(frame.get_by_role("button", name="送信")).to_be_visible()
    expect(frame.get_by_text("Hello")).to_be_visible()
    arrived(frame, 0)
