"""Sealing: what goes in comes out, only in its own place and only with its own key."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.dialects import sqlite

from handoff.privacy.keys import KeyDestroyed, KeyRing
from handoff.store.db import Store, town_key
from handoff.store.ids import new_id
from handoff.store.models import Contact, Conversation, DataKey, Message
from handoff.store.sealed import NoDataKey, SealBroken, Sealed, canonical
from tests.databases import at_noon
from tests.handoff.store.rows import kept_conversation, start_conversation

WORDS = ["母の介護で、もう限界です。", "", "𠮷野家の前 👨‍👩‍👧", "lone \ud800 surrogate", "nul \x00 here"]


@pytest.mark.parametrize("text", WORDS)
async def test_words_survive(store: Store, text: str) -> None:
    kept = await kept_conversation(store, "taiki", text)
    async with store.reading("taiki") as session:
        message = (await session.scalars(select(Message).where(Message.conversation_id == kept.id))).one()
    assert message.payload == {"text": text}


async def test_the_order_of_arguments_does_not_matter(store: Store) -> None:
    async with store.town("taiki") as session:
        key = await town_key(session)
        first = Contact(name="あ", id=new_id(at_noon()), channel="web", data_key=key)
        second = Contact(data_key_id=key.id, channel="web", name="い")
        session.add_all([first, second])
        assert (first.name, second.name) == ("あ", "い")
        await session.flush()
        assert (first.name, second.name) == ("あ", "い")
    assert (first.name, second.name) == ("あ", "い")
    async with store.reading("taiki") as session:
        read = [await session.get_one(Contact, row.id) for row in (first, second)]
    assert [row.name for row in read] == ["あ", "い"]


async def test_none_stays_none(store: Store) -> None:
    async with store.town("taiki") as session:
        contact = Contact(name=None, channel="web", data_key=await town_key(session))
        session.add(contact)
        await session.flush()
        assert contact.name is None
        assert contact.name_sealed is None
        contact.name = "う"
    async with store.town("taiki") as session:
        again = await session.get_one(Contact, contact.id)
        assert again.name == "う"
        again.name = None
    async with store.reading("taiki") as session:
        assert (await session.get_one(Contact, contact.id)).name_sealed is None


async def test_an_assignment_alone_makes_the_row_change(store: Store) -> None:
    kept = await kept_conversation(store, "taiki", "前")
    async with store.town("taiki") as session:
        message = (await session.scalars(select(Message))).one()
        message.payload = {"text": "後"}
        assert message.payload == {"text": "後"}
    async with store.reading("taiki") as session:
        read = (await session.scalars(select(Message).where(Message.conversation_id == kept.id))).one()
    assert read.payload == {"text": "後"}


async def test_a_read_value_is_a_copy(store: Store) -> None:
    await kept_conversation(store, "taiki", "もと")
    async with store.town("taiki") as session:
        message = (await session.scalars(select(Message))).one()
        message.payload["text"] = "changed in place"
        assert message.payload == {"text": "もと"}


async def test_ciphertext_does_not_move_to_another_row_or_column(store: Store) -> None:
    await kept_conversation(store, "taiki", "一", "二")
    async with store.town("taiki") as session:
        first, second = await session.scalars(select(Message).order_by(Message.sequence))
        second.payload_sealed = first.payload_sealed
        contact = (await session.scalars(select(Contact))).one()
        contact.address_sealed = contact.name_sealed
    with pytest.raises(SealBroken):
        _ = second.payload
    with pytest.raises(SealBroken):
        _ = contact.address
    assert contact.name == "相談 花子"


async def test_every_changed_byte_is_noticed(store: Store) -> None:
    await kept_conversation(store, "taiki", "一")
    async with store.reading("taiki") as session:
        message = (await session.scalars(select(Message))).one()
    sealed = message.payload_sealed
    assert sealed is not None
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealBroken):
            Message.payload.open(message.id, message.data_key, changed)
    with pytest.raises(SealBroken):
        Message.payload.open(message.id, message.data_key, sealed[:20])


async def test_the_same_words_look_different(store: Store) -> None:
    await kept_conversation(store, "taiki", "同じ", "同じ")
    async with store.reading("taiki") as session:
        first, second = await session.scalars(select(Message))
    assert first.payload_sealed != second.payload_sealed


async def test_a_destroyed_key_leaves_the_words_unreadable(store: Store) -> None:
    kept = await kept_conversation(store, "taiki", "消す")
    other = await kept_conversation(store, "taiki", "残す")
    async with store.town("taiki") as session:
        key = await session.get_one(DataKey, kept.data_key_id)
        store.keys.destroy(key, now=at_noon())
    async with store.reading("taiki") as session:
        rows = {row.conversation_id: row for row in await session.scalars(select(Message))}
    with pytest.raises(KeyDestroyed):
        _ = rows[kept.id].payload
    assert rows[other.id].payload == {"text": "残す"}


async def test_a_row_without_key_says_so_and_not_its_words(store: Store) -> None:
    with pytest.raises(NoDataKey) as problem:
        async with store.town("taiki") as session:
            session.add(Contact(channel="web", name="秘密の名前"))
    assert "秘密" not in str(problem.value)
    with pytest.raises(NoDataKey):
        async with store.town("taiki") as session:
            session.add(Contact(channel="web", name="x", data_key=await _key_of(store, "itoman")))


async def _key_of(store: Store, town: str) -> DataKey:
    async with store.reading(town) as session:
        return await town_key(session)


async def test_bytes_sealed_by_hand_open_through_the_row(store: Store) -> None:
    async with store.town("taiki") as session:
        key = await town_key(session)
        contact = Contact(id=new_id(at_noon()), channel="web", data_key=key)
        contact.address_sealed = Contact.address.seal(contact.id, key, "U123")
        session.add(contact)
    async with store.reading("taiki") as session:
        assert (await session.get_one(Contact, contact.id)).address == "U123"


async def test_with_for_update_locks_the_row_and_not_its_key(database_url: str, store: Store) -> None:
    """Two workers of a town share its data key; SKIP LOCKED must skip rows, not the whole town."""
    if not database_url.startswith("postgresql"):
        statement = select(Contact).with_for_update(skip_locked=True)
        assert "FOR UPDATE" not in str(statement.compile(dialect=sqlite.dialect()))
        return
    async with store.town("taiki") as session:
        key = await town_key(session)
        session.add_all([Contact(channel="web", name=name, data_key=key) for name in ("a", "b")])
    claim = select(Contact).order_by(Contact.id).limit(1).with_for_update(skip_locked=True)
    async with store.town("taiki") as one, store.town("taiki") as two:
        first, second = (await one.scalars(claim)).one(), (await two.scalars(claim)).one()
    assert {first.name, second.name} == {"a", "b"}


async def test_rows_stay_sealed_in_an_update_of_other_columns(store: Store) -> None:
    kept = await kept_conversation(store, "taiki", "そのまま")
    async with store.town("taiki") as session:
        await session.execute(update(Message).where(Message.conversation_id == kept.id).values(media="image"))
        assert (await session.scalar(select(func.count()).select_from(Message))) == 1
        assert (await session.scalars(select(Message))).one().payload == {"text": "そのまま"}


async def test_after_a_flush_new_rows_and_conversations_are_readable(store: Store) -> None:
    async with store.town("taiki") as session:
        conversation = await start_conversation(session, "一")
        await session.flush()
        await session.refresh(conversation)
        loaded = await session.get_one(Conversation, conversation.id)
        assert loaded.data_key is conversation.data_key
        assert (await session.scalars(select(Message))).one().payload == {"text": "一"}


def test_values_must_be_json() -> None:
    with pytest.raises(TypeError):
        canonical({1, 2})
    with pytest.raises(ValueError, match="Out of range"):
        canonical(float("nan"))
    assert canonical({"b": 1, "a": "あ"}) == '{"a":"あ","b":1}'.encode()


def test_the_class_attribute_is_the_descriptor(keys: KeyRing) -> None:
    assert isinstance(Message.payload, Sealed)
    assert (Message.payload.table, Message.payload.column) == ("message", "payload_sealed")
    key = keys.new_data_key("taiki", now=at_noon())
    row_id = new_id(at_noon())
    with pytest.raises(SealBroken):
        Message.payload.open(row_id, keys.new_data_key("taiki", now=at_noon()), Message.payload.seal(row_id, key, "x"))
