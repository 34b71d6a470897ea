"""A meeting's day over HTTP: members see that it moved, the papers say it, the address has no words."""

import re
from datetime import datetime, timedelta
from itertools import count

import pytest_asyncio
from fastapi import FastAPI

from handoff.desk.staff import SignedIn
from handoff.store.db import Store
from tests.api.test_coordination import Desk, desk, plain
from tests.api.test_staff_api import OWN
from tests.browser.serving import make_services, settings, whole_app
from tests.databases import at_noon
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import Household
from tests.handoff.coordination.test_meetings import member
from tests.handoff.coordination.test_schedule import plan_meeting

__all__ = ["desk"]
database_url, towns, store, hire = room.database_url, room.towns, room.store, room.hire
fukkokai, official, shakyo, household = room.fukkokai, room.official, room.shakyo, room.household


@pytest_asyncio.fixture
async def app(store: Store) -> FastAPI:
    """Its clock goes on by a second at each look: what was opened before and after a change differs."""
    seconds = count()

    def clock() -> datetime:
        return at_noon() + timedelta(seconds=next(seconds))

    return whole_app(make_services(store, settings(public_url=OWN), clock))


async def test_a_day_is_set_moved_told_and_printed(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await member(household, fukkokai, meeting, "shakyo")
    here = f"/staff/meetings/{meeting}"
    await desk.get("shakyo", here)
    assert "わたしが入っている会議" in await desk.get("shakyo", "/staff/cases")
    assert "日や場所が変わりました" not in await desk.get("shakyo", "/staff/cases")
    await desk.post("fukko", f"{here}/day", at="2026-11-30", clock="13:30", place="役場2階 会議室", why="会場のつごう")
    board = await desk.get("shakyo", "/staff/cases")
    assert re.search("11月30日[^日]{0,4}13:30", plain(board))
    assert "日や場所が変わりました" in board
    assert "役場2階" not in board, "the place stands where the papers stand"
    page = await desk.get("shakyo", here)
    for piece in ("役場2階 会議室", "会場のつごう", "日と場所の変更 1回"):
        assert piece in page
    assert "この会議をとりやめる" not in page, "only who calls it"
    assert 'value="2026-11-30"' in await desk.get("fukko", here)
    assert "日や場所が変わりました" not in await desk.get("shakyo", "/staff/cases"), "they have opened it"
    paper = plain(await desk.get("shakyo", f"{here}/paper"))
    assert "場所役場2階会議室" in paper
    await desk.post("shakyo", f"{here}/day", 422, at="2026-12-01")
    await desk.post("fukko", f"{here}/day", 422, at="2020-01-01")
    await desk.post("fukko", f"{here}/day", 422, clock="10:00")
    await desk.post("fukko", f"{here}/off", why="本人の入院")
    assert "とりやめ" in await desk.get("shakyo", "/staff/cases")
    assert "とりやめ" in await desk.get("shakyo", here)
    await desk.post("fukko", f"{here}/held", 422, minutes="話した", decisions="決めた")


async def test_the_minutes_and_the_paper_keep_the_day_that_was_held(
    desk: Desk, household: Household, fukkokai: SignedIn
) -> None:
    here = f"/staff/meetings/{await plan_meeting(household, fukkokai)}"
    await desk.post("fukko", f"{here}/held", 422, minutes="話した", decisions="決めた", on="2027-01-01")
    await desk.post("fukko", f"{here}/held", minutes="話した", decisions="決めた", on="2026-11-18")
    assert "開いた日令和8年11月18日（水）" in plain(await desk.get("fukko", f"{here}/paper"))
    await desk.post("fukko", f"{here}/day", 422, at="2026-12-01")


async def test_who_is_no_member_moves_nothing(
    desk: Desk, household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    here = f"/staff/meetings/{await plan_meeting(household, fukkokai)}"
    await desk.post("fukuho", f"{here}/day", 404, at="2026-11-30")
    await desk.post("fukuho", f"{here}/off", 404, why="x")


async def test_possible_days_are_asked_answered_and_chosen(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await member(household, fukkokai, meeting, "shakyo")
    here = f"/staff/meetings/{meeting}"
    client = await desk.of("fukko")
    asked = await client.post(f"{here}/possible", data={"at": ["2026-11-30", "2026-12-01", ""], "clock": ["13:30", "", ""]})
    assert asked.status_code == 303
    assert "候補の日に答えてください" in await desk.get("shakyo", "/staff/cases")
    days = re.findall(r'name="day" value="([^"]+)"', await desk.get("shakyo", here))
    assert len(days) == 2
    answered = await (await desk.of("shakyo")).post(f"{here}/can", data={"day": days, "can": ["no", "yes"]})
    assert answered.status_code == 303
    assert "候補の日に答えてください" not in await desk.get("shakyo", "/staff/cases")
    page = await desk.get("fukko", here)
    assert "○ 出られる 1人" in page
    assert "shakyo ×" in page
    assert "に決める" not in await desk.get("shakyo", here)
    chosen = re.findall(r'name="at" value="(2026-12-01)"><input type="hidden" name="clock" value="([^"]*)"', page)
    assert chosen == [("2026-12-01", "")]
    await desk.post("fukko", f"{here}/day", at="2026-12-01")
    assert "候補の日</h2>" not in await desk.get("shakyo", here)
