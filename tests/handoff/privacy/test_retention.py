"""What is over goes with everything that belongs to it, what is not over stays; an old backup brings nothing back."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.intake import resume, webchat
from handoff.privacy.audit import verify
from handoff.privacy.erasures import Erasures
from handoff.privacy.keys import KeyRing
from handoff.privacy.retention import TRACES, Count, count, erase_again, purge, referrers
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import (
    AuditEntry,
    Base,
    Contact,
    Conversation,
    DataKey,
    Event,
    Message,
    MunicipalityRow,
    Note,
    OutboxItem,
    TenantRow,
    Ticket,
    TicketWindow,
)
from tests.databases import at_noon, open_store
from tests.handoff.store.rows import start_conversation

NOW = at_noon()
OLD = NOW - timedelta(days=400)
DAYS = 365


@pytest.fixture
def erasures(tmp_path: Path) -> Erasures:
    return Erasures(tmp_path / "erased-keys.txt")


async def talk(
    session: AsyncSession, *, last_at: object = OLD, status: str | None = None, resolved_at: object = None
) -> Conversation:
    """A conversation with a message and what else may hang on one."""
    conversation = await start_conversation(session, "母の物忘れが心配です")
    conversation.last_at = last_at  # type: ignore[assignment]
    if status is not None:
        ticket = Ticket(
            id=new_id(NOW), number=f"taiki-{new_id(NOW)}", conversation_id=conversation.id, urgency="normal", fields=[],
            patterns=[], crisis=[], summary={}, data_key=conversation.data_key, status=status, resolved_at=resolved_at,
        )
        staff = new_id(NOW)
        session.add_all([
            ticket, TicketWindow(ticket_id=ticket.id, window_id="taiki.fukushi"),
            Note(ticket_id=ticket.id, staff_id=staff, body="覚え", data_key=conversation.data_key),
        ])
    await session.flush()
    await emit(session, kind="message", conversation_id=conversation.id)
    return conversation


async def rows(session: AsyncSession, kind: type[Base]) -> int:
    return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_all_of_a_conversation_goes(store: Store, erasures: Erasures) -> None:
    async with store.town("taiki") as session:
        over = await talk(session, status="resolved", resolved_at=OLD)
        key = over.data_key_id
    assert await count(store, "taiki", days=DAYS, now=NOW) == Count(1, 0)
    assert await purge(store, "taiki", days=DAYS, erasures=erasures, now=NOW) == Count(1, 0)
    async with store.reading("taiki") as session:
        for kind in (Conversation, Contact, Message, Ticket, TicketWindow, Note, Event):
            assert await rows(session, kind) == 0, kind.__tablename__
        destroyed = await session.get_one(DataKey, key)
        assert (destroyed.wrapped, destroyed.destroyed_at) == (None, NOW)
        entry = (await session.scalars(select(AuditEntry))).one()
        assert (entry.action, entry.reason) == ("purged", "retention_days=365 conversations=1")
        assert (await verify(session)).entries == 1
        town = await session.get_one(MunicipalityRow, "taiki")
        assert (await session.get_one(DataKey, town.data_key_id)).wrapped is not None, "the town's own key stays"
    assert erasures.known() >= {key}


async def test_what_is_not_over_stays(store: Store, erasures: Erasures) -> None:
    async with store.town("taiki") as session:
        await talk(session, last_at=NOW - timedelta(days=364))
        await talk(session, status="open")
        await talk(session, status="in_progress", resolved_at=OLD)  # opened again
        await talk(session, status="resolved", resolved_at=NOW - timedelta(days=364))
        (await talk(session)).closed_at = NOW - timedelta(days=364)
        waiting = await talk(session)
        session.add(OutboxItem(
            conversation_id=waiting.id, channel="line", first_sequence=1, last_sequence=1, due_at=NOW,
            payload={}, data_key=waiting.data_key,
        ))
    async with store.town("itoman") as session:
        await talk(session)
    assert await count(store, "taiki", days=DAYS, now=NOW) == Count()
    assert await purge(store, "taiki", days=DAYS, erasures=erasures, now=NOW) == Count()
    assert await purge(store, "itoman", days=None, erasures=erasures, now=NOW) == Count(), "the town has set no time"
    async with store.reading("taiki") as session:
        assert (await rows(session, Conversation), await rows(session, AuditEntry)) == (6, 0)
    async with store.reading("itoman") as session:
        assert await rows(session, Conversation) == 1
    assert erasures.known() == frozenset()


async def test_a_contact_with_another_talk_stays(store: Store, erasures: Erasures) -> None:
    async with store.town("taiki") as session:
        over, going_on = await talk(session), await talk(session, last_at=NOW)
        contact = await session.get_one(Contact, over.contact_id)
        going_on.contact_id = contact.id
        key = contact.data_key_id
    assert await purge(store, "taiki", days=DAYS, erasures=erasures, now=NOW) == Count(1)
    async with store.reading("taiki") as session:
        assert (await session.get_one(Contact, contact.id)).name == "相談 花子"
        assert (await session.get_one(DataKey, key)).wrapped is not None


async def test_old_traces_go_but_not_the_newest_event(store: Store, erasures: Erasures) -> None:
    for _ in range(3):
        async with store.town("taiki") as session:
            await emit(session, kind="message")
    later = NOW + timedelta(days=31)
    assert await purge(store, "taiki", days=None, erasures=erasures, now=later) == Count(0, 2)
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(Event.sequence))).all() == [3]


async def looked_at(store: Store, *, now: datetime = NOW) -> UUID:
    """Somebody opened the chat on the town's page, and nothing more."""
    said = [Outgoing("こちらは自動案内です")]
    async with store.town("taiki") as session:
        opened = await webchat.open_conversation(
            session, "taiki", language="ja", notice=said, keys=store.keys, now=now
        )
        return opened.conversation.id


