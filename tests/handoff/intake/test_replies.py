"""What is said where no life is in danger: order, one question at most, honest hours, and nothing a person should see lost."""

from dataclasses import replace

import pytest

from bots.types import Choice, MediaKind
from handoff.intake.contacts import Snapshot
from handoff.intake.state import State
from handoff.intake.turn import Turn
from handoff.intake.unjudged import plan_parked, plan_without_words
from knowledge.loader import Knowledge
from tests.handoff.intake.planning import NIGHT, TUESDAY, Stage, ids, marked, words
from triage.types import Decision, Question, Reason

WHOSE = Question("ask_whose", (("choice_whose_self", "わたしのことです"), ("choice_unknown", "わからない・言いたくない")))
ROUTE = Decision(action="route", text="", fields=("elderly",), about=("parent",))
CLARIFY = Decision(action="clarify", text="", question=WHOSE)
CHAT = Decision(action="chat", text="")
REPORT = replace(ROUTE, about=("neighbour",), patterns=("outreach",))
WINDOW = "taiki.fukushi"


@pytest.fixture(scope="module")
def stage(knowledge: Knowledge) -> Stage:
    return Stage(marked(knowledge), "taiki", windows=(WINDOW,))


def before(holder: str = "bot", **state: object) -> Snapshot:
    return Snapshot(holder=holder, state=State(**state))  # type: ignore[arg-type]


def test_a_route_receives_names_the_window_and_says_who_reads(stage: Stage) -> None:
    found = stage.plan(ROUTE)
    assert ids(found) == [["ack_family", "route_one", "route_wrong_ok"], ["reading_now"]]
    assert (found.ticket, found.state.windows, found.state.ticket) == ("triage", (WINDOW,), True)
    assert ids(replace(stage, now=NIGHT).plan(ROUTE))[1] == ["reading_later"]


def test_a_tangled_case_names_the_coordinator(stage: Stage) -> None:
    assert "route_coordinator" in ids(stage.plan(replace(ROUTE, complex=True)))[0]


def test_another_body_is_said_to_be_told_nothing_before_they_are_asked_but_not_in_danger(stage: Stage) -> None:
    here = replace(stage, town="nagaizumi", windows=("nagaizumi.fukushi_hoken", "nagaizumi.shakyo"))
    said = ["ack_family", "route_many", "route_other_body", "route_wrong_ok"]
    assert ids(here.plan(ROUTE))[0] == said
    later = here.plan(ROUTE, before(ticket=True, windows=("nagaizumi.fukushi_hoken",)))
    assert ids(later)[0] == ["ack_added", "route_one", "route_other_body"]
    pressing = replace(ROUTE, urgency="emergency", crisis=("no_food",))
    assert "route_other_body" not in [name for bubble in ids(here.plan(pressing)) for name in bubble]


def test_a_route_without_a_window_names_the_general_desk(stage: Stage) -> None:
    nobody = stage.plan(replace(ROUTE, urgency="urgent", action="chat"), texts=("至急",))
    assert nobody.bubbles[0].cards
    assert nobody.ticket == "triage"


def test_what_is_added_later_is_taken_without_saying_it_all_again(stage: Stage) -> None:
    again = stage.plan(ROUTE, before(ticket=True, windows=(WINDOW,)))
    assert (ids(again), again.ticket) == ([["ack_added"]], "triage")
    more = replace(stage, windows=(WINDOW, "taiki.koreisha", "taiki.suishin"))
    told = more.plan(replace(ROUTE, complex=True), before(ticket=True, windows=(WINDOW,)))
    assert ids(told) == [["ack_added", "route_one", "route_coordinator"]], "only what is new"
    assert [card.title for card in told.bubbles[0].cards] == ["保健福祉課 高齢者支援係・介護保険係"]
    after = more.plan(replace(ROUTE, complex=True), before(ticket=True, windows=(WINDOW, "taiki.koreisha", "taiki.suishin")))
    assert ids(after) == [["ack_added"]]
    flagged = replace(stage, windows=(WINDOW, "taiki.suishin")).plan(replace(ROUTE, complex=True), before(ticket=True, windows=(WINDOW,)))
    assert (ids(flagged), flagged.bubbles[0].cards) == ([["ack_added", "route_coordinator"]], ()), "it takes nobody in"


