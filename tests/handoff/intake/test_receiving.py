"""How later words are received: never the same sentence twice running, openings invited, small talk answered as such."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from handoff.intake import receiving
from handoff.intake.contacts import Snapshot
from handoff.intake.state import State
from handoff.store.db import Store
from handoff.store.models import CallbackWish
from knowledge.loader import Knowledge
from tests.handoff.intake.planning import NIGHT, TUESDAY, Stage, ids, marked
from tests.handoff.intake.talk import Talk
from tests.handoff.intake.test_asides import KNOWN, MATTER, WINDOW, flat, say
from tests.whole import engine


@pytest.fixture(scope="module")
def stage(knowledge: Knowledge) -> Stage:
    return Stage(marked(knowledge), "taiki", windows=(WINDOW,), channel="web")


def test_the_first_addition_is_explained_and_no_line_comes_twice_running() -> None:
    states = [State(added=count) for count in range(6)]
    lines = [receiving.added(state, feelings=False) for state in states]
    assert lines[0] == "ack_added"
    assert all(one != then for one, then in pairwise(lines))
    for danger, feelings in ((True, False), (False, True)):
        lines = [receiving.added(state, feelings=feelings, danger=danger) for state in states]
        assert all(one != then for one, then in pairwise(lines))


def test_feelings_are_received_warmly_and_facts_shortly(stage: Stage) -> None:
    feels = say(stage, MATTER, "もう疲れました", state=KNOWN)
    assert (flat(feels), feels.state.added, feels.slight) == (["ack_feeling"], 1, True)
    assert flat(say(stage, MATTER, "もう疲れました", "家賃は5万円です", state=feels.state))[0] == "ack_more_2"


@pytest.mark.parametrize("opening", ["すみません、ちょっと聞いていいですか", "今いいですか", "初めてです", "相談したいことがあります", "すみません"])
def test_an_opening_is_invited_and_asked_for_nothing_yet(stage: Stage, opening: str) -> None:
    first = say(stage, opening)
    assert (flat(first), first.ticket, first.bubbles[0].choices) == (["opening"], None, ())
    again = say(stage, opening, "相談があります", state=first.state)
    assert flat(again)[-1].startswith("ask_")


def test_an_opening_with_a_matter_is_answered_for_the_matter(stage: Stage) -> None:
    assert "route_one" in str(ids(say(stage, "すみません、相談したいことがあります。" + MATTER)))


def test_between_questions_the_receiving_changes(stage: Stage) -> None:
    first = say(stage, "うまくいかなくて")
    second = say(stage, "うまくいかなくて", "わからない・言いたくない", state=first.state)
    assert flat(first)[0] == "ack"
    assert flat(second)[0] == "ack_choice_unknown"
    plain = say(stage, "うまくいかなくて", "うまく言えない感じです", state=first.state)
    assert flat(plain)[0] == "ack_next"


@pytest.mark.parametrize(("told", "received"), [
    ("しんどい", "ack_feeling_first"), ("ねれない", "ack_feeling_first"), ("なんか最近つかれて", "ack_feeling_first"),
    ("離婚したい", "ack"), ("親が死んだ", "ack_bereavement"),
])
def test_who_tells_of_themselves_is_not_asked_whose_it_is_and_is_received_for_what_they_tell(
    stage: Stage, told: str, received: str
) -> None:
    assert flat(say(stage, told)) == [received, "ask_kind"]


def test_where_one_question_was_all_an_open_one_follows_and_nobody_is_pressed(stage: Stage) -> None:
    first = say(stage, "しんどい")
    open_one = say(stage, "しんどい", "もうずっと", state=first.state)
    assert (flat(open_one), open_one.bubbles[0].choices, open_one.ticket) == (["ask_more"], (), None)
    enough = say(stage, "しんどい", "もうずっと", "いろいろ", state=open_one.state)
    assert (flat(enough)[0], enough.ticket) == ("asked_enough", "asked_enough")
    declined = say(stage, "しんどい", "わからない・言いたくない", state=first.state)
    assert (flat(declined)[:2], declined.ticket) == (["ack_choice_unknown", "asked_enough"], "asked_enough")


def test_a_death_and_feelings_that_are_told_later_are_received_before_the_next_question(stage: Stage) -> None:
    first = say(stage, "なんでもいいから話したい")
    assert flat(say(stage, "なんでもいいから話したい", "親が死んだ", state=first.state))[0] == "ack_bereavement"
    assert flat(say(stage, "なんでもいいから話したい", "つらくて", state=first.state))[0] == "ack_feeling"


@pytest.mark.parametrize("told", ["あ、母じゃなくて父です", "さっき言った78は間違いで87です"])
def test_a_correction_in_words_is_received_as_one(stage: Stage, told: str) -> None:
    assert flat(say(stage, "母の介護で困っています。78です", told, state=KNOWN))[0] == "ack_corrected"


@pytest.mark.parametrize("age", ["13です", "小5です", "12だよ"])
def test_who_says_only_how_old_they_are_is_invited_and_what_a_child_adds_is_received_as_a_childs(stage: Stage, age: str) -> None:
    first = say(stage, age)
    assert (flat(first), first.ticket) == (["opening"], None)
    second = say(stage, age, "親がけんかばっかり", state=first.state)
    assert flat(second)[0] == "ack_child"
    third = say(stage, age, "親がけんかばっかり", "もうずっと", state=second.state)
    assert flat(third)[0] == "ack_added_child"


@pytest.mark.parametrize("now", ["TUESDAY", "NIGHT"])
def test_who_writes_of_their_feelings_at_night_is_named_one_place_where_somebody_listens(stage: Stage, now: str) -> None:
    there = replace(stage, now={"TUESDAY": TUESDAY, "NIGHT": NIGHT}[now])
    first = say(there, "さみしい")
    assert ("night_company" in flat(first)) is (now == "NIGHT")
    again = say(there, "さみしい", "ねれない", state=first.state)
    assert "night_company" not in flat(again)
    assert "night_company" not in flat(say(there, "母の介護でつかれた"))  # a matter has its window


def test_what_is_no_welfare_is_named_once_and_thanked_for(stage: Stage) -> None:
    first = say(stage, "ゴミの日いつですか")
    second = say(stage, "ゴミの日いつですか", "粗大ごみは？", state=first.state)
    assert (flat(first), flat(second), second.bubbles[0].cards) == (["other"], ["other_again"], ())
    assert flat(say(stage, "ゴミの日いつですか", "ありがとう", state=first.state)) == ["chat_thanks"]
    assert flat(say(stage, "児童手当の手続きはどこですか", "わかりました", state=first.state)) == ["chat_goodbye"]


def test_a_greeting_after_the_window_does_not_begin_anew(stage: Stage) -> None:
    assert flat(say(stage, MATTER, "よろしくお願いします", state=KNOWN)) == ["chat_after_route"]
    assert flat(say(stage, MATTER, "わかりました", state=KNOWN)) == ["chat_after_route"]
    assert flat(say(stage, MATTER, "ありがとうございました", state=KNOWN)) == ["chat_thanks"]


async def test_a_talk_on_line_goes_on_without_a_wall_and_without_a_push(light: Store, knowledge: Knowledge) -> None:
    one = await Talk.begin(light, marked(knowledge), engine())
    assert "[route_" in "\n".join(await one.says("仕事をやめて家賃が払えません"))
    said = [await one.says(text) for text in ("お金かかりますか", "電話してほしいです", "090-1234-5678です", "明日の夕方がいいです", "スマホ代も来月は苦しいかも")]
    assert said[:4] == [["[aside_cost]"], ["[tap_phone]"], ["[aside_call_noted]"], ["[ack_more_1]"]]
    async with light.reading("taiki") as session:
        (wish,) = list(await session.scalars(select(CallbackWish)))
    assert wish.payload == {"number": "090-1234-5678", "time": "明日の夕方がいいです", "secret": ""}
    (ticket,) = await one.tickets()
    assert ticket.state["unread"]
    before = len(await one.outbox())
    await one.send(one.text("大家さんには話しました"))
    one.now += timedelta(minutes=5)
    await one.turn()
    assert len(await one.outbox()) == before, "an acknowledgement is worth no push"
    assert (await one.messages())[-1].sender == "resident"
    await one.close()


async def test_a_wish_how_to_be_reached_is_noted_in_place_of_an_acknowledgement(light: Store, knowledge: Knowledge) -> None:
    one = await Talk.begin(light, marked(knowledge), engine())
    await one.says("40歳の息子が10年部屋から出ません")
    assert await one.says("息子には電話しないでください") == ["[contact_noted]"]
    await one.close()


def test_an_older_state_is_read() -> None:
    assert State.from_json({"asked": ["ask_whose"]}) == State(asked=("ask_whose",))
    assert State.from_json(replace(KNOWN, noted=("other",), added=2).as_json()).noted == ("other",)
    assert Snapshot().state.asked_us == ()
