"""The list when it is long: pages that say how many there are, and no more questions to the database than for a few."""

import re
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event, select

from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import Ticket, TicketWindow
from tests.api.conftest import opened
from tests.api.test_console import text_of
from tests.databases import at_noon


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """HTTP does not change with the engine."""
    (tmp_path / "tsunagu.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/tsunagu.db"


async def crowd(store: Store, many: int) -> None:
    """So many more tickets of 福祉係, of one conversation: the list does not mind, and they are made at once."""
    await opened(store)
    async with store.town("taiki") as session:
        first = (await session.scalars(select(Ticket).order_by(Ticket.created_at))).first()
        assert first is not None
        for number in range(many):
            row = Ticket(
                id=new_id(at_noon()), municipality_id="taiki", created_at=at_noon(), data_key_id=first.data_key_id,
                data_key=first.data_key, number=f"taiki-2026-{number + 5000}", conversation_id=first.conversation_id,
                status="open", urgency="normal", fields=[], patterns=[], crisis=[], state={}, summary=first.summary,
            )
            session.add_all([row, TicketWindow(
                id=new_id(at_noon()), municipality_id="taiki", created_at=at_noon(), ticket_id=row.id,
                window_id="taiki.fukushi",
            )])


async def test_a_long_list_says_how_many_there_are_and_goes_on(officer: httpx.AsyncClient, store: Store) -> None:
    await crowd(store, 104)
    first = await officer.get("/staff/tickets")
    second = await officer.get("/staff/tickets?queue=all&window=&urgency=&sheet=2")
    beyond = await officer.get("/staff/rows?sheet=9")
    listed = [re.findall(r'href="/staff/tickets/(taiki-2026-\d+)"', page.text) for page in (first, second)]
    assert [len(one) for one in listed] == [100, 5]
    assert len({*listed[0], *listed[1]}) == 105
    assert "105件のうち、1〜100件目" in text_of(first)
    assert "105件のうち、101〜105件目" in text_of(second)
    assert 'href="?queue=all&amp;window=&amp;urgency=&amp;sheet=2">次の100件' in first.text
    assert "次の100件" not in second.text
    assert 'sheet=1">前の100件' in second.text
    assert "この先に案件はありません" in text_of(beyond)
    assert 'sheet=2">前の100件' in beyond.text
    assert (await officer.get("/staff/tickets?sheet=0")).status_code == 422
    keyed = (await officer.get("/api/staff/tickets?limit=500&skip=100")).json()["tickets"]
    assert [one["number"] for one in keyed] == listed[1]


async def test_the_list_asks_the_database_as_often_for_many_as_for_few(officer: httpx.AsyncClient, store: Store) -> None:
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    await opened(store)
    event.listen(store._readers.sync_engine, "before_cursor_execute", note)
    few = (await officer.get("/staff/rows"), len(asked))
    await crowd(store, 60)
    asked.clear()
    many = (await officer.get("/staff/rows"), len(asked))
    assert text_of(few[0]).startswith("1件")
    assert text_of(many[0]).startswith("62件")
    assert many[1] == few[1] <= 13
    assert len(many[0].content) / 62 < 1_000, "bytes of a row"
