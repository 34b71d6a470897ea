"""Meetings called, asked for and held; papers for members only; what a withdrawal and the tax law stop."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from handoff.coordination import meetings, papers, tasks
from handoff.coordination.access import coordinated_by, held_by
from handoff.coordination.consent import Answer
from handoff.coordination.meetings import BadPurpose, NotOpen
from handoff.coordination.papers import NoSuchMember, NotConvening, SecrecyFirst, Stopped
from handoff.coordination.taxes import CLOSED, TaxSecret, TaxUnsaid, told_by_it
from handoff.desk.access import NotYours
from handoff.desk.staff import SignedIn
from handoff.store.models import CaseTask, MeetingItem, MeetingRecord, MeetingView
from tests.handoff.coordination.conftest import GIVEN, NOW, Hire, Household

WHY = "弟さんと会える道を探し、暮らしを守るため"
TRIGGER = "本人の同意が得られず、情報共有や役割分担が進まないとき"
AFTER_DRAFT = "プラン策定後の評価時"


async def support(household: Household, official: SignedIn, person: UUID, purpose: str = WHY) -> UUID:
    """支援会議 on one person, called by the town."""
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, official, household.number)
        row = await meetings.call(
            session, official, held, person, meeting_id="shien", occasion=TRIGGER, purpose=purpose, at=None,
            town=household.town, now=NOW,
        )
        return row.id


async def requested(household: Household, fukkokai: SignedIn, person: UUID, purpose: str = WHY) -> None:
    async with household.store.town("nagaizumi") as session:
        held = await coordinated_by(session, fukkokai, household.number)
        await meetings.ask(
            session, fukkokai, held, person, meeting_id="shien", purpose=purpose, town=household.town, now=NOW
        )


async def ichiban(household: Household, fukkokai: SignedIn, person: UUID) -> UUID:
    """いちばんいい会議 on one person, with everything it needs."""
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        row = await meetings.call(
            session, fukkokai, held, person, meeting_id="ichiban_ii", occasion=AFTER_DRAFT, purpose="", at=None,
            town=household.town, now=NOW,
        )
        return row.id


async def item(household: Household, staff: SignedIn, meeting: UUID, source: str, text: str) -> UUID:
    async with household.store.town("nagaizumi") as session:
        return (await papers.add_item(session, staff, meeting, source=source, text=text, town=household.town, now=NOW)).id


async def member(household: Household, staff: SignedIn, meeting: UUID, login: str, agency: str = "社会福祉協議会") -> None:
    async with household.store.town("nagaizumi") as session:
        await papers.add_member(session, staff, meeting, login=login, name="", agency=agency, town=household.town, now=NOW)


async def read(household: Household, staff: SignedIn, meeting: UUID) -> papers.Opened:
    async with household.store.town("nagaizumi") as session:
        return await papers.open_papers(session, staff, meeting, now=NOW)


async def promise(household: Household, staff: SignedIn, meeting: UUID) -> None:
    async with household.store.town("nagaizumi") as session:
        await papers.promise_secrecy(session, staff, meeting, now=NOW)


async def test_the_coordinator_can_only_ask_and_the_town_then_calls(
    household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    with pytest.raises(NotOpen, match="福祉保険課"):
        await support(household, fukkokai, household.brother)
    with pytest.raises(NotYours):
        await support(household, official, household.brother)  # the case is not theirs before they are asked
    await requested(household, fukkokai, household.brother)
    await support(household, official, household.brother)
    async with household.store.town("nagaizumi") as session:
        rows = list(await session.scalars(select(MeetingRecord).order_by(MeetingRecord.created_at, MeetingRecord.id)))
    assert [row.state for row in rows] == ["called_off", "called"]
    assert "社会福祉法第106条の6" in rows[1].body["ground"]


@pytest.mark.parametrize("purpose", ["", "  ", "事務を円滑にするため"])
async def test_no_support_meeting_without_a_purpose(
    household: Household, fukkokai: SignedIn, official: SignedIn, purpose: str
) -> None:
    with pytest.raises(BadPurpose):
        await requested(household, fukkokai, household.brother, purpose)
    await requested(household, fukkokai, household.brother)
    with pytest.raises(BadPurpose):
        await support(household, official, household.brother, purpose)


async def test_the_plan_meeting_is_checked_again_when_it_is_called(household: Household, fukkokai: SignedIn) -> None:
    with pytest.raises(NotOpen, match="利用申込"):
        await ichiban(household, fukkokai, household.mother)
    await household.papers(fukkokai, household.mother)
    with pytest.raises(NotOpen, match="未確認"):
        await ichiban(household, fukkokai, household.mother)
    await household.answer(fukkokai, household.mother)
    meeting = await ichiban(household, fukkokai, household.mother)
    agenda = (await read(household, fukkokai, meeting)).meeting.body["agenda"]
    assert agenda == [
        "アセスメント結果に基づく本人の目標、支援方針、プラン内容", "各支援関係機関の役割分担の確認", "モニタリングの時期の検討等",
    ]
    with pytest.raises(NotOpen, match="未確認"):
        await ichiban(household, fukkokai, household.brother)  # the mother's yes is hers


async def test_papers_open_to_members_after_the_secrecy_and_each_opening_is_kept(
    household: Household, fukkokai: SignedIn, official: SignedIn, shakyo: SignedIn, hire: Hire
) -> None:
    await requested(household, fukkokai, household.brother)
    meeting = await support(household, official, household.brother)
    await item(household, official, meeting, "agency", "去年から姿を見ていない")
    stranger, auditor = await hire("hoka", "nagaizumi.hokatsu"), await hire("kansa", role="auditor")
    for outsider in (fukkokai, shakyo, stranger, auditor):
        with pytest.raises(NotYours):
            await read(household, outsider, meeting)
        with pytest.raises(NotYours):
            await item(household, outsider, meeting, "agency", "x")
    await member(household, official, meeting, "shakyo")
    with pytest.raises(SecrecyFirst):
        await read(household, shakyo, meeting)
    await promise(household, shakyo, meeting)
    assert [one.body["text"] for one in (await read(household, shakyo, meeting)).items] == ["去年から姿を見ていない"]
    async with household.store.town("nagaizumi") as session:
        seen = list(await session.scalars(select(MeetingView.staff_id)))
    assert seen == [shakyo.id], "refused openings are no openings"


async def test_members_are_colleagues_or_people_on_paper(
    household: Household, fukkokai: SignedIn, official: SignedIn, hire: Hire
) -> None:
    await requested(household, fukkokai, household.brother)
    meeting = await support(household, official, household.brother)
    await hire("kansa", role="auditor")
    for login in ("kansa", "nobody", "fukuho"):
        with pytest.raises(NoSuchMember):
            await member(household, official, meeting, login)
    async with household.store.town("nagaizumi") as session:
        await papers.add_member(
            session, official, meeting, login="", name="民生委員 佐藤", agency="民生委員", town=household.town, now=NOW
        )
    assert len((await read(household, official, meeting)).members) == 2


async def test_tax_data_stay_out_without_consent_and_own_words_stay_in(
    household: Household, fukkokai: SignedIn, official: SignedIn, hire: Hire
) -> None:
    await requested(household, fukkokai, household.brother)
    meeting = await support(household, official, household.brother)
    tax = await hire("zeimu", "nagaizumi.fukushi_hoken")
    await member(household, official, meeting, "zeimu", "税務課")
    await promise(household, tax, meeting)
    await item(household, official, meeting, "resident", "固定資産税も3年払ってない（娘さんの話）")
    for staff, source in ((official, "tax"), (tax, "tax"), (tax, "agency")):
        with pytest.raises(TaxSecret):
            await item(household, staff, meeting, source, "滞納額は令和5年度から")
    await household.answer(official, household.brother, replace(GIVEN, item="tax"))
    await item(household, tax, meeting, "agency", "滞納額は令和5年度から")
    assert [one.source for one in (await read(household, official, meeting)).items] == ["resident", "tax"]
    await household.answer(official, household.brother, replace(GIVEN, item="tax", status="withdrawn"))
    assert [one.source for one in (await read(household, official, meeting)).items] == ["resident"]


TAX_GIVEN = replace(GIVEN, item="tax", to_whom="福祉保険課、復康会")


async def close(household: Household, staff: SignedIn, meeting: UUID, minutes: str, tax: str = "") -> None:
    async with household.store.town("nagaizumi") as session:
        row = (await session.scalars(select(MeetingRecord).where(MeetingRecord.id == meeting))).one()
        await meetings.hold(
            session, staff, row, minutes=minutes, decisions="見守りを続ける", present=[], tax=tax, town=household.town,
            now=NOW,
        )


@pytest.mark.parametrize("words", [
    "税務課によると、固定資産税が3年分たまっている。", "収税課の話では分納の相談が一度あった", "税務課: 滞納は48万円",
    "町民税係に確認したところ、未納がある", "滞納整理機構からの情報で差押えの予定",
])
def test_words_that_say_they_come_from_the_tax_office(words: str) -> None:
    assert told_by_it(words)


@pytest.mark.parametrize("words", [
    "税金を3年払っていない、と本人が話した", "「税務課の話では分けて払えるらしい」と娘さん", "税務課に一緒に行く",
    "固定資産税のことを本人が気にしている", "税務課の窓口へは福祉保険課が付き添う", "税理士によると控除がある",
])
def test_own_words_about_taxes_and_plans_are_no_secret(words: str) -> None:
    assert not told_by_it(words)


async def test_minutes_and_purpose_hold_what_the_tax_office_knows_with_consent_only(
    household: Household, fukkokai: SignedIn, official: SignedIn, hire: Hire
) -> None:
    known = "税務課によると、固定資産税が3年分たまっている。"
    with pytest.raises(TaxSecret):
        await requested(household, fukkokai, household.brother, f"{known}暮らしを立てなおすため")
    await requested(household, fukkokai, household.brother)
    meeting = await support(household, official, household.brother)
    with pytest.raises(TaxSecret):
        await item(household, official, meeting, "agency", known)
    for tax in ("", "none", "holds"):
        with pytest.raises(TaxSecret):
            await close(household, official, meeting, known if tax != "holds" else "滞納がある", tax)
    await hire("zeimu", "nagaizumi.zeimu")
    await member(household, official, meeting, "zeimu", "税務課")
    with pytest.raises(TaxUnsaid):
        await close(household, official, meeting, "訪ねる日を決めた")
    await household.answer(fukkokai, household.brother, TAX_GIVEN)
    await close(household, official, meeting, known, "holds")
    assert known in dict((await read(household, official, meeting)).said)["話したこと"]
    await household.answer(fukkokai, household.brother, replace(TAX_GIVEN, status="withdrawn"))
    assert {text for _, text in (await read(household, official, meeting)).said} == {CLOSED}


async def test_what_nobody_of_the_tax_office_said_goes_into_the_minutes(
    household: Household, fukkokai: SignedIn, official: SignedIn, hire: Hire
) -> None:
    await requested(household, fukkokai, household.brother)
    meeting = await support(household, official, household.brother)
    await hire("zeimu", "nagaizumi.zeimu")
    await member(household, official, meeting, "zeimu", "税務課")
    words = "固定資産税を3年払っていない、と娘さんが話した。"
    await close(household, official, meeting, words, "none")
    assert dict((await read(household, official, meeting)).said)["話したこと"] == words


async def test_the_tax_office_speaks_as_such_whatever_it_is_called_in_the_list(
    household: Household, fukkokai: SignedIn, official: SignedIn, hire: Hire
) -> None:
    await requested(household, fukkokai, household.brother)
    meeting = await support(household, official, household.brother)
    tax, both_desks = await hire("zeimu", "nagaizumi.zeimu"), await hire("hitori", "nagaizumi.zeimu", "nagaizumi.fukushi_hoken")
    for one in (tax, both_desks):
        await member(household, official, meeting, one.login, "長泉町")
        await promise(household, one, meeting)
    with pytest.raises(TaxSecret):
        await item(household, tax, meeting, "agency", "滞納がある")
    await item(household, both_desks, meeting, "agency", "配食を断っている")


async def test_who_sits_in_a_meeting_is_for_those_who_called_it(
    household: Household, fukkokai: SignedIn, official: SignedIn, shakyo: SignedIn, hire: Hire
) -> None:
    await requested(household, fukkokai, household.brother)
    meeting = await support(household, official, household.brother)
    await hire("tomodachi", "nagaizumi.hokatsu")
    await member(household, official, meeting, "shakyo")
    await promise(household, shakyo, meeting)
    with pytest.raises(NotConvening):
        await member(household, shakyo, meeting, "tomodachi")
    assert len((await read(household, official, meeting)).members) == 2
    await member(household, official, meeting, "fukko")
    await promise(household, fukkokai, meeting)
    await member(household, fukkokai, meeting, "tomodachi")


async def both(household: Household, fukkokai: SignedIn, official: SignedIn) -> tuple[UUID, UUID, list[UUID]]:
    """支援会議 with two items, then いちばんいい会議 after the brother's yes; 福祉保険課 is a member of both."""
    await requested(household, fukkokai, household.brother)
    first = await support(household, official, household.brother)
    items = [await item(household, official, first, "agency", text) for text in ("訪問で会えた", "近所のうわさ")]
    await household.answer(fukkokai, household.brother)
    await household.papers(fukkokai, household.brother)
    second = await ichiban(household, fukkokai, household.brother)
    await member(household, fukkokai, second, "fukuho", "福祉保険課")
    return first, second, items


