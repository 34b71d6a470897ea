"""A yes by button stands in the consent list of the ticket's case, with the one who tapped and nobody else; a taking-back ends it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from handoff.coordination import buttons, cases, consent
from handoff.coordination.access import held_by
from handoff.coordination.buttons import NotUnplaced
from handoff.coordination.cases import Persona
from handoff.coordination.consent import Answer, BadConsent, Standing
from handoff.coordination.recipients import NotARecipient
from handoff.desk.staff import SignedIn
from handoff.intake import agreeing
from handoff.store.db import Store
from handoff.store.models import CasePerson, CaseTicket, ConsentRecord, Conversation, Ticket
from knowledge.schema import Town
from tests.handoff.desk.conftest import Hire
from tests.handoff.desk.test_asking import NAME, Desk
from tests.handoff.intake.talk import ScriptedTriage, Talk
from tests.whole import knowledge
from triage.types import Decision, Person, Reason

SELF, MOTHER = Person("self", (50, 50)), Person("parent", (82, 82))
YES, NO, BACK, UNSURE = (agreeing.VALUES[one].format(body=NAME) for one in ("given", "refused", "withdrawn", "unsure"))
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Case:
    """A resident on LINE, an officer who coordinates, and what stands in the case's consent list."""

    desk: Desk
    staff: SignedIn
    number: str = ""
    people: dict[str, UUID] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.desk.store

    async def opens(self) -> None:
        async with self.store.town("taiki") as session:
            case = await cases.open_from(session, self.staff, self.desk.number, town=self.desk.town, now=self.desk.talk.now)
            self.number = case.number
        await self.knows()

    async def knows(self) -> None:
        async with self.store.reading("taiki") as session:
            self.people = {one.body["relation"]: one.id for one in await session.scalars(select(CasePerson))}

    async def taps(self, *texts: str) -> None:
        for text in texts:
            self.desk.talk.now += timedelta(minutes=1)
            await self.desk.talk.says(text)

    async def kept(self) -> dict[str, list[Standing]]:
        """By kinship, the newest first."""
        async with self.store.town("taiki") as session:
            found = await consent.known(session, (await held_by(session, self.staff, self.number)).case)
            return {name: list(found[own]) for name, own in self.people.items() if own in found}

    async def statuses(self) -> list[str]:
        return [one.status for one in (await self.kept()).get("書いた人", ())]

    async def unplaced(self) -> list[UUID]:
        async with self.store.town("taiki") as session:
            return [one.id for one in await buttons.unplaced(session, (await held_by(session, self.staff, self.number)).case)]

    async def place(self, question: UUID, who: str) -> None:
        async with self.store.town("taiki") as session:
            held = await held_by(session, self.staff, self.number)
            person = await session.get_one(CasePerson, self.people[who])
            await buttons.place(session, self.staff, held.case, person, question, now=self.desk.talk.now)

    async def tells_staff(self, status: str, **more: object) -> None:
        """By telephone, written down on the case's page."""
        self.desk.talk.now += timedelta(minutes=1)
        own = self.people["書いた人"]
        told = Answer("other_body", status, how="telephone", answered_by=str(own), **more)  # type: ignore[arg-type]
        async with self.store.town("taiki") as session:
            held = await held_by(session, self.staff, self.number)
            await consent.record(session, self.staff, held.case, own, answer=told, now=self.desk.talk.now)


Sit = Callable[..., Awaitable[Case]]


@pytest.fixture
async def sit(store: Store, hire: Hire, towns: Mapping[str, Town]) -> AsyncIterator[Sit]:
    begun: list[Talk] = []

    async def at_desk(*household: Person, about: tuple[str, ...] = ("self", "parent")) -> Case:
        decided = Decision(
            action="route", text="", fields=("poverty",), about=about, complex=True, patterns=("8050",),  # type: ignore[arg-type]
            reasons=(Reason("field_poverty", "お金", ((0, 1),)),), household=household or (SELF, MOTHER),
        )
        talk = await Talk.begin(store, knowledge(), ScriptedTriage([decided]))
        begun.append(talk)
        await talk.says("母82と暮らしています。家賃が払えません")
        async with store.reading("taiki") as session:
            number = (await session.scalars(select(Ticket.number))).one()
        staff = await hire("suzuki", "taiki.fukushi", role="coordinator")
        return Case(Desk(store, talk, staff, number, towns["taiki"]), staff)

    yield at_desk
    for talk in begun:
        await talk.close()


