"""Pages that stay true while they are open: each names where its parts come from, and those are parts of it, without a frame."""

import re

import httpx
import pytest

from handoff.store.db import Store
from tests.api.conftest import opened, sign_in
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


async def test_a_tickets_parts_stand_on_its_page_in_the_same_order(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    page = (await officer.get(f"/staff/tickets/{number}")).text
    live = (await officer.get(f"/staff/tickets/{number}/messages")).text
    ids = re.findall(r'<(?:section|div)[^>]* id="([^"]+)"', live)
    assert {"summary", "answering", "assigned", "wrong", "notes", "ties", "moves", "attempts", "ending", "restriction"} <= set(ids)
    boxes = re.findall(r'<section class="box[^"]*" id="([^"]+)"', page)
    assert [one for one in ids if one in boxes] == boxes, "a box of the page that is not fetched again goes stale"
    assert not re.search(r'<section class="box"(?! id=)', page.partition('<aside')[2]), "one without a name has no place to go"
