"""A browser on the console's own pages, over the real application without a network."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from handoff.store.db import Store
from tests import databases
from tests.api.test_staff_api import OWN, hired, ticket
from tests.browser.serving import make_services, settings, whole_app
from tests.databases import Clock, at_noon
from tests.handoff.desk.conftest import PASSWORD

__all__ = ["Clock"]

database_url = databases.sqlite_url
"""HTTP does not change with the engine: what is asked of the store is tested on both in the rooms below."""

FROM_HERE = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def clock() -> Clock:
    """Saturday 2026-11-21, 12:00 in Japan; the town opens on Tuesday."""
    return Clock(at_noon())


@pytest_asyncio.fixture
async def browser(store: Store, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """Keeps cookies, follows nothing by itself."""
    chosen = settings(public_url=OWN)
    transport = httpx.ASGITransport(app=whole_app(make_services(store, chosen, clock)))
    async with httpx.AsyncClient(transport=transport, base_url=OWN, headers=FROM_HERE) as opened:
        yield opened


async def sign_in(browser: httpx.AsyncClient, login: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return await browser.post("/staff/login", data={"login": login, "password": password, **more})


async def take(browser: httpx.AsyncClient, number: str) -> None:
    """Take a restricted ticket in hand from its threshold: only then is it theirs to read."""
    door = (await browser.get(f"/staff/tickets/{number}")).text
    mine = re.search(r'name="to" value="([0-9a-f-]{36})"', door)
    assert mine is not None, "nothing to take here"
    done = await browser.post(f"/staff/tickets/{number}/assign", data={"to": mine.group(1), "expected": ""})
    assert done.status_code == 303


@pytest_asyncio.fixture
async def officer(browser: httpx.AsyncClient, store: Store) -> httpx.AsyncClient:
    """Somebody of 福祉係, signed in."""
    answer = await sign_in(browser, await hired(store, "staff", "taiki.fukushi"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/tickets")
    return browser


opened = ticket
"""`await opened(store, words)`: the number of an open ticket of taiki."""
