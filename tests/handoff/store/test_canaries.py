"""No word of a resident is in the database's bytes, neither in its files nor in what it would dump."""

from __future__ import annotations

from pathlib import Path

import pytest

from handoff.privacy.audit import record
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store, town_key
from handoff.store.ids import new_id
from handoff.store.journal import Journal
from handoff.store.models import ChannelAccount, DecisionRecord, Note, OutboxItem, StaffMember, Ticket
from tests.databases import Postgres, at_noon, open_store
from tests.handoff.store.rows import start_conversation
from tests.handoff.store.test_journal import event

CANARY = "カナリア-canary-7f3a"
SPELLINGS = (
    CANARY.encode(), CANARY.encode("utf-16-le"), CANARY.encode("unicode_escape"), CANARY.encode().hex().encode(),
    b"canary-7f3a",
)


async def write_canaries(store: Store) -> None:
    """Something in every sealed column that a conversation fills."""
    now = at_noon()
    async with store.town("taiki") as session:
        conversation = await start_conversation(session, CANARY, name=CANARY)
        own, town = conversation.data_key, await town_key(session)
        staff = StaffMember(
            id=new_id(now), login="ito", role="staff", password_hash="x", must_change=False, name=CANARY, data_key=town
        )
        ticket = Ticket(
            id=new_id(now), number="taiki-2026-0001", conversation_id=conversation.id, urgency="normal", fields=[],
            patterns=[], crisis=[], summary={"next": CANARY}, data_key=own,
        )
        session.add_all([
            staff, ticket,
            DecisionRecord(
                conversation_id=conversation.id, upto_sequence=1, action="route", urgency="normal", knowledge="k",
                body={"reasons": [CANARY]}, data_key=own,
            ),
            Note(ticket_id=ticket.id, staff_id=staff.id, body=CANARY, data_key=own),
            OutboxItem(
                conversation_id=conversation.id, channel="line", first_sequence=1, last_sequence=1, due_at=now,
                payload={"bubbles": [CANARY]}, data_key=own,
            ),
            ChannelAccount(kind="line", key="k", credentials={"secret": CANARY}, data_key=town),
        ])
        await record(session, action="ticket_opened", staff_id=staff.id, reason=CANARY, now=now)
        await session.flush()
    journal = await Journal.open(store)
    await journal.append([event(1, town)])
    await journal.close()


def leaks(data: bytes) -> list[bytes]:
    return [spelling for spelling in SPELLINGS if spelling in data]


async def test_no_plaintext_in_sqlite_files(sqlite_url: str, sqlite_file: Path, keys: KeyRing) -> None:
    async with open_store(sqlite_url, keys) as store:
        await write_canaries(store)
        files = {path.name: path.read_bytes() for path in sqlite_file.parent.glob("tsunagu.db*")}
    assert "tsunagu.db-wal" in files
    assert b"taiki-2026-0001" in b"".join(files.values()), "the rows are in these bytes"
    assert {name: leaks(data) for name, data in files.items()} == {name: [] for name in files}
    assert not leaks(sqlite_file.read_bytes()), "after the checkpoint at closing"


@pytest.mark.postgres
async def test_no_plaintext_in_a_postgresql_dump(postgres_url: str, keys: KeyRing, postgres: Postgres) -> None:
    async with open_store(postgres_url, keys) as store:
        await write_canaries(store)
    dumped = postgres.sql("SELECT * FROM ticket", "SELECT * FROM message", database=postgres_url.rpartition("/")[2])
    assert "taiki-2026-0001" in dumped
    dump = postgres.run("pg_dump", "-h", str(postgres.folder), "-p", str(postgres.port), "-U", "root_of_tests",
                        postgres_url.rpartition("/")[2])
    assert "taiki-2026-0001" in dump
    assert not leaks(dump.encode())
