"""Attaching a photo or PDF: by keyboard alone, with its state, kind refusals, and nothing left after the quick exit."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from handoff.intake.upload import LONGEST
from handoff.store.models import Attachment
from tests.browser.serving import Served
from tests.browser.talking import arrived, open_chat, write
from tests.handoff.intake import files

pytestmark = pytest.mark.browser


def payload(name: str, kind: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": data}


def test_a_photo_and_a_paper_by_keyboard(page: Page, served: Served) -> None:
    page.on("filechooser", lambda _: None)   # from the start: told only when the key is pressed, the frame's process may hear of it too late
    frame = open_chat(page, served)
    write(frame, "水道をとめるという紙がきました")
    arrived(frame, 1)
    button = frame.get_by_role("button", name="写真・PDFをつける")
    button.focus()
    expect(button).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([payload("紙.jpg", "image/jpeg", files.photo()), payload("通知.pdf", "application/pdf", files.PDF)])
    arrived(frame, 3)
    expect(button).to_be_focused()
    expect(frame.locator(".said.resident .words")).to_have_text(["水道をとめるという紙がきました", "写真", "ファイル"])
    assert {row.kind for row in served.rows(Attachment)} == {"image", "file"}
    page.reload()


def test_what_cannot_be_sent_is_said_kindly(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    box = frame.locator("#file")
    box.set_input_files(payload("大きい.jpg", "image/jpeg", b"\xff\xd8" + b"x" * LONGEST))
    expect(frame.get_by_role("status")).to_contain_text("10MBまで")
    box.set_input_files(payload("手紙.docx", "application/msword", files.DOCX))
    expect(frame.get_by_role("status")).to_contain_text("写真かPDF")
    box.set_input_files(payload("うそ.jpg", "image/jpeg", files.HTML))  # the server looks inside
    expect(frame.get_by_role("status")).to_contain_text("写真かPDF")
    expect(frame.locator(".said.resident")).to_have_count(0)
    write(frame, "話はつづきます")
    arrived(frame, 1)


def test_offline_it_waits_and_goes_out_later(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    refused = 0

    def away(route: Route) -> None:
        nonlocal refused
        refused += 1
        if refused == 1:
            route.abort()
        else:
            route.continue_()

    page.route("**/files?*", away)
    frame.locator("#file").set_input_files(payload("紙.pdf", "application/pdf", files.PDF))
    arrived(frame, 1)
    assert refused == 2
    assert len(served.rows(Attachment)) == 1


def test_the_name_of_a_file_stays_nowhere(page: Page, served: Served, tmp_path: Path) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    frame = open_chat(page, served)
    frame.locator("#file").set_input_files(payload("夫の診断書.pdf", "application/pdf", files.PDF))
    arrived(frame, 1)
    kept = frame.locator("body").evaluate("() => JSON.stringify([sessionStorage, localStorage])")
    assert "診断書" not in kept
    assert all("%E8%A8%BA" not in address for address in addresses)
