"""Cases, meetings and plans are found by what staff call them, by who may see them; the restricted by nobody."""

import pytest
from sqlalchemy import event, select

from handoff.coordination import cases, finding, meetings
from handoff.coordination.cases import Persona
from handoff.coordination.consent import Answer
from handoff.desk.search import words_of
from handoff.desk.staff import SignedIn
from handoff.store.ids import new_id
from handoff.store.models import Case, CasePerson, Ticket, TicketStaff
from tests.handoff.coordination.conftest import NOW, Hire, Household
from tests.handoff.coordination.test_meetings import ichiban, member, requested, support


async def found(household: Household, staff: SignedIn, query: str) -> list[tuple[str, str]]:
    async with household.store.reading(staff.municipality_id) as session:
        hits = await finding.find(session, staff, words_of(query), town=household.town)
    return [(hit.kind, hit.title) for hit in hits]


async def whole(household: Household, fukkokai: SignedIn) -> None:
    """A plan and a meeting of the mother, whose name is known."""
    await household.answer(fukkokai, household.mother)
    await household.papers(fukkokai, household.mother)
    await ichiban(household, fukkokai, household.mother)
    async with household.store.town("nagaizumi") as session:
        cases.name_person(await session.get_one(CasePerson, household.mother), Persona("母", "82歳", "山田花子"))
        cases.name_person(await session.get_one(CasePerson, household.brother), Persona("弟", "55歳", "山田太郎"))
        await cases.tell_household(session, (await session.scalars(select(Case))).one())


@pytest.mark.parametrize(("query", "kinds"), [
    ("nagaizumi-case-2026-0001", ["case"]), ("ＣＡＳＥ-2026-0001", ["case"]), ("母 82", ["case"]), ("花子", ["case"]), ("復康会", ["case"]),
    ("いちばんいい", ["meeting"]), ("いちばんいい 母 82", ["meeting"]), ("策定後の評価", ["meeting"]),
    ("安心して", ["plan"]), ("訪ねる 母", ["plan"]), ("安心して 弟の嫁", []), ("どこにもない", []),
])
async def test_by_what_staff_call_them(household: Household, fukkokai: SignedIn, query: str, kinds: list[str]) -> None:
    await whole(household, fukkokai)
    assert [kind for kind, _ in await found(household, fukkokai, query)] == kinds


async def test_who_may_see_less_finds_less(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn, official: SignedIn, hire: Hire
) -> None:
    await whole(household, fukkokai)
    assert await found(household, shakyo, "花子")
    assert await found(household, shakyo, "太郎") == [], "he has agreed to nothing"
    assert await found(household, shakyo, "安心して")
    for query in ("case-2026-0001", "花子", "いちばんいい", "安心して"):
        assert await found(household, official, query) == [], "no part in the case"
        assert await found(household, await hire(f"kansa{len(query)}", "nagaizumi.fukkokai", role="auditor"), query) == []
    await household.answer(fukkokai, household.mother, Answer("share", "withdrawn", how="visit"))
    assert await found(household, shakyo, "花子") == []
    assert await found(household, shakyo, "安心して") == []
    assert await found(household, fukkokai, "花子")


async def test_what_was_said_in_a_meeting_and_why_it_was_called_finds_nothing(
    household: Household, fukkokai: SignedIn, official: SignedIn
) -> None:
    await requested(household, fukkokai, household.brother)
    await support(household, official, household.brother, "弟さんと会える道を探すため")
    assert "meeting" in [kind for kind, _ in await found(household, official, "支援会議")]
    for who in (official, fukkokai):
        assert await found(household, who, "会える道") == []


async def test_a_meeting_without_a_case_is_its_members_to_find(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    async with household.store.town("nagaizumi") as session:
        row = await meetings.call_without_case(
            session, fukkokai, meeting_id="ichiban_ii", at=None, agenda="移動の足が足りない", town=household.town, now=NOW
        )
    assert [kind for kind, _ in await found(household, fukkokai, "移動の足")] == ["meeting"]
    assert await found(household, shakyo, "移動の足") == []
    await member(household, fukkokai, row.id, "shakyo")
    assert await found(household, shakyo, "移動の足")


@pytest.mark.parametrize("how", ["case", "ticket", "known"])
async def test_the_restricted_is_found_by_nobody_and_costs_the_same(
    household: Household, fukkokai: SignedIn, how: str
) -> None:
    await whole(household, fukkokai)
    async with household.store.town("nagaizumi") as session:
        case, ticket = (await session.scalars(select(Case))).one(), (await session.scalars(select(Ticket))).one()
        if how == "case":
            case.restricted = True
        elif how == "ticket":
            ticket.restricted = True
        else:
            session.add(TicketStaff(
                id=new_id(NOW), municipality_id="nagaizumi", created_at=NOW, ticket_id=ticket.id, staff_id=fukkokai.id,
                kind="known",
            ))
    for query in ("case-2026-0001", "花子", "いちばんいい", "安心して"):
        assert await found(household, fukkokai, query) == []


async def test_a_hit_opens_as_much_as_no_hit(household: Household, fukkokai: SignedIn) -> None:
    await whole(household, fukkokai)
    asked: list[list[str]] = []
    for query in ("花子", "どこにもない"):
        said: list[str] = []
        async with household.store.reading("nagaizumi") as session:
            connection = (await session.connection()).sync_connection
            assert connection is not None

            def note(_c: object, _cur: object, statement: str, *_more: object, kept: list[str] = said) -> None:
                kept.append(statement)

            event.listen(connection, "before_cursor_execute", note)
            await finding.find(session, fukkokai, words_of(query), town=household.town)
        asked.append(said)
    assert asked[0] == asked[1]
    assert asked[0]
