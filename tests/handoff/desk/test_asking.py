"""Asked by button whether another body may hear something: consent of who taps, for that body and those things, until taken back."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bots.choices import choice_id
from bots.types import Choice, Incoming, Text
from handoff.coordination import partners, recipients
from handoff.coordination.partners import NoSuchBody
from handoff.coordination.recipients import NotARecipient
from handoff.desk import asking, introduction
from handoff.desk.asking import NotAsked
from handoff.desk.staff import SignedIn
from handoff.intake import agreeing
from handoff.intake.agreeing import Agreed
from handoff.intake.taps import plain
from handoff.intake.turn import read
from handoff.intake.voice import Voice
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import BodyQuestion, Conversation, Message, Partner, Ticket, TicketMove
from knowledge.schema import About, Town
from tests.handoff.desk.conftest import Hire
from tests.handoff.intake.talk import TUESDAY, ScriptedTriage, Talk
from tests.whole import knowledge
from triage.types import Decision, Reason

NAME = "とかち若者サポートステーション"


def decided(*about: About) -> Decision:
    return Decision(action="route", text="", fields=("poverty",), about=about, reasons=(Reason("field_poverty", "お金", ((0, 1),)),))


@dataclass
class Desk:
    """A resident on LINE and an officer who has their ticket."""

    store: Store
    talk: Talk
    staff: SignedIn
    number: str
    town: Town

    async def asks(self, *items: str, own: bool | None = True, name: str = NAME, body: str = "", words: str = "") -> int:
        self.talk.now += timedelta(minutes=1)  # ids of one millisecond have no order

        def voice(language: str) -> Voice:
            return Voice(knowledge(), self.town, self.talk.now, language)

        async with self.store.town("taiki") as session:
            return await asking.ask(
                session, self.staff, self.number, body=body, other=name, items=items or ("words",), own=own, words=words,
                town=self.town, speak=voice, now=self.talk.now,
            )

    async def lines(self) -> tuple[asking.QuestionLine, ...]:
        async with self.store.reading("taiki") as session:
            return await asking.lines(session, (await session.scalars(select(Ticket.id).where(Ticket.number == self.number))).one())

    async def introduces(self, *items: str, name: str = NAME) -> TicketMove:
        async with self.store.town("taiki") as session:
            return await introduction.introduce(
                session, self.staff, self.number, to_window="", other=name, reason="家計", basis="consent",
                ground="本人、チャットで", items=items or ("words",), town=self.town, now=self.talk.now,
            )


Sit = Callable[..., Awaitable[Desk]]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def sit(store: Store, hire: Hire, towns: Mapping[str, Town]) -> AsyncIterator[Sit]:
    """Somebody has written about these people, and an officer has the ticket."""
    begun: list[Talk] = []

    async def at_desk(*about: About) -> Desk:
        talk = await Talk.begin(store, knowledge(), ScriptedTriage([decided(*about)]))
        begun.append(talk)
        await talk.says("家賃が払えません")
        async with store.reading("taiki") as session:
            ticket = (await session.scalars(select(Ticket))).one()
        return Desk(store, talk, await hire("suzuki", "taiki.fukushi", role="coordinator"), ticket.number, towns["taiki"])

    yield at_desk
    for talk in begun:
        await talk.close()


@pytest.fixture
async def desk(sit: Sit) -> Desk:
    return await sit("self")


async def test_a_yes_is_consent_for_that_body_and_those_things(desk: Desk) -> None:
    await desk.asks("words", "name", words="こんにちは。福祉係の鈴木です。")
    asked = (await desk.talk.messages())[-1].payload
    assert [choice["label"] for choice in asked["choices"]] == ["渡していい", "やめておく", "わからない"]
    assert asked["text"].startswith("こんにちは。福祉係の鈴木です。\n\n「とかち若者サポートステーション」に、お名前、書いてくださったことを伝えてもよいですか。")
    said = await desk.talk.says("渡していい")
    assert said == ["わかりました。えらんでいただいたとおり、職員に伝えます。気が変わったら、いつでもやめられます。"]
    (line,) = await desk.lines()
    assert (line.status, line.own, line.items, line.body) == ("given", True, ("name", "words"), NAME)
    move = await desk.introduces("words")
    assert move.to_window.startswith(partners.PREFIX)
    with pytest.raises(NotARecipient, match="聞いたときにえらんだものだけ"):
        await desk.introduces("words", "household")
    with pytest.raises(NotARecipient, match="入っていません"):
        await desk.introduces("words", name="帯広若者支援会")


@on_sqlite
async def test_it_is_taken_back_by_tap_and_by_hand(desk: Desk) -> None:
    for words in (agreeing.VALUES["withdrawn"].format(body=NAME), "渡すのをやめたい", agreeing.VALUES["refused"].format(body=NAME)):
        await desk.asks()
        await desk.talk.says("渡していい")
        move = await desk.introduces()
        await desk.talk.says("よろしくお願いします")
        assert await desk.talk.says(words) == [knowledge().reply("pass_stop_told", language="ja", town=desk.town)]
        assert (await desk.lines())[0].status == "withdrawn"
        with pytest.raises(NotARecipient, match="撤回"):
            await desk.introduces()
        async with desk.store.town("taiki") as session:
            with pytest.raises(NotARecipient):
                await introduction.handed(session, desk.staff, desk.number, move_id=move.id, town=desk.town)
        async with desk.store.town("taiki") as session:
            held = (await session.scalars(select(TicketMove).where(TicketMove.id == move.id))).one()
            held.status = "declined"


@on_sqlite
async def test_a_no_and_a_not_yet_are_no_consent(desk: Desk) -> None:
    for label, status, match in (("わからない", "unsure", None), ("やめておく", "refused", "拒否")):
        await desk.asks()
        await desk.talk.says(label)
        (line, *_) = await desk.lines()
        assert line.status == status
        if match:
            with pytest.raises(NotARecipient, match=match):
                await desk.introduces()
    await desk.introduces(name="帯広若者支援会")  # a no to one body is no no to another: the written ground stands for it


@on_sqlite
@pytest.mark.parametrize("about", [("parent",), ("sibling", "parent")])
async def test_a_daughters_tap_is_what_she_thinks(store: Store, sit: Sit, about: tuple[About, ...]) -> None:
    desk = await sit(*about)
    with pytest.raises(NotAsked, match="本人の同意にはなりません"):
        await desk.asks(own=True)
    await desk.asks(own=False)
    assert "あなたのお考えとして" in (await desk.talk.says("渡していい"))[0]
    (line,) = await desk.lines()
    assert (line.status, line.own) == ("given", False)
    async with store.reading("taiki") as session:
        assert await recipients.of_chat(session, [(await session.scalars(select(Ticket))).one().id]) == []


@on_sqlite
async def test_who_reports_is_not_asked(sit: Sit) -> None:
    desk = await sit("neighbour")
    with pytest.raises(NotAsked, match="知らせてくれた人"):
        await desk.asks(own=False)


@on_sqlite
async def test_where_it_is_not_clear_staff_must_say(sit: Sit) -> None:
    desk = await sit("self", "parent")
    with pytest.raises(NotAsked, match="本人かどうか"):
        await desk.asks(own=None)
    await desk.asks(own=True)


@on_sqlite
@pytest.mark.parametrize(("items", "name", "body", "why"), [
    ((), NAME, "", NotAsked), (("notes",), NAME, "", NotAsked), (("words",), "福祉係", "", NotAsked), (("words",), "", "", NoSuchBody),
    (("words",), "", "partner:x", NoSuchBody), (("words",), "あ" * 61, "", NoSuchBody), (("words",), "a\x1bb", "", NoSuchBody),
])
async def test_what_cannot_be_asked(desk: Desk, items: tuple[str, ...], name: str, body: str, why: type[Exception]) -> None:
    async with desk.store.reading("taiki") as session:
        before = (await session.scalars(select(Message))).all()
    with pytest.raises(why):
        async with desk.store.town("taiki") as session:
            await asking.ask(
                session, desk.staff, desk.number, body=body, other=desk.town.window("taiki.fukushi").name if name == "福祉係" else name,
                items=items, own=True, words="", town=desk.town, speak=lambda language: Voice(knowledge(), desk.town, desk.talk.now),
                now=desk.talk.now,
            )
    async with desk.store.reading("taiki") as session:
        assert len((await session.scalars(select(Message))).all()) == len(before)
        assert await session.scalar(select(Partner.id)) is None


@on_sqlite
async def test_a_tap_beside_other_words_counts_and_the_words_are_read(desk: Desk) -> None:
    await desk.asks()
    await desk.talk.send(desk.talk.text("はい。あと電気も止まりそうです"), desk.talk.text(agreeing.VALUES["given"].format(body=NAME)))
    await desk.talk.turn()
    assert (await desk.lines())[0].status == "given"
    triage = desk.talk.dialogue.triage
    assert isinstance(triage, ScriptedTriage)
    assert triage.heard[-1][-1] == "はい。あと電気も止まりそうです"


@on_sqlite
async def test_the_buttons_are_words_like_any_where_nothing_was_asked(desk: Desk) -> None:
    await desk.talk.says(agreeing.VALUES["given"].format(body=NAME))
    assert await desk.lines() == ()


@on_sqlite
async def test_a_question_asked_anew_takes_the_place_of_the_older(desk: Desk) -> None:
    await desk.asks("words")
    await desk.asks("words", "household")
    await desk.talk.says("渡していい")
    assert [(line.status, line.items) for line in await desk.lines()] == [("given", ("words", "household")), ("closed", ("words",))]


@on_sqlite
async def test_another_talk_cannot_answer_it(desk: Desk) -> None:
    await desk.asks()
    async with desk.store.town("taiki") as session:
        question = (await session.scalars(select(BodyQuestion))).one().id
    await desk.talk.says("こんにちは", user="U2")
    async with desk.store.town("taiki") as session:
        mine = (await session.scalars(select(BodyQuestion))).one().conversation_id
        other = (await session.scalars(select(Conversation).where(Conversation.id != mine))).one()
        voice = Voice(knowledge(), desk.town, desk.talk.now)
        assert await agreeing.record(session, other, [Agreed(question, "given")], voice=voice, now=desk.talk.now) == ()
    assert (await desk.lines())[0].status == "waiting"


def test_a_telegram_button_stands_for_its_words() -> None:
    """It carries an opaque id; of all that was offered it finds the choice, however long ago."""
    choice = Choice("渡していい", agreeing.VALUES["given"].format(body=NAME))
    found = Agreed(new_id(TUESDAY), "given")
    tapped = Incoming("5", Text("渡していい", choice_id(choice)), TUESDAY, message_id="7")
    turn = read([(tapped, TUESDAY)], offered=(choice,)).answering({plain(choice.value): found})
    assert (turn.agreed, turn.tap, turn.texts) == ((found,), "pass", ())


async def test_a_body_is_one_whatever_it_is_called(desk: Desk, store: Store) -> None:
    async def picked(name: str, body: str = "") -> str:
        async with store.town("taiki") as session:
            return (await partners.picked(session, desk.staff, body, name, town=desk.town, now=TUESDAY)).id

    first = await picked(f" {NAME} ")
    assert await picked("とかち若者サポートステーション") == first
    assert await picked("", first) == first
    outside = next(one for one in desk.town.windows if one.relation == "other_body")
    assert await picked(outside.name) == f"taiki.{outside.id}"
    async with store.reading("taiki") as session:
        listed = [one.id for one in await partners.outside(session, desk.town)]
        row: Any = (await session.scalars(select(Partner))).one()
        assert first in listed
        assert NAME.encode() not in row.name_sealed
    async with store.town("taiki") as session:
        await partners.rename(session, desk.staff, first, "サポステ", was=NAME, town=desk.town, now=TUESDAY)
        await partners.unlist(session, desk.staff, first, now=TUESDAY)
    assert await picked("サポステ") == first
    async with store.reading("taiki") as session:
        (named,) = await partners.named(session)
        assert (named.name, named.called_at(TUESDAY - timedelta(days=1)), named.off) == ("サポステ", NAME, None)


@on_sqlite
async def test_a_no_to_a_body_is_a_no_to_all_that_was_said_of_it(desk: Desk) -> None:
    await desk.asks("words")
    await desk.talk.says("渡していい")
    await desk.asks("words", "household")
    assert [line.status for line in await desk.lines()] == ["waiting", "given"], "a yes stands until it is taken back"
    await desk.talk.says("やめておく")
    assert [line.status for line in await desk.lines()] == ["refused", "withdrawn"]
    with pytest.raises(NotARecipient):
        await desk.introduces("words")
