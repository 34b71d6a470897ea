"""閲覧制限: seen by the named only, neutral in lists, kept out who knows the resident, warned of inquiries."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from handoff.desk import answers, custody, handover, naming, restriction
from handoff.desk.access import NotYours, Unnamed, held_by, record_refusal
from handoff.desk.closing import Ending
from handoff.desk.queue import RESTRICTED_LINE, Filters, list_for
from handoff.desk.restriction import NoSuchColleague, NotAllowed
from handoff.desk.staff import SignedIn
from handoff.desk.thread import view
from handoff.store.db import Store
from handoff.store.models import Ticket, TicketStaff
from knowledge.schema import Town
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, conversation_of
from tests.whole import knowledge

LATER = NOON + timedelta(minutes=10)
HIT = "夫になぐられました。いま寝てます。"


async def sees(store: Store, staff: SignedIn, number: str) -> bool:
    """By the list and by its number: the two never differ."""
    async with store.reading("taiki") as session:
        listed = number in [line.number for line in await list_for(session, staff, Filters(status="all"))]
    try:
        async with store.town("taiki") as session:
            await held_by(session, staff, number)
        opened = True
    except NotYours:
        opened = False
    assert listed == opened, staff.login
    return listed


async def test_first_all_its_windows_then_only_the_named(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    number = await open_ticket(HIT, windows=("taiki.kodomo", "taiki.fukushi"), crisis=("dv",))
    main, second = await hire("main", "taiki.kodomo"), await hire("second", "taiki.fukushi")
    colleague, other = await hire("colleague", "taiki.kodomo"), await hire("other", "taiki.koreisha")
    lead, admin = await hire("lead", role="coordinator"), await hire("admin", "taiki.kodomo", role="admin")
    everybody = (main, second, colleague, other, lead, admin)
    assert [await sees(store, one, number) for one in everybody] == [True, True, True, False, True, True]
    async with store.town("taiki") as session:
        await answers.reply(session, main, number, text="読みました。", now=LATER)
    assert [await sees(store, one, number) for one in everybody] == [True, False, False, False, True, False]
    async with store.town("taiki") as session:
        await restriction.name(session, main, number, colleague=other.id, town=knowledge().towns["taiki"], now=LATER)
    assert [await sees(store, one, number) for one in everybody] == [True, False, False, True, True, False]
    async with store.town("taiki") as session:  # laying it down does not open it to the windows again
        await custody.assign(session, main, number, to=None, expected=main.id, now=LATER)
    assert [await sees(store, one, number) for one in everybody] == [True, False, False, True, True, False]
    async with store.town("taiki") as session:
        shown = await view(session, other, number, now=LATER)
    assert set(shown.named) == {"main", "other"}


async def test_nobody_of_another_body_alone_is_named(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    """Naming opens the whole ticket: to another body that is 提供, with a ground and item by item."""
    number = await open_ticket(HIT, windows=("taiki.kodomo",), crisis=("dv",))
    main, town = await hire("main", "taiki.kodomo"), knowledge().towns["taiki"]
    outside, both = await hire("gakko", "taiki.gakko"), await hire("both", "taiki.gakko", "taiki.koreisha")
    with pytest.raises(NoSuchColleague):
        async with store.town("taiki") as session:
            await restriction.name(session, main, number, colleague=outside.id, town=town, now=LATER)
    assert not await sees(store, outside, number)
    async with store.town("taiki") as session:
        await restriction.name(session, main, number, colleague=both.id, town=town, now=LATER)
    assert await sees(store, both, number)


async def test_lists_say_nothing_of_it(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff = await hire("suzuki", "taiki.fukushi")
    await open_ticket(HIT, crisis=("dv",))
    async with store.reading("taiki") as session:
        (line,) = await list_for(session, staff)
    assert (line.line, line.restricted) == (RESTRICTED_LINE, True)


async def test_who_knows_the_resident_sees_it_no_more(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    conversation = await conversation_of(store, "家賃が払えません。")
    number = await open_ticket(conversation=conversation)
    cousin, colleague = await hire("cousin", "taiki.fukushi"), await hire("colleague", "taiki.fukushi")
    lead = await hire("lead", "taiki.suishin", role="coordinator")
    async with store.town("taiki") as session:
        await custody.assign(session, cousin, number, to=cousin.id, expected=None, now=LATER)
        await restriction.declare_known(session, cousin, number, now=LATER)
    assert [await sees(store, one, number) for one in (cousin, colleague, lead)] == [False, True, True]
    async with store.reading("taiki") as session:
        (line,) = await list_for(session, lead)
        assert (line.assignee, line.coordinator, line.unread) == (None, True, True)
    for again in (
        lambda session: custody.assign(session, lead, number, to=cousin.id, expected=None, now=LATER),
        lambda session: restriction.name(session, lead, number, colleague=cousin.id, town=knowledge().towns["taiki"], now=LATER),
    ):
        with pytest.raises(NoSuchColleague):
            async with store.town("taiki") as session:
                await again(session)
    async with store.town("taiki") as session:
        await restriction.declare_known(session, lead, number, now=LATER)
        ending = Ending(check="本人に電話で")  # the coordinator was called in: a flag
        await custody.resolve(session, colleague, number, outcome="connected", ending=ending, now=LATER)
    later = await open_ticket(conversation=conversation, fields=("child",), now=NOON + timedelta(days=40))
    assert later != number
    assert [await sees(store, one, later) for one in (cousin, colleague, lead)] == [False, True, False]


async def test_restricted_by_hand_and_lifted_by_the_coordinator(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    number = await open_ticket()
    staff, colleague = await hire("suzuki", "taiki.fukushi"), await hire("sato", "taiki.fukushi")
    lead = await hire("lead", role="coordinator")
    async with store.town("taiki") as session:
        await restriction.restrict(session, staff, number, reason="本人の希望", now=LATER)
    assert [await sees(store, one, number) for one in (staff, colleague, lead)] == [True, False, True]
    with pytest.raises(NotAllowed):
        async with store.town("taiki") as session:
            await restriction.lift(session, staff, number, reason="もうよい", now=LATER)
    async with store.town("taiki") as session:
        await restriction.lift(session, lead, number, reason="本人がよいと言った", now=LATER)
    assert await sees(store, colleague, number)


async def test_the_holder_sees_who_opened_it_and_who_tried(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    number = await open_ticket(HIT, crisis=("dv",))
    staff, other = await hire("suzuki", "taiki.fukushi"), await hire("other", "taiki.kodomo")
    await record_refusal(store, other, number, now=LATER)
    async with store.town("taiki") as session:
        with pytest.raises(Unnamed):  # not in their hand yet
            await view(session, staff, number, now=LATER)
        await custody.assign(session, staff, number, to=staff.id, expected=None, now=LATER)
        readers = (await view(session, staff, number, now=LATER)).readers
    assert readers is not None
    assert [(one.by, one.action) for one in readers] == [
        ("suzuki", "ticket_opened"), ("other", "ticket_refused"),
    ]


async def test_an_inquiry_warns_only_restricted_tickets_and_says_nothing_back(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    hers = await open_ticket(HIT, windows=("taiki.kodomo",), crisis=("dv",))
    plain = await open_ticket("家賃が払えません。", windows=("taiki.kodomo",))
    his = await open_ticket("妻がそちらに相談していませんか", windows=("taiki.fukushi",))
    holder, asked = await hire("holder", "taiki.kodomo"), await hire("asked", "taiki.fukushi")
    async with store.town("taiki") as session:
        before = await view(session, asked, his, now=LATER)
        await restriction.inquiry(session, asked, his, now=LATER)
        marked = (await view(session, asked, his, now=LATER)).ticket
        assert marked == replace(before.ticket, asks_about_others=True), "what he asks is marked; nothing answers"
    async with store.reading("taiki") as session:
        lines = {line.number: line for line in await list_for(session, holder)}
    assert [len(lines[number].inquiries) for number in (hers, plain)] == [1, 0]
    assert not await sees(store, asked, hers)


async def test_handed_over_both_sides_go_on_seeing_it_by_name(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: dict[str, Town]
) -> None:
    number, town = await open_ticket(HIT, crisis=("dv",)), towns["taiki"]
    sender, idle = await hire("sender", "taiki.fukushi"), await hire("idle", "taiki.fukushi")
    receiver, beside = await hire("receiver", "taiki.kodomo"), await hire("beside", "taiki.kodomo")
    async with store.town("taiki") as session:
        await custody.assign(session, sender, number, to=sender.id, expected=None, now=LATER)
        await handover.offer(session, sender, number, to_window="kodomo", reason="子ども", town=town, now=LATER)
    assert [await sees(store, one, number) for one in (sender, idle, receiver, beside)] == [True, False, True, True]
    async with store.town("taiki") as session:
        await handover.answer(session, receiver, number, how="accept", text="", town=town, now=LATER)
    assert [await sees(store, one, number) for one in (sender, idle, receiver, beside)] == [True, False, True, False]


async def test_the_list_and_the_door_agree_on_every_combination(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    people = [
        await hire("staff", "taiki.fukushi"), await hire("elsewhere", "taiki.kodomo"),
        await hire("lead", role="coordinator"), await hire("admin", "taiki.fukushi", role="admin"),
        await hire("auditor", "taiki.fukushi", role="auditor"),
    ]
    number = await open_ticket()
    for restricted, taken, kind in product((False, True), (None, people[0].id, people[1].id), (None, "named", "known")):
        async with store.town("taiki") as session:
            ticket = (await session.scalars(select(Ticket))).one()
            ticket.restricted, ticket.assignee_id = restricted, taken
            for row in await session.scalars(select(TicketStaff)):
                await session.delete(row)
            await session.flush()
            if kind:
                await naming.set_kind(session, ticket, people[1].id, kind, now=NOON)
        for one in people:
            await sees(store, one, number)
