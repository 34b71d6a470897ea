"""The chat's panel on a town's page: from the tap to what is seen, in Chromium, in seconds.

`panel painted` is the browser's own figure for the tap (Event Timing: from the tap to the next paint, the dialog is there);
`frame painted` is the first contentful paint of what is in it, with a page, style and scripts fetched from our server
for the first time. Each opening is a fresh browser context: nothing is cached.
"""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM, PHONE
from tests.browser.serving import Served
from tests.conftest import free_port

ROUNDS = 9
PANEL, FRAME = "panel painted after the tap, s (median)", "frame painted after the tap, s (median)"
LIMITS = {PANEL: 0.100}
WATCH = """() => {
    window.taps = [];
    new PerformanceObserver((list) => window.taps.push(...list.getEntries().map((one) => [one.name, one.startTime, one.duration])))
        .observe({type: "event", durationThreshold: 16, buffered: true});
}"""
PAINTED = """() => new Promise((done) => {
    const told = (list) => {
        const found = list.getEntries().find((one) => one.name == "first-contentful-paint");
        if (found) done(performance.timeOrigin + found.startTime);
    };
    new PerformanceObserver(told).observe({type: "paint", buffered: true});
})"""


def opened(browser: Browser, address: str) -> tuple[float, float]:
    """One opening: seconds to the panel, seconds to what is in it."""
    context = browser.new_context(**PHONE, locale="ja-JP")  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.goto(address)
        button = page.get_by_role("button", name="相談する")
        button.wait_for()
        page.evaluate(WATCH)
        page.evaluate("() => document.documentElement.addEventListener('click', (tap) => { window.tapped = performance.timeOrigin + tap.timeStamp; }, true)")
        button.tap()
        page.frame_locator("iframe").get_by_role("log").wait_for()
        frame = page.frames[-1]
        painted = frame.evaluate(PAINTED)
        page.wait_for_timeout(100)  # the figure of the tap comes after its paint
        taps = page.evaluate("() => window.taps.filter(([name]) => name == 'click').map(([, , lasted]) => lasted)")
        return max(taps, default=16.0) / 1000, (painted - page.evaluate("() => window.tapped")) / 1000
    finally:
        context.close()


def results() -> dict[str, float]:
    """Medians. Nothing where there is no Chromium."""
    if not CHROMIUM:
        return {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        served = Served(Path(folder), free_port()).start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=["--no-sandbox"])
        try:
            found = [opened(browser, f"{served.url}/demo/taiki") for _ in range(ROUNDS)]
        finally:
            browser.close()
            served.stop()
    return {PANEL: statistics.median(panel for panel, _ in found), FRAME: statistics.median(frame for _, frame in found)}