async def test_a_yes_stands_with_who_tapped_it_and_nobody_else(sit: Sit) -> None:
    case = await sit()
    await case.opens()
    await case.desk.asks("words", "name")
    await case.taps(YES)
    kept = await case.kept()
    (one,) = kept.pop("書いた人")
    assert kept == {}, "the mother has said nothing"
    assert (one.item, one.status, one.to_whom, one.items, one.at) == ("by_button", "given", NAME, ("name", "words"), case.desk.talk.now)
    assert (one.what, consent.HOW_TOLD[one.how]) == ("名前（本人が書いたもの）、困りごと（書かれたまま）", "やりとりのボタンで")
    assert one.staff_id == case.staff.id
    await case.taps(YES, BACK)
    assert await case.statuses() == ["withdrawn", "given"], "a second yes is no second answer"


@on_sqlite
async def test_it_never_stands_for_what_was_agreed_at_large(sit: Sit) -> None:
    """Neither opens it the case to a body, nor does it take the place of what was written down about others."""
    case = await sit()
    await case.opens()
    await case.tells_staff("given", wording="2026-11", to_whom="帯広若者支援会")
    await case.desk.asks("words")
    await case.taps(YES)
    async with case.store.town("taiki") as session:
        found = await consent.known(session, (await held_by(session, case.staff, case.number)).case)
    own = case.people["書いた人"]
    assert consent.holds(found, own, "other_body").to_whom == "帯広若者支援会"
    assert consent.holds(found, own, "share").status == "not_asked"
    assert [one.to_whom for one in consent.by_button(found, own)] == [NAME]


@on_sqlite
@pytest.mark.parametrize(("taps", "statuses"), [
    ((YES, NO), ["withdrawn", "given"]), ((NO,), ["refused"]), ((UNSURE,), []), ((YES, UNSURE), ["withdrawn", "given"]),
    ((NO, YES, BACK), ["withdrawn", "given", "refused"]),
])
@pytest.mark.parametrize("before", [True, False], ids=["before the case", "in the case"])
async def test_each_answer_at_its_time(sit: Sit, taps: tuple[str, ...], statuses: list[str], before: bool) -> None:
    case = await sit()
    if not before:
        await case.opens()
    await case.desk.asks("words")
    await case.taps(*taps)
    if before:
        await case.opens()
    assert await case.statuses() == statuses
    ats = [one.at for one in (await case.kept()).get("書いた人", ())]
    assert ats == sorted(set(ats), key=lambda at: -at.timestamp() if at else 0)
    assert await case.unplaced() == []


@on_sqlite
async def test_a_no_to_one_question_ends_the_yes_to_another_about_the_body(sit: Sit) -> None:
    case = await sit()
    await case.opens()
    await case.desk.asks("words")
    await case.taps(YES)
    await case.desk.asks("words", "household")
    await case.taps(NO)
    assert sorted(await case.statuses()) == ["given", "refused", "withdrawn"]


@on_sqlite
async def test_what_a_daughter_taps_is_in_no_list(sit: Sit) -> None:
    case = await sit(SELF, MOTHER, about=("parent",))
    await case.opens()
    await case.desk.asks("words", own=False)
    await case.taps(YES)
    assert await case.kept() == {}
    assert await case.unplaced() == []


@on_sqlite
async def test_where_it_is_not_plain_who_taps_the_coordinator_says(sit: Sit) -> None:
    """Of two who might be meant it is neither, until somebody says; what comes after goes to the same."""
    case = await sit(MOTHER, Person("child", (20, 20)), about=("self",))
    await case.opens()
    await case.desk.asks("words")
    await case.taps(YES)
    assert await case.kept() == {}
    (question,) = await case.unplaced()
    await case.place(question, "子")
    assert [one.status for one in (await case.kept())["子"]] == ["given"]
    await case.taps(BACK)
    assert [one.status for one in (await case.kept())["子"]] == ["withdrawn", "given"]
    assert "親" not in await case.kept()
    with pytest.raises(NotUnplaced):
        await case.place(question, "親")


