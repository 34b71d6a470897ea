"""A case comes from a flagged ticket, is seen by those who hold a part of it, and its flag can be taken back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import board, cases, course, tasks
from handoff.coordination.access import NotCoordinating, coordinated_by, held_by, person_of
from handoff.coordination.cases import AlreadyInCase, NoSuchAgency, NotFlagged, Persona
from handoff.coordination.course import NoSuchStage
from handoff.coordination.view import CaseView, view
from handoff.desk import access, restriction, tickets
from handoff.desk.access import NotYours
from handoff.desk.answers import BadText
from handoff.desk.staff import SignedIn
from handoff.intake import safety
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Case, CaseEntry, Conversation, Ticket
from knowledge.schema import Town
from tests.handoff.coordination.conftest import GIVEN, NOW, STORY, Hire, Household, flagged
from tests.handoff.desk.conftest import decision_on


async def shown(household: Household, staff: SignedIn) -> CaseView:
    async with household.store.town(household.town.id) as session:
        return await view(session, staff, household.number, town=household.town, statutory=(), now=NOW)


async def test_a_case_knows_its_people_agencies_and_why(household: Household, fukkokai: SignedIn) -> None:
    found = await shown(household, fukkokai)
    assert [person.label for person in found.people] == ["親 82歳", "きょうだい 55歳"]
    names = [agency["name"] for agency in found.agencies]
    assert names == ["長泉町社会福祉協議会（アウトリーチ・参加支援）", "公益財団法人復康会（多機関協働）"]
    assert [agency["role"] for agency in found.agencies] == ["相談を受けた窓口", "調整"]
    assert found.line.stage == "intake"
    assert found.why
    assert found.line.next_at is not None


@pytest.mark.parametrize("danger", [{}, {"urgency": "emergency", "crisis": ("no_food",)}])
async def test_a_case_does_not_seat_another_body_because_a_rule_named_it(
    store: Store, towns: Mapping[str, Town], fukkokai: SignedIn, hire: Hire, danger: dict[str, Any]
) -> None:
    """Nor because it might read the ticket in danger: a case stays open for months."""
    outside, town = await hire("kenshakyo", "nagaizumi.shakyo"), towns["nagaizumi"]
    ticket = await flagged(store, town, "nagaizumi.shakyo", "nagaizumi.hokatsu", **danger)
    async with store.town(town.id) as session:
        case = await cases.open_from(session, fukkokai, ticket, town=town, now=NOW)
        held = await held_by(session, fukkokai, case.number)
        windows = {agency.window_id for agency in held.agencies}
        assert windows == {"nagaizumi.hokatsu", "nagaizumi.fukkokai"}
        with pytest.raises(NotYours):
            await held_by(session, outside, case.number)


async def test_only_the_coordinator_makes_a_case_and_only_once(
    store: Store, towns: Mapping[str, Town], household: Household, shakyo: SignedIn, fukkokai: SignedIn
) -> None:
    town = towns["nagaizumi"]
    other = await flagged(store, town, "nagaizumi.shakyo_sanka")
    async with store.town(town.id) as session:
        with pytest.raises(NotCoordinating):
            await cases.open_from(session, shakyo, other, town=town, now=NOW)
    async with store.town(town.id) as session:
        await cases.open_from(session, fukkokai, other, town=town, now=NOW)
        with pytest.raises(AlreadyInCase):
            await cases.open_from(session, fukkokai, other, town=town, now=NOW)
        with pytest.raises(NotYours):
            await cases.open_from(session, fukkokai, "nagaizumi-2026-9999", town=town, now=NOW)


async def test_the_board_shows_each_what_is_theirs(household: Household, hire: Hire, shakyo: SignedIn) -> None:
    stranger = await hire("hokatsu", "nagaizumi.hokatsu")
    auditor = await hire("audit", role="auditor")
    elsewhere = await hire("itoman", "itoman.takikan", role="coordinator")
    for staff, seen in ((shakyo, 1), (stranger, 0), (auditor, 0), (elsewhere, 0)):
        async with household.store.town(staff.municipality_id) as session:
            lines = (await board.board(session, staff))["intake"]
            assert len(lines) == seen, staff.login
            if not seen:
                with pytest.raises(NotYours):
                    await held_by(session, staff, household.number)


async def test_a_restricted_case_is_for_coordinators_and_named_staff(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn, hire: Hire
) -> None:
    named = await hire("named", "nagaizumi.hokatsu")
    async with household.store.town("nagaizumi") as session:
        held = await coordinated_by(session, fukkokai, household.number)
        held.case.restricted = True
        await cases.add_agency(
            session, held, town=household.town, window="nagaizumi.hokatsu", name="", role="", login="named", now=NOW
        )
    assert (await shown(household, named)).line.restricted
    with pytest.raises(NotYours):
        await shown(household, shakyo)
    async with household.store.town("nagaizumi") as session:
        assert sum(len(lines) for lines in (await board.board(session, shakyo)).values()) == 0


async def seen_by(household: Household, staff: SignedIn) -> tuple[int, int, bool]:
    """Lines on the board, dated tasks beside it, and whether the case opens."""
    async with household.store.town("nagaizumi") as session:
        lines = sum(len(lines) for lines in (await board.board(session, staff)).values())
        due = len(await tasks.open_tasks(session, staff))
        try:
            await held_by(session, staff, household.number)
        except NotYours:
            return lines, due, False
        return lines, due, True


async def by_hand(household: Household, staff: SignedIn, number: str) -> None:
    async with household.store.town("nagaizumi") as session:
        await restriction.restrict(session, staff, number, reason="知り合いに読まれたくないと言われた", now=NOW)


async def by_triage(household: Household, staff: SignedIn, number: str) -> None:
    async with household.store.town("nagaizumi") as session:
        conversation = await conversation_of_ticket(session, number)
        decision = decision_on("弟になぐられています", crisis=("dv",), urgency="urgent")
        await tickets.open_or_update(
            session, conversation, decision, town=household.town, windows=(), why="triage", now=NOW
        )


async def by_wish(household: Household, staff: SignedIn, number: str) -> None:
    async with household.store.town("nagaizumi") as session:
        conversation = await conversation_of_ticket(session, number)
        await safety.keep(session, conversation, safety.Wish(known_staff=True), now=NOW)
        await safety.hide(session, conversation.id, now=NOW)


async def conversation_of_ticket(session: AsyncSession, number: str) -> Conversation:
    ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
    return await session.get_one(Conversation, ticket.conversation_id)


@pytest.mark.parametrize("found", [by_hand, by_triage, by_wish])
async def test_what_is_found_to_be_dangerous_later_closes_the_case_too(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn,
    found: Callable[[Household, SignedIn, str], Awaitable[None]],
) -> None:
    """The ticket hides itself; its household must not stay open to every window that has a part in the case."""
    await household.answer(shakyo, household.mother)
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, shakyo, household.number)
        tasks.add(session, kind="outreach", case=held.case, person_id=household.mother, due_at=NOW, now=NOW)
    assert await seen_by(household, shakyo) == (1, 1, True)
    await found(household, fukkokai, "nagaizumi-2026-0001")
    assert await seen_by(household, shakyo) == (0, 0, False)
    assert await seen_by(household, fukkokai) == (1, 1, True)


async def test_who_knows_them_sees_the_case_as_little_as_the_ticket(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn, hire: Hire
) -> None:
    colleague = await hire("shakyo2", "nagaizumi.shakyo_sanka")
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, shakyo, household.number)
        tasks.add(session, kind="outreach", case=held.case, person_id=household.mother, due_at=NOW, now=NOW)
        await restriction.declare_known(session, shakyo, "nagaizumi-2026-0001", now=NOW)
    assert await seen_by(household, shakyo) == (0, 0, False)
    assert await seen_by(household, colleague) == (1, 1, True)


async def test_who_does_not_coordinate_reads_what_was_agreed_to_be_shared(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    async with household.store.town("nagaizumi") as session:
        held = await coordinated_by(session, fukkokai, household.number)
        for person_id, name in ((household.mother, "鈴木ウメ"), (household.brother, "鈴木一郎")):
            person = await person_of(session, held.case, person_id)
            cases.name_person(person, Persona("家族", "", name))
    await household.answer(shakyo, household.mother)
    await household.papers(fukkokai, household.brother)
    mother, brother = (await shown(household, shakyo)).people
    assert (mother.open_to, "鈴木ウメ" in mother.label) == (True, True)
    assert (brother.open_to, brother.name, brother.label) == (False, "", "家族")
    assert (brother.plans, brother.applied, brother.assessed) == ((), None, None)
    assert not [entry for entry in (await shown(household, shakyo)).course if entry.person_id == household.brother]
    assert all(person.open_to for person in (await shown(household, fukkokai)).people)
    await household.answer(shakyo, household.mother, replace(GIVEN, status="withdrawn"))
    assert not (await shown(household, shakyo)).people[0].open_to, "a withdrawal stops it"


async def test_taking_the_flag_back_needs_a_reason_and_stays(
    store: Store, towns: Mapping[str, Town], shakyo: SignedIn, fukkokai: SignedIn
) -> None:
    town = towns["nagaizumi"]
    number = await flagged(store, town, "nagaizumi.shakyo_sanka")
    async with store.town(town.id) as session:
        with pytest.raises(BadText):
            await cases.take_flag_back(session, shakyo, number, reason=" ", now=NOW)
        await cases.take_flag_back(session, shakyo, number, reason="家計の相談だけで足りる", now=NOW)
    async with store.town(town.id) as session:
        ticket = (await access.held_by(session, shakyo, number)).ticket
        conversation = await session.get_one(Conversation, ticket.conversation_id)
        again = decision_on(STORY, complex=True, patterns=("8050",))
        await tickets.open_or_update(session, conversation, again, town=town, windows=(), why="triage", now=NOW)
        assert not ticket.coordinator, "a machine does not raise again what a person has lowered"
        noted = await session.scalars(select(AuditEntry).where(AuditEntry.action == "flag_taken_back"))
        assert [entry.reason for entry in noted] == ["家計の相談だけで足りる"]
        with pytest.raises(NotFlagged):
            await cases.open_from(session, fukkokai, number, town=town, now=NOW)


async def test_a_flag_that_led_to_a_case_is_no_longer_the_windows_to_lower(
    household: Household, shakyo: SignedIn
) -> None:
    async with household.store.town("nagaizumi") as session:
        number = (await session.scalars(select(Ticket.number))).one()
        with pytest.raises(AlreadyInCase):
            await cases.take_flag_back(session, shakyo, number, reason="足りる", now=NOW)


async def test_stages_are_written_down_and_ends_are_reached_another_way(
    household: Household, fukkokai: SignedIn
) -> None:
    async with household.store.town("nagaizumi") as session:
        case = (await coordinated_by(session, fukkokai, household.number)).case
        course.choose(session, case, fukkokai, to="assessment", reason="先に様子を見た", now=NOW)
        for bad in ("ended", "suspended", "nowhere", "assessment"):
            with pytest.raises(NoSuchStage):
                course.choose(session, case, fukkokai, to=bad, reason="x", now=NOW)
        await session.flush()
        entries = [(entry.body["from"], entry.body["to"]) for entry in await course.entries(session, case, "stage")]
    assert sorted(entries) == [("intake", "assessment"), ("intake", "intake")]


async def test_agencies_are_windows_of_the_town_or_named_bodies(household: Household, fukkokai: SignedIn) -> None:
    async with household.store.town("nagaizumi") as session:
        held = await coordinated_by(session, fukkokai, household.number)
        await cases.add_agency(
            session, held, town=household.town, window="", name="駿東病院", role="通院先", now=NOW
        )
        for window, name in (("taiki.fukushi", ""), ("nagaizumi.nowhere", "x"), ("", " ")):
            with pytest.raises(NoSuchAgency):
                await cases.add_agency(session, held, town=household.town, window=window, name=name, role="", now=NOW)
        with pytest.raises(AlreadyInCase):
            await cases.add_agency(
                session, held, town=household.town, window="nagaizumi.shakyo_sanka", name="", role="", now=NOW
            )


async def test_words_of_a_case_are_sealed_with_a_key_of_its_own(household: Household) -> None:
    async with household.store.town("nagaizumi") as session:
        case = (await session.scalars(select(Case))).one()
        ticket = (await session.scalars(select(Ticket))).one()
        entry = (await session.scalars(select(CaseEntry))).first()
    assert entry is not None
    assert case.data_key_id not in (ticket.data_key_id, None)
    assert entry.data_key_id == case.data_key_id
    assert "歳".encode() not in case.body_sealed
