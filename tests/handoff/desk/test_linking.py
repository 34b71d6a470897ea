"""Ties between tickets: within what one may see, never restricted ones, reports only by the coordinator, and back again."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk import answers, custody, linking, tickets
from handoff.desk.access import NotYours
from handoff.desk.linking import NotTogether
from handoff.desk.queue import Filters, lines_of, list_for
from handoff.desk.staff import SignedIn
from handoff.intake import safety
from handoff.store.db import Store
from handoff.store.models import Conversation, Ticket, TicketLink
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, conversation_of
from tests.whole import knowledge
from triage.types import Person

LATER = NOON + timedelta(minutes=10)
PAIR = (Person("self", (81, 81), ()), Person("child", (52, 52), ()))
SON = (Person("self", (52, 52), ()), Person("parent", (81, 81), ()))


async def tie(store: Store, staff: SignedIn, one: str, two: str, kind: str = "same") -> None:
    async with store.town("taiki") as session:
        await linking.tie(session, staff, one, two, kind=kind, now=LATER)


async def listed(store: Store, staff: SignedIn, **more: object) -> list[str]:
    async with store.reading("taiki") as session:
        return [line.number for line in await list_for(session, staff, Filters(**more))]  # type: ignore[arg-type]


async def tied(store: Store, staff: SignedIn, number: str) -> list[tuple[str, str, bool]]:
    async with store.reading("taiki") as session:
        row = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        (line,) = await lines_of(session, [row])
        return [(one.line.number, one.kind, one.kept) for one in await linking.links_of(session, staff, line)]


async def maybe(store: Store, staff: SignedIn, number: str) -> list[str]:
    async with store.town("taiki") as session:
        return [one.line.number for one in await linking.suggested(session, staff, number, apart=frozenset({"夫"}), now=LATER)]


async def changed(store: Store, number: str, change: Callable[[AsyncSession, Ticket], Awaitable[None]]) -> None:
    async with store.town("taiki") as session:
        await change(session, (await session.scalars(select(Ticket).where(Ticket.number == number))).one())


async def restrict(session: AsyncSession, ticket: Ticket) -> None:
    ticket.restricted = True


async def test_suggested_is_only_what_one_may_see(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff, boss = await hire("suzuki", "taiki.fukushi"), await hire("boss", role="coordinator")
    mother = await open_ticket("母", household=PAIR)
    son = await open_ticket("息子", household=SON)
    elsewhere = await open_ticket("よその窓口", household=SON, windows=("taiki.koreisha",))
    hidden = await open_ticket("たたかれた", household=SON, crisis=("elder_abuse",))
    await open_ticket("ちがう人", household=(Person("self", (30, 30), ()),))
    assert await maybe(store, staff, mother) == [son]
    assert set(await maybe(store, boss, mother)) == {son, elsewhere}
    assert await maybe(store, boss, hidden) == [], "a restricted ticket suggests nothing, to nobody"
    await tie(store, staff, mother, son, "household")
    assert await maybe(store, staff, mother) == [], "what is tied is suggested no more"


async def test_two_of_a_household_stand_side_by_side_and_are_parted(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff, mother, son = await hire("suzuki", "taiki.fukushi"), await open_ticket("母"), await open_ticket("息子")
    await tie(store, staff, mother, son, "household")
    assert await tied(store, staff, mother) == [(son, "household", False)]
    assert await tied(store, staff, son) == [(mother, "household", True)]
    assert set(await listed(store, staff)) == {mother, son}
    async with store.town("taiki") as session:
        link = (await session.scalars(select(TicketLink))).one()
        await linking.part(session, staff, son, link.id, now=LATER)
    assert await tied(store, staff, mother) == []
    async with store.town("taiki") as session:
        with pytest.raises(NotTogether):
            await linking.part(session, staff, son, link.id, now=LATER)
    await tie(store, staff, son, mother, "household")
    assert await tied(store, staff, mother) == [(son, "household", True)], "tied anew"


async def test_of_one_matter_the_graver_stays_in_the_lists_and_both_windows_see_it(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff = await hire("suzuki", "taiki.fukushi", "taiki.koreisha")
    other = await hire("sato", "taiki.fukushi")
    mild, grave = await open_ticket("母"), await open_ticket("息子", urgency="urgent", windows=("taiki.koreisha",))
    assert await listed(store, other) == [mild]
    await tie(store, staff, mild, grave)
    assert await listed(store, staff) == [grave]
    assert await listed(store, other) == [grave], "the folded one's window came along"
    assert set(await listed(store, staff, status="all")) == {mild, grave}
    assert await tied(store, staff, grave) == [(mild, "same", False)]
    async with store.town("taiki") as session:
        link = (await session.scalars(select(TicketLink))).one()
        await linking.part(session, staff, grave, link.id, now=LATER)
    assert set(await listed(store, staff)) == {mild, grave}
    assert await listed(store, other) == [mild], "and went with it"


async def test_a_folded_ticket_comes_back_when_its_resident_writes_and_goes_when_answered(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff, conversation = await hire("suzuki", "taiki.fukushi"), await conversation_of(store, "息子")
    kept, folded = await open_ticket("母"), await open_ticket("息子", conversation=conversation)
    await tie(store, staff, kept, folded)
    async with store.town("taiki") as session:
        row = await session.get_one(Conversation, conversation)
        await tickets.attach(session, row, town=knowledge().towns["taiki"], now=LATER + timedelta(hours=1))
    assert set(await listed(store, staff)) == {kept, folded}
    async with store.town("taiki") as session:
        await answers.reply(session, staff, folded, text="読みました。", now=LATER + timedelta(hours=2))
    assert await listed(store, staff) == [kept]


async def test_one_that_becomes_restricted_is_on_its_own_at_once(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    boss, one, two = await hire("boss", role="coordinator"), await open_ticket("母"), await open_ticket("息子")
    await tie(store, boss, one, two)
    for hidden in (one, two):
        await changed(store, hidden, restrict)
        assert set(await listed(store, boss)) == {one, two}
        assert await tied(store, boss, one) == []
        assert await tied(store, boss, two) == []


async def test_what_ends_takes_along_what_was_one_matter_but_not_what_waits(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff, conversation = await hire("suzuki", "taiki.fukushi"), await conversation_of(store, "息子")
    kept, quiet = await open_ticket("母"), await open_ticket("父")
    waits = await open_ticket("息子", conversation=conversation)
    await tie(store, staff, kept, quiet)
    async with store.town("taiki") as session:  # a second one is refused by hand, so tie it as a later form might
        rows = {row.number: row for row in await session.scalars(select(Ticket))}
        link = (await session.scalars(select(TicketLink))).one()
        session.add(TicketLink(
            municipality_id="taiki", one_id=link.one_id, other_id=rows[waits].id, kind="same", staff_id=staff.id,
            windows=[], tied_at=LATER,
        ))
        rows[waits].last_resident_at = LATER + timedelta(hours=1)
    async with store.town("taiki") as session:
        await custody.resolve(session, staff, kept, outcome="connected", now=LATER + timedelta(hours=2))
    async with store.reading("taiki") as session:
        found = {row.number: (row.status, row.outcome) for row in await session.scalars(select(Ticket))}
        ended = await session.get_one(Conversation, conversation)
    assert found == {kept: ("resolved", "connected"), quiet: ("resolved", "connected"), waits: ("open", None)}
    assert ended.closed_at is None
    assert await listed(store, staff) == [waits]


async def test_what_cannot_be_tied(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff, boss = await hire("suzuki", "taiki.fukushi"), await hire("boss", role="coordinator")
    one, two, three = await open_ticket("一"), await open_ticket("二"), await open_ticket("三")
    hidden = await open_ticket("たたかれた", crisis=("dv",))
    other = await open_ticket("よそ", windows=("taiki.koreisha",))
    report = await open_ticket("隣の家のことで", about=("neighbour",))
    for wrong, kind in ((one, "same"), (hidden, "same"), (hidden, "household"), (report, "household"), (two, "friends")):
        with pytest.raises(NotTogether):
            await tie(store, staff, one, wrong, kind)
    for unseen in (other, "taiki-2026-9999"):
        with pytest.raises(NotYours):
            await tie(store, staff, one, unseen)
    with pytest.raises(NotTogether):
        await tie(store, boss, one, hidden)
    await tie(store, boss, one, report, "household")
    assert await tied(store, boss, one) == [(report, "household", False)]
    assert await tied(store, staff, one) == [], "a report is seen as tied by the coordinating desk alone"
    assert await tied(store, staff, report) == []
    await tie(store, staff, one, two)
    for again in ((one, three), (three, two), (two, three)):
        with pytest.raises(NotTogether):
            await tie(store, staff, *again)


async def test_who_named_somebody_that_must_not_know_is_suggested_nowhere(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff, boss = await hire("suzuki", "taiki.fukushi"), await hire("boss", role="coordinator")
    wife, husband = await open_ticket("妻", household=PAIR), await open_ticket("夫", household=SON)
    assert await maybe(store, staff, husband) == [wife]

    async def secret(session: AsyncSession, ticket: Ticket) -> None:
        conversation = await session.get_one(Conversation, ticket.conversation_id)
        await safety.keep(session, conversation, safety.Wish(hide_from=(whom,)), now=LATER)

    whom = "職場"
    await changed(store, wife, secret)
    assert await maybe(store, staff, husband) == [wife], "that is no reason"
    whom = "夫"
    await changed(store, wife, secret)
    for one in (staff, boss):
        assert await maybe(store, one, husband) == []
        assert await maybe(store, one, wife) == []
