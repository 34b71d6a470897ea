"""What was read is not asked for again."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import NoResultFound

from handoff.store import ahead
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import ChannelAccount, Contact
from tests.handoff.intake.outgoing import NOW, account, resident


async def test_a_row_that_is_held_costs_no_statement(store: Store) -> None:
    await resident(store, await account(store))
    asked: list[str] = []

    def heard(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    async with store.town("taiki") as session:
        contact = (await session.scalars(select(Contact))).one()
        event.listen(store.engine.sync_engine, "before_cursor_execute", heard)
        assert await ahead.one(session, Contact, contact.id) is contact
        event.remove(store.engine.sync_engine, "before_cursor_execute", heard)
    assert (asked, contact.address) == ([], "U1")


async def test_a_row_that_is_not_held_is_asked_for_in_its_own_town_and_nothing_is_written_for_it(store: Store) -> None:
    await resident(store, await account(store))
    async with store.reading("taiki") as session:
        known = (await session.scalars(select(Contact.id))).one()
    async with store.town("taiki") as session:
        changed = (await session.scalars(select(ChannelAccount))).one()
        changed.pause_reason = "written with all others"
        assert (await ahead.one(session, Contact, known)).id == known
        assert changed in session.dirty
        with pytest.raises(NoResultFound):
            await ahead.one(session, Contact, new_id(NOW))
    async with store.town("itoman") as session:
        with pytest.raises(NoResultFound):
            await ahead.one(session, Contact, known)
