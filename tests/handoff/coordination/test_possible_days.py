"""Possible days of a meeting: proposed, answered by each member for themselves, ended by the day that is set."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from handoff.coordination import possible_days, schedule
from handoff.coordination.meetings import NotOpen
from handoff.coordination.schedule import BadDay
from handoff.desk.hours import TOKYO
from handoff.desk.staff import SignedIn
from handoff.store.models import MeetingRecord
from tests.handoff.coordination.conftest import NOW, Household
from tests.handoff.coordination.test_meetings import member, requested, support
from tests.handoff.coordination.test_schedule import move, plan_meeting, row_of

MONDAY = datetime(2026, 11, 30, 13, 30, tzinfo=TOKYO)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


async def ask(household: Household, staff: SignedIn, meeting: UUID, *days: datetime, now: datetime = NOW) -> None:
    async with household.store.town("nagaizumi") as session:
        row = await session.get_one(MeetingRecord, meeting)
        await possible_days.propose(session, staff, row, days=days, town=household.town, now=now)


async def say(household: Household, staff: SignedIn, meeting: UUID, answers: Mapping[datetime, str]) -> None:
    async with household.store.town("nagaizumi") as session:
        row = await session.get_one(MeetingRecord, meeting)
        said = {day.isoformat(): can for day, can in answers.items()}
        await possible_days.say(session, staff, row, answers=said, now=NOW)


async def said(household: Household, meeting: UUID) -> Sequence[tuple[datetime, Mapping[str, str]]]:
    return [(one.at, dict(one.said)) for one in possible_days.round_of(await row_of(household, meeting))]


async def test_members_say_when_they_can_and_a_set_day_ends_it(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await member(household, fukkokai, meeting, "shakyo")
    await ask(household, fukkokai, meeting, TUESDAY, MONDAY, MONDAY)
    assert await said(household, meeting) == [(MONDAY, {}), (TUESDAY, {})]
    assert possible_days.waits_for(await row_of(household, meeting), "shakyo")
    await say(household, shakyo, meeting, {MONDAY: "no", TUESDAY: "yes"})
    await say(household, fukkokai, meeting, {TUESDAY: "maybe"})
    assert await said(household, meeting) == [(MONDAY, {"shakyo": "no"}), (TUESDAY, {"shakyo": "yes", "fukko": "maybe"})]
    assert not possible_days.waits_for(await row_of(household, meeting), "shakyo")
    await ask(household, fukkokai, meeting, TUESDAY, WEDNESDAY)
    assert await said(household, meeting) == [(TUESDAY, {"shakyo": "yes", "fukko": "maybe"}), (WEDNESDAY, {})]
    assert possible_days.waits_for(await row_of(household, meeting), "shakyo"), "a new day is asked about"
    await move(household, fukkokai, meeting, TUESDAY, "役場")
    assert await said(household, meeting) == []
    with pytest.raises(NotOpen):
        await say(household, shakyo, meeting, {TUESDAY: "yes"})


async def test_every_kind_has_them_and_only_those_who_call_it_ask(
    household: Household, fukkokai: SignedIn, official: SignedIn, shakyo: SignedIn
) -> None:
    await requested(household, fukkokai, household.brother)
    meeting = await support(household, official, household.brother)
    with pytest.raises(NotOpen, match="招集する窓口だけ"):
        await ask(household, fukkokai, meeting, MONDAY)
    await ask(household, official, meeting, MONDAY)
    assert [day for day, _ in await said(household, meeting)] == [MONDAY]
    await ask(household, official, meeting)
    assert await said(household, meeting) == []


@pytest.mark.parametrize("days", [(NOW,), (NOW - timedelta(days=1),), tuple(MONDAY + timedelta(days=n) for n in range(9))])
async def test_no_day_that_is_over_and_not_too_many(
    household: Household, fukkokai: SignedIn, days: tuple[datetime, ...]
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    with pytest.raises(BadDay):
        await ask(household, fukkokai, meeting, *days)


@pytest.mark.parametrize("answers", [{WEDNESDAY: "yes"}, {MONDAY: "gladly"}])
async def test_an_answer_is_to_a_day_that_is_asked_about(
    household: Household, fukkokai: SignedIn, answers: dict[datetime, str]
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await ask(household, fukkokai, meeting, MONDAY)
    with pytest.raises(BadDay):
        await say(household, fukkokai, meeting, answers)


async def test_members_are_told_that_they_are_asked(household: Household, fukkokai: SignedIn, shakyo: SignedIn) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await member(household, fukkokai, meeting, "shakyo")
    then = NOW + timedelta(hours=1)
    await ask(household, fukkokai, meeting, MONDAY, now=then)
    async with household.store.reading("nagaizumi") as session:
        assert await schedule.moved_since(session, shakyo, NOW, now=then) == 1
        assert await schedule.moved_since(session, shakyo, then, now=then) == 0
        assert await schedule.moved_since(session, fukkokai, NOW, now=then) == 0
