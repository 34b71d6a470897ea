"""The assessment sheet: filled from the case with its sources, put right by people, silent on whom nobody asked."""

from uuid import UUID

import pytest
from sqlalchemy import select

from handoff.coordination import cases, documents
from handoff.coordination.access import coordinated_by, held_by
from handoff.coordination.cases import Persona
from handoff.coordination.view import view
from handoff.desk.access import NotYours
from handoff.desk.staff import SignedIn
from handoff.forms.assessment import NOT_ALL_AGREED, RESTRICTED, Given, NotShared, Sheet, corrections, sheet
from handoff.forms.coordination import told
from handoff.store.models import CaseEntry, CasePerson, Ticket, TicketWindow
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import NOW, Household, flagged
from triage.types import Person

database_url, towns, store, hire = room.database_url, room.towns, room.store, room.hire
fukkokai, official, shakyo, household = room.fukkokai, room.official, room.shakyo, room.household
NEEDY = (Person("parent", (82, 82), ("frailty",)), Person("sibling", (55, 55), ("withdrawn",)))


def name(vocabulary: str, key: str) -> str:
    return f"{vocabulary}:{key}"


async def took_in(household: Household) -> str:
    """The window to which they came first, by its full id."""
    async with household.store.reading("nagaizumi") as session:
        return (await session.scalars(select(TicketWindow.window_id).order_by(TicketWindow.id))).first() or ""


async def opened(household: Household, staff: SignedIn, person: UUID) -> Sheet:
    async with household.store.town(household.town.id) as session:
        case = await view(session, staff, household.number, town=household.town, statutory=(), now=NOW)
        return await sheet(session, case, person, name=name)


async def joined(household: Household, fukkokai: SignedIn, people: tuple[Person, ...] = NEEDY, about: tuple[str, ...] = ("parent",)) -> str:
    """A second consultation of the household, in the case."""
    number = await flagged(household.store, household.town, await took_in(household), household=people, about=about)
    async with household.store.town("nagaizumi") as session:
        held = await coordinated_by(session, fukkokai, household.number)
        await cases.attach(session, fukkokai, held, number, now=NOW)
    return number


async def keep(
    household: Household, staff: SignedIn, person: UUID, given: list[Given], *, text: str = "見守りがいる",
    shown: Sheet | None = None,
) -> None:
    shown = shown or await opened(household, staff, person)
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, staff, household.number)
        await documents.assess(
            session, staff, held.case, person, text=text, fields=corrections(shown, given), now=NOW
        )


def line(shown: Sheet, which: str) -> tuple[str, str]:
    return next((one.text, one.source) for one in shown.fields if one.id == which)


async def test_what_the_case_knows_stands_there_with_its_source(household: Household, fukkokai: SignedIn) -> None:
    await joined(household, fukkokai)
    for person in (household.mother, household.brother):
        await household.answer(fukkokai, person)
    await household.papers(fukkokai, household.mother)
    shown = await opened(household, fukkokai, household.mother)
    assert line(shown, "person") == ("親 82歳", "ケースの「対象の人」")
    assert line(shown, "household") == ("きょうだい 55歳", "ケースの「対象の人」")
    assert line(shown, "state") == ("need:frailty", "相談の読み取り")
    assert line(shown, "concerns") == ("病気や健康、障害のこと", "相談の読み取り")
    assert line(shown, "wishes")[0] == "家で暮らしたい"
    assert line(shown, "wishes")[1].startswith("利用申込（令和8年")
    first, coordinates = (household.town.window(one).name for one in (await took_in(household), "nagaizumi.fukkokai"))
    assert line(shown, "agencies")[0] == f"{first}（相談を受けた窓口）\n{coordinates}（調整）"
    assert line(shown, "why")[1] == "調整役の旗がついた理由"
    assert line(shown, "direction")[0] == "利用申込と同意を、本人に確かめる"
    assert line(shown, "attempts") == ("", ""), "unknown stays empty"
    assert shown.text == "足腰が弱り買い物に出られない", "not typed twice"
    assert shown.consents[0][1] == "あり"
    assert shown.warning == ""


async def test_who_is_called_otherwise_is_still_found_in_the_words(household: Household, fukkokai: SignedIn) -> None:
    await joined(household, fukkokai)
    async with household.store.town("nagaizumi") as session:
        cases.name_person(await session.get_one(CasePerson, household.mother), Persona("母", "82", "山田 花"))
    shown = await opened(household, fukkokai, household.mother)
    assert line(shown, "person")[0] == "山田 花 母 82"
    assert line(shown, "state")[0] == "need:frailty"