async def test_items_move_by_choice_never_by_themselves(
    household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    first, second, items = await both(household, fukkokai, official)
    assert (await read(household, fukkokai, second)).items == ()
    for _ in range(2):  # pressing twice copies once
        async with household.store.town("nagaizumi") as session:
            await papers.copy_items(session, official, of=first, to=second, chosen=items[:1], now=NOW)
    moved = (await read(household, fukkokai, second)).items
    assert [(one.body["text"], one.copied_from) for one in moved] == [("訪問で会えた", items[0])]
    async with household.store.town("nagaizumi") as session:
        with pytest.raises(NotYours):  # the coordinator was no member of the first
            await papers.copy_items(session, fukkokai, of=first, to=second, chosen=items, now=NOW)


async def test_a_withdrawal_stops_the_sharing(household: Household, fukkokai: SignedIn, official: SignedIn) -> None:
    first, second, items = await both(household, fukkokai, official)
    await item(household, fukkokai, second, "resident", "静かに暮らしたい")
    await household.answer(official, household.brother, Answer("share", "withdrawn", how="visit"))
    async with household.store.town("nagaizumi") as session:
        with pytest.raises(Stopped):
            await papers.add_item(session, fukkokai, second, source="agency", text="x", town=household.town, now=NOW)
        with pytest.raises(Stopped):
            await papers.copy_items(session, official, of=first, to=second, chosen=items, now=NOW)
    opened = await read(household, fukkokai, second)
    assert (opened.stopped, opened.items) == (True, ())
    with pytest.raises(NotOpen, match="撤回"):
        await ichiban(household, fukkokai, household.brother)
    async with household.store.town("nagaizumi") as session:
        assert len(list(await session.scalars(select(MeetingItem)))) == 3, "what was laid before stays in the record"


async def test_items_of_one_person_never_reach_anothers_meeting(
    household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    first, _, items = await both(household, fukkokai, official)
    await household.answer(fukkokai, household.mother)
    await household.papers(fukkokai, household.mother)
    of_mother = await ichiban(household, fukkokai, household.mother)
    await member(household, fukkokai, of_mother, "fukuho", "福祉保険課")
    async with household.store.town("nagaizumi") as session:
        with pytest.raises(NotYours):
            await papers.copy_items(session, official, of=first, to=of_mother, chosen=items, now=NOW)


async def test_going_on_without_a_meeting_is_always_open(household: Household, fukkokai: SignedIn) -> None:
    async with household.store.town("nagaizumi") as session:
        held = await coordinated_by(session, fukkokai, household.number)
        entry = await meetings.go_without(
            session, fukkokai, held, household.mother, reason="包括と社協で分けて訪ねる", now=NOW
        )
    assert entry.body["reason"] == "包括と社協で分けて訪ねる"


async def test_only_those_who_call_it_close_it_and_note_who_was_there(
    household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    _, second, _ = await both(household, fukkokai, official)
    for staff, right in ((official, False), (fukkokai, True)):
        async with household.store.town("nagaizumi") as session:
            row, own = await papers.meeting_for(session, staff, second)
            given = {"minutes": "話した", "decisions": "来月また見る", "present": [own.id], "town": household.town, "now": NOW}
            if not right:
                with pytest.raises(NotOpen):
                    await meetings.hold(session, staff, row, **given)  # type: ignore[arg-type]
            else:
                await meetings.hold(session, staff, row, **given)  # type: ignore[arg-type]
    opened = await read(household, fukkokai, second)
    assert (opened.meeting.state, opened.meeting.body["decisions"]) == ("held", "来月また見る")
    assert [one.attended for one in opened.members] == [True, False]


async def rounds(household: Household) -> list[bool]:
    """Of the regular meetings in the calendar, by day: whether each is done. As the board finds them."""
    async with household.store.town("nagaizumi") as session:
        await tasks.ensure_rounds(session, household.town, now=NOW)
        await session.flush()
        found = await session.scalars(select(CaseTask).where(CaseTask.kind == "round").order_by(CaseTask.due_at))
        return [task.done_at is not None for task in found]


async def closed(household: Household, staff: SignedIn, meeting: UUID) -> None:
    async with household.store.town("nagaizumi") as session:
        row, own = await papers.meeting_for(session, staff, meeting)
        await meetings.hold(
            session, staff, row, minutes="話した", decisions="来月また見る", present=[own.id], town=household.town, now=NOW
        )


@pytest.mark.parametrize("board_seen", [True, False])
async def test_a_regular_meeting_that_was_held_settles_one_round_the_longest_due(
    household: Household, fukkokai: SignedIn, board_seen: bool
) -> None:
    if board_seen:
        assert await rounds(household) == [False, False]
    async with household.store.town("nagaizumi") as session:
        row = await meetings.call_without_case(
            session, fukkokai, meeting_id="ichiban_ii", at=None, agenda="今年度の実施状況", town=household.town, now=NOW
        )
    if board_seen:
        assert await rounds(household) == [False, False], "called is not yet held"
    await closed(household, fukkokai, row.id)
    assert await rounds(household) == [True, False]


async def test_a_meeting_on_a_person_is_no_regular_one(
    household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    await rounds(household)
    _, second, _ = await both(household, fukkokai, official)
    await closed(household, fukkokai, second)
    assert await rounds(household) == [False, False]
