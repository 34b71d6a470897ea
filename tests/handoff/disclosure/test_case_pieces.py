"""What of a case belongs to a request: who may read it decides it, who only reported gets none of it, papers by their own door."""

from datetime import timedelta

from sqlalchemy import func, select

from handoff.coordination import schedule
from handoff.coordination.consent import Answer
from handoff.desk.staff import SignedIn
from handoff.disclosure import requests
from handoff.disclosure.case_pieces import pieces_of
from handoff.disclosure.items import UNSEEN, Item
from handoff.disclosure.requests import Given, Sheet
from handoff.privacy.retention import count
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Case, CaseTicket, MeetingRecord, MeetingView, Ticket
from tests.handoff.coordination.conftest import (
    NOW,
    Hire,
    Household,
    database_url,
    fukkokai,
    hire,
    household,
    official,
    shakyo,
    store,
    towns,
)
from tests.handoff.coordination.test_meetings import item, member, promise, requested, support
from tests.whole import knowledge

__all__ = ["Hire", "database_url", "fukkokai", "hire", "household", "official", "shakyo", "store", "towns"]
LATER = NOW + timedelta(hours=1)


async def number_of(store: Store) -> str:
    async with store.town("nagaizumi") as session:
        return (await session.scalars(select(Ticket.number))).one()


async def taken(store: Store, staff: SignedIn, *, whose: str = "writer") -> str:
    number = await number_of(store)
    async with store.town("nagaizumi") as session:
        await requests.take(
            session, staff, number, requester="own", whose=whose, proof="免許証", on=None, knowledge=knowledge(), now=LATER
        )
    return number


async def seen(store: Store, staff: SignedIn, number: str) -> Sheet:
    async with store.town("nagaizumi") as session:
        return await requests.sheet(session, staff, number, knowledge=knowledge(), now=LATER)


async def decide(store: Store, staff: SignedIn, number: str, *given: Given) -> dict[str, str]:
    async with store.town("nagaizumi") as session:
        return await requests.decide(session, staff, number, given, knowledge=knowledge(), now=LATER)


def of_kind(sheet: Sheet, kind: str) -> list[Item]:
    return [one for one in sheet.items if one.kind == kind]


async def test_the_coordinator_decides_what_was_done_planned_and_agreed(
    store: Store, household: Household, fukkokai: SignedIn
) -> None:
    await household.answer(fukkokai, household.mother)
    await household.papers(fukkokai, household.mother)
    sheet = await seen(store, fukkokai, await taken(store, fukkokai))
    (plan,), (consent,) = of_kind(sheet, "plan"), of_kind(sheet, "consent")
    assert "家で安心して暮らす" in plan.text
    assert "社会福祉協議会: 週に1回訪ねる" in plan.text
    assert "のこと）" in plan.text
    assert any("2号" in hint for hint in plan.hints)
    assert "共有すること（会議をふくむ）: あり" in consent.text
    assert any("足腰が弱り" in one.text for one in of_kind(sheet, "course"))


async def test_what_came_after_the_request_is_not_part_of_it(store: Store, household: Household, fukkokai: SignedIn) -> None:
    number = await taken(store, fukkokai)
    await household.papers(fukkokai, household.mother, now=LATER + timedelta(minutes=1))
    assert of_kind(await seen(store, fukkokai, number), "plan") == []


