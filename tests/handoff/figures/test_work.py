"""The year's work on tangled cases: meetings, matters talked over, plans and ends, against the plan's own figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import participation
from handoff.coordination.access import held_by
from handoff.desk.staff import SignedIn
from handoff.figures import work
from handoff.figures.masking import for_public
from handoff.figures.report import Report, report_of
from handoff.figures.year import FiscalYear
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import Case, CaseAgency, CasePerson, MeetingMember, MeetingRecord, SupportPlan
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
    assert (found["participation_people"], found["joint_cases"]) == (1, 0), "one agency acts, and nobody else came"
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


@dataclass(frozen=True)
class Tangled:
    """A case of the year as it was worked on. came: agencies at its held meeting; does: agencies of its plan."""

    came: tuple[str, ...] = ()
    does: tuple[str, ...] = ()
    state: str = "final"
    final: datetime | None = NOW
    ended: datetime | None = None
    held: datetime = NOW
    absent: tuple[str, ...] = ()
    restricted: bool = False


LAST_YEAR, NEXT_YEAR = NOW - timedelta(days=365), NOW + timedelta(days=365)
BY_HAND: tuple[tuple[str, Tangled, bool], ...] = (
    ("stands on the list of two, nothing was done", Tangled(), False),
    ("one came", Tangled(came=("復康会",)), False),
    ("two came", Tangled(came=("復康会", "長泉町社会福祉協議会")), True),
    ("two were asked, one came", Tangled(came=("復康会",), absent=("福祉保険課",)), False),
    ("one agency, written in two ways", Tangled(came=("社会福祉協議会", "長泉町 社会福祉協議会")), False),
    ("two came, a year ago", Tangled(came=("復康会", "福祉保険課"), held=LAST_YEAR), False),
    ("two act", Tangled(does=("復康会", "社会福祉協議会")), True),
    ("one acts twice", Tangled(does=("社会福祉協議会", "社会福祉協議会")), False),
    ("two would act, no plan yet", Tangled(does=("復康会", "社会福祉協議会"), state="draft", final=None), False),
    ("two act since last year", Tangled(does=("復康会", "福祉保険課"), final=LAST_YEAR), True),
    ("two acted until last year", Tangled(does=("復康会", "福祉保険課"), state="ended", final=LAST_YEAR, ended=LAST_YEAR), False),
    ("two will act next year", Tangled(does=("復康会", "福祉保険課"), final=NEXT_YEAR), False),
    ("two ways of working together are one case", Tangled(came=("復康会", "福祉保険課"), does=("復康会", "福祉保険課")), True),
    ("restricted", Tangled(came=("復康会", "福祉保険課"), does=("復康会", "福祉保険課"), restricted=True), False),
)


async def kept(session: AsyncSession, case: Case, work: Tangled, *, staff: SignedIn, number: int) -> None:
    """The rows of one case: as the acts of the room would have written them."""
    common = {"municipality_id": "nagaizumi", "created_at": NOW, "data_key_id": case.data_key_id, "data_key": case.data_key}
    one = Case(
        id=new_id(NOW), **common, number=f"nagaizumi-case-2026-9{number:03}", stage="support", restricted=work.restricted,
        body={"household": "", "why": [], "next": "x"},
    )
    session.add(one)
    person = CasePerson(id=new_id(NOW), **common, case_id=one.id, body={"name": "", "relation": "母", "age": ""})
    meeting = MeetingRecord(
        id=new_id(NOW), **common, pack_meeting="ichiban_ii", kind="plan", case_id=one.id, person_id=person.id, state="held",
        held_at=work.held, staff_id=staff.id, body={"agenda": []},
    )
    session.add_all([person, *([meeting] if work.came else [])])
    for name in (*work.came, *work.absent):
        session.add(MeetingMember(
            id=new_id(NOW), **common, meeting_id=meeting.id, attended=name in work.came, body={"name": "x", "agency": name}
        ))
    for name in ("復康会", "長泉町社会福祉協議会"):
        session.add(CaseAgency(id=new_id(NOW), **common, case_id=one.id, body={"name": name, "role": ""}))
    if work.does:
        session.add(SupportPlan(
            id=new_id(NOW), **common, case_id=one.id, person_id=person.id, version=1, state=work.state,
            holds="no_programmes", monitor_at=NOW, final_at=work.final, ended_at=work.ended, staff_id=staff.id,
            body={"goal": "x", "reason": "", "actions": [{"agency": one, "what": "x", "programme": "other"} for one in work.does]},
        ))


async def test_joint_cases_are_those_that_several_agencies_worked_on_counted_by_hand(
    household: Household, fukkokai: SignedIn, store: Store  # noqa: F811
) -> None:
    async with store.town("nagaizumi") as session:
        case = (await session.scalars(select(Case))).one()
        for number, (_, tangled, _) in enumerate(BY_HAND):
            await kept(session, case, tangled, staff=fukkokai, number=number)
    expected = sum(counts for _, _, counts in BY_HAND)
    assert expected == 4
    assert counted(await read(store, household.town))["joint_cases"] == expected
    assert counted(await read(store, household.town, 2025))["joint_cases"] == 3, "two came, and two plans were in force"


async def test_a_plan_that_was_replaced_was_in_force_until_the_next(
    household: Household, fukkokai: SignedIn, store: Store  # noqa: F811
) -> None:
    async with store.town("nagaizumi") as session:
        case = (await session.scalars(select(Case))).one()
        two = Tangled(does=("復康会", "福祉保険課"), state="replaced", final=LAST_YEAR)
        await kept(session, case, two, staff=fukkokai, number=1)
        await session.flush()
        first = (await session.scalars(select(SupportPlan))).one()
        session.add(SupportPlan(
            id=new_id(NOW), municipality_id="nagaizumi", created_at=NOW, data_key_id=case.data_key_id, data_key=case.data_key,
            case_id=first.case_id, person_id=first.person_id, version=2, state="final", holds="no_programmes",
            monitor_at=NOW, final_at=LAST_YEAR + timedelta(days=30), staff_id=fukkokai.id,
            body={"goal": "x", "reason": "x", "actions": [{"agency": "復康会", "what": "x", "programme": "other"}]},
        ))
    assert counted(await read(store, household.town, 2025))["joint_cases"] == 1
    assert counted(await read(store, household.town))["joint_cases"] == 0, "one agency goes on alone"
