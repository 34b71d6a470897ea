"""What residents ask about the front door itself: answered at once, whatever was said before, and never in place of their matter."""

from datetime import date

import pytest

from bots.types import Choice
from handoff.intake import callback
from handoff.intake.contacts import Snapshot
from handoff.intake.scene import Plan
from handoff.intake.state import State
from knowledge.loader import Knowledge
from tests.handoff.intake.planning import NIGHT, Stage, ids, marked, words
from tests.whole import engine
from triage.types import Asked, LocalWords

MATTER = "仕事をやめて家賃が払えません"
WINDOW = "taiki.fukushi"
KNOWN = State(ticket=True, windows=(WINDOW,), greeted=True)
DANGER = State(ticket=True, crises=("suicide",), urgency="emergency", asked=("ask_safe",))


@pytest.fixture(scope="module")
def stage(knowledge: Knowledge) -> Stage:
    return Stage(marked(knowledge), "taiki", windows=(WINDOW,), channel="web")


def say(stage: Stage, *told: str, state: State = State(), choices: tuple[Choice, ...] = ()) -> Plan:
    """The plan for the last message of a talk, judged by the real engine."""
    local = LocalWords.of(stage.knowledge.towns[stage.town])
    decision = engine().decide(told, today=date(2026, 11, 24), asked=Asked(state.asked), local=local)
    since = len("\n".join(told[:-1])) + (len(told) > 1)
    return stage.plan(decision, Snapshot(state=state, choices=choices), texts=told[-1:], since=since)


def flat(plan: Plan) -> list[str]:
    return [one for bubble in ids(plan) for one in bubble]


@pytest.mark.parametrize(("asked", "answer"), [
    ("ここって誰が見てるの", ["aside_reader"]), ("名前いわないとだめですか", ["aside_name"]), ("お金かかりますか", ["aside_cost"]),
    ("誰にも言わないでください", ["aside_secret"]), ("親に言う？", ["aside_secret"]), ("いつ返事きますか", ["reading_now", "aside_when"]),
    ("返事がまだです", ["reading_now", "aside_when"]), ("人間ですか", ["aside_machine"]), ("職員と話したいです", ["reading_now", "aside_staff"]),
    ("消せますか", ["aside_erase"]), ("消したい", ["erase"]), ("書いたこと消してほしいです", ["erase"]), ("いつ消えますか", ["aside_erase"]), ("何時に来ますか", ["reading_now", "aside_when"]), ("どこに電話したらいい？", ["tap_call"]), ("電話してもらえますか", ["aside_call_me"]),
    ("窓口に行ってもいいですか", ["aside_come"]), ("予約はいりますか", ["aside_booking"]), ("家に来てもらえますか", ["route_outreach"]),
    ("何を持って行けばいいですか", ["no_papers_needed", "bring_papers"]), ("どうしたらいいですか", ["reading_now", "aside_now"]),
    ("夜でも見てますか", ["reading_now", "aside_night"]), ("こんなことで相談してよかったんでしょうか", ["aside_welcome"]),
    ("返事ください", ["reading_now", "aside_when"]), ("明日まで待てません", ["reading_now", "aside_now"]), ("子どもを取られますか", ["aside_taken"]),
    ("もういい", ["chat_goodbye"]), ("やっぱり電話はいいです", ["aside_call_off"]), ("気が変わりました", ["aside_mind_changed"]), ("車いすで行けますか", ["aside_access"]), ("筆談できますか", ["aside_access"]),
    ("やっぱりいいです", ["aside_mind_changed"]), ("お前ら仕事しろ", ["aside_anger"]), ("前に窓口で追い返された", ["aside_turned_away"]), ("会社に伝わりますか", ["aside_secret"]), ("電話の方がよろしいです", ["aside_call_me"]),
    ("名前言わないとだめ？お金はかかる？", ["aside_name", "aside_cost"]),
])
def test_each_question_has_its_answer_and_nothing_else(stage: Stage, asked: str, answer: list[str]) -> None:
    found = say(stage, MATTER, asked, state=KNOWN)
    assert flat(found) == answer
    assert found.state.windows == KNOWN.windows


@pytest.mark.parametrize("told", [
    "検査にお金がかかるのに貯金がありません", "父に誰が見てるのと聞かれました。母を見るのは私だけです", "自分を消したい", "借金を消したいです", "母がだれかれかまわず電話してもらえますかと何度も近所の人に頼んで困ります", "夜も眠れません", "学校に怒られました", "弁護士にお金かかりますか", "仕事をやめたいです", "恥ずかしいので誰にも言えません", "夫がいい加減で困ります", "夫に冷たくされます",
])
def test_a_matter_is_no_question_about_the_door(stage: Stage, told: str) -> None:
    assert not any(one.startswith("aside_") or one == "erase" for one in flat(say(stage, MATTER, told, state=KNOWN)))


