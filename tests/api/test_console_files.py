"""Style sheets and scripts of the console are loaded once and kept; whatever says something about somebody is not."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.console_files import FOLDER, place
from handoff.store.db import Store
from tests.api.conftest import opened

LINKED = re.compile(r"(?:src|href)=\"(/static/[^\"]+)\"")


def names() -> Iterator[str]:
    for path in sorted(path for path in Path(FOLDER).rglob("*") if path.is_file()):
        yield path.relative_to(FOLDER).as_posix()


async def test_pages_name_their_files_so_that_a_browser_keeps_them(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    linked: set[str] = set()
    for page in ("/staff/tickets", f"/staff/tickets/{number}", "/staff/morning", "/staff/reception", "/docs"):
        answer = await officer.get(page)
        linked |= set(LINKED.findall(answer.text))
        if page.startswith("/staff"):
            assert answer.headers["cache-control"] == "no-store"
    assert len(linked) > 4
    for address in linked:
        answer = await officer.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", list(names()))
async def test_under_another_version_or_none_they_are_asked_about(browser: httpx.AsyncClient, name: str) -> None:
    now = await browser.get(f"{place()}/{name}")
    for address in (f"/static/{name}", f"/static/0123456789ab/{name}"):
        answer = await browser.get(address)
        assert (answer.status_code, answer.content) == (200, now.content), "a page from before an update still works"
        assert answer.headers["cache-control"] == "no-cache"
        again = await browser.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "no-cache")


@pytest.mark.parametrize("path", ["/none.js", "/..%2f..%2fapp.py", "/console", "/%00", "", "/"])
async def test_nothing_else_is_a_file_and_what_is_none_is_not_kept(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(place() + path)
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/staff/login", "/healthz", "/openapi.json", "/chat/taiki", "/mail/stop/taiki.x", "/staff/tickets"])
async def test_pages_are_not_kept(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).headers["cache-control"] == "no-store"
