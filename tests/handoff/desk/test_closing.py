"""Ends of tickets: each outcome rests on something, the next date is kept, and who writes again is heard."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handoff.coordination import cases
from handoff.desk import closing, custody, introduction, linking, tickets
from handoff.desk.access import NotYours
from handoff.desk.closing import Ending, NoSuchAttempt, NotYet
from handoff.desk.queue import Filters, list_for, rows_for
from handoff.desk.staff import SignedIn
from handoff.desk.thread import view
from handoff.store.db import Store
from handoff.store.models import Conversation, Ticket
from knowledge.schema import Town
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, conversation_of
from tests.whole import knowledge

LATER = NOON + timedelta(minutes=10)
NEXT_WEEK = NOON + timedelta(days=7)
CHECK = "鈴木が電話で本人に、11月20日"


async def ended(
    store: Store, staff: SignedIn, number: str, outcome: str, *, now: datetime = LATER, **more: Any
) -> None:
    async with store.town("taiki") as session:
        await custody.resolve(session, staff, number, outcome=outcome, ending=Ending(**more), now=now)


async def tried(
    store: Store, staff: SignedIn, number: str, means: str, *, now: datetime = LATER, result: str = "no_answer"
) -> None:
    async with store.town("taiki") as session:
        await closing.attempt(
            session, staff, number, means=means, result=result, note="", follow_up=now + timedelta(days=3), now=now
        )


async def status_of(store: Store, staff: SignedIn, number: str) -> tuple[str, str | None]:
    async with store.reading("taiki") as session:
        (line,) = [one for one in await list_for(session, staff, Filters(status="all")) if one.number == number]
        return line.status, line.outcome


@pytest.mark.parametrize(("outcome", "without", "lacks", "given"), [
    ("not_wanted", {"follow_up": NEXT_WEEK}, "check", {"check": CHECK, "follow_up": NEXT_WEEK}),
    ("not_wanted", {"check": CHECK}, "date", {"check": CHECK, "follow_up": NEXT_WEEK}),
    ("not_wanted", {"check": CHECK, "follow_up": NOON}, "date", {"check": CHECK, "follow_up": NEXT_WEEK}),
    ("no_resource", {"note": " "}, "missing", {"note": "夜に泊まれる所がない"}),
])
async def test_an_end_lacks_what_it_rests_on(
    store: Store, hire: Hire, open_ticket: OpenTicket, outcome: str, without: dict[str, Any], lacks: str,
    given: dict[str, Any],
) -> None:
    staff, number = await hire("suzuki", "taiki.fukushi"), await open_ticket()
    with pytest.raises(NotYet) as why:
        await ended(store, staff, number, outcome, **without)
    assert why.value.lacks == lacks
    assert (await status_of(store, staff, number))[0] == "open"
    await ended(store, staff, number, outcome, **given)
    assert await status_of(store, staff, number) == ("resolved", outcome)
    async with store.town("taiki") as session:
        shown = await view(session, staff, number, now=LATER)
    assert shown.closing == {key: given[key] for key in ("note", "check") if key in given}
    assert shown.ticket.follow_up_at == given.get("follow_up")


async def test_unreachable_needs_attempts_on_several_days_by_several_means(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff, number = await hire("suzuki", "taiki.fukushi"), await open_ticket()
    for means, now in (
        ("telephone", LATER), ("visit", LATER + timedelta(minutes=5)), ("telephone", LATER + timedelta(hours=1)),
    ):
        await tried(store, staff, number, means, now=now)
    await tried(store, staff, number, "visit", now=LATER + timedelta(days=3), result="reached")
    with pytest.raises(NotYet):  # all in vain on one day
        await ended(store, staff, number, "unreachable")
    await tried(store, staff, number, "letter", now=LATER + timedelta(days=3))
    await ended(store, staff, number, "unreachable", now=LATER + timedelta(days=4))
    async with store.town("taiki") as session:
        shown = await view(session, staff, number, now=LATER)
    told = [one.means for one in shown.attempts]
    assert (told[:3], sorted(told[3:])) == (["telephone", "visit", "telephone"], ["letter", "visit"]), "two of one minute"


async def test_where_other_means_are_a_danger_one_is_enough(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff = await hire("suzuki", "taiki.fukushi", role="coordinator")
    number = await open_ticket("夫になぐられました", crisis=("dv",))
    for days in (0, 1, 2):
        await tried(store, staff, number, "message", now=LATER + timedelta(days=days))
    with pytest.raises(NotYet) as why:
        await ended(store, staff, number, "unreachable")
    assert why.value.lacks == "check"
    await ended(store, staff, number, "unreachable", check=CHECK)


@pytest.mark.parametrize("outcome", ["connected", "informed", "no_resource"])
async def test_a_flagged_ticket_ends_after_a_persons_check(
    store: Store, hire: Hire, open_ticket: OpenTicket, outcome: str
) -> None:
    staff, number = await hire("suzuki", "taiki.fukushi"), await open_ticket(complex=True)
    for check in ("", " "):
        with pytest.raises(NotYet) as why:
            await ended(store, staff, number, outcome, note="泊まる所", check=check)
        assert why.value.lacks == "check"
    assert (await status_of(store, staff, number))[0] == "open"
    await ended(store, staff, number, outcome, note="泊まる所", check=CHECK)
    assert await status_of(store, staff, number) == ("resolved", outcome)


async def test_a_flag_that_was_taken_back_needs_none(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff, number = await hire("suzuki", "taiki.fukushi"), await open_ticket(complex=True)
    async with store.town("taiki") as session:
        await cases.take_flag_back(session, staff, number, reason="この窓口で足りる", now=LATER)
    await ended(store, staff, number, "informed")


async def test_a_flag_of_what_ends_with_it_counts_too(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff = await hire("suzuki", "taiki.fukushi")
    kept, tied = await open_ticket("母"), await open_ticket("息子")
    async with store.town("taiki") as session:
        await linking.tie(session, staff, kept, tied, kind="same", now=LATER)
    async with store.town("taiki") as session:
        row = (await session.scalars(select(Ticket).where(Ticket.number == tied))).one()
        row.coordinator = True
    with pytest.raises(NotYet):
        await ended(store, staff, kept, "informed")
    await ended(store, staff, kept, "informed", check=CHECK)


async def test_an_attempt_in_vain_has_a_next_date(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff, number = await hire("suzuki", "taiki.fukushi"), await open_ticket()
    for means, result, on, problem in (
        ("fax", "no_answer", NEXT_WEEK, NoSuchAttempt), ("visit", "lost", NEXT_WEEK, NoSuchAttempt),
        ("visit", "no_answer", None, NotYet), ("visit", "refused", NOON, NotYet),
    ):
        with pytest.raises(problem):
            async with store.town("taiki") as session:
                await closing.attempt(
                    session, staff, number, means=means, result=result, note="", follow_up=on, now=LATER
                )
    with pytest.raises(NotYours):
        await tried(store, await hire("other", "taiki.kodomo"), number, "visit")


async def test_other_bodies_have_said_yes_before_it_ends_so(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: Mapping[str, Town]
) -> None:
    staff, number = await hire("suzuki", "taiki.fukushi"), await open_ticket()
    async with store.town("taiki") as session:
        move = await introduction.introduce(
            session, staff, number, to_window="togachi_anshin", reason="家計のこと", basis="telephone", ground="",
            items=[], town=towns["taiki"], now=LATER,
        )
    with pytest.raises(NotYet):
        await ended(store, staff, number, "other_body")
    async with store.town("taiki") as session:
        await introduction.confirm(session, staff, number, move_id=move.id, taken=True, text="", now=LATER)
    await ended(store, staff, number, "other_body")


async def test_the_next_date_brings_a_ticket_back_to_the_list_even_after_its_end(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff, number = await hire("suzuki", "taiki.fukushi"), await open_ticket()
    await open_ticket()
    await ended(store, staff, number, "connected", follow_up=NEXT_WEEK)

    async def due(now: datetime) -> list[str]:
        async with store.reading("taiki") as session:
            return [line.number for line in await list_for(session, staff, Filters(status="all", follow_by=now))]

    assert await due(NEXT_WEEK - timedelta(minutes=1)) == []
    assert await due(NEXT_WEEK) == [number]
    async with store.town("taiki") as session:
        await closing.follow_up(session, staff, number, on=None, now=LATER)
    assert await due(NEXT_WEEK) == []


async def test_gaps_are_of_tickets_that_one_may_see(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff, other = await hire("suzuki", "taiki.fukushi"), await hire("other", "taiki.kodomo")
    number = await open_ticket()
    await ended(store, staff, number, "no_resource", note="夜に泊まれる所がない")
    asked = Filters(status="resolved", outcome="no_resource")
    async with store.reading("taiki") as session:
        (gap,) = closing.gaps(await rows_for(session, staff, asked))
        assert (gap.number, gap.missing, gap.fields) == (number, "夜に泊まれる所がない", ("poverty",))
        assert closing.gaps(await rows_for(session, other, asked)) == ()


async def test_who_could_not_be_reached_and_writes_is_heard(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff = await hire("suzuki", "taiki.fukushi")
    conversation = await conversation_of(store, "お金がない")
    number = await open_ticket(conversation=conversation)

    async def writes() -> bool:
        async with store.town("taiki") as session:
            row = await session.get_one(Conversation, conversation)
            return await tickets.heard_again(session, row, town=knowledge().towns["taiki"], now=NEXT_WEEK) is not None

    assert not await writes()  # open: `attach` is for that
    await ended(store, staff, number, "connected")
    assert not await writes()
    async with store.town("taiki") as session:
        await custody.reopen(session, staff, number, now=LATER)
    await ended(store, staff, number, "not_wanted", check=CHECK, follow_up=NEXT_WEEK)
    assert await writes()
    assert await status_of(store, staff, number) == ("open", None)
    async with store.reading("taiki") as session:
        (line,) = await list_for(session, staff)
        assert (line.unread, line.reopened) == (True, 2)


async def test_a_conversation_is_closed_with_its_matter_and_open_again_with_it(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff, conversation = await hire("suzuki", "taiki.fukushi"), await conversation_of(store, "家賃が払えません。")
    number = await open_ticket(conversation=conversation)

    async def closed_at() -> datetime | None:
        async with store.reading("taiki") as session:
            return (await session.get_one(Conversation, conversation)).closed_at

    await ended(store, staff, number, "informed")
    assert await closed_at() == LATER
    async with store.town("taiki") as session:
        await custody.reopen(session, staff, number, now=LATER)
    assert await closed_at() is None
    await ended(store, staff, number, "not_wanted", check=CHECK, follow_up=NEXT_WEEK)
    async with store.town("taiki") as session:
        row = await session.get_one(Conversation, conversation)
        await tickets.heard_again(session, row, town=knowledge().towns["taiki"], now=NEXT_WEEK)
    assert await closed_at() is None, "the resident wrote again"
    await ended(store, staff, number, "informed")
    assert await open_ticket(conversation=conversation, now=LATER) == number
    assert await closed_at() is None, "the same matter came back"