def test_before_anything_is_told_it_is_answered_without_a_question_and_what_waits_stays_within_reach(stage: Stage) -> None:
    waiting = (Choice("わたし自身", "わたしのことです"),)
    found = say(stage, "つらい", "ここって誰が見てるの", state=State(asked=("ask_whose",)), choices=waiting)
    assert (flat(found), found.bubbles[-1].choices, found.ticket) == (["aside_reader"], waiting, None)


def test_beside_a_matter_it_is_answered_above_the_question(stage: Stage) -> None:
    found = say(stage, "母の介護がつらいです。名前は言わなくていいですか")
    said = ids(found)
    assert ["aside_name"] in said
    assert "route_one" in said[0] or "route_many" in said[0]
    whose = say(stage, "なんだかつらいです。名前は言わなくていいですか")
    assert ids(whose)[-2:] == [["aside_name"], ids(whose)[-1]]
    assert whose.bubbles[-1].choices


def test_the_window_itself_answers_where_to_go(stage: Stage) -> None:
    assert not any(one.startswith(("aside_", "tap_")) for one in flat(say(stage, MATTER + "。どうしたらいいですか")))


def test_the_same_question_again_is_not_answered_in_the_same_words(stage: Stage) -> None:
    first = say(stage, MATTER, "親に言う？", state=KNOWN)
    again = say(stage, MATTER, "親に言う？", "先生に言う？", state=first.state)
    assert flat(again) == ["aside_again"]


def test_a_child_is_told_what_is_promised_to_children(stage: Stage) -> None:
    assert flat(say(stage, "中1です。学校に行きたくない", "親に言う？", state=KNOWN)) == ["crisis_child_promise"]


def test_in_danger_help_comes_first_and_where_to_turn_is_named(stage: Stage) -> None:
    first = say(stage, "死にたい。誰にも言わないでください")
    assert ids(first)[0][-1].startswith("crisis_suicide")
    assert "aside_secret" in flat(first)
    assert first.bubbles[-1].choices, "the safety question stays last, with its buttons"
    secret = say(stage, "死にたい", "誰にも言わないでください", state=DANGER)
    assert (flat(secret), secret.bubbles[0].cards) == (["aside_secret"], ())
    where = say(stage, "死にたい", "どこに電話したらいい？", state=DANGER)
    assert (flat(where), bool(where.bubbles[0].cards)) == (["crisis_contacts"], True)
    assert flat(say(stage, "死にたい", "もういい", state=DANGER)) != ["chat_goodbye"], "who is in danger is not let go"


def test_another_need_in_danger_gets_its_window_once_and_the_danger_its_contact_when_told_anew(stage: Stage) -> None:
    need = say(stage, "死にたい", "家賃があと1か月分しかない", state=DANGER)
    assert ids(need)[0][:2] == ["crisis_also", "route_one"] or "route_many" in ids(need)[0]
    more = say(stage, "死にたい", "家賃があと1か月分しかない", "仕事は先月やめた", state=need.state)
    then = say(stage, "死にたい", "家賃があと1か月分しかない", "仕事は先月やめた", "ガスはまだ使える", state=more.state)
    assert [flat(more), flat(then)] == [["crisis_more_1"], ["crisis_more_2"]]
    assert not more.bubbles[0].cards
    unread = say(stage, "死にたい", "ぜんぶのんだ", state=then.state)
    assert unread.bubbles[0].cards, "what nobody can read lowers no guard"
    anew = say(stage, "死にたい", "仕事は先月やめた", "やっぱり死にたい", state=then.state)
    assert flat(anew) == ["crisis_again"]
    assert anew.bubbles[0].cards
    assert flat(say(stage, "死にたい", "ありがとう", state=DANGER)) == ["chat_thanks"]


def test_who_begins_by_giving_up_is_not_let_go(stage: Stage) -> None:
    assert "chat_goodbye" not in flat(say(stage, "もういい"))


