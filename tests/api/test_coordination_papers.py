"""プラン, 会議資料 and the whole case as A4 and Excel: what the reader may see, 支援会議 for its members and in no file."""

import io
from collections.abc import Mapping

from openpyxl import load_workbook
from sqlalchemy import select

from handoff.coordination import cases, meetings, outreach, papers
from handoff.coordination.access import held_by
from handoff.coordination.consent import Answer
from handoff.desk.staff import SignedIn
from handoff.forms.coordination import NOT_FINAL, WAS_FINAL
from handoff.store.db import Store
from handoff.store.models import MeetingView
from knowledge.schema import Town
from tests.api.test_coordination import Desk, app, desk, plain
from tests.api.test_who_waits import written
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import NOW, Household, flagged
from tests.handoff.coordination.test_meetings import item, member, promise, requested, support
from tests.handoff.coordination.test_plans import final, held_meeting, step

__all__ = ["app", "desk"]
database_url, towns, store, hire = room.database_url, room.towns, room.store, room.hire
fukkokai, official, shakyo, household = room.fukkokai, room.official, room.shakyo, room.household


async def cells(desk: Desk, who: str, path: str) -> str:
    answer = await (await desk.of(who)).get(path)
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)


async def test_a_plan_is_a_paper_and_a_draft_says_that_it_is_one(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    await household.answer(fukkokai, household.mother)
    plan = await household.papers(fukkokai, household.mother)
    path = f"/staff/cases/{household.number}/plans/{plan}/paper"
    page = await desk.get("fukko", path)
    for word in ("支援プラン", "まだ確定していません", "家で安心して暮らす", "週に1回訪ねる", "決裁・供覧", "令和8年"):
        assert word in page
    assert "家で安心して暮らす" in await cells(desk, "fukko", f"{path}/file")
    assert "家で安心して暮らす" in await desk.get("shakyo", path), "shared with consent"
    assert (await (await desk.of("fukko")).get(path.replace(str(plan), "x"))).status_code == 404


async def test_who_takes_a_case_over_gets_all_of_it_that_they_may_see(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn, official: SignedIn
) -> None:
    await final(household, fukkokai)
    await household.papers(fukkokai, household.brother)
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        await outreach.attempt(
            session, fukkokai, held, household.brother, means="visit", result="no_contact", words="留守だった",
            next_at=NOW.replace(day=28), now=NOW,
        )
    path = f"/staff/cases/{household.number}/paper"
    whole = await cells(desk, "fukko", f"{path}/file")
    for word in ("ケースの引き継ぎ", "留守だった", "足腰が弱り", "家で暮らしたい", "公益財団法人復康会", "支援経過", "第1版 確定"):
        assert word in whole, word
    assert "<h1>ケースの引き継ぎ（全部）</h1>" in await desk.get("fukko", path)
    theirs = await desk.get("shakyo", path)
    assert "留守だった" not in theirs, "the brother has agreed to nothing"
    assert "くわしいことは出していません" in theirs
    assert (await (await desk.of("fukuho")).get(path)).status_code == 404


async def test_a_meetings_paper_is_its_members_and_a_support_meeting_gives_no_file(
    desk: Desk, household: Household, fukkokai: SignedIn, official: SignedIn, store: Store, towns: Mapping[str, Town]
) -> None:
    await household.answer(fukkokai, household.mother)
    await household.papers(fukkokai, household.mother)
    await held_meeting(household, fukkokai, household.mother)
    async with store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        (plan_meeting,) = await meetings.of_case(session, held.case)
    await requested(household, fukkokai, household.brother)
    called = await support(household, official, household.brother)
    async with store.town("nagaizumi") as session:
        await papers.add_item(
            session, official, called, source="agency", text="配食を断っている", town=household.town, now=NOW
        )
    of_plan = f"/staff/meetings/{plan_meeting.id}/paper"
    assert "アセスメント結果に基づく" in await cells(desk, "fukko", f"{of_plan}/file")
    assert "分担を決めた" in await desk.get("fukko", of_plan)
    of_support = f"/staff/meetings/{called}/paper"
    page = await desk.get("fukuho", of_support)
    for word in ("配食を断っている", "この写しを開いた人: fukuho", "ほかの人に話してはいけません"):
        assert word in page
    assert "Excelで保存" not in page
    client = await desk.of("fukuho")
    assert (await client.get(f"{of_support}/file")).status_code == 409
    other = await desk.of("fukko")
    assert (await other.get(of_support)).status_code == 404, "no member, no paper"


async def test_the_whole_case_holds_actions_meetings_and_tasks_and_no_secret_of_a_meeting(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn, official: SignedIn
) -> None:
    await final(household, fukkokai)
    await household.papers(fukkokai, household.brother)
    await requested(household, fukkokai, household.brother)
    called = await support(household, official, household.brother)
    await member(household, official, called, "fukko", "復康会")
    await promise(household, fukkokai, called)
    await item(household, official, called, "agency", "配食を断っている")
    async with household.store.town("nagaizumi") as session:
        row, _ = await papers.meeting_for(session, official, called)
        await meetings.hold(
            session, official, row, minutes="兄弟のけんかのこと", decisions="町が訪ねる", present=[], town=household.town, now=NOW
        )
    path = f"/staff/cases/{household.number}/paper"
    whole = await cells(desk, "fukko", f"{path}/file")
    for word in (
        "親 82歳: だれが、何をするか（第1版）", "週に1回訪ねる", "きょうだい 55歳: だれが、何をするか", "いちばんいい会議（プラン策定後の評価時） 開催ずみ",
        "決めたこと", "分担を決めた", "支援会議 開催ずみ", "モニタリング", "もとになった相談", "nagaizumi-2026-0001",
    ):
        assert word in whole, word
    for word in ("配食を断っている", "兄弟のけんか", "町が訪ねる", "弟さんと会える道"):
        assert word not in whole, "what was said without consent stays with its members, also for a member"
    theirs = plain(await desk.get("shakyo", path))
    assert "分担を決めた" not in theirs, "no member of the meeting"
    assert "もとになった相談" not in theirs, "the consultations behind are the coordinator's to see"
    assert theirs.count("週に1回訪ねる") == 1, "of who has agreed only"
    await household.answer(fukkokai, household.mother, Answer("share", "withdrawn", how="visit"))
    assert "分担を決めた" not in await cells(desk, "fukko", f"{path}/file")
    async with household.store.reading("nagaizumi") as session:
        views = await session.scalars(select(MeetingView).where(MeetingView.staff_id == fukkokai.id))
        assert len({one.meeting_id for one in views}) == 1, "each opening is written down; nothing of the other was opened"


async def test_a_report_behind_a_case_stands_on_no_paper_of_it(
    desk: Desk, household: Household, fukkokai: SignedIn, towns: Mapping[str, Town]
) -> None:
    report = await flagged(household.store, household.town, "nagaizumi.fukushi_hoken", about=("neighbour",))
    async with household.store.town("nagaizumi") as session:
        await cases.attach(session, fukkokai, await held_by(session, fukkokai, household.number), report, now=NOW)
    whole = await desk.get("fukko", f"/staff/cases/{household.number}/paper")
    assert "nagaizumi-2026-0001" in whole
    assert report not in whole


async def test_a_withdrawal_closes_the_minutes_on_the_page_in_print_and_in_the_file(
    desk: Desk, household: Household, fukkokai: SignedIn
) -> None:
    await final(household, fukkokai)
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        (meeting,) = await meetings.of_case(session, held.case)
    path = f"/staff/meetings/{meeting.id}"

    async def everywhere() -> list[str]:
        printed = [await desk.get("fukko", one) for one in (path, f"{path}/paper")]
        return [*printed, await cells(desk, "fukko", f"{path}/paper/file")]

    assert all("分担を決めた" in text and papers.STOPPED not in text for text in await everywhere())
    await household.answer(fukkokai, household.mother, Answer("share", "withdrawn", how="visit"))
    for text in await everywhere():
        assert "分担を決めた" not in text
        assert text.count(papers.STOPPED) == 3, "papers, what was said, what was settled"


async def test_a_plan_that_was_final_says_that_it_was_and_has_been_replaced(
    desk: Desk, household: Household, fukkokai: SignedIn
) -> None:
    first = await final(household, fukkokai)
    draft = await household.papers(fukkokai, household.mother)
    second = await household.papers(fukkokai, household.mother)
    await held_meeting(household, fukkokai, household.mother, "再プラン策定時")
    await step(household, fukkokai, second, "approve")
    for plan, words in ((first, [WAS_FINAL]), (draft, [NOT_FINAL]), (second, [])):
        path = f"/staff/cases/{household.number}/plans/{plan}/paper"
        for text in (await desk.get("fukko", path), await cells(desk, "fukko", f"{path}/file")):
            assert [one for one in (WAS_FINAL, NOT_FINAL) if one in text] == words


async def test_papers_of_a_case_and_of_a_meeting_are_read_like_a_ticket(
    desk: Desk, household: Household, fukkokai: SignedIn, store: Store
) -> None:
    await household.answer(fukkokai, household.mother)
    plan = await household.papers(fukkokai, household.mother)
    await held_meeting(household, fukkokai, household.mother)
    async with store.town("nagaizumi") as session:
        ((meeting, *_),) = [await meetings.of_case(session, (await held_by(session, fukkokai, household.number)).case)]
    case = f"/staff/cases/{household.number}"
    client = await desk.of("fukko")
    for path, of in (
        (f"{case}/paper", "FROM case_person"), (f"{case}/plans/{plan}/paper", "FROM support_plan"),
        (f"/staff/meetings/{meeting.id}", "FROM meeting_item"), (f"/staff/meetings/{meeting.id}/paper", "FROM meeting_item"),
    ):
        with written(store, of) as heard:
            assert (await client.get(path)).status_code == 200, path
        assert heard.count("read within a write") == 0, path
        assert "commit" in heard[: heard.index("read")], path
