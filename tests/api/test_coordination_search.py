"""探す finds cases beside consultations, once, and the same page comes for what is hidden and for what is not there."""

from sqlalchemy import select

from handoff.desk.staff import SignedIn
from handoff.store.models import Case
from tests.api.test_coordination import Desk, app, desk
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import NOW, Household
from tests.handoff.coordination.test_finding import whole

__all__ = ["app", "desk"]
database_url, towns, store, hire = room.database_url, room.towns, room.store, room.hire
fukkokai, official, shakyo, household = room.fukkokai, room.official, room.shakyo, room.household


async def look(desk: Desk, who: str, query: str, **more: str) -> str:
    return (await desk.post(who, "/staff/search", 200, query=query, **more)).text


async def test_cases_meetings_and_plans_stand_under_the_consultations(
    desk: Desk, household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    await whole(household, fukkokai)
    page = await look(desk, "fukko", "花子")
    assert f'<a href="/staff/cases/{household.number}">' in page
    assert "見つかりません。" in page.split("見つかったケース")[0], "no consultation has the name"
    assert 'href="/staff/meetings/' in await look(desk, "fukko", "いちばんいい")
    assert f"#p{household.mother}" in await look(desk, "fukko", "安心して")
    further = await look(desk, "fukko", "花子", before="2026-11-01T00:00:00+00:00", before_id=str(household.mother))
    assert "見つかったケース" not in further, "once, on the first page"


async def test_the_hidden_and_the_absent_are_one_page(
    desk: Desk, household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    await whole(household, fukkokai)
    absent = await look(desk, "fukko", "水道")
    assert (await look(desk, "fukuho", "花子")).replace("花子", "水道") == (await look(desk, "fukuho", "水道"))
    async with household.store.town("nagaizumi") as session:
        (await session.scalars(select(Case))).one().restricted = True
    assert (await look(desk, "fukko", "花子")).replace("花子", "水道") == absent


async def test_what_cannot_be_read_is_said(desk: Desk, household: Household, fukkokai: SignedIn) -> None:
    await whole(household, fukkokai)
    async with household.store.town("nagaizumi") as session:
        case = (await session.scalars(select(Case))).one()
        case.body_sealed = case.body_sealed[:-1] + b"?"
    page = await look(desk, "fukko", "花子")
    assert "いま読めませんでした" in page
    assert page.rstrip().endswith("</html>")


async def test_a_case_whose_time_was_over_stops_nothing(desk: Desk, household: Household, fukkokai: SignedIn) -> None:
    await whole(household, fukkokai)
    async with household.store.town("nagaizumi") as session:
        household.store.keys.destroy((await session.scalars(select(Case))).one().data_key, now=NOW)
    assert "ケース・会議・プランにはありません。" in await look(desk, "fukko", "花子")
