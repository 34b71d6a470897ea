"""What is kept holds on both engines: consent is only added to, and a case's tables know their town."""

from collections.abc import Mapping

import pytest
from sqlalchemy import func, select

from handoff.coordination import board, consent
from handoff.coordination.access import held_by
from handoff.desk.staff import SignedIn
from handoff.store.models import Case, ConsentRecord
from knowledge.schema import Town
from tests.databases import ENGINES
from tests.handoff.coordination.conftest import Household


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
