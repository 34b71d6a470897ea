"""A paper of a ticket is read where nothing can be written: whoever writes does not wait for it; that it was made is recorded first."""

import pytest
from sqlalchemy import select

from handoff.desk.access import NotYours
from handoff.forms.casefile import note_paper, read_file
from handoff.store.db import Store
from handoff.store.models import AuditEntry
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket
from tests.whole import knowledge


def name(vocabulary: str, value: str) -> str:
    return value


async def test_a_paper_is_recorded_then_read_without_writing(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    suzuki = await hire("suzuki", "taiki.fukushi")
    number = await open_ticket()
    async with store.town("taiki") as session:
        await note_paper(session, suzuki, number, paper="intake", now=NOON)
    async with store.town("taiki") as writing:  # somebody writes all the while
        await writing.scalar(select(AuditEntry.id).limit(1))
        async with store.reading("taiki") as session:
            found = await read_file(session, suzuki, number, town=knowledge().towns["taiki"], name=name, now=NOON)
    assert found.view.ticket.number == number
    async with store.reading("taiki") as session:
        acts = [row.action for row in await session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))]
    assert acts[-2:] == ["ticket_opened", "paper_intake"]


async def test_who_may_not_see_it_gets_neither(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    stranger = await hire("tanaka", "taiki.shushu")
    number = await open_ticket()
    with pytest.raises(NotYours):
        async with store.town("taiki") as session:
            await note_paper(session, stranger, number, paper="intake", now=NOON)
    with pytest.raises(NotYours):
        async with store.reading("taiki") as session:
            await read_file(session, stranger, number, town=knowledge().towns["taiki"], name=name, now=NOON)