async def test_talks_that_nobody_ever_wrote_in_go_with_the_traces(store: Store, erasures: Erasures) -> None:
    """Also where the town has set no retention: each look at the page leaves one."""
    looked, phrase, wrote = [await looked_at(store) for _ in range(3)]
    async with store.town("taiki") as session:
        conversation = await session.get_one(Conversation, phrase)
        await resume.keep(session, conversation, b"x" * 32, now=NOW)
        await webchat.accept(session, wrote, text="はい", client_message_id="1", keys=store.keys, now=NOW)
    assert await count(store, "taiki", days=None, now=NOW + TRACES) == Count()
    later = NOW + TRACES + timedelta(days=1)
    fresh = await looked_at(store, now=later)
    expected = await count(store, "taiki", days=None, now=later)
    assert await purge(store, "taiki", days=None, erasures=erasures, now=later) == expected
    async with store.reading("taiki") as session:
        assert set((await session.scalars(select(Conversation.id))).all()) == {phrase, wrote, fresh}
        assert await session.get(Conversation, looked) is None
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "purged"))).one()
        assert entry.reason == "unwritten=1"


async def test_an_old_copy_brings_nothing_back(
    sqlite_url: str, sqlite_file: Path, keys: KeyRing, tmp_path: Path, erasures: Erasures
) -> None:
    async with open_store(sqlite_url, keys) as store:
        async with store.town("taiki") as session:
            over, stays = await talk(session), await talk(session, last_at=NOW)
    shutil.copy(sqlite_file, tmp_path / "copy.db")
    async with open_store(sqlite_url, keys) as store:
        await purge(store, "taiki", days=DAYS, erasures=erasures, now=NOW)
    async with open_store(f"sqlite:///{tmp_path}/copy.db", keys) as store:
        assert await erase_again(store, erasures, now=NOW) == 1
        async with store.reading("taiki") as session:
            assert (await session.scalars(select(Conversation.id))).all() == [stays.id]
            assert (await session.get_one(DataKey, over.data_key_id)).wrapped is None
        assert await erase_again(store, erasures, now=NOW) == 0


def test_every_table_that_names_a_conversation_is_reached() -> None:
    """A new table must not be forgotten: whatever has such a column goes along, the record of acts excepted."""
    reached: set[str] = set()
    waiting: list[type[TenantRow]] = [Conversation]
    while waiting:
        for other, _ in referrers(waiting.pop()):
            if other.__tablename__ not in reached:
                reached.add(other.__tablename__)
                waiting.append(other)
    naming = {
        table.name for table in Base.metadata.tables.values()
        if {"conversation_id", "ticket_id", "message_id"} & set(table.c.keys())
    }
    assert naming - reached == {"audit_entry"}
    assert not reached & {"conversation", "contact", "staff_member", "audit_entry", "municipality"}


def test_a_damaged_list_does_not_pass_for_whole(erasures: Erasures) -> None:
    assert erasures.note([UUID(int=1), UUID(int=2)]) == 2
    assert erasures.note([UUID(int=2), UUID(int=3)]) == 1
    with erasures.path.open("a") as file:
        file.write("0000\n")
    with pytest.raises(ValueError, match="erased-keys"):
        erasures.known()