def test_money_is_received_only_where_money_was_told(stage: Stage) -> None:
    poor = replace(ROUTE, fields=("poverty",))
    assert ids(stage.plan(poor))[0][0] == "ack_family", "a son at home is not money"
    assert ids(stage.plan(replace(poor, needs=("arrears",))))[0][0] == "ack_money"


def test_one_question_then_a_person_and_no_dead_end(stage: Stage) -> None:
    first = stage.plan(CLARIFY)
    assert ids(first)[-1][0] == "ask_whose"
    assert first.bubbles[-1].choices[0].value == "わたしのことです"
    assert (first.ticket, first.state.asked) == (None, ("ask_whose",))
    more = stage.plan(CLARIFY, Snapshot(state=first.state))
    assert (ids(more), more.ticket) == ([["ask_more"]], None)
    same = stage.plan(CLARIFY, Snapshot(state=more.state))
    assert (ids(same)[0][0], same.ticket) == ("asked_enough", "asked_enough"), "never the same question twice"
    tired = stage.plan(CLARIFY, before(asked=("a", "b", "c")))
    assert (ids(tired)[0][0], tired.ticket) == ("asked_enough", "asked_enough")
    assert ids(stage.plan(CLARIFY, Snapshot(state=tired.state))) == [["ack_added"]]
    assert stage.plan(replace(CLARIFY, question=None)).ticket == "asked_enough"


@pytest.mark.parametrize("decision", [ROUTE, CLARIFY, CHAT, replace(CHAT, action="info"), replace(CHAT, action="other")])
@pytest.mark.parametrize("kind", ["image", "audio", "video", "file", "location"])
@pytest.mark.parametrize("holds", [False, True])
def test_a_photo_with_words_reaches_a_person_whatever_the_words_are(
    stage: Stage, decision: Decision, kind: MediaKind, holds: bool
) -> None:
    state = before(ticket=True, windows=(WINDOW,)) if holds else Snapshot()
    found = stage.plan(decision, state, media=(kind,), texts=("よろしくお願いします",))
    line = "media_audio_words" if kind == "audio" else f"media_{kind}"
    assert [line] in ids(found), "it is never passed over, nor said to have been read"
    assert found.ticket is not None


def test_only_media(stage: Stage) -> None:
    found = stage.plan(CHAT, media=("image", "image", "audio"), texts=())
    assert [one for one in ids(found)[0] if one.startswith("media_")] == ["media_image", "media_audio_words"]
    waiting = Snapshot(choices=(Choice("はい", "はい"),))
    asked = stage.plan(CHAT, waiting, media=("audio",), texts=())
    assert (ids(asked), asked.bubbles[0].choices) == ([["media_audio"]], waiting.choices), "buttons are named where there are some"
    assert (len(found.bubbles), found.ticket) == (1, "media")
    assert stage.plan(CHAT, media=("sticker",), texts=()).ticket is None, "a sticker is a greeting"


def test_a_sticker_for_staff_is_left_to_them(stage: Stage) -> None:
    """「明日うかがってもよいですか」 – 👍: the bot has no part in that."""
    assert stage.plan(CHAT, before("staff"), media=("sticker",), texts=()).bubbles == ()
    assert ids(stage.plan(CHAT, before("staff"), media=("sticker", "image"), texts=())) == [["media_image"]]


def test_photos_are_promised_for_the_hour_when_they_are_seen(knowledge: Knowledge) -> None:
    night = Stage(knowledge, "taiki", now=NIGHT, windows=(WINDOW,)).plan(CHAT, media=("image",), texts=())
    assert "写真は職員が見ます（11月24日（火）8:30以降）" in words(night)


