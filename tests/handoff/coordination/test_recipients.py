"""渡してよい機関: what a person named holds wherever something leaves; nobody else hears of them on their yes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from handoff.coordination import cases, papers, recipients
from handoff.coordination.access import coordinated_by
from handoff.coordination.cases import NoGroundYet
from handoff.coordination.consent import Standing
from handoff.coordination.partners import called
from handoff.coordination.recipients import NotARecipient, covers, may_hear
from handoff.coordination.view import view
from handoff.desk import introduction
from handoff.desk.staff import SignedIn
from handoff.store.ids import new_id
from handoff.store.models import BodyQuestion, CaseAgency, CaseTicket, MeetingRecord, Ticket, TicketMove
from knowledge.schema import Town
from tests.handoff.coordination.conftest import GIVEN, NOW, Hire, Household
from tests.handoff.coordination.test_meetings import ichiban

OUTSIDE = "nagaizumi.shakyo"
TO_OTHERS = replace(GIVEN, item="other_body", to_whom="長泉町社会福祉協議会")


@pytest.mark.parametrize(("said", "name", "may"), [
    ("支援にかかわる機関", "長泉町社会福祉協議会", True), ("関係機関すべて", "駿東病院", True),
    ("復康会、社協", "長泉町社会福祉協議会", True), ("社会福祉協議会", "長泉町社会福祉協議会", True),
    ("民生委員・児童委員", "民生委員", True), ("民生委員", "民生委員 佐藤さん", True),
    ("長泉町", "長泉町社会福祉協議会", False), ("復康会", "長泉町社会福祉協議会", False), ("町", "学校", False), ("", "学校", False),
    ("支援にかかわる機関（学校以外）", "学校", False), ("支援にかかわる機関（学校以外）", "駿東病院", True),
    ("社協はよいが、学校には言わないで", "学校", False), ("社協はよいが、学校には言わないで", "社会福祉協議会", True),
    ("学校だけ。ほかはだめ", "駿東病院", False), ("教育委員会を除く関係機関", "教育委員会", False),
])
def test_the_words_hold_for_whom_they_name(said: str, name: str, may: bool) -> None:
    assert covers(said, recipients.names_of(name)) is may


def test_a_window_is_known_by_each_of_its_names(towns: Mapping[str, Town]) -> None:
    assert "社会福祉協議会" in called(OUTSIDE, towns["nagaizumi"])
    assert "福祉保険課" in called("nagaizumi.fukushi_hoken", towns["nagaizumi"])
    assert called("nagaizumi.gone", towns["nagaizumi"]) == ()


async def test_an_introduction_on_consent_goes_only_where_the_person_said(
    household: Household, fukkokai: SignedIn
) -> None:
    """Not asked: the written ground stands for it. Refused, or another body named: no. Named: yes."""
    async def goes(basis: str = "consent") -> str:
        async with household.store.town("nagaizumi") as session:
            held = await coordinated_by(session, fukkokai, household.number)
            ticket = (await session.scalars(
                select(Ticket).join(CaseTicket, CaseTicket.ticket_id == Ticket.id).where(CaseTicket.case_id == held.case.id)
            )).one()
            row = await introduction.introduce(
                session, fukkokai, ticket.number, to_window=OUTSIDE, reason="家計", basis=basis, ground="本人、窓口で",
                items=["words"], town=household.town, now=NOW,
            )
            return row.to_window

    assert await goes() == OUTSIDE
    await household.answer(fukkokai, household.mother, replace(TO_OTHERS, status="refused"))
    with pytest.raises(NotARecipient, match="拒否"):
        await goes()
    await household.answer(fukkokai, household.mother, replace(TO_OTHERS, to_whom="学校"))
    with pytest.raises(NotARecipient, match="「学校」で、「長泉町社会福祉協議会」は入っていません"):
        await goes()
    assert await goes("law") == OUTSIDE, "a law asks for nobody's yes"
    await household.answer(fukkokai, household.mother, TO_OTHERS)
    assert await goes() == OUTSIDE
    async with household.store.reading("nagaizumi") as session:
        assert len(list(await session.scalars(select(TicketMove)))) == 3


async def test_another_body_joins_a_case_with_a_yes_that_names_it_or_a_ground(
    household: Household, fukkokai: SignedIn, hire: Hire
) -> None:
    async def joins(ground: str = "") -> None:
        async with household.store.town("nagaizumi") as session:
            held = await coordinated_by(session, fukkokai, household.number)
            await cases.add_agency(
                session, held, town=household.town, window=OUTSIDE, name="", role="家計", ground=ground, now=NOW
            )

    with pytest.raises(NoGroundYet):
        await joins()
    await household.answer(fukkokai, household.mother, replace(GIVEN, to_whom="復康会"))
    with pytest.raises(NotARecipient):
        await joins()
    await joins("支援会議の構成員（社会福祉法106条の6）")
    outside = await hire("kenshakyo", OUTSIDE)
    async with household.store.town("nagaizumi") as session:
        kept = (await session.scalars(select(CaseAgency).where(CaseAgency.window_id == OUTSIDE))).one()
        assert kept.body["ground"] == "支援会議の構成員（社会福祉法106条の6）"
        page = await view(session, outside, household.number, town=household.town, statutory=(), now=NOW)
    assert [person.open_to for person in page.people] == [False, False], "the yes named another body"
    await household.answer(fukkokai, household.mother, replace(GIVEN, to_whom="復康会、社協"))
    async with household.store.town("nagaizumi") as session:
        page = await view(session, outside, household.number, town=household.town, statutory=(), now=NOW)
    assert [person.open_to for person in page.people] == [True, False]


async def test_the_towns_own_and_whom_it_commissioned_are_no_third_parties(
    household: Household, official: SignedIn, shakyo: SignedIn, hire: Hire
) -> None:
    share = Standing("share", "given", to_whom="復康会")
    two_hats = await hire("futatsu", OUTSIDE, "nagaizumi.shakyo_sanka")
    for staff, may in ((official, True), (shakyo, True), (two_hats, True), (await hire("ken", OUTSIDE), False)):
        assert may_hear(staff, share, household.town) is may, staff.login
    assert not may_hear(official, replace(share, status="withdrawn"), household.town)


async def test_a_meeting_on_consent_seats_only_bodies_that_were_named(
    household: Household, fukkokai: SignedIn
) -> None:
    await household.answer(fukkokai, household.mother)
    await household.papers(fukkokai, household.mother)
    meeting = await ichiban(household, fukkokai, household.mother)

    async def seats(agency: str) -> None:
        async with household.store.town("nagaizumi") as session:
            await papers.add_member(
                session, fukkokai, meeting, login="", name="佐藤", agency=agency, town=household.town, now=NOW
            )

    for own in ("長寿介護課", "社会福祉協議会", "長泉町"):
        await seats(own)
    with pytest.raises(NotARecipient, match="駿東病院"):
        await seats("駿東病院")
    await household.answer(fukkokai, household.mother, replace(GIVEN, to_whom="復康会、駿東病院"))
    await seats("駿東病院")
    async with household.store.town("nagaizumi") as session:
        row = (await session.scalars(select(MeetingRecord))).one()
        assert len(await papers.members(session, row)) == 5


async def test_a_no_by_button_closes_the_case_to_that_body_and_a_yes_opens_none(household: Household, fukkokai: SignedIn) -> None:
    async def tapped(status: str) -> None:
        async with household.store.town("nagaizumi") as session:
            held = await coordinated_by(session, fukkokai, household.number)
            ticket = (await session.scalars(
                select(Ticket).join(CaseTicket, CaseTicket.ticket_id == Ticket.id).where(CaseTicket.case_id == held.case.id)
            )).one()
            session.add(BodyQuestion(
                id=new_id(NOW), municipality_id="nagaizumi", created_at=NOW, data_key_id=ticket.data_key_id, data_key=ticket.data_key,
                conversation_id=ticket.conversation_id, ticket_id=ticket.id, staff_id=fukkokai.id, body_id=OUTSIDE, items=["words"],
                own=True, status=status, answered_at=NOW + timedelta(minutes=1), body={"name": "社協", "text": "", "answers": []},
            ))

    async def joins() -> None:
        async with household.store.town("nagaizumi") as session:
            held = await coordinated_by(session, fukkokai, household.number)
            await cases.add_agency(session, held, town=household.town, window=OUTSIDE, name="", role="家計", now=NOW)

    await tapped("given")
    with pytest.raises(NoGroundYet):
        await joins()
    await household.answer(fukkokai, household.mother, TO_OTHERS)
    await tapped("refused")
    with pytest.raises(NotARecipient):
        await joins()