def test_at_night_nobody_is_said_to_look(stage: Stage, knowledge: Knowledge) -> None:
    night = Stage(stage.knowledge, "taiki", windows=(WINDOW,), channel="web", now=NIGHT)
    assert flat(say(night, MATTER, "誰かいますか", state=KNOWN)) == ["reading_later", "aside_night"]
    duty = Stage(stage.knowledge, "taiki", windows=(WINDOW,), channel="web", now=NIGHT, night="on_call")
    assert flat(say(duty, MATTER, "誰かいますか", state=KNOWN)) == ["reading_later", "aside_night_duty"]


def test_staff_who_hold_it_answer_themselves(stage: Stage) -> None:
    decision = engine().decide([MATTER, "お金かかりますか"], today=date(2026, 11, 24))
    assert stage.plan(decision, Snapshot(holder="staff", state=KNOWN), texts=("お金かかりますか",), since=16).bubbles == ()


def test_a_wish_to_be_telephoned_calls_staff_and_keeps_number_and_time(stage: Stage) -> None:
    wish = say(stage, "電話してほしいです")
    assert (flat(wish), wish.ticket, wish.call) == (["aside_call_me"], "asked_enough", callback.Wish())
    number = say(stage, "電話してほしいです", "090-1234-5678です", state=wish.state)
    assert (flat(number), number.call) == (["aside_call_noted"], callback.Wish("090-1234-5678"))
    time = say(stage, "電話してほしいです", "090-1234-5678です", "夜は無理です。明日の昼の1時なら", state=number.state)
    assert (flat(time), time.call) == (["ack_more_1"], callback.Wish(time="明日の昼の1時なら"))
    other = say(stage, "電話してほしいです", "夜になると母が家を出てしまいます", state=wish.state)
    assert other.call is None
    at_once = say(stage, MATTER, "０９０ー１２３４ー５６７８に電話ください", state=KNOWN)
    assert (flat(at_once), at_once.call) == (["aside_call_noted"], callback.Wish("090-1234-5678"))


def test_on_line_the_number_is_asked_on_the_towns_page(stage: Stage) -> None:
    line = Stage(stage.knowledge, "taiki", windows=(WINDOW,), channel="line")
    wish = say(line, MATTER, "電話がほしいです", state=KNOWN)
    assert (flat(wish), "phone" in wish.doors, wish.asked) == (["tap_phone"], True, True)


def test_a_number_stands_in_a_wish_only_where_one_was_wished(stage: Stage) -> None:
    assert say(stage, MATTER, "090-1234-5678です", state=KNOWN).call is None


def test_answers_come_in_english_too(knowledge: Knowledge) -> None:
    found = say(Stage(knowledge, "taiki", windows=(WINDOW,), channel="web"), "I cannot pay rent", "Is this free?", state=KNOWN)
    assert "free" in words(found)


def test_a_window_counts_as_named_only_where_it_was_shown(stage: Stage) -> None:
    asked = say(stage, "もう疲れた")
    assert asked.bubbles[-1].choices
    assert asked.state.windows == ()


def test_who_is_angry_twice_is_brought_to_staff_and_not_told_what_was_told_before(stage: Stage) -> None:
    first = say(stage, "ふざけんな")
    assert (flat(first), first.ticket, first.bubbles[0].choices) == (["aside_anger"], None, ())
    again = say(stage, "ふざけんな", "いい加減にしろ", state=first.state)
    assert (flat(again), again.ticket) == (["reading_now", "aside_staff"], "asked_enough")
    other = say(stage, "ふざけんな", "何回もかけたのに", state=first.state)
    assert (flat(other), other.bubbles[0].choices) == (["ask_more"], ())


def test_a_line_that_stands_in_the_answer_already_is_not_said_again(stage: Stage) -> None:
    told = say(stage, "12歳です。パパがたたく。先生に言わないで")
    assert flat(told).count("crisis_child_promise") == 1


def test_where_to_go_is_answered_with_the_window_that_was_named(stage: Stage) -> None:
    asked = say(stage, "母が認知症かも", "どこ行けばいいの", state=KNOWN)
    assert (flat(asked), len(asked.bubbles[0].cards)) == (["aside_come"], 1)


def test_who_asks_whether_they_may_consult_about_something_is_not_told_that_nothing_is_known(stage: Stage) -> None:
    assert flat(say(stage, "生活費の相談もできますか")) == ["aside_welcome", "info_ask_staff"]
    assert flat(say(stage, "介護の相談もできますか")) == ["aside_welcome", "info_ask_staff"]
    assert flat(say(stage, MATTER, "もういいです", state=KNOWN)) == ["aside_mind_changed"]
    assert flat(say(stage, "すみません、まだ返事ないんですけど"))[-1] == "aside_when"
