"""「消したい」 is kept: one talk goes with all of it, but nothing that is still under way, and nobody else's."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.privacy.erasures import Erasures
from handoff.privacy.on_wish import Obstacle, erased, talk_of
from handoff.store.db import Store, town_key
from handoff.store.models import (
    AuditEntry,
    Case,
    CaseTicket,
    Conversation,
    DataKey,
    Disclosure,
    Message,
    OutboxItem,
    StaffMember,
    Ticket,
)
from tests.databases import at_noon
from tests.handoff.privacy.test_retention import talk

NOW = at_noon()


@pytest.fixture
def erasures(tmp_path: Path) -> Erasures:
    return Erasures(tmp_path / "erased-keys.txt")


async def ended(session: AsyncSession) -> Ticket:
    """A talk of today whose ticket staff have ended."""
    conversation = await talk(session, last_at=NOW, status="resolved", resolved_at=NOW)
    return (await session.scalars(select(Ticket).where(Ticket.conversation_id == conversation.id))).one()


async def test_all_of_it_goes_and_the_record_keeps_its_number(store: Store, erasures: Erasures) -> None:
    async with store.town("taiki") as session:
        ticket, other = await ended(session), await talk(session, last_at=NOW)
        key = (await session.get_one(Conversation, ticket.conversation_id)).data_key_id
    async with store.reading("taiki") as session:
        found = await talk_of(session, ticket.number)
    assert found is not None
    assert (found.numbers, found.obstacles) == ((ticket.number,), ())
    assert await erased(store, "taiki", ticket.number, erasures=erasures, now=NOW) == found
    async with store.reading("taiki") as session:
        assert list(await session.scalars(select(Conversation.id))) == [other.id]
        assert await session.scalar(select(func.count()).select_from(Message)) == 1
        assert (await session.get_one(DataKey, key)).wrapped is None
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "erased_on_wish"))).one()
        assert entry.reason == ticket.number
        assert await talk_of(session, ticket.number) is None
    assert key in erasures.known(), "nor does a backup bring it back"


async def of_another_town(store: Store) -> str:
    async with store.town("itoman") as session:
        return (await ended(session)).number


async def test_another_towns_number_is_unknown(store: Store, erasures: Erasures) -> None:
    number = await of_another_town(store)
    assert await erased(store, "taiki", number, erasures=erasures, now=NOW) is None
    async with store.reading("itoman") as session:
        assert await talk_of(session, number) is not None


async def opened_again(session: AsyncSession, ticket: Ticket) -> None:
    ticket.status = "open"


async def asked_to_see(session: AsyncSession, ticket: Ticket) -> None:
    staff = StaffMember(login="suzuki", role="coordinator", password_hash="x", name="鈴木", data_key=await town_key(session))
    session.add(staff)
    await session.flush()
    session.add(Disclosure(
        ticket_id=ticket.id, staff_id=staff.id, requester="own", whose="writer", state="open", received_at=NOW, due_at=NOW,
        body={}, data_key=ticket.data_key,
    ))


async def on_its_way(session: AsyncSession, ticket: Ticket) -> None:
    session.add(OutboxItem(
        conversation_id=ticket.conversation_id, channel="line", first_sequence=1, last_sequence=1, due_at=NOW, payload={},
        data_key=ticket.data_key,
    ))


@pytest.mark.parametrize(("happens", "obstacle"), [
    (opened_again, "open"), (asked_to_see, "asked_to_see"), (on_its_way, "on_its_way"),
])
async def test_what_is_under_way_stays(
    store: Store, erasures: Erasures, happens: Callable[[AsyncSession, Ticket], Awaitable[None]], obstacle: Obstacle
) -> None:
    async with store.town("taiki") as session:
        ticket = await ended(session)
        await happens(session, ticket)
    found = await erased(store, "taiki", ticket.number, erasures=erasures, now=NOW)
    assert found is not None
    assert found.obstacles == (obstacle,)
    async with store.reading("taiki") as session:
        assert await talk_of(session, ticket.number) is not None
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 0
    assert not erasures.path.exists()


async def test_what_an_open_case_has_stays_until_it_is_closed(store: Store, erasures: Erasures) -> None:
    async with store.town("taiki") as session:
        ticket = await ended(session)
        case = Case(number="x-1", stage="received", body={}, data_key=ticket.data_key)
        session.add(case)
        await session.flush()
        session.add(CaseTicket(case_id=case.id, ticket_id=ticket.id))
    found = await erased(store, "taiki", ticket.number, erasures=erasures, now=NOW)
    assert found is not None
    assert found.obstacles == ("in_case",)
    async with store.town("taiki") as session:
        (await session.scalars(select(Case))).one().closed_at = NOW
    await erased(store, "taiki", ticket.number, erasures=erasures, now=NOW)
    async with store.reading("taiki") as session:
        assert await talk_of(session, ticket.number) is None
        assert (await session.scalars(select(Case))).one(), "a case has its own time"
