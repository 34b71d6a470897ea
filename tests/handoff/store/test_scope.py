"""One town never sees, changes or writes another's rows, by any shape of statement, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Table, delete, exists, func, insert, inspect, literal, select, text, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, selectinload

from handoff.store.db import Store, Unscoped, town_key
from handoff.store.errors import ReadOnly
from handoff.store.ids import new_id
from handoff.store.models import Contact, Conversation, Event, Message, TicketWindow
from handoff.store.scope import scope_of
from tests.databases import TOWNS, at_noon
from tests.handoff.store.rows import kept_conversation, start_conversation

assert isinstance(Message.__table__, Table)
MESSAGE = Message.__table__
Other = aliased(Message)
Inner = select(Message.id, Message.conversation_id).subquery()
Cte = select(Message.id).cte("some")

READS: dict[str, Callable[[], Any]] = {
    "entity": lambda: select(Message),
    "column": lambda: select(Message.id),
    "count_select_from": lambda: select(func.count()).select_from(Message).having(func.count() > 0),
    "count_column": lambda: select(func.count(Message.id)).having(func.count(Message.id) > 0),
    "alias": lambda: select(Other),
    "join": lambda: select(Message.id).join(Conversation, Conversation.id == Message.conversation_id),
    "join_from_other": lambda: select(Conversation.id).join(Message, Conversation.id == Message.conversation_id),
    "outer_join_alias": lambda: select(Conversation.id).outerjoin(Other, Other.conversation_id == Conversation.id),
    "subquery": lambda: select(Inner.c.id),
    "in_subquery": lambda: select(Message.id).where(Message.id.in_(select(Other.id))),
    "exists": lambda: select(literal(1)).where(exists().where(Message.sequence == 1)),
    "exists_method": lambda: select(literal(1)).where(select(Message.id).exists()),
    "scalar_subquery": lambda: select(literal(1)).where(select(func.count(Message.id)).scalar_subquery() > 0),
    "cte": lambda: select(Cte.c.id),
    "union": lambda: union_all(select(Message.id), select(Other.id)),
    "for_update": lambda: select(Message).with_for_update(skip_locked=True),
    "no_loading": lambda: select(Message).options(selectinload(Message.data_key)),
    "distinct": lambda: select(Message.sender).distinct(),
}


@pytest.mark.parametrize("shape", READS)
async def test_a_read_of_any_shape_stays_in_town(store: Store, shape: str) -> None:
    await kept_conversation(store, "taiki", "大樹の言葉")
    statement = READS[shape]()
    async with store.town("taiki") as session:
        assert (await session.execute(statement)).all(), "the shape finds its own town's rows"
    async with store.town("itoman") as session:
        assert not (await session.execute(statement)).all()
    if shape != "for_update":
        async with store.reading("itoman") as session:
            assert not (await session.execute(statement)).all()


async def test_get_and_refresh_stay_in_town(store: Store) -> None:
    kept = await kept_conversation(store, "taiki", "一")
    async with store.town("itoman") as session:
        assert await session.get(Conversation, kept.id) is None
        with pytest.raises(Unscoped):
            session.add(kept)


WRITES: dict[str, Callable[[], Any]] = {
    "update": lambda: update(Message).values(media="gone"),
    "update_where": lambda: update(Message).where(Message.sequence == 1).values(media="gone"),
    "update_exists": lambda: update(Message).where(select(Other.id).exists()).values(media="gone"),
    "update_in": lambda: update(Message).where(Message.id.in_(select(Other.id))).values(media="gone"),
    "update_no_sync": lambda: (
        update(Message).values(media="gone").execution_options(synchronize_session=False)
    ),
    "update_returning": lambda: update(Message).values(media="gone").returning(Message.id),
    "delete": lambda: delete(Message),
    "delete_where": lambda: delete(Message).where(Message.sequence == 1),
}


@pytest.mark.parametrize("shape", WRITES)
async def test_a_write_of_any_shape_stays_in_town(store: Store, shape: str) -> None:
    await kept_conversation(store, "taiki", "大樹の言葉")
    await kept_conversation(store, "itoman", "糸満の言葉")
    async with store.town("itoman") as session:
        await session.execute(WRITES[shape]())
    async with store.reading("taiki") as session:
        message = (await session.scalars(select(Message))).one()
        assert message.media is None
    async with store.reading("itoman") as session:
        rest = (await session.scalars(select(Message))).all()
        assert [row.media for row in rest] == ([] if shape.startswith("delete") else ["gone"])


REFUSED: dict[str, Callable[[], Any]] = {
    "text": lambda: text("SELECT * FROM message"),
    "text_in_where": lambda: select(Message).where(text("1 = 1")),
    "core_table": lambda: select(Message.__table__),
    "core_column": lambda: select(Message.__table__.c.id),
    "core_alias": lambda: select(Message.__table__.alias("m").c.id),
    "core_beside_entity": lambda: select(Message.id, Contact.__table__.c.id),
    "core_in_subquery": lambda: select(Message.id).where(Message.id.in_(select(Contact.__table__.c.id))),
    "core_update": lambda: update(MESSAGE).values(media="x"),
    "core_delete": lambda: delete(MESSAGE),
    "core_insert": lambda: insert(MESSAGE).values(id=new_id(at_noon())),
    "insert_without_town": lambda: insert(Event).values(id=new_id(at_noon()), sequence=1, kind="x"),
    "insert_other_town": lambda: insert(Event).values(id=new_id(at_noon()), municipality_id="itoman", sequence=1),
    "insert_two_towns": lambda: insert(Event).values(
        [{"id": new_id(at_noon()), "municipality_id": town, "sequence": 1} for town in TOWNS]
    ),
    "insert_select": lambda: insert(Event).from_select(["id", "municipality_id"], select(Event.id, literal("taiki"))),
    "move_rows": lambda: update(Message).values(municipality_id="itoman"),
}


@pytest.mark.parametrize("shape", REFUSED)
async def test_what_cannot_be_scoped_is_refused(store: Store, shape: str) -> None:
    await kept_conversation(store, "taiki", "一")
    async with store.town("taiki") as session:
        with pytest.raises(Unscoped):
            await session.execute(REFUSED[shape]())


async def test_lists_of_parameters_are_checked_too(store: Store) -> None:
    def event(town: str) -> dict[str, Any]:
        return {
            "id": new_id(at_noon()), "municipality_id": town, "sequence": 1, "kind": "x", "created_at": at_noon()
        }

    async with store.town("taiki") as session:
        await session.execute(insert(Event), [event("taiki")])
        with pytest.raises(Unscoped):
            await session.execute(insert(Event), [event("taiki"), event("itoman")])
        with pytest.raises(Unscoped):
            await session.execute(update(Event), [{"id": new_id(at_noon()), "kind": "y"}])


async def test_new_rows_get_the_town_and_other_towns_rows_are_refused(store: Store) -> None:
    async with store.town("taiki") as session:
        conversation = await start_conversation(session)
    assert conversation.municipality_id == "taiki"
    assert conversation.created_at == at_noon()


async def test_another_towns_new_row_is_refused(store: Store) -> None:
    async with store.town("taiki") as session:
        with pytest.raises(Unscoped):
            session.add(Contact(municipality_id="itoman", channel="web", data_key=await town_key(session)))


async def test_a_row_that_changes_its_town_is_refused(store: Store) -> None:
    await kept_conversation(store, "taiki", "一")
    async with store.town("taiki") as session:
        found = (await session.scalars(select(Conversation))).one()
        found.municipality_id = "itoman"
        with pytest.raises(Unscoped):
            await session.flush()
        session.expunge_all()


async def test_everywhere_a_row_must_name_its_town(store: Store) -> None:
    async with store.everywhere() as session:
        session.add(TicketWindow(ticket_id=new_id(at_noon()), window_id="taiki.fukushi"))
        with pytest.raises(Unscoped):
            await session.flush()
        session.expunge_all()


async def test_bulk_methods_are_refused(store: Store) -> None:
    async with store.town("taiki") as session:
        with pytest.raises(Unscoped):
            session.sync_session.bulk_save_objects([])
        with pytest.raises(Unscoped):
            session.sync_session.bulk_insert_mappings(inspect(Event), [])


async def test_everywhere_sees_all_towns(store: Store) -> None:
    for town in TOWNS:
        await kept_conversation(store, town, town)
    async with store.everywhere() as session:
        rows = (await session.scalars(select(Message).order_by(Message.municipality_id))).all()
        assert [row.payload["text"] for row in rows] == ["itoman", "taiki"]
    async with store.reading_everywhere() as session:
        assert len((await session.scalars(select(Message))).all()) == 2
        with pytest.raises(Unscoped):
            await session.execute(text("SELECT 1"))


async def test_a_reading_session_does_not_write(store: Store) -> None:
    await kept_conversation(store, "taiki", "一")

    async def leave_a_change() -> None:
        async with store.reading("taiki") as session:
            message = (await session.scalars(select(Message))).one()
            message.payload = {"text": "changed"}

    with pytest.raises(ReadOnly):
        await leave_a_change()
    async with store.reading("taiki") as session:
        session.add(Contact(channel="web", data_key=await town_key(session)))
        with pytest.raises(ReadOnly):
            await session.flush()
        session.expunge_all()
    async with store.reading("taiki") as session:
        with pytest.raises(Exception, match=r"(?i)read-?only"):
            await session.execute(update(Message).values(media="x"))


async def test_a_session_of_our_own_making_is_refused(store: Store) -> None:
    async with AsyncSession(store.engine) as session:
        with pytest.raises(Unscoped):
            scope_of(session)


async def test_another_towns_parent_is_refused(store: Store) -> None:
    """The composite foreign key, not the guard: a conversation cannot belong to another town's contact."""
    kept = await kept_conversation(store, "taiki", "一")

    async def point_over() -> None:
        async with store.town("itoman") as session:
            key = await town_key(session)
            session.add(Conversation(contact_id=kept.contact_id, channel="web", last_at=at_noon(), data_key=key))

    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await point_over()