@on_sqlite
async def test_the_writer_of_a_second_consultation_is_not_the_one_of_the_first(sit: Sit) -> None:
    """Both are 「書いた人」 there: the mother's own tap is not her daughter's."""
    case = await sit()
    await case.opens()
    async with case.store.town("taiki") as session:
        (link,) = (await session.scalars(select(CaseTicket))).all()
        await session.delete(link)
    await case.desk.talk.says("母です。わたしも困っています", user="U2")
    daughter = case.desk.number
    async with case.store.town("taiki") as session:
        second = (await session.scalars(select(Ticket.number).where(Ticket.number != daughter))).one()
        held = await held_by(session, case.staff, case.number)
        for number in (daughter, second):
            await cases.attach(session, case.staff, held, number, now=case.desk.talk.now)
    case.desk.number = second
    await case.desk.asks("words")
    await case.desk.talk.says(YES, user="U2")
    assert await case.kept() == {}
    assert len(await case.unplaced()) == 1


@on_sqlite
async def test_somebody_called_so_by_hand_is_the_one(sit: Sit) -> None:
    case = await sit(MOTHER, about=("self",))
    await case.opens()
    async with case.store.town("taiki") as session:
        held = await held_by(session, case.staff, case.number)
        cases.add_person(session, held.case, Persona("本人", "50歳"), now=case.desk.talk.now)
    await case.knows()
    await case.desk.asks("words")
    await case.taps(YES)
    assert [*await case.kept()] == ["本人"]


@on_sqlite
async def test_a_reporters_ticket_leads_to_no_answer(sit: Sit) -> None:
    case = await sit()
    await case.opens()
    await case.desk.asks("words")
    async with case.store.town("taiki") as session:
        (await session.scalars(select(CaseTicket))).one().reporter = True
    await case.taps(YES)
    assert await case.kept() == {}
    assert await case.unplaced() == []


@on_sqlite
@pytest.mark.parametrize(("status", "more", "ends"), [
    ("withdrawn", {}, True), ("refused", {}, True), ("withdrawn", {"to_whom": NAME}, True),
    ("refused", {"to_whom": "学校"}, False), ("cannot_decide", {}, False),
])
async def test_a_no_said_to_staff_ends_the_yes_by_button(sit: Sit, status: str, more: dict[str, str], ends: bool) -> None:
    case = await sit()
    await case.opens()
    await case.desk.asks("words")
    await case.taps(YES)
    await case.tells_staff(status, **more)
    (line,) = await case.desk.lines()
    assert line.status == ("withdrawn" if ends else "given"), "the ticket's page says the same"
    own = (await case.kept())["書いた人"]
    assert next(one.status for one in own if one.item == "by_button") == line.status
    if ends:
        with pytest.raises(NotARecipient):
            await case.desk.introduces("words")
        assert await case.desk.talk.says(BACK), "an old button still answers"


@on_sqlite
async def test_what_was_never_given_is_not_taken_back(sit: Sit) -> None:
    case = await sit()
    await case.opens()
    await case.desk.asks("words")
    with pytest.raises(BadConsent, match="撤回"):
        await case.tells_staff("withdrawn")


@on_sqlite
async def test_the_talk_may_go_the_case_keeps_what_was_answered(sit: Sit) -> None:
    """Its record is sealed with the case's own key."""
    case = await sit()
    await case.opens()
    await case.desk.asks("words")
    await case.taps(YES)
    async with case.store.town("taiki") as session:
        conversation = (await session.scalars(select(Conversation))).one()
        held = await held_by(session, case.staff, case.number)
        rows = await session.scalars(select(ConsentRecord))
        assert {row.data_key_id for row in rows} == {held.case.data_key_id} != {conversation.data_key_id}
