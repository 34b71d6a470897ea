"""A meeting's day and place: set, moved, called off by those who call it; told to its members; kept once it was held."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from handoff.coordination import meetings, schedule
from handoff.coordination.meetings import NotOpen
from handoff.coordination.schedule import BadDay
from handoff.coordination.taxes import TaxSecret
from handoff.desk.hours import TOKYO
from handoff.desk.staff import SignedIn
from handoff.notices import calendars, digest
from handoff.store.models import CaseTask, MeetingRecord
from tests.handoff.coordination.conftest import NOW, Household
from tests.handoff.coordination.test_meetings import AFTER_DRAFT, ichiban, member, read, requested, support

NEXT = datetime(2026, 11, 30, 13, 30, tzinfo=TOKYO)
OF_TAXES = "税務課によると、固定資産税が3年分たまっている。"
LATER = datetime(2026, 12, 3, 10, 0, tzinfo=TOKYO)


async def plan_meeting(household: Household, fukkokai: SignedIn) -> UUID:
    await household.answer(fukkokai, household.mother)
    await household.papers(fukkokai, household.mother)
    return await ichiban(household, fukkokai, household.mother)


async def move(
    household: Household, staff: SignedIn, meeting: UUID, at: datetime | None, place: str = "", why: str = "",
    now: datetime = NOW,
) -> bool:
    async with household.store.town("nagaizumi") as session:
        row = await session.get_one(MeetingRecord, meeting)
        return await schedule.settle(
            session, staff, row, at=at, place=place, why=why, town=household.town, now=now
        )


async def row_of(household: Household, meeting: UUID) -> MeetingRecord:
    async with household.store.reading("nagaizumi") as session:
        return await session.get_one(MeetingRecord, meeting)


async def seats(household: Household, staff: SignedIn, now: datetime = NOW) -> list[tuple[UUID, bool]]:
    async with household.store.reading("nagaizumi") as session:
        return [(one.meeting.id, one.fresh) for one in await schedule.seats(session, staff, now=now)]


@pytest.mark.parametrize("kind", ["plan", "support", "regular"])
async def test_every_kind_of_meeting_gets_a_day_and_moves(
    household: Household, fukkokai: SignedIn, official: SignedIn, kind: str
) -> None:
    if kind == "support":
        await requested(household, fukkokai, household.brother)
        who, meeting = official, await support(household, official, household.brother)
    elif kind == "plan":
        who, meeting = fukkokai, await plan_meeting(household, fukkokai)
    else:
        async with household.store.town("nagaizumi") as session:
            row = await meetings.call_without_case(
                session, fukkokai, meeting_id="ichiban_ii", at=None, agenda="事業の実施状況", town=household.town, now=NOW
            )
        who, meeting = fukkokai, row.id
    assert await move(household, who, meeting, NEXT, "役場2階")
    assert not await move(household, who, meeting, NEXT, "役場2階"), "nothing changed: nobody is told"
    assert await move(household, who, meeting, LATER, "福祉会館", "会場がとれないため")
    row = await row_of(household, meeting)
    assert (row.held_at, schedule.place_of(row)) == (LATER, "福祉会館")
    assert [(one["at"], one["place"], one["why"], one["by"]) for one in schedule.changes_of(row)] == [
        (NEXT.isoformat(), "役場2階", "", who.login), (LATER.isoformat(), "福祉会館", "会場がとれないため", who.login),
    ]
    assert row.body["agenda"], "what was there before stays"
    assert await move(household, who, meeting, None), "the day may be open again"
    assert (await row_of(household, meeting)).held_at is None


async def test_only_those_who_call_it_move_it_and_never_into_the_past(
    household: Household, fukkokai: SignedIn, official: SignedIn, shakyo: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    with pytest.raises(NotOpen, match="招集する窓口だけ"):
        await move(household, shakyo, meeting, NEXT)
    with pytest.raises(BadDay):
        await move(household, fukkokai, meeting, NOW - timedelta(days=1))
    assert (await row_of(household, meeting)).held_at is None


async def test_members_see_that_it_changed_until_they_opened_it(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    assert await seats(household, shakyo) == []
    await member(household, fukkokai, meeting, "shakyo")
    assert await seats(household, shakyo) == [(meeting, True)]
    await read(household, shakyo, meeting)
    assert await seats(household, shakyo) == [(meeting, False)]
    then = NOW + timedelta(hours=1)
    await move(household, fukkokai, meeting, NEXT, now=then)
    assert await seats(household, shakyo, then) == [(meeting, True)]
    async with household.store.reading("nagaizumi") as session:
        for who, number in ((shakyo, 1), (fukkokai, 0)):
            found = await digest.count(session, who, ("meeting",), NOW, now=then)
            assert found == ({"meeting": number} if number else {}), "who moved it is told nothing"
        assert await digest.count(session, shakyo, ("new",), NOW, now=then) == {}, "only who asked for it"
        assert await digest.count(session, shakyo, ("meeting",), then, now=then) == {}


async def test_a_calendar_that_has_the_meeting_takes_the_moved_one_and_no_place(
    household: Household, fukkokai: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await move(household, fukkokai, meeting, NEXT, "本人の家")
    await move(household, fukkokai, meeting, LATER, "本人の家")
    async with household.store.reading("nagaizumi") as session:
        lines = await calendars.one(session, fukkokai, meeting, household.town)
    file = calendars.written(lines, household.town, site="https://x.example", now=NOW).decode()
    assert "SEQUENCE:2\r\n" in file
    assert re.search(r"DTSTART[^\r\n]*20261203T", file)
    assert "本人の家" not in file
    assert "LOCATION" not in file


async def test_who_calls_off_says_why_and_the_occasion_wants_a_meeting_again(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await member(household, fukkokai, meeting, "shakyo")
    async with household.store.town("nagaizumi") as session:
        row = await session.get_one(MeetingRecord, meeting)
        await schedule.call_off(session, fukkokai, row, why="本人が入院したため", town=household.town, now=NOW)
    async with household.store.reading("nagaizumi") as session:
        open_ones = list(await session.scalars(
            select(CaseTask).where(CaseTask.kind == "meeting", CaseTask.done_at.is_(None))
        ))
    assert [(one.occasion, one.person_id) for one in open_ones] == [(AFTER_DRAFT, household.mother)]
    assert await seats(household, shakyo) == [(meeting, True)]
    assert await seats(household, shakyo, NOW + timedelta(days=15)) == [], "not for ever"
    with pytest.raises(NotOpen):
        await move(household, fukkokai, meeting, NEXT)


async def test_minutes_keep_the_day_on_which_it_was_held(household: Household, fukkokai: SignedIn) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await move(household, fukkokai, meeting, NEXT)
    after = LATER + timedelta(hours=4)

    async def hold(on: datetime | None, now: datetime) -> datetime | None:
        async with household.store.town("nagaizumi") as session:
            row = await session.get_one(MeetingRecord, meeting)
            await meetings.hold(
                session, fukkokai, row, minutes="話した", decisions="決めた", present=[], town=household.town, now=now,
                on=on,
            )
            return row.held_at

    with pytest.raises(NotOpen, match="まだ来ていない日"):
        await hold(LATER + timedelta(days=1), after)
    day = datetime(2026, 11, 30, tzinfo=TOKYO)
    assert await hold(day, after) == NEXT, "the hour that was set stays with its day"
    with pytest.raises(NotOpen):
        await move(household, fukkokai, meeting, after, now=after)
    assert (await row_of(household, meeting)).held_at == NEXT


@pytest.mark.parametrize(("on", "kept"), [
    (datetime(2026, 12, 1, tzinfo=TOKYO), datetime(2026, 12, 1, tzinfo=TOKYO)), (None, NEXT),
])
async def test_a_meeting_held_on_another_day_keeps_that_one(
    household: Household, fukkokai: SignedIn, on: datetime | None, kept: datetime
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await move(household, fukkokai, meeting, NEXT)
    async with household.store.town("nagaizumi") as session:
        row = await session.get_one(MeetingRecord, meeting)
        await meetings.hold(
            session, fukkokai, row, minutes="話した", decisions="決めた", present=[], town=household.town, now=LATER, on=on
        )
        assert row.held_at == kept


async def test_what_the_tax_office_knows_stands_in_no_reason(
    household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    with pytest.raises(TaxSecret):
        await move(household, fukkokai, meeting, NEXT, why=OF_TAXES)
    async with household.store.town("nagaizumi") as session:
        row = await session.get_one(MeetingRecord, meeting)
        with pytest.raises(TaxSecret):
            await schedule.call_off(session, fukkokai, row, why=OF_TAXES, town=household.town, now=NOW)
    assert (await row_of(household, meeting)).held_at is None