def test_staff_hold_it_one_line_in_each_closed_period(stage: Stage) -> None:
    night = replace(stage, now=NIGHT)
    first = night.plan(ROUTE, before("staff"))
    assert (ids(first), first.ticket) == ([["held_closed"]], None)
    assert night.plan(ROUTE, Snapshot(holder="staff", state=first.state)).bubbles == ()
    next_night = replace(stage, now=NIGHT.replace(day=28))
    assert ids(next_night.plan(ROUTE, Snapshot(holder="staff", state=first.state))) == [["held_closed"]]
    assert stage.plan(ROUTE, before("staff")).bubbles == (), "while open they answer themselves"


def test_an_urgent_word_reaches_the_ticket_even_when_staff_hold_it(stage: Stage) -> None:
    assert stage.plan(replace(ROUTE, urgency="urgent"), before("staff")).ticket == "triage"


def test_a_change_of_heart_at_night_is_received_kindly(stage: Stage) -> None:
    text = "生活保護のことです\nやっぱりいいです"
    decision = replace(ROUTE, text=text, reasons=(Reason("withdrawal", "やめたい", ((10, 17),)),))
    found = replace(stage, now=NIGHT).plan(decision, before("staff", crises=("lifeline_cut",)), since=10)
    assert ids(found) == [["held_withdraw", "held_lifeline"]]
    earlier = replace(stage, now=NIGHT).plan(decision, before("staff"), since=len(text))
    assert ids(earlier) == [["held_closed"]], "what was said before is no reason now"


def test_a_reporter_is_thanked_and_never_hears_how_it_went_on(stage: Stage) -> None:
    first = stage.plan(REPORT)
    assert ids(first) == [["reporter_thanks", "reporter_danger"]]
    asking = replace(REPORT, text="隣の人\nどうなりましたか", reasons=(Reason("ask_progress", "経過", ((4, 12),)),))
    later = stage.plan(asking, Snapshot(state=first.state), since=4)
    assert ids(later) == [["reporter_no_progress"]]
    more = replace(stage, windows=(WINDOW, "taiki.koreisha")).plan(replace(REPORT, urgency="urgent"), Snapshot(state=first.state))
    assert ids(more) == [["ack_added"]], "thanked once"


def test_small_talk_answers_what_was_said_now(stage: Stage) -> None:
    reasons = (Reason("chat_greeting", "あいさつ", ((0, 5),)), Reason("chat_thanks", "お礼", ((6, 11),)))
    decision = replace(CHAT, text="こんばんは\nありがとう", reasons=reasons)
    assert ids(stage.plan(decision, since=6)) == [["chat_thanks"]]
    assert ids(replace(stage, now=NIGHT).plan(replace(decision, reasons=reasons[:1]), since=0)) == [["chat_evening"]]
    assert ids(stage.plan(CHAT, before(ticket=True))) == [["chat_after_route"]]


def test_information_and_what_is_no_welfare_make_no_ticket(stage: Stage) -> None:
    info, other = stage.plan(replace(CHAT, action="info")), stage.plan(replace(CHAT, action="other"))
    assert (ids(info)[0], info.ticket) == (["info_none"], None)
    assert info.bubbles[-1].cards, "a window to ask"
    assert (ids(other), other.ticket) == ([["other"]], None)
    assert other.bubbles[0].cards


def test_who_comes_is_greeted_who_comes_again_too_who_goes_is_left_in_peace(stage: Stage) -> None:
    town, known = stage.knowledge.towns["taiki"], stage.knowledge
    first = plan_without_words(Turn(followed=True), Snapshot(), town, known, TUESDAY)
    assert ids(first) == [["greeting"]]
    assert (first.bubbles[0].choices, first.doors) == ((), ("rules",)), "LINE has a door for the notice"
    elsewhere = plan_without_words(Turn(followed=True), Snapshot(), town, known, TUESDAY, channel="telegram")
    assert [choice.value for choice in elsewhere.bubbles[0].choices] == [known.replies["ja"]["button_rules"]]
    again = plan_without_words(Turn(followed=True), Snapshot(state=first.state), town, known, TUESDAY)
    assert ids(again) == [["greeting_again"]]
    assert plan_without_words(Turn(unfollowed=True), Snapshot(), town, known, TUESDAY).bubbles == ()


