"""Pages of the board, a case and a meeting stay true while they are open: every change is an event, no reading is one."""

import re
from uuid import UUID

from sqlalchemy import func, select

from handoff.desk.staff import SignedIn
from handoff.store.db import Store
from handoff.store.models import AuditEntry, CaseAgency, Event, MeetingMember, MeetingView
from tests.api.test_coordination import Desk, consent, desk
from tests.api.test_coordination_schedule import app
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import Household
from tests.handoff.coordination.test_meetings import item, member, requested, support
from tests.handoff.coordination.test_schedule import plan_meeting

__all__ = ["app", "desk"]
database_url, towns, store, hire = room.database_url, room.towns, room.store, room.hire
fukkokai, official, shakyo, household = room.fukkokai, room.official, room.shakyo, room.household


async def newest(store: Store) -> int:
    async with store.reading("nagaizumi") as session:
        return await session.scalar(select(func.coalesce(func.max(Event.sequence), 0))) or 0


def tops(text: str) -> list[str]:
    """Ids of the pieces: what stands in them is closed before the next begins."""
    return [found[1] for found in re.finditer(r'^<(?:section|div|nav|p)[^>]* id="([\w-]+)"', text, re.MULTILINE)]


async def test_what_changes_a_case_or_a_meeting_is_told_and_what_reads_it_is_not(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    case, mother = f"/staff/cases/{household.number}", f"/staff/cases/{household.number}/people/{household.mother}"
    await desk.get("fukko", "/staff/cases")  # the year's rounds are written once
    for path, data in (
        (f"{case}/next", {"what": "訪ねる"}), (f"{case}/people", {"relation": "姉"}), (f"{case}/agencies", {"name": "病院"}),
        (f"{case}/stage", {"to": "review", "reason": "x"}), (f"{mother}/consent", consent(household.mother)),
        (f"{mother}/assessment", {"text": "x"}), (f"{mother}/outreach", {"means": "visit", "result": "met", "at": "2026-12-20"}),
        (f"/staff/meetings/{meeting}/items", {"source": "agency", "text": "x"}),
        (f"/staff/meetings/{meeting}/members", {"agency": "社協", "login": "shakyo"}),
        (f"/staff/meetings/{meeting}/day", {"at": "2026-11-30"}),
    ):
        before = await newest(household.store)
        await desk.post("fukko", path, **data)
        assert await newest(household.store) == before + 1, path
    before = await newest(household.store)
    for path in ("/staff/cases", "/staff/cases/rows", case, f"{case}/rows", f"/staff/meetings/{meeting}", f"/staff/meetings/{meeting}/rows"):
        await desk.get("fukko", path)
    assert await newest(household.store) == before, "or each page would make the others ask again, for ever"


async def test_pages_name_their_pieces_and_where_they_come_from(
    desk: Desk, household: Household, fukkokai: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await desk.get("fukko", "/staff/cases")  # the year's rounds are written once
    for path, ids in (
        ("/staff/cases", ["board-places", "board-due", "board-seats", "board-flagged", "board-stages"]),
        (f"/staff/cases/{household.number}", ["summary", "people", "dated", "case-meetings", "case-course", "steered"]),
        (f"/staff/meetings/{meeting}", ["summary", "asked", "ways", "laid", "seated", "holding", "opened"]),
        ("/staff/gaps", ["gaps-counted", "gaps-listed"]),
    ):
        page, rows = await desk.get("fukko", path), await desk.get("fukko", f"{path}/rows")
        assert re.search(rf'data-from="{path}/rows" data-cursor="{await newest(household.store)}"', page)
        assert "console/standing.js" in page
        assert "<html" not in rows
        assert [one for one in tops(rows) if one in ids] == ids
        assert all(f'id="{one}"' in page for one in ids)


async def test_an_open_page_learns_what_others_do(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    case = f"/staff/cases/{household.number}"
    await desk.post("shakyo", f"{case}/people/{household.mother}/consent", **consent(household.mother))
    await desk.post("fukko", f"{case}/next", what="火曜に訪ねる")
    assert "火曜に訪ねる" in await desk.get("shakyo", f"{case}/rows")
    assert "火曜に訪ねる" in await desk.get("shakyo", "/staff/cases/rows")


async def test_who_sees_it_no_more_keeps_no_words_on_the_screen(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn, official: SignedIn
) -> None:
    case = f"/staff/cases/{household.number}"
    assert "きょうだい" in await desk.get("shakyo", f"{case}/rows")
    async with household.store.town("nagaizumi") as session:
        for row in await session.scalars(select(CaseAgency).where(CaseAgency.window_id.in_(shakyo.windows))):
            await session.delete(row)
    gone = await desk.get("shakyo", f"{case}/rows")
    assert "あなたには見えなくなりました" in gone
    assert "きょうだい" not in gone
    assert gone == await desk.get("fukuho", f"{case}/rows"), "as if there were none"
    assert tops(gone) == ["summary", "people", "dated", "case-meetings", "case-course", "steered"]


async def test_papers_that_come_in_while_a_meeting_is_open_are_an_opening_again(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    meeting = await plan_meeting(household, fukkokai)
    await member(household, fukkokai, meeting, "shakyo")
    path = f"/staff/meetings/{meeting}"

    async def views() -> int:
        async with household.store.reading("nagaizumi") as session:
            wanted = select(func.count()).select_from(MeetingView).where(MeetingView.staff_id == shakyo.id)
            return await session.scalar(wanted) or 0

    await desk.get("shakyo", path)
    for _ in range(3):
        await desk.get("shakyo", f"{path}/rows")
    assert await views() == 1, "nothing came in"
    await desk.post("fukko", f"{path}/items", source="agency", text="配食を断っている")
    assert "配食を断っている" in await desk.get("shakyo", f"{path}/rows")
    assert await views() == 2
    await desk.get("shakyo", f"{path}/rows")
    assert await views() == 2
    async with household.store.town("nagaizumi") as session:
        for row in await session.scalars(select(MeetingMember).where(MeetingMember.staff_id == shakyo.id)):
            await session.delete(row)
    assert "配食" not in await desk.get("shakyo", f"{path}/rows")


async def test_a_page_that_asks_again_is_no_second_reading_of_the_case(
    desk: Desk, household: Household, fukkokai: SignedIn
) -> None:
    case = f"/staff/cases/{household.number}"
    await desk.get("fukko", case)
    for _ in range(3):
        await desk.get("fukko", f"{case}/rows")
    async with household.store.reading("nagaizumi") as session:
        found = await session.scalars(select(AuditEntry).where(AuditEntry.action == "case_opened"))
        assert len(list(found)) == 1


async def test_a_meeting_without_consent_tells_nothing_before_the_promise(
    desk: Desk, household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    await requested(household, fukkokai, household.brother)
    meeting: UUID = await support(household, official, household.brother)
    await member(household, official, meeting, "fukko", "復康会")
    await item(household, official, meeting, "agency", "配食を断っている")
    assert "配食" not in await desk.get("fukko", f"/staff/meetings/{meeting}/rows")
