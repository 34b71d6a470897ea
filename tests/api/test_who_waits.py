"""Nobody who writes waits for somebody who only looks, or who guesses at addresses: on SQLite one at a time may write."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select

from handoff.store.db import Store
from handoff.store.models import AuditEntry
from tests.api.conftest import opened
from tests.api.test_staff_api import WORDS

GUESSES = ("/slips/taiki/01a1fc0b-e380-70ad-8ab3-b04db77c24de", "/slips/taiki/nothing", f"/duty/taiki.{'x' * 43}", f"/mail/stop/taiki.{'x' * 43}")


@contextmanager
def written(store: Store, of: str = "FROM message") -> Iterator[list[str]]:
    """What the writing side of a SQLite store is told meanwhile, and when the reading side reads messages, or what else matters."""
    heard: list[str] = []
    reading, writing = store._readers.sync_engine, store.engine.sync_engine

    def reads(_: Any, __: Any, statement: str, *___: Any) -> None:
        heard.extend(["read"] if of in statement else [])

    def writes(_: Any, __: Any, statement: str, *___: Any) -> None:
        heard.append("read within a write" if of in statement else "write")

    def commits(_: Any) -> None:
        heard.append("commit")

    listeners = (
        (reading, "before_cursor_execute", reads), (writing, "before_cursor_execute", writes), (writing, "commit", commits),
    )
    for listener in listeners:
        event.listen(*listener)
    yield heard
    for listener in listeners:
        event.remove(*listener)


@pytest.mark.parametrize("path", GUESSES)
async def test_guessing_writes_nothing(browser: httpx.AsyncClient, store: Store, path: str) -> None:
    with written(store) as heard:
        answer = await browser.post(path, data={"code": "123456"})
    assert answer.status_code in (200, 403, 404)
    assert heard == []


async def test_a_ticket_is_read_when_its_reading_is_on_record_for_good(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    with written(store) as heard:
        page = await officer.get(f"/staff/tickets/{number}")
    assert WORDS in page.text
    assert heard.count("read within a write") == 0
    assert "commit" in heard[: heard.index("read")]
    async with store.reading("taiki") as session:
        assert len((await session.scalars(select(AuditEntry).where(AuditEntry.action == "ticket_opened"))).all()) == 1


async def test_a_page_that_is_open_asks_without_writing(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    await officer.get(f"/staff/tickets/{number}")
    for path in ("messages", "ties"):
        with written(store) as heard:
            assert (await officer.get(f"/staff/tickets/{number}/{path}")).status_code == 200
        assert set(heard) <= {"read"}
