"""「ちがう」 by keyboard on one page, seen on two others that are open: a colleague's ticket page and the queue."""

from playwright.sync_api import Locator, Page, expect


def press(page: Page, other: Page, queue: Page) -> Locator:
    """Sent by one press; the focus stands on taking it back, and others hear of it without a reload. That button."""
    page.get_by_role("group", name="窓口のほか").get_by_role("button", name="急ぎだった").focus()
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="「急ぎだった」を取り消す")
    expect(undo).to_be_focused()
    expect(page.locator("#fresh")).to_have_text("「急ぎだった」と伝えました。")
    expect(other.locator("#wrong .done")).to_contain_text("急ぎだった")
    expect(queue.get_by_role("link", name="急ぎだった")).to_be_visible()
    return undo


def take_back(page: Page, other: Page, queue: Page, undo: Locator) -> None:
    """By the same key; a part in which somebody stands waits until they leave it."""
    waiting = queue.get_by_role("link", name="急ぎだった")
    waiting.focus()
    page.keyboard.press("Enter")
    expect(undo).to_have_count(0)
    expect(page.get_by_role("button", name="急ぎだった", exact=True)).to_be_focused()
    expect(other.locator("#wrong .done")).to_have_count(0)
    queue.get_by_role("link", name="この町の事例").focus()
    expect(waiting).to_have_count(0)
