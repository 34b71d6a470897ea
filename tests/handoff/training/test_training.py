"""The training town: enough of everything, nobody's facts, the same from the same seed, and apart from real towns."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from handoff.coordination import course
from handoff.coordination.board import board, flagged
from handoff.desk.demo import ensure_demo_staff
from handoff.desk.proof import proof
from handoff.desk.queue import Filters, list_for
from handoff.desk.staff import find
from handoff.figures.facts import facts_of
from handoff.figures.work import work_of
from handoff.figures.year import FiscalYear
from handoff.intake.spoken import SPOKEN
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.migrate import migrate
from handoff.store.models import CaseEntry, CaseTask, Ticket
from handoff.training.board import ensure_board
from handoff.training.cases import STAGES, ensure_training, planned, stories
from handoff.training.town import LIKE, TOWN, training_files, training_town, with_training
from knowledge.overlay import Edit
from knowledge.shared import laid_over, problems_of
from tests.databases import at_noon
from tests.whole import knowledge


@pytest_asyncio.fixture
async def practised(sqlite_url: str, keys: KeyRing) -> AsyncIterator[Store]:
    """A database with the training town beside 大樹町, its cases made."""
    await migrate(sqlite_url, {"taiki": "大樹町", TOWN: "架空町"}, keys=keys, clock=at_noon, say=lambda _: None)
    store = await Store.open(sqlite_url, keys=keys, clock=at_noon)
    town = training_town(knowledge().towns[LIKE])
    accounts = await ensure_demo_staff(store, town, [], now=at_noon())
    member = await find(store, accounts[0]["login"])
    assert await ensure_training(store, town, staff_id=member.id, now=at_noon()) >= 60
    assert await ensure_training(store, town, staff_id=member.id, now=at_noon()) == 0, "a second start makes none"
    coordinator = await find(store, f"{TOWN}-coordinator")
    assert await ensure_board(store, town, staff=coordinator, now=at_noon()) == len(course.STAGES)
    assert await ensure_board(store, town, staff=coordinator, now=at_noon()) == 0
    yield store
    await store.close()


async def test_staff_find_cases_in_every_stage_and_a_real_town_sees_none(practised: Store) -> None:
    staff = await find(practised, f"{TOWN}-coordinator")
    async with practised.reading(TOWN) as session:
        lines = await list_for(session, staff, Filters(status="all"))
        facts = await facts_of(session, FiscalYear(2026))
    assert {line.status for line in lines} == {"open", "in_progress", "resolved"}
    assert {field for line in lines for field in line.fields} == {"elderly", "disability", "child", "poverty"}
    assert any(line.restricted for line in lines)
    assert any(line.unread for line in lines)
    assert len(facts.opened) >= 50
    assert {"web", "phone", "counter", "visit"} == {case.channel for case in facts.opened}
    assert {"self", "family", "neighbour"} <= {case.source for case in facts.opened}
    taken = [line for line in lines if line.summary.channel in SPOKEN]
    assert len(taken) >= 10
    assert all(line.caller for line in taken)
    async with practised.reading("taiki") as session:
        assert await session.scalar(select(func.count(Ticket.id))) == 0
        assert (await facts_of(session, FiscalYear(2026))).opened == ()


async def test_the_board_has_a_case_in_every_stage_and_the_year_its_numbers(practised: Store) -> None:
    """The stages are reached by the acts of the room itself: consent, papers, meetings, plans, ends."""
    staff, town = await find(practised, f"{TOWN}-coordinator"), training_town(knowledge().towns[LIKE])
    async with practised.reading(TOWN) as session:
        shown = await board(session, staff)
        work = await work_of(session, FiscalYear(2026), town)
        left = await flagged(session, staff)
        dates = list(await session.scalars(select(CaseEntry.at)))
        due = list(await session.scalars(select(CaseTask.due_at).where(CaseTask.done_at.is_(None))))
    assert {stage: len(lines) for stage, lines in shown.items()} == dict.fromkeys(course.STAGES, 1)
    assert len(left) >= 5, "flags that wait, to practise with"
    assert max(dates) < at_noon() < max(due)
    assert (work.cases, work.plans["first"], work.plans["ended"], work.plans["suspended"]) == (9, 4, 1, 1)
    assert work.meetings["juso"] >= 4
    assert work.places_of_work == 1


def test_the_same_seed_makes_the_same_cases() -> None:
    assert planned(at_noon()) == planned(at_noon())
    assert planned(at_noon()) != planned(at_noon(), seed=1)
    counted = Counter(plan.stage for plan in planned(at_noon()))
    assert set(counted.values()) == {len(stories())}
    assert set(counted) == set(STAGES)
    assert all(plan.began < at_noon() for plan in planned(at_noon()))


def test_stories_use_only_words_that_triage_has() -> None:
    glossary = knowledge().glossary
    for story in stories():
        assert set(story.needs) <= set(glossary.needs), story.text
        assert all(set(needs) <= set(glossary.needs) for _, _, needs in story.household), story.text
        for pattern in story.patterns:
            assert f"pattern_{pattern}" in glossary.words


@pytest.mark.parametrize("real", ["01558", "大樹", "十勝", "しゅしゅ", "北海道", "暁町"])
def test_nothing_of_the_real_town_is_left(real: str) -> None:
    town = training_town(knowledge().towns[LIKE])
    assert real not in town.model_dump_json()


def test_every_fact_says_that_it_is_invented() -> None:
    town = training_town(knowledge().towns[LIKE])
    assert "架空" in town.name
    sources = {window.source for window in town.windows} | {one.source for one in town.municipality.indicators}
    assert all("架空" in source for source in sources)
    assert set(with_training(knowledge()).towns) == {*knowledge().towns, TOWN}


def test_its_admins_edit_it_as_a_real_town() -> None:
    """The made files say what is served, pass the check, and bear an edit."""
    known = with_training(knowledge())
    town = known.towns[TOWN]
    files = training_files(town)
    assert problems_of(TOWN, files, known, today=at_noon().date(), looks=(proof(today=at_noon().date()),)) == []
    edit = Edit("window", town.windows[0].id, {"name": "れんしゅう係"}, {"name": town.windows[0].name})
    laid = laid_over(known, TOWN, files, [edit])
    assert laid.left_out == ()
    edited = laid.knowledge.towns[TOWN]
    assert edited.windows == (town.windows[0].model_copy(update={"name": "れんしゅう係"}), *town.windows[1:])
    assert (edited.municipality, edited.meetings) == (town.municipality, town.meetings)


def test_who_is_told_of_is_as_old_as_the_message_says() -> None:
    for plan in planned(at_noon()):
        written = next(one for one in stories() if one.answer == plan.story.answer)
        for (_, age, _), (_, found, _) in zip(written.household, plan.story.household, strict=True):
            assert isinstance(found, int | None)
            assert not isinstance(age, str) or f"{found}歳" in plan.story.text
