"""Places that suit, followed until settled; what a plan prints of private persons stays with staff."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from handoff.coordination import participation, tasks
from handoff.coordination.access import held_by
from handoff.coordination.participation import BadMatch, matches
from handoff.desk.staff import SignedIn
from knowledge.schema import Town
from tests.handoff.coordination.conftest import NOW, Household

LATER = NOW + timedelta(days=14)


def test_places_of_the_matters_fields_come_and_wished_words_come_first(towns: Mapping[str, Town]) -> None:
    town = towns["nagaizumi"]
    elderly = matches(town, ("elderly",))
    assert elderly
    assert all("elderly" in match.resource.fields or not match.resource.fields for match in elderly)
    wished = matches(town, ("disability",), wish="体操")
    assert wished[0].resource.id == "choitore", "a wish goes before the field"
    assert {match.resource.id for match in wished} > {"choitore"}


async def follow(
    household: Household, staff: SignedIn, result: str, *, at: datetime | None = LATER, resource: str = "choitore"
) -> list[str]:
    """What is still to be asked after it."""
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, staff, household.number)
        await participation.follow(
            session, staff, held, household.mother, resource_id=resource, result=result, words="", next_at=at,
            town=household.town, now=NOW,
        )
        await session.flush()
        return [task.kind for task in await tasks.open_tasks(session, staff, case=held.case)]


async def test_a_place_is_followed_until_it_is_settled(household: Household, shakyo: SignedIn) -> None:
    for result in ("proposed", "visited", "goes_on"):
        assert await follow(household, shakyo, result) == ["participation"]
    assert await follow(household, shakyo, "settled", at=None) == []


@pytest.mark.parametrize(
    ("result", "at", "resource"),
    [("proposed", None, "choitore"), ("proposed", NOW, "choitore"), ("loved", LATER, "choitore"), ("proposed", LATER, "x")],
)
async def test_nothing_is_left_without_a_next_day(
    household: Household, shakyo: SignedIn, result: str, at: datetime | None, resource: str
) -> None:
    with pytest.raises(BadMatch):
        await follow(household, shakyo, result, at=at, resource=resource)
