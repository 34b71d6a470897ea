"""Counting from the database: only the year's, only the town's, never a restricted case."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from handoff.desk import custody, handover, linking
from handoff.desk.closing import Ending, gaps
from handoff.desk.outsiders import source_of
from handoff.figures.facts import Facts, facts_of
from handoff.figures.joined import OF_CASES, counted
from handoff.figures.report import report_of
from handoff.figures.year import FiscalYear
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import Conversation, DecisionRecord, Ticket, TicketLink
from knowledge.schema import Town
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, conversation_of, hire, open_ticket, towns  # noqa: F401
from tests.handoff.figures.years import case
from tests.whole import knowledge


async def read(store: Store, year: int = 2026, town: str = "taiki") -> Facts:
    async with store.reading(town) as session:
        return await facts_of(session, FiscalYear(year))


async def test_a_case_is_counted_in_the_year_in_which_it_began(store: Store, open_ticket: OpenTicket) -> None:  # noqa: F811
    last = datetime(2026, 3, 31, 14, 59, tzinfo=UTC)
    await open_ticket(now=last)
    await open_ticket(now=last + timedelta(minutes=1), fields=("elderly", "child"), complex=True, urgency="urgent")
    (case,) = (await read(store)).opened
    assert case.fields == ("elderly", "child")
    assert (case.channel, case.urgency, case.window, case.coordinator) == ("web", "urgent", "taiki.fukushi", True)
    assert len((await read(store, 2025)).opened) == 1
    assert (await read(store, 2024)).opened == ()


async def test_another_towns_cases_are_not_seen(store: Store, open_ticket: OpenTicket) -> None:  # noqa: F811
    await open_ticket(town="itoman", windows=("itoman.kurashi",))
    assert await read(store) == Facts((), (), ())
    assert len((await read(store, town="itoman")).opened) == 1


async def test_a_restricted_case_and_its_conversation_stand_in_no_figure(
    store: Store, open_ticket: OpenTicket  # noqa: F811
) -> None:
    conversation = await conversation_of(store, "夫に")
    await open_ticket(conversation=conversation, crisis=("dv",), urgency="urgent")
    assert await read(store) == Facts((), (), ())


async def test_moves_ends_and_returns(store: Store, open_ticket: OpenTicket, hire: Hire) -> None:  # noqa: F811
    staff, receiver = await hire("suzuki", "taiki.fukushi"), await hire("sato", "taiki.koreisha")
    conversation = await conversation_of(store, "家賃")
    number = await open_ticket(conversation=conversation)
    async with store.town("taiki") as session:
        town = knowledge().towns["taiki"]
        then = NOON + timedelta(hours=1)
        await handover.offer(session, staff, number, to_window="taiki.koreisha", reason="介護の話", town=town, now=then)
        await handover.answer(session, receiver, number, how="accept", text="", town=town, now=then)
        ending = Ending(note="夜に泊まれる所がない")
        await custody.resolve(
            session, receiver, number, outcome="no_resource", ending=ending, now=NOON + timedelta(days=200)
        )
    await open_ticket(conversation=conversation, now=NOON + timedelta(days=240))
    first, = (await read(store)).opened
    assert (first.moves, first.window, first.outcome) == (1, "taiki.koreisha", "no_resource")
    assert (await read(store)).ended == ()
    facts = await read(store, 2027)
    assert [case.outcome for case in facts.ended] == ["no_resource"]
    assert [case.again for case in facts.opened] == [True]


async def test_conversations_are_judged_by_their_last_decision(store: Store, open_ticket: OpenTicket) -> None:  # noqa: F811
    talk = await conversation_of(store, "こんにちは")
    async with store.town("taiki") as session:
        row = await session.get_one(Conversation, talk)
        for sequence, action in ((2, "info"), (1, "chat")):
            session.add(DecisionRecord(
                id=new_id(NOON), municipality_id="taiki", created_at=NOON, data_key_id=row.data_key_id,
                data_key=row.data_key, conversation_id=talk, upto_sequence=sequence, action=action, urgency="normal",
                knowledge="k", body={},
            ))
    await open_ticket()
    talks = (await read(store)).talks
    assert sorted((one.action, one.handed_over) for one in talks) == [("", True), ("info", False)]


async def test_further_rooms_join_with_their_own_counts(store: Store, open_ticket: OpenTicket) -> None:  # noqa: F811
    await open_ticket(fields=("elderly", "child"))
    await open_ticket()

    async def meetings(session: object, year: FiscalYear, town: Town) -> dict[str, int]:
        return {"support_meetings": year.number - 2014}

    async with store.reading("taiki") as session:
        facts = await facts_of(session, FiscalYear(2026))
        town = knowledge().towns["taiki"]
        found = await counted(session, FiscalYear(2026), facts.opened, town=town, sources=(meetings,))
    assert found == {"cross_field_consultations": 1, "outreach_new": 0, "support_meetings": 12}


async def test_a_whole_report(store: Store, open_ticket: OpenTicket) -> None:  # noqa: F811
    await open_ticket()
    async with store.reading("taiki") as session:
        known = knowledge()
        report = await report_of(
            session, FiscalYear(2026), town=known.towns["taiki"], words=known.glossary.words, now=NOON
        )
    assert report.table("field").value("poverty") == 1
    assert [line.counted for line in report.lines] == [0]
    assert "年度の途中の数字です。" in report.notes


async def test_two_tickets_of_one_matter_are_one_from_its_first_day_and_two_when_parted(
    store: Store, open_ticket: OpenTicket, hire: Hire  # noqa: F811
) -> None:
    """The first came in March, the graver one, which stays in the lists, in April: the old year keeps its number."""
    march, april = datetime(2026, 3, 30, 3, 0, tzinfo=UTC), datetime(2026, 4, 2, 3, 0, tzinfo=UTC)
    first = await open_ticket(now=march, fields=("elderly",), patterns=("8050",))
    graver = await open_ticket(now=april, urgency="urgent", about=("parent",))
    staff = await hire("suzuki", "taiki.fukushi")
    async with store.town("taiki") as session:
        await linking.tie(session, staff, first, graver, kind="same", now=april)
    assert (await read(store)).opened == ()
    (one,) = (await read(store, 2025)).opened
    assert (one.created_at, one.urgency, one.patterns) == (march, "urgent", ("8050",))
    assert set(one.fields) == {"elderly", "poverty"}
    async with store.town("taiki") as session:
        await custody.resolve(session, staff, graver, outcome="no_resource", ending=Ending(note="泊まる所"), now=april)
    facts = await read(store)
    assert [case.outcome for case in facts.ended] == ["no_resource"], "the other one ended with it"
    async with store.reading("taiki") as session:
        assert len(gaps(list(await session.scalars(select(Ticket))))) == 1
    async with store.town("taiki") as session:
        link = (await session.scalars(select(TicketLink))).one()
        await linking.part(session, staff, graver, link.id, now=april)
    assert [len((await read(store, year)).opened) for year in (2025, 2026)] == [1, 1]


async def test_one_whose_other_half_is_restricted_counts_by_itself(
    store: Store, open_ticket: OpenTicket, hire: Hire  # noqa: F811
) -> None:
    kept, other = await open_ticket(), await open_ticket(fields=("child",))
    staff = await hire("suzuki", "taiki.fukushi")
    async with store.town("taiki") as session:
        await linking.tie(session, staff, kept, other, kind="same", now=NOON)
        (await session.scalars(select(Ticket).where(Ticket.number == kept))).one().restricted = True
    assert [case.fields for case in (await read(store)).opened] == [("child",)]


async def test_who_brought_an_older_case_is_read_from_its_summary(store: Store, open_ticket: OpenTicket) -> None:  # noqa: F811
    await open_ticket(about=("parent",))
    async with store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket))).one()
        ticket.state = {name: value for name, value in ticket.state.items() if name != "source"}
    assert [case.source for case in (await read(store)).opened] == ["family"]


@pytest.mark.parametrize(("about", "source"), [
    (("self",), "self"), (("self", "parent"), "self"), (("parent", "sibling"), "family"), (("neighbour",), "neighbour"),
    (("client", "parent"), "supporter"), (("unknown",), "unknown"), ((), "unknown"),
])
async def test_who_brings_a_matter_is_told_from_whom_it_is_about(
    store: Store, open_ticket: OpenTicket, about: tuple[str, ...], source: str  # noqa: F811
) -> None:
    conversation = await conversation_of(store, "家賃")
    await open_ticket(conversation=conversation, about=about)
    await open_ticket(conversation=conversation, about=("unknown",))  # a further message that does not say it
    assert [case.source for case in (await read(store)).opened] == [source]


def test_what_staff_took_down_comes_before_what_words_say() -> None:
    assert source_of({"caller": "neighbour", "source": "self"}) == "neighbour"
    assert source_of({"caller": "unknown", "source": "family"}) == "family"
    assert source_of({}) == ""


@pytest.mark.parametrize(("source", "patterns", "again", "counts"), [
    ("neighbour", ("outreach",), False, True), ("supporter", ("outreach", "8050"), False, True),
    ("neighbour", ("outreach",), True, False), ("neighbour", ("8050",), False, False), ("self", ("outreach",), False, False),
    ("family", ("outreach",), False, False), ("unknown", ("outreach",), False, False), ("", ("outreach",), False, False),
])
def test_new_consultations_of_outreach_come_from_around_the_household(
    source: str, patterns: tuple[str, ...], again: bool, counts: bool
) -> None:
    """地域住民及び関係機関からの新規相談: not the person's own, not the family's, not one that came back."""
    assert OF_CASES["outreach_new"](case(source=source, patterns=patterns, again=again)) is counts