async def test_what_is_written_over_stays_and_what_is_left_alone_follows_the_case(
    household: Household, fukkokai: SignedIn
) -> None:
    shown = await opened(household, fukkokai, household.mother)
    before = line(shown, "direction")[0]
    was = line(shown, "household")[0]
    await keep(household, fukkokai, household.mother, [
        Given("household", was, "弟（55歳）と二人"), Given("direction", before, f"{before}\r\n"), Given("nonsense", "", "x"),
    ])
    async with household.store.town("nagaizumi") as session:
        held = await coordinated_by(session, fukkokai, household.number)
        cases.plan_next(held.case, what="訪問する", at=None)
        cases.name_person(await session.get_one(CasePerson, household.brother), Persona("弟", "55歳"))
    shown = await opened(household, fukkokai, household.mother)
    field = next(one for one in shown.fields if one.id == "household")
    assert (field.text, field.source, field.known) == ("弟（55歳）と二人", "職員が書いたもの", "弟 55歳")
    assert (field.corrected, field.moved) == (True, True)
    assert line(shown, "direction")[0] == "訪問する"
    await keep(household, fukkokai, household.mother, [], text="あとから")
    assert line(await opened(household, fukkokai, household.mother), "household")[0] == "弟（55歳）と二人"
    await keep(household, fukkokai, household.mother, [Given("household", "弟（55歳）と二人", "弟 55歳")])
    field = next(one for one in (await opened(household, fukkokai, household.mother)).fields if one.id == "household")
    assert not field.corrected, "written as the case says: it follows the case again"


async def test_a_form_that_was_open_while_the_case_learnt_corrects_nothing(household: Household, fukkokai: SignedIn) -> None:
    was = line(await opened(household, fukkokai, household.mother), "direction")[0]
    async with household.store.town("nagaizumi") as session:
        cases.plan_next((await coordinated_by(session, fukkokai, household.number)).case, what="訪問する", at=None)
    await keep(household, fukkokai, household.mother, [Given("direction", was, was)])
    assert line(await opened(household, fukkokai, household.mother), "direction") == ("訪問する", "ケースの「次にすること」")


async def test_an_assessment_in_one_box_keeps_the_sheet_and_the_record_tells_both(
    household: Household, fukkokai: SignedIn
) -> None:
    was = line(await opened(household, fukkokai, household.mother), "state")[0]
    await keep(household, fukkokai, household.mother, [Given("state", was, "ひざが痛む")])
    async with household.store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        await documents.assess(session, fukkokai, held.case, household.mother, text="かわった", now=NOW)
    shown = await opened(household, fukkokai, household.mother)
    assert (shown.text, line(shown, "state")[0]) == ("かわった", "ひざが痛む")
    async with household.store.reading("nagaizumi") as session:
        entries = list(await session.scalars(select(CaseEntry).where(CaseEntry.kind == "assessment")))
    assert "本人の状況：ひざが痛む" in told(entries[-1]), "who asks for their record reads what was written over"


async def test_nothing_of_who_did_not_agree_stands_on_anothers_sheet(
    household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    await joined(household, fukkokai)
    async with household.store.town("nagaizumi") as session:
        cases.name_person(await session.get_one(CasePerson, household.brother), Persona("弟", "55歳", "山田 太郎"))
    await household.answer(fukkokai, household.mother)
    for who in (fukkokai, shakyo):
        shown = await opened(household, who, household.mother)
        assert line(shown, "household")[0] == "弟 55歳", "the name is his to share, whoever reads"
        assert line(shown, "why") == ("", NOT_ALL_AGREED), "what weighs on both tells of him"
        assert "withdrawn" not in str(shown.fields)
    with pytest.raises(NotShared):
        await opened(household, shakyo, household.brother)
    assert "ほかの機関に渡さないで" in (await opened(household, fukkokai, household.brother)).warning
    with pytest.raises(NotYours):
        await opened(household, fukkokai, UUID(int=1))
    await household.answer(fukkokai, household.brother)
    assert "山田 太郎" in line(await opened(household, shakyo, household.mother), "household")[0]


async def test_nothing_of_a_report_or_of_a_restricted_consultation_is_copied(
    household: Household, fukkokai: SignedIn
) -> None:
    for person in (household.mother, household.brother):
        await household.answer(fukkokai, person)
    await joined(household, fukkokai, (Person("parent", (82, 82), ("no_food",)),), about=("neighbour",))
    shown = await opened(household, fukkokai, household.mother)
    assert "no_food" not in str(shown.fields)
    assert line(shown, "why") == ("", ""), "a reason may come from the report"
    hidden = await joined(household, fukkokai, (Person("parent", (82, 82), ("abuse",)),))
    async with household.store.town("nagaizumi") as session:
        ticket = await session.scalar(select(Ticket).where(Ticket.number == hidden))
        assert ticket is not None
        ticket.restricted = True
        (await coordinated_by(session, fukkokai, household.number)).case.restricted = True
    shown = await opened(household, fukkokai, household.mother)
    assert "abuse" not in str(shown.fields)
    assert (line(shown, "direction")[0], RESTRICTED in shown.warning) == ("", True)
