"""Pages that are read in a transaction that may not write nor lock: PostgreSQL refuses both, SQLite only the first."""

import httpx

from handoff.store.db import Store
from tests import databases
from tests.api.conftest import opened, sign_in
from tests.api.test_staff_api import WORDS, bearer, hired
from tests.handoff.intake import files

database_url = databases.postgres_url


async def test_a_ticket_with_all_that_stands_on_its_pages(browser: httpx.AsyncClient, store: Store) -> None:
    await sign_in(browser, await hired(store, "coordinator"))
    one = await opened(store, about=("neighbour",))
    await opened(store)
    laid = await browser.post(f"/staff/tickets/{one}/enclosures", content=files.PDF, headers={"X-File-Name": "paper.pdf"})
    assert laid.status_code == 200
    taken = {"requester": "own", "whose": "writer", "proof": "免許証"}
    assert (await browser.post(f"/staff/tickets/{one}/disclosure", data=taken)).status_code == 303
    told = {"": WORDS, "/messages": WORDS, "/ties": "", "/enclosures": "paper.pdf", "/disclosure": WORDS}
    for path, words in told.items():
        page = await browser.get(f"/staff/tickets/{one}{path}")
        assert page.status_code == 200
        assert words in page.text


async def test_a_ticket_over_the_api_after_an_answer(browser: httpx.AsyncClient, store: Store) -> None:
    headers = await bearer(store, "coordinator")
    number = await opened(store)
    said = await browser.post(f"/api/staff/tickets/{number}/replies", json={"text": "明日お電話します"}, headers=headers)
    assert said.status_code == 202
    found = await browser.get(f"/api/staff/tickets/{number}", headers=headers)
    assert found.status_code == 200, found.text
    assert [message["text"] for message in found.json()["messages"]] == [WORDS, "明日お電話します"]
