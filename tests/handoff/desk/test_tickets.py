"""Opening and updating: one open ticket a conversation, nothing lowered by the machine, numbers without gaps."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from handoff.desk import custody, tickets
from handoff.desk.access import windows_of
from handoff.desk.summary import Summary
from handoff.store.db import Store
from handoff.store.models import Conversation, Event, Ticket
from knowledge.schema import Town
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, conversation_of
from tests.whole import knowledge


async def ticket_of(store: Store, number: str) -> tuple[Ticket, tuple[str, ...]]:
    async with store.reading("taiki") as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        return ticket, await windows_of(session, ticket)


async def test_numbers_count_up_by_town_and_fiscal_year(open_ticket: OpenTicket) -> None:
    before_april = datetime(2027, 3, 31, 14, 59, tzinfo=UTC)
    april = before_april + timedelta(minutes=1)
    assert await open_ticket() == "taiki-2026-0001"
    assert await open_ticket(town="itoman", windows=()) == "itoman-2026-0001"
    assert await open_ticket(now=before_april) == "taiki-2026-0002"
    assert await open_ticket(now=april) == "taiki-2027-0001"


async def test_a_new_ticket_says_who_holds_it_and_by_when(store: Store, open_ticket: OpenTicket) -> None:
    number = await open_ticket(
        "電気がとめられます。", windows=("taiki.fukushi", "taiki.shakyo"), urgency="urgent", crisis=("lifeline_cut",)
    )
    ticket, windows = await ticket_of(store, number)
    assert windows == ("taiki.fukushi", "taiki.shakyo")
    assert (ticket.status, ticket.urgency, ticket.coordinator, ticket.restricted) == ("open", "urgent", False, False)
    assert ticket.due_at == datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
    assert ticket.state["unread"]
    assert Summary.from_json(ticket.summary).quotes[0].text == "電気がとめられます。"


async def test_nobody_named_means_the_coordinator_holds_it(store: Store, open_ticket: OpenTicket) -> None:
    _, windows = await ticket_of(store, await open_ticket("", windows=(), action="clarify", fields=(), why="media"))
    assert windows == ("taiki.suishin",)


async def test_violence_and_abuse_restrict_the_ticket(store: Store, open_ticket: OpenTicket) -> None:
    for kind in ("dv", "child_abuse", "elder_abuse", "disability_abuse", "sexual_violence"):
        ticket, _ = await ticket_of(store, await open_ticket(crisis=(kind,), urgency="urgent"))
        assert ticket.restricted, kind


async def test_later_decisions_raise_and_add(store: Store, open_ticket: OpenTicket) -> None:
    conversation = await conversation_of(store, "お金がない")
    number = await open_ticket("お金がない", conversation=conversation)
    later = NOON + timedelta(minutes=5)
    again = await open_ticket(
        "お金がない\nもう死にたい", conversation=conversation, now=later, urgency="emergency", crisis=("suicide",),
        fields=("disability",), patterns=("gap",), complex=True, windows=("taiki.shogai", "taiki.suishin"),
    )
    assert again == number
    ticket, windows = await ticket_of(store, number)
    assert windows == ("taiki.shogai", "taiki.fukushi", "taiki.suishin")
    assert (ticket.urgency, ticket.fields, ticket.patterns) == ("emergency", ["poverty", "disability"], ["gap"])
    assert ticket.coordinator
    assert (ticket.crisis, ticket.due_at, ticket.last_resident_at) == (["suicide"], later, later)


async def test_the_newest_reading_leads_until_a_person_has_it_and_then_the_step_is_theirs(
    store: Store, open_ticket: OpenTicket, towns: Mapping[str, Town]
) -> None:
    conversation = await conversation_of(store, "母のことで")
    number = await open_ticket("母のことで", conversation=conversation, windows=("taiki.fukushi",), complex=True)
    for window, read, leading in (
        ("taiki.shogai", False, "taiki.shogai"), ("taiki.kodomo", True, "taiki.shogai"), ("", True, "taiki.shogai"),
    ):
        async with store.town("taiki") as session:
            row = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
            row.first_read_at = NOON if read else None
        await open_ticket("母のことで", conversation=conversation, windows=(window,) if window else (), complex=True)
        ticket, windows = await ticket_of(store, number)
        assert windows[0] == leading
        answering = towns["taiki"].window(leading)
        step = Summary.from_json(ticket.summary).next_step
        assert step.startswith(answering.short or answering.name), "the line that is read first names who answers"


async def test_later_decisions_never_lower(store: Store, open_ticket: OpenTicket) -> None:
    conversation = await conversation_of(store, "薬ぜんぶ出した")
    number = await open_ticket(
        "薬ぜんぶ出した", conversation=conversation, urgency="emergency", crisis=("dv",), complex=True
    )
    await open_ticket("薬ぜんぶ出した\nうそです", conversation=conversation, now=NOON + timedelta(minutes=3))
    ticket, _ = await ticket_of(store, number)
    assert (ticket.urgency, ticket.crisis, ticket.coordinator, ticket.restricted) == ("emergency", ["dv"], True, True)
    assert ticket.due_at == NOON
    assert Summary.from_json(ticket.summary).urgency == "emergency"


async def test_a_message_while_staff_hold_it_marks_the_ticket_unread(store: Store, open_ticket: OpenTicket) -> None:
    conversation = await conversation_of(store, "お金がない")
    await open_ticket(conversation=conversation)
    later = NOON + timedelta(hours=5)
    async with store.town("taiki") as session:
        row = await session.get_one(Conversation, conversation)
        attached = await tickets.attach(session, row, town=knowledge().towns["taiki"], now=later)
    assert attached is not None
    assert (attached.last_resident_at, attached.state["unread"]) == (later, True)


async def test_attach_without_a_ticket_is_none(store: Store) -> None:
    conversation = await conversation_of(store, "こんにちは")
    async with store.town("taiki") as session:
        row = await session.get_one(Conversation, conversation)
        assert await tickets.attach(session, row, town=knowledge().towns["taiki"], now=NOON) is None


async def test_a_matter_that_comes_back_is_the_same_ticket_and_another_or_a_late_one_a_new_one(
    store: Store, open_ticket: OpenTicket, hire: Hire
) -> None:
    staff = await hire("suzuki", "taiki.fukushi", "taiki.kodomo")

    async def ended(number: str) -> None:
        async with store.town("taiki") as session:
            await custody.resolve(session, staff, number, outcome="connected", now=NOON)

    conversation = await conversation_of(store, "お金がない")
    first = await open_ticket(conversation=conversation)
    await ended(first)
    assert await open_ticket(conversation=conversation, now=NOON + timedelta(days=3)) == first
    ticket, _ = await ticket_of(store, first)
    assert (ticket.status, ticket.outcome, ticket.state["ended"], ticket.state["unread"]) == (
        "open", None, ["connected"], True
    )
    await ended(first)
    other = await open_ticket(conversation=conversation, fields=("child",), now=NOON + timedelta(days=3))
    await ended(other)
    late = await open_ticket(conversation=conversation, fields=("child",), now=NOON + timedelta(days=31))
    assert len({first, other, late}) == 3
    ticket, _ = await ticket_of(store, late)
    assert ticket.state["previous"] == other


async def test_listeners_are_told(store: Store, open_ticket: OpenTicket) -> None:
    conversation = await conversation_of(store, "お金がない")
    await open_ticket(conversation=conversation)
    await open_ticket(conversation=conversation, now=NOON + timedelta(minutes=1))
    async with store.reading("taiki") as session:
        events = list(await session.scalars(select(Event.kind).order_by(Event.sequence)))
    assert events == ["ticket", "ticket_changed"]
