"""A browser on the console's own pages, over the real application without a network."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from handoff.desk import tickets
from handoff.desk.routing import windows_for
from handoff.store.db import Store
from handoff.store.models import Conversation
from tests.api.test_staff_api import OWN, WORDS, hired
from tests.browser.serving import make_services, settings, whole_app
from tests.databases import at_noon
from tests.handoff.desk.conftest import PASSWORD, conversation_of, decision_on
from tests.whole import knowledge

FROM_HERE = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


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


@pytest_asyncio.fixture
async def officer(browser: httpx.AsyncClient, store: Store) -> httpx.AsyncClient:
    """Somebody of 福祉係, signed in."""
    answer = await sign_in(browser, await hired(store, "staff", "taiki.fukushi"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/tickets")
    return browser


async def opened(store: Store, words: str = WORDS, **more: Any) -> str:
    """An open ticket of taiki in which a resident has written these words; the number."""
    town = knowledge().towns["taiki"]
    conversation = await conversation_of(store, words, now=at_noon())
    decision = decision_on(words, **more)
    async with store.town("taiki") as session:
        row = await session.get_one(Conversation, conversation)
        made = await tickets.open_or_update(
            session, row, decision, town=town, windows=windows_for(decision, town), why="triage", now=at_noon()
        )
        return made.number
