"""Pages that stay true while they are open: each names where its parts come from, and those are parts of it, without a frame."""

import re

import httpx
import pytest

from handoff.store.db import Store
from tests.api.conftest import sign_in
from tests.api.test_staff_api import hired

PAGES = ("/staff/morning", "/staff/corrections", "/staff/own-cases", "/staff/own")


@pytest.mark.parametrize("path", PAGES)
async def test_the_parts_of_an_open_page_are_those_that_stand_on_it(browser: httpx.AsyncClient, store: Store, path: str) -> None:
    await sign_in(browser, await hired(store, "coordinator", "taiki.suishin"))
    page = (await browser.get(path)).text
    assert "/console/standing.js" in page
    source = re.findall(r'data-from="([^"]+)" data-cursor="\d+"', page)
    assert len(source) == 1
    parts = (await browser.get(source[0])).text
    ids = re.findall(r'^<div id="([^"]+)"', parts, re.M)
    assert ids
    assert all(page.count(f'id="{one}"') == 1 for one in ids), "else the page would not know where they go"
    assert "<html" not in parts
    assert "<form" not in parts or path != "/staff/own", "what is typed there is never fetched again"
