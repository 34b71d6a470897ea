"""How plans become final: 長泉町's three ways, each refused before its step; re-plan, monitoring, end, pause."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from handoff.coordination import cases, course, meetings, outreach, papers, plans, tasks
from handoff.coordination.access import coordinated_by, held_by
from handoff.coordination.agenda import MOMENTS, occasion, topics
from handoff.coordination.outreach import BadAttempt
from handoff.coordination.plans import Action, NotReady, after_approval, holds_of, rule_for
from handoff.desk.staff import SignedIn
from handoff.store.models import SupportPlan
from knowledge.schema import Meeting, Town
from tests.handoff.coordination.conftest import NOW, Household
from tests.handoff.coordination.test_meetings import AFTER_DRAFT

WAYS = [(("outreach", "participation"), "only_programmes"), (("outreach", "other"), "programmes_and_more"),
        (("other",), "no_programmes")]


async def held_meeting(household: Household, staff: SignedIn, person: UUID, at: str = AFTER_DRAFT) -> None:
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, staff, household.number)
        row = await meetings.call(
            session, staff, held, person, meeting_id="ichiban_ii", occasion=at, purpose="", at=None,
            town=household.town, now=NOW,
        )
        await session.flush()
        row, _ = await papers.meeting_for(session, staff, row.id)
        await meetings.hold(
            session, staff, row, minutes="話した", decisions="分担を決めた", present=[], town=household.town, now=NOW
        )


async def step(household: Household, staff: SignedIn, plan: UUID, act: str, **more: object) -> SupportPlan:
    async with household.store.town("nagaizumi") as session:
        case = (await held_by(session, staff, household.number)).case
        row = await plans.plan_of(session, case, plan)
        town = {} if act in ("report", "monitor") else {"town": household.town}
        await getattr(plans, act)(*((session,) if act == "want_end" else (session, staff)), case, row, now=NOW, **town, **more)
        return row


async def final(household: Household, staff: SignedIn) -> UUID:
    """The mother's plan, final by the meeting's approval."""
    await household.answer(staff, household.mother)
    plan = await household.papers(staff, household.mother)
    await held_meeting(household, staff, household.mother)
    await step(household, staff, plan, "approve")
    return plan


async def open_kinds(household: Household, staff: SignedIn) -> list[str]:
    async with household.store.town("nagaizumi") as session:
        case = (await held_by(session, staff, household.number)).case
        return sorted(task.kind for task in await tasks.open_tasks(session, staff, case=case))


@pytest.mark.parametrize(("programmes", "holds"), WAYS)
def test_what_a_plan_holds_decides_its_way(towns: Mapping[str, Town], programmes: tuple[str, ...], holds: str) -> None:
    assert holds_of([Action("社協", "訪ねる", one) for one in programmes]) == holds
    for town in towns.values():
        meeting = next((one for one in town.meetings if one.kind == "plan"), None)
        expected = "approved" if town.id == "nagaizumi" and "no" not in holds else "final"
        assert after_approval(rule_for(meeting, holds)) == expected


@pytest.mark.parametrize(("programmes", "holds"), WAYS)
async def test_no_plan_is_final_before_its_last_step(
    household: Household, fukkokai: SignedIn, official: SignedIn, programmes: tuple[str, ...], holds: str
) -> None:
    await household.answer(fukkokai, household.mother)
    plan = await household.papers(fukkokai, household.mother, *programmes)
    for act, more in (("approve", {}), ("decide", {"confirmed_rest": True}), ("report", {})):
        with pytest.raises(NotReady):
            await step(household, fukkokai, plan, act, **more)
    async with household.store.town("nagaizumi") as session:
        held = await coordinated_by(session, fukkokai, household.number)
        await cases.add_agency(
            session, held, town=household.town, window="nagaizumi.fukushi_hoken", name="", role="町", now=NOW
        )
    await held_meeting(household, fukkokai, household.mother)
    with pytest.raises(NotReady, match="招集する窓口"):
        await step(household, official, plan, "approve")
    approved = await step(household, fukkokai, plan, "approve")
    if holds == "no_programmes":
        assert (approved.state, approved.final_at) == ("final", NOW)
        assert await open_kinds(household, fukkokai) == ["monitoring", "report"]
        assert (await step(household, fukkokai, plan, "report")).reported_at == NOW
        assert await open_kinds(household, fukkokai) == ["monitoring"]
        return
    assert (approved.state, approved.final_at) == ("approved", None)
    assert "確定していません" in plans.STATE_NAMES["approved"]
    assert await open_kinds(household, fukkokai) == ["decision"]
    with pytest.raises(NotReady, match="長泉町の職員だけ"):
        await step(household, fukkokai, plan, "decide", confirmed_rest=True)
    if holds == "programmes_and_more":
        with pytest.raises(NotReady, match="ほかの支援"):
            await step(household, official, plan, "decide", confirmed_rest=False)
    decided = await step(household, official, plan, "decide", confirmed_rest=holds == "programmes_and_more")
    assert (decided.state, decided.decided_at, decided.final_at) == ("final", NOW, NOW)
    assert await open_kinds(household, fukkokai) == ["monitoring"]


async def test_a_draft_asks_for_its_meeting_and_the_stage_goes_on(household: Household, fukkokai: SignedIn) -> None:
    await household.answer(fukkokai, household.mother)
    await household.papers(fukkokai, household.mother)
    async with household.store.town("nagaizumi") as session:
        case = (await held_by(session, fukkokai, household.number)).case
        due = await tasks.open_tasks(session, fukkokai, case=case)
        assert [(task.kind, task.occasion, task.pack_meeting) for task in due] == [("meeting", AFTER_DRAFT, "ichiban_ii")]
        assert case.stage == "plan_draft"
    await held_meeting(household, fukkokai, household.mother)
    assert await open_kinds(household, fukkokai) == []


async def test_a_new_version_leaves_the_one_in_force_until_it_takes_its_place(
    household: Household, fukkokai: SignedIn
) -> None:
    first = await final(household, fukkokai)
    second = await household.papers(fukkokai, household.mother, now=NOW)
    async with household.store.town("nagaizumi") as session:
        case = (await held_by(session, fukkokai, household.number)).case
        found = [(plan.version, plan.state) for plan in await plans.of_person(session, household.mother)]
        wanted = [task.occasion for task in await tasks.open_tasks(session, fukkokai, case=case) if task.kind == "meeting"]
    assert (found, wanted) == ([(2, "draft"), (1, "final")], ["再プラン策定時"])
    await held_meeting(household, fukkokai, household.mother, "再プラン策定時")
    await step(household, fukkokai, second, "approve")
    assert (await step(household, fukkokai, second, "report")).state == "final"
    async with household.store.town("nagaizumi") as session:
        assert [plan.state for plan in await plans.of_person(session, household.mother)] == ["final", "replaced"]
    assert first != second
    assert await open_kinds(household, fukkokai) == ["monitoring"]


async def test_monitoring_always_names_the_next_day(household: Household, fukkokai: SignedIn) -> None:
    plan = await final(household, fukkokai)
    with pytest.raises(NotReady):
        await step(household, fukkokai, plan, "monitor", text="元気", next_at=NOW)
    await step(household, fukkokai, plan, "monitor", text="元気", next_at=NOW + timedelta(days=30))
    assert (await open_kinds(household, fukkokai)).count("monitoring") == 1


async def test_an_end_comes_after_its_meeting_and_closes_the_case(household: Household, fukkokai: SignedIn) -> None:
    plan = await final(household, fukkokai)
    said = {"reached": "買い物に出られるようになった", "follow_up": "年に2回 電話する"}
    with pytest.raises(NotReady, match="支援終結の判断時"):
        await step(household, fukkokai, plan, "end", **said)
    await step(household, fukkokai, plan, "want_end", moment="ended")
    assert "meeting" in await open_kinds(household, fukkokai)
    await held_meeting(household, fukkokai, household.mother, "支援終結の判断時")
    assert (await step(household, fukkokai, plan, "end", **said)).state == "ended"
    async with household.store.town("nagaizumi") as session:
        case = (await held_by(session, fukkokai, household.number)).case
        assert (case.stage, case.closed_at) == ("ended", NOW)
    assert await open_kinds(household, fukkokai) == []


async def tried(household: Household, staff: SignedIn, means: str, result: str, *, day: int = 1) -> None:
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, staff, household.number)
        when = NOW + timedelta(days=day)
        await outreach.attempt(
            session, staff, held, household.mother, means=means, result=result, words="", now=when,
            next_at=when + timedelta(days=7),
        )


async def paused(household: Household, staff: SignedIn) -> None:
    async with household.store.town("nagaizumi") as session:
        held = await coordinated_by(session, staff, household.number)
        await outreach.suspend(
            session, staff, held, household.mother, reason="3か月つながらない", town=household.town, now=NOW
        )


async def test_a_pause_needs_several_means_and_its_meeting(household: Household, fukkokai: SignedIn) -> None:
    await final(household, fukkokai)
    for day, (means, missing) in enumerate((("telephone", "訪問"), ("telephone", "訪問"), ("visit", "様子を聞く")), start=1):
        await tried(household, fukkokai, means, "no_contact", day=day)
        with pytest.raises(NotReady, match=missing):
            await paused(household, fukkokai)
    await tried(household, fukkokai, "around", "no_contact", day=4)
    with pytest.raises(NotReady, match="支援中断の決定時"):
        await paused(household, fukkokai)
    await held_meeting(household, fukkokai, household.mother, "支援中断の決定時")
    await paused(household, fukkokai)
    async with household.store.town("nagaizumi") as session:
        case = (await held_by(session, fukkokai, household.number)).case
        assert case.stage == "suspended"
        assert len(await course.entries(session, case, "outreach")) == 4


async def test_having_met_begins_the_count_anew(household: Household, fukkokai: SignedIn) -> None:
    await final(household, fukkokai)
    for day, (means, result) in enumerate(
        (("visit", "no_contact"), ("around", "no_contact"), ("telephone", "talked"), ("letter", "left_word")), start=1
    ):
        await tried(household, fukkokai, means, result, day=day)
    with pytest.raises(NotReady, match="訪問"):
        await paused(household, fukkokai)


@pytest.mark.parametrize(
    ("means", "result", "next_at"),
    [("drone", "met", NOW + timedelta(1)), ("visit", "great", NOW + timedelta(1)), ("visit", "met", None), ("visit", "met", NOW)],
)
async def test_an_attempt_has_its_means_result_and_next_day(
    household: Household, fukkokai: SignedIn, means: str, result: str, next_at: datetime | None
) -> None:
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        with pytest.raises(BadAttempt):
            await outreach.attempt(
                session, fukkokai, held, household.mother, means=means, result=result, words="", next_at=next_at, now=NOW
            )


def plan_meetings(towns: Mapping[str, Town]) -> dict[str, Meeting]:
    return {town.id: one for town in towns.values() for one in town.meetings if one.kind == "plan"}


def test_every_pack_names_the_moments_in_its_own_words(towns: Mapping[str, Town]) -> None:
    found = {
        town: [occasion(meeting, moment) for moment in MOMENTS] for town, meeting in plan_meetings(towns).items()
    }
    assert found == {
        "taiki": ["プランの策定時", "プランの変更時", "包括化推進員による支援を終結しようとするとき", None],
        "itoman": [None] * 4,
        "nagaizumi": ["プラン策定後の評価時", "再プラン策定時", "支援終結の判断時", "支援中断の決定時"],
        "katsuyama": ["支援プランの策定時", "支援プランの再策定時", "支援の終結時", "支援の中断時"],
        "yokkaichi": ["プラン策定時", "プラン見直し時", "支援の終結判断時", "支援の中断決定時"],
    }


def test_topics_are_the_packs_by_occasion(towns: Mapping[str, Town]) -> None:
    found = plan_meetings(towns)
    assert len(topics(found["nagaizumi"], "プラン策定後の評価時")) == 3
    assert topics(found["nagaizumi"], "支援中断の決定時") == ("本人との連絡が完全に取れなくなった場合等における、支援の中断の決定",)
    assert "支援終結時の評価" in topics(found["yokkaichi"], "プラン策定時")
    assert topics(found["taiki"], "プランの策定時") == ("本人の目標と支援の方針", "機関ごとの役割分担", "モニタリングの時期")