def test_what_could_not_be_read_is_said_to_be_read_by_a_person(stage: Stage) -> None:
    found = plan_parked(Snapshot(), stage.knowledge.towns["taiki"], stage.knowledge, NIGHT)
    assert (ids(found), found.state.ticket) == ([["parked", "reading_later"]], True)


def test_the_residents_language_is_kept_and_returns(knowledge: Knowledge) -> None:
    stage = Stage(knowledge, "taiki", windows=(WINDOW,))
    english = stage.plan(replace(CHAT, language="en"))
    assert english.language == "en"
    assert "Thank you" in words(english)
    assert stage.plan(replace(CHAT, language="xx")).language == "ja-easy"
    assert "Thank you" in words(stage.plan(CHAT, Snapshot(language="en"))), "a Japanese word changes nothing"


HOKATSU = "nagaizumi.hokatsu"


def test_a_window_of_several_offices_asks_for_the_area_before_it_shows_one(knowledge: Knowledge) -> None:
    stage = Stage(marked(knowledge), "nagaizumi", windows=(HOKATSU,), channel="web")
    first = stage.plan(ROUTE)
    assert ids(first) == [["ack_family", "reading_now"], ["ask_area"]]
    assert [choice.label for choice in first.bubbles[-1].choices][:2] == ["北", "南"]
    assert not any(bubble.cards for bubble in first.bubbles)
    assert (first.state.asked, first.state.windows, first.ticket) == (("ask_area",), (), "triage")
    north = stage.plan(ROUTE, Snapshot(state=first.state), texts=(first.bubbles[-1].choices[0].value,))
    assert [card.title for card in north.bubbles[0].cards] == ["地域包括支援センター（北）"]
    unsaid = stage.plan(ROUTE, Snapshot(state=first.state), texts=("わからない・言いたくない",))
    assert unsaid.bubbles[0].cards
    assert ids(unsaid)[-1] != ["ask_area"]


def test_on_line_nobody_is_asked_where_they_live_and_the_card_names_every_office(knowledge: Knowledge) -> None:
    stage = Stage(marked(knowledge), "nagaizumi", windows=(HOKATSU,), channel="line")
    found = stage.plan(ROUTE)
    assert all("ask_area" not in told for told in ids(found))
    assert "ask_area" not in found.state.asked
    (card,) = found.bubbles[0].cards
    assert [line for line in card.lines if line[:2] in ("北：", "南：")] == [
        "北：地域包括支援センター（北）", "南：地域包括支援センター（南）",
    ]
    said = stage.plan(ROUTE, texts=("母のことです。住まいは北のほうです",))
    assert [card.title for card in said.bubbles[0].cards] == ["地域包括支援センター（北）"], "who says it of their own accord is understood"


def test_an_age_that_decides_the_window_is_asked_before_the_card_and_only_once(stage: Stage) -> None:
    son = Question("ask_age_son", (("choice_age_20s", "20代です"), ("choice_unknown", "わからない・言いたくない")))
    found = stage.plan(replace(ROUTE, question=son))
    assert ids(found)[-1][0] == "ask_age_son"
    assert not any(bubble.cards for bubble in found.bubbles)
    child = replace(son, id="ask_age_child")
    then = stage.plan(replace(ROUTE, question=child), Snapshot(state=found.state))
    assert then.bubbles[0].cards
    assert "ask_age_child" not in ids(then)[-1]


def test_learners_japanese_that_is_understood_gets_the_ordinary_answer_in_easy_japanese(stage: Stage) -> None:
    understood = replace(ROUTE, language="ja-easy", patterns=("foreign_resident",))
    found = stage.plan(understood)
    assert "route_one" in ids(found)[0]
    assert found.language == "ja-easy"
    unclear = stage.plan(replace(CLARIFY, language="ja-easy"))
    assert "foreign_choose" in ids(unclear)[-1]
