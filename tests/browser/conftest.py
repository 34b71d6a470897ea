"""Chromium and a served chat. Where Chromium is missing the tests are skipped by name; CI does not accept that."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.serving import Served
from tests.browser.talking import PATIENCE
from tests.conftest import free_port

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""
"""The same engine; the shell draws no window that nobody sees, and costs half."""
SCREENSHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"
PHONE = {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for this folder. Not for the session: playwright keeps a loop running, and async tests want theirs."""
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("needs Chromium, and CI may not skip its tests")
        pytest.skip("needs Chromium (apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        launched = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def served(tmp_path: Path, sqlite_file: Path) -> Iterator[Served]:
    """The chat on a free port, with the bot played by the test."""
    server = Served(tmp_path, free_port(), database=sqlite_file).start()
    yield server
    if server.running:
        server.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Browser contexts that are closed after the test. Anything a page writes to its console as an error fails it."""
    made: list[BrowserContext] = []
    complaints: list[str] = []

    def make(**options: Any) -> BrowserContext:
        found = browser.new_context(**{"locale": "ja-JP", "timezone_id": "Asia/Tokyo", **DESK, **options})
        found.set_default_timeout(PATIENCE)
        found.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        found.on("weberror", lambda error: complaints.append(str(error.error)))
        made.append(found)
        return found

    yield make
    for one in made:
        one.close()
    meant = ("net::ERR_", "Failed to load resource", "frame-ancestors")  # what tests bring about on purpose
    unexpected = [line for line in complaints if not any(word in line for word in meant)]
    assert not unexpected, unexpected


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Page:
    """A page on a desktop."""
    return context().new_page()


@pytest.fixture
def phone(context: Callable[..., BrowserContext]) -> Page:
    """A page on a small telephone."""
    return context(**PHONE).new_page()


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Keep a picture under var/screenshots/, where TSUNAGU_PICTURES=1 asks for them: each waits for a quarter of a second and guards nothing."""
    taking = os.environ.get("TSUNAGU_PICTURES") == "1"

    def keep(page: Page, name: str) -> None:
        if not taking:
            return
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.wait_for_timeout(250)  # what has just come in has stopped moving
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return keep
