"""From anonymous to named and back: given on the town's page, read by staff of the ticket, shown to nobody else."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from handoff.desk.summary import NAME_UNKNOWN
from handoff.store.db import Store
from handoff.store.models import Contact, Conversation
from tests.api.conftest import opened as ticket_opened
from tests.api.test_chat import OWN, is_problem, opened
from tests.api.test_console import text_of
from tests.browser.serving import make_app, make_services, settings
from tests.databases import at_noon

NAME = "<b>山田 花子</b>"


@pytest.fixture
def database_url(sqlite_template: Any, tmp_path: Any) -> str:
    (tmp_path / "tsunagu.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/tsunagu.db"


@pytest_asyncio.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(make_services(store, settings(public_url=OWN), at_noon))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=OWN) as asked:
        yield asked


async def contact(store: Store) -> Contact:
    async with store.reading("taiki") as session:
        return (await session.scalars(select(Contact))).one()


async def test_given_and_taken_back(client: httpx.AsyncClient, store: Store) -> None:
    path, token = await opened(client)
    assert (await client.get(f"{path}/name", headers=token)).json() == {"named": False}
    kept = await client.put(f"{path}/name", json={"name": f" {NAME} "}, headers=token)
    assert kept.json() == {"named": True}
    assert (await client.get(f"{path}/name", headers=token)).json() == {"named": True}, "the name is shown to nobody"
    row = await contact(store)
    assert row.name == NAME
    assert "花子".encode() not in (row.name_sealed or b"")
    assert (await client.delete(f"{path}/name", headers=token)).status_code == 204
    assert (await contact(store)).name is None
    assert (await client.get(f"{path}/name", headers=token)).json() == {"named": False}


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "a\u0000", None, 3])
async def test_what_can_be_no_name(client: httpx.AsyncClient, name: object) -> None:
    path, token = await opened(client)
    assert is_problem(await client.put(f"{path}/name", json={"name": name}, headers=token), 422)


async def test_only_with_the_conversations_own_token(client: httpx.AsyncClient, store: Store) -> None:
    path, _ = await opened(client)
    for answer in (await client.get(f"{path}/name"), await client.put(f"{path}/name", json={"name": "x"}), await client.delete(f"{path}/name")):
        assert is_problem(answer, 401)
    assert (await contact(store)).name is None


async def test_staff_of_the_ticket_read_it_and_the_question_for_it_goes(officer: httpx.AsyncClient, store: Store) -> None:
    from handoff.intake import own_name

    number = await ticket_opened(store)
    page = text_of(await officer.get(f"/staff/tickets/{number}"))
    assert "匿名" in page
    assert NAME_UNKNOWN in page
    for name, shown in ((NAME, True), ("", False)):
        async with store.town("taiki") as session:
            await own_name.keep(session, (await session.scalars(select(Conversation))).one(), name, now=at_noon())
        for path in (f"/staff/tickets/{number}", f"/staff/tickets/{number}/messages"):
            answer = await officer.get(path)
            page = text_of(answer)
            assert (f"{NAME} さん（本人が書いた名前）" in page) is shown
            assert (NAME_UNKNOWN in page) is not shown
            assert "<b>山田" not in answer.text
    assert "花子" not in (await officer.get("/staff/tickets")).text, "lists name nobody"
