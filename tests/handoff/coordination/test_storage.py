"""What is kept holds on both engines: consent is only added to, a case's tables know their town, and go with their case."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from handoff.coordination import board, consent, course, finding, meetings
from handoff.coordination.access import held_by
from handoff.desk.search import words_of
from handoff.desk.staff import SignedIn
from handoff.privacy.erasures import Erasures
from handoff.privacy.retention import Count, count, erase_again, purge, referrers
from handoff.store.models import (
    AuditEntry,
    Base,
    Case,
    CaseTask,
    ConsentRecord,
    DataKey,
    MunicipalityRow,
    TenantRow,
    Ticket,
)
from knowledge.schema import Town
from tests.databases import ENGINES
from tests.handoff.coordination.conftest import NOW, Household
from tests.handoff.coordination.test_finding import whole

YEAR = timedelta(days=365)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


async def test_a_case_is_kept_read_and_unseen_from_the_next_town(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn, towns: Mapping[str, Town]
) -> None:
    await household.answer(shakyo, household.mother)
    await household.papers(fukkokai, household.mother, "outreach")
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        assert consent.holds(await consent.known(session, held.case), household.mother, "share").given
        (line,) = (await board.board(session, fukkokai))["plan_draft"]
        assert (line.number, line.household) == (household.number, "親 82歳、きょうだい 55歳")
    async with household.store.town("itoman") as session:
        for table in (Case, ConsentRecord):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_a_case_its_meeting_and_its_plan_are_found(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn, towns: Mapping[str, Town]
) -> None:
    """Ids and times come as each engine keeps them: what is found has them as they are."""
    await whole(household, fukkokai)
    async with household.store.town("nagaizumi") as session:
        alone = await meetings.call_without_case(
            session, fukkokai, meeting_id="ichiban_ii", at=NOW + timedelta(days=9), agenda="移動の足", town=household.town, now=NOW
        )
        (meeting,) = await meetings.of_case(session, (await held_by(session, fukkokai, household.number)).case)
    case = f"/staff/cases/{household.number}"
    for staff, query, paths in (
        (fukkokai, "花子", [case]), (shakyo, "花子", [case]), (shakyo, "太郎", []), (fukkokai, "太郎", [case]),
        (shakyo, "安心して", [f"{case}#p{household.mother}"]), (shakyo, "いちばんいい", [f"{case}#meetings"]),
        (fukkokai, "いちばんいい", [f"/staff/meetings/{alone.id}", f"/staff/meetings/{meeting.id}"]),
        (fukkokai, "移動の足", [f"/staff/meetings/{alone.id}"]), (fukkokai, '移動"', []),
    ):
        async with household.store.reading("nagaizumi") as session:
            hits = await finding.find(session, staff, words_of(query), town=household.town)
        assert [hit.path for hit in hits] == paths, (staff.login, query)
        assert all(hit.at == (NOW + timedelta(days=9) if str(alone.id) in hit.path else NOW) for hit in hits)


async def closed(household: Household, staff: SignedIn) -> Case:
    """The case with answers, papers and a plan, brought to its end."""
    await household.answer(staff, household.mother)
    await household.papers(staff, household.mother, "outreach")
    async with household.store.town("nagaizumi") as session:
        case = (await held_by(session, staff, household.number)).case
        course.go_to(session, case, staff, to="ended", reason=None, now=NOW)
        return case


async def test_a_case_goes_a_time_after_its_own_end_with_all_that_belongs_to_it(
    household: Household, fukkokai: SignedIn, tmp_path: Path
) -> None:
    store, erasures = household.store, Erasures(tmp_path / "erased-keys.txt")
    case = await closed(household, fukkokai)
    later = NOW + 6 * YEAR
    for days, when in ((None, later), (5 * 365, NOW + YEAR)):
        found = await purge(store, "nagaizumi", days=None, case_days=days, erasures=erasures, now=when)
        assert found.cases == 0, "the town has set no time, or it is not over"
    expected = Count(0, 0, 1)
    assert await count(store, "nagaizumi", days=None, case_days=5 * 365, now=later) == expected
    assert await purge(store, "nagaizumi", days=None, case_days=5 * 365, erasures=erasures, now=later) == expected
    async with store.reading("nagaizumi") as session:
        for table in _of_cases():
            assert await session.scalar(select(func.count()).select_from(table)) == 0, table.__tablename__
        assert (await session.get_one(DataKey, case.data_key_id)).wrapped is None
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1, "its tickets have a time of their own"
        own = (await session.get_one(MunicipalityRow, "nagaizumi")).data_key_id
        assert (await session.get_one(DataKey, own)).wrapped is not None
        entries = await session.scalars(select(AuditEntry).where(AuditEntry.action == "purged"))
        assert [entry.reason for entry in entries] == ["case_retention_days=1825 cases=1"]
    assert erasures.known() == {case.data_key_id}


async def test_a_case_that_goes_on_stays(household: Household, fukkokai: SignedIn, tmp_path: Path) -> None:
    store, later = household.store, NOW + 5 * YEAR
    async with store.town("nagaizumi") as session:
        case = (await held_by(session, fukkokai, household.number)).case
    assert (await count(store, "nagaizumi", days=None, case_days=30, now=later)).cases == 0
    await closed(household, fukkokai)
    async with store.town("nagaizumi") as session:
        session.add(CaseTask(kind="outreach", case_id=case.id, due_at=later + YEAR, details={}))
    found = await purge(store, "nagaizumi", days=None, case_days=30, erasures=Erasures(tmp_path / "x.txt"), now=later)
    assert found.cases == 0, "somebody has still to look after them"


async def test_an_old_copy_brings_no_case_back(household: Household, fukkokai: SignedIn, tmp_path: Path) -> None:
    case, erasures = await closed(household, fukkokai), Erasures(tmp_path / "erased-keys.txt")
    erasures.note([case.data_key_id])
    assert await erase_again(household.store, erasures, now=NOW) == 1
    async with household.store.reading("nagaizumi") as session:
        assert await session.scalar(select(func.count()).select_from(Case)) == 0
        assert (await session.get_one(DataKey, case.data_key_id)).wrapped is None


def _of_cases() -> set[type[Base]]:
    """The mapped classes that refer to a case, whatever they are called."""
    reached: set[type[TenantRow]] = {Case}
    waiting: list[type[TenantRow]] = [Case]
    while waiting:
        fresh = [other for other, _ in referrers(waiting.pop()) if other not in reached]
        reached.update(fresh)
        waiting += fresh
    assert {"case_person", "consent", "support_plan", "meeting_item", "case_task"} <= {one.__tablename__ for one in reached}
    return set(reached)
