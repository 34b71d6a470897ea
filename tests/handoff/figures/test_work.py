"""The year's work on tangled cases: meetings, matters talked over, plans and ends, against the plan's own figures."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select

from handoff.coordination import participation
from handoff.coordination.access import held_by
from handoff.desk.staff import SignedIn
from handoff.figures import work
from handoff.figures.masking import for_public
from handoff.figures.report import Report, report_of
from handoff.figures.year import FiscalYear
from handoff.store.db import Store
from handoff.store.models import Case
from knowledge.schema import Town
from tests.handoff.coordination.conftest import (  # noqa: F401
    NOW,
    Household,
    database_url,
    fukkokai,
    hire,
    household,
    official,
    store,
    towns,
)
from tests.handoff.coordination.test_plans import final, held_meeting, step
from tests.whole import knowledge

AGAIN = "再プラン策定時"


async def read(store: Store, town: Town, year: int = 2026) -> Report:  # noqa: F811
    async with store.reading(town.id) as session:
        return await report_of(session, FiscalYear(year), town=town, words=knowledge().glossary.words, now=NOW)


def counted(report: Report) -> dict[str, int | None]:
    return {line.id: line.counted for line in report.lines}


async def test_an_empty_year_is_counted_as_none_and_what_nobody_records_is_said(store: Store, towns: Mapping[str, Town]) -> None:  # noqa: F811
    found = counted(await read(store, towns["nagaizumi"]))
    assert found.items() >= {
        "participation_people": 0, "participation_partners": 0, "outreach_new": 0, "case_reviews": 0,
        "joint_cases": 0, "plan_meetings": 0, "plans": 0, "replans": 0, "closed_cases": 0,
    }.items()
    assert counted(await read(store, towns["katsuyama"])) == {"support_meetings": 0, "case_reviews": 0}


async def test_meetings_matters_plans_and_ends(household: Household, fukkokai: SignedIn, store: Store) -> None:  # noqa: F811
    await final(household, fukkokai)
    second = await household.papers(fukkokai, household.mother)
    await held_meeting(household, fukkokai, household.mother, at=AGAIN)
    await step(household, fukkokai, second, "approve")
    await held_meeting(household, fukkokai, household.mother, at="支援終結の判断時")
    await step(household, fukkokai, second, "end", reached="家で暮らせている", follow_up="月に1回たずねる")
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        place = next(one for one in household.town.resources if one.public)
        for result, at in (("visited", NOW + timedelta(days=9)), ("goes_on", NOW + timedelta(days=20)), ("settled", None)):
            await participation.follow(
                session, fukkokai, held, household.mother, resource_id=place.id, result=result, words="", next_at=at,
                town=household.town, now=NOW,
            )
    report = await read(store, household.town)
    found = counted(report)
    assert (found["plan_meetings"], found["case_reviews"]) == (1, 3), "one day is one meeting, each matter counts"
    assert (found["plans"], found["replans"], found["closed_cases"]) == (2, 1, 1)
    assert (found["participation_people"], found["joint_cases"]) == (1, 1)
    assert [(cell.key, cell.value) for cell in report.table("plan").cells] == [
        ("first", 1), ("anew", 1), ("ended", 1), ("suspended", 0),
    ]
    assert report.table("meeting").value("ichiban_ii") == 1
    assert report.table("review").total == 3
    assert counted(await read(store, household.town, 2025))["case_reviews"] == 0
    public = for_public(report)
    assert all(line.counted in (None, 0) for line in public.lines), "nothing from 1 to 4 is published"
    assert [cell.value for cell in public.table("plan").cells] == [None] * 4


async def test_a_restricted_case_stands_in_no_figure(household: Household, fukkokai: SignedIn, store: Store) -> None:  # noqa: F811
    await final(household, fukkokai)
    async with store.town("nagaizumi") as session:
        for case in await session.scalars(select(Case)):
            case.restricted = True
    async with store.reading("nagaizumi") as session:
        found = await work.work_of(session, FiscalYear(2026), household.town)
    assert found == work.Work(plans=dict.fromkeys(work.PLAN_NAMES, 0))


async def test_another_towns_work_is_not_seen(household: Household, fukkokai: SignedIn, store: Store, towns: Mapping[str, Town]) -> None:  # noqa: F811
    await final(household, fukkokai)
    assert (await read(store, towns["itoman"])).table("review").total == 0


async def test_companies_that_no_pack_knows_are_counted_by_name(household: Household, fukkokai: SignedIn, store: Store) -> None:  # noqa: F811
    async with store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        for name, result in (
            ("みどり製茶", "goes_on"), ("みどり　製茶", "settled"), ("ＡＢＣ工業", "settled"), ("まだの会社", "visited"),
        ):
            await participation.follow(
                session, fukkokai, held, household.mother, resource_id="company", result=result, words="",
                next_at=NOW + timedelta(days=9), town=household.town, company=name, now=NOW,
            )
        with pytest.raises(participation.BadMatch, match="名前を書いて"):
            await participation.follow(
                session, fukkokai, held, household.mother, resource_id="company", result="settled", words="",
                next_at=None, town=household.town, company="  ", now=NOW,
            )
    found = {line.id: line for line in (await read(store, household.town)).lines}
    assert (found["participation_partners"].counted, found["participation_partners"].reached) == (2, True)
    assert found["participation_people"].counted == 1