async def test_who_may_not_read_it_sees_that_it_is_there_and_hands_out_what_others_decided(
    store: Store, household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    await household.papers(fukkokai, household.mother)
    number = await taken(store, shakyo)
    sheet = await seen(store, shakyo, number)
    (plan,) = of_kind(sheet, "plan")
    assert (plan.text, plan.closed) == (UNSEEN, True)
    assert "安心" not in str(sheet.items)
    await decide(store, shakyo, number, Given(plan.key, "give"))
    assert plan.key not in (await seen(store, shakyo, number)).decided, "what one cannot read one cannot decide"
    assert await decide(store, fukkokai, number, Given(plan.key, "mask", "third", "社会福祉協議会")) == {}
    sheet = await seen(store, shakyo, number)
    (plan,) = of_kind(sheet, "plan")
    assert "家で安心して暮らす" in sheet.shown(plan)
    assert "社会福祉協議会" not in sheet.shown(plan)
    assert sheet.grounds == ("2号 ほかの人が分かる、ほかの人を害する",)


async def test_consent_of_one_opens_nothing_of_the_other(
    store: Store, household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    await household.papers(fukkokai, household.mother)
    await household.papers(fukkokai, household.brother)
    await household.answer(fukkokai, household.mother)
    plans = of_kind(await seen(store, shakyo, await taken(store, shakyo)), "plan")
    assert sorted(one.closed for one in plans) == [False, True]


async def test_meeting_papers_open_by_their_own_door_and_it_is_written_down(
    store: Store, household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    await household.answer(fukkokai, household.brother, Answer("share", "refused", "", "telephone", ""))
    await requested(household, fukkokai, household.brother)
    meeting = await support(household, official, household.brother)
    await promise(household, official, meeting)
    await item(household, official, meeting, "resident", "夜は起きている")
    number = await taken(store, fukkokai)
    closed = of_kind(await seen(store, fukkokai, number), "meeting")
    assert [one.closed for one in closed] == [False, True], "the coordinator asked for it and is no member of it"
    key = closed[1].key
    await decide(store, fukkokai, number, Given(key, "give"))
    assert key not in (await seen(store, fukkokai, number)).decided
    await decide(store, fukkokai, number, Given(key, "keep", "other"))
    assert (await seen(store, fukkokai, number)).decided[key].choice == "keep"
    async with store.reading("nagaizumi") as session:
        before = await session.scalar(select(func.count()).select_from(MeetingView)) or 0
        assert await session.scalar(select(func.count()).where(AuditEntry.action == "case_opened"))
    async with store.town("nagaizumi") as session:
        ticket = (await session.scalars(select(Ticket))).one()
        found = await pieces_of(
            session, official, ticket, whose="writer", meetings_of_town=household.town.meetings, upto=LATER, now=LATER
        )
    told = [one for one in found if one.kind == "meeting"]
    assert any("夜は起きている" in one.text for one in told)
    assert all("社会福祉法第106条の6" in one.basis for one in told)
    async with store.reading("nagaizumi") as session:
        assert (await session.scalar(select(func.count()).select_from(MeetingView)) or 0) == before + 1


async def test_a_case_that_somebody_asks_to_see_is_not_removed(store: Store, household: Household, fukkokai: SignedIn) -> None:
    number = await taken(store, fukkokai)
    async with store.town("nagaizumi") as session:
        (await session.scalars(select(Case))).one().closed_at = NOW
    late = LATER + timedelta(days=4000)
    assert (await count(store, "nagaizumi", days=None, case_days=1, now=late)).cases == 0
    async with store.town("nagaizumi") as session:
        await requests.close(session, fukkokai, number, outcome="withdrawn", now=LATER)
    assert (await count(store, "nagaizumi", days=None, case_days=1, now=late)).cases == 1


async def test_who_reported_a_household_is_shown_nothing_of_its_case(
    store: Store, household: Household, fukkokai: SignedIn
) -> None:
    await household.papers(fukkokai, household.mother)
    async with store.town("nagaizumi") as session:
        (await session.scalars(select(CaseTicket))).one().reporter = True
    sheet = await seen(store, fukkokai, await taken(store, fukkokai))
    assert not {one.kind for one in sheet.items} & {"course", "plan", "consent", "meeting"}
    number = await number_of(store)
    async with store.town("nagaizumi") as session:
        await requests.close(session, fukkokai, number, outcome="withdrawn", now=LATER)
    sheet = await seen(store, fukkokai, await taken(store, fukkokai, whose="told_of"))
    assert of_kind(sheet, "plan"), "the person of the case asks for their own"


async def test_a_meeting_that_was_called_off_stays_its_members(
    store: Store, household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    await requested(household, fukkokai, household.brother)
    meeting = await support(household, official, household.brother)
    async with store.town("nagaizumi") as session:
        row = await session.get_one(MeetingRecord, meeting)
        await schedule.call_off(session, official, row, why="本人が入院した", town=household.town, now=NOW)
    number = await taken(store, fukkokai)
    found = of_kind(await seen(store, fukkokai, number), "meeting")
    assert not any("入院" in one.text for one in found)
    assert sorted(one.closed for one in found) == [False, True], "the meeting itself; what was only asked for is the case's"
    await member(household, official, meeting, "fukko", "復康会")
    await promise(household, fukkokai, meeting)
    theirs = of_kind(await seen(store, fukkokai, number), "meeting")
    assert any("日を変えたわけ: 本人が入院した" in one.text for one in theirs)
