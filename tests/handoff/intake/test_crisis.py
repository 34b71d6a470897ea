"""In danger: the right words in the right order for each kind and teller, honest hours, one question, nothing forbidden."""

from dataclasses import replace
from typing import get_args

import pytest

from handoff.intake.contacts import Snapshot
from handoff.intake.crisis import safety_answer, weighed
from handoff.intake.state import State
from knowledge.contacts import is_open
from knowledge.loader import Knowledge
from knowledge.schema import CrisisKind
from tests.handoff.intake.planning import NIGHT, TUESDAY, Stage, danger, ids, marked, words
from triage.types import Decision, Person, Reason

KINDS: tuple[CrisisKind, ...] = get_args(CrisisKind)
FORBIDDEN = ("絶対に秘密", "すぐ見ます", "対象外", "命を大切に", "親が悲しむ", "なぜ", "大丈夫ですよ", "秘密にします")
CHILD = (Person("self", (12, 12)),)
ASKED = ("ask_safe",)


def before(**more: object) -> Snapshot:
    return Snapshot(state=State(**more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def plain(knowledge: Knowledge) -> Knowledge:
    return marked(knowledge)


SELF, OTHER = {"about": ("self",)}, {"about": ("other_family",)}
EDGE, YOUNG = {"needs": ("at_edge",)}, {"household": CHILD}


@pytest.mark.parametrize(("kind", "teller", "first", "question"), [
    ("suicide", SELF, "crisis_suicide", "ask_safe"),
    ("suicide", OTHER, "crisis_suicide_other", "ask_safe_other"),
    ("suicide", YOUNG, "crisis_suicide_child", "ask_safe_child"),
    ("suicide", {**OTHER, **YOUNG}, "crisis_suicide_other_child", "ask_safe_other"),
    ("suicide", EDGE, "crisis_suicide_together", "ask_safe"),
    ("self_harm", SELF, "crisis_self_harm", "ask_safe"),
    ("self_harm", OTHER, "crisis_self_harm_other", "ask_safe_other"),
    ("medical", OTHER, "crisis_medical", "ask_safe_medical"),
    ("child_abuse", OTHER, "crisis_child_abuse", "ask_safe_other"),
    ("child_abuse", YOUNG, "crisis_child_abuse_child", "ask_safe_child"),
    ("child_abuse", EDGE, "crisis_child_abuse_carer", "ask_safe_carer"),
    ("elder_abuse", SELF, "crisis_elder_abuse_self", "ask_safe"),
    ("elder_abuse", {**OTHER, **EDGE}, "crisis_elder_abuse_carer", "ask_safe_carer"),
    ("disability_abuse", OTHER, "crisis_disability_abuse", "ask_safe_other"),
    ("dv", SELF, "crisis_dv", "ask_safe_dv"),
    ("dv", {"about": ("spouse",)}, "crisis_dv", "ask_safe_dv"),
    ("dv", {"about": ("neighbour",)}, "crisis_dv_other", "ask_safe_other"),
    ("dv", {"about": ("child",)}, "crisis_dv_near", "ask_safe_dv"),
    ("dv", {"about": ("child", "neighbour")}, "crisis_dv_other", "ask_safe_other"),
    ("sexual_violence", YOUNG, "crisis_sexual_violence_child", "ask_safe_child"),
    ("no_food", SELF, "crisis_no_food", "ask_tonight"),
    ("no_shelter", SELF, "crisis_no_shelter", "ask_tonight"),
    ("lifeline_cut", SELF, "crisis_lifeline_cut", "ask_tonight"),
])
def test_who_writes_about_whom(
    plain: Knowledge, kind: CrisisKind, teller: dict[str, object], first: str, question: str
) -> None:
    found = Stage(plain).plan(danger(kind, **teller))
    assert ids(found)[0][0] == first
    asked = [one for bubble in ids(found) for one in bubble if one.startswith("ask_")]
    assert asked == [question], "one question"
    assert found.bubbles[-1].choices, "its buttons hang on the last bubble"
    assert all(not bubble.choices for bubble in found.bubbles[:-1])
    assert found.ticket == "triage"


@pytest.mark.parametrize("kind", KINDS)
def test_in_an_emergency_the_line_that_saves_comes_first(plain: Knowledge, kind: CrisisKind) -> None:
    found = Stage(plain).plan(danger(kind, urgency="emergency"), media=("image",))
    expected = "call_119" if kind in {"suicide", "self_harm", "medical"} else "call_119_110"
    assert ids(found)[0][0] == expected, "before a word about the photo, too"
    assert ["media_image"] in ids(found)
    assert len(found.bubbles) <= 5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("urgency", ["urgent", "emergency"])
def test_at_half_past_two_only_what_is_open_is_named(knowledge: Knowledge, kind: CrisisKind, urgency: str) -> None:
    found = Stage(knowledge, now=NIGHT).plan(danger(kind, urgency=urgency))
    cards = [card for bubble in found.bubbles for card in bubble.cards]
    assert 1 <= len(cards) <= 3
    by_name = {contact.name: contact for contact in knowledge.contacts}
    national = [by_name[card.title] for card in cards if card.title in by_name]
    assert all(is_open(contact, NIGHT, holidays=lambda day: False) for contact in national)
    if kind in {"suicide", "self_harm", "dv", "child_abuse"}:
        assert any(contact.reach != "telephone" for contact in national), "for who cannot speak"
    if urgency == "emergency" and kind in {"suicide", "dv", "medical"}:
        assert cards[0].telephone in {"119", "110"}


def test_a_childs_own_line_is_named_to_a_child(knowledge: Knowledge) -> None:
    theirs = {contact.name for contact in knowledge.contacts if contact.audience == "child"}
    grown = Stage(knowledge, now=NIGHT).plan(danger("suicide"))
    young = Stage(knowledge, now=NIGHT).plan(danger("suicide", household=CHILD))
    assert theirs & set(titles(young))
    assert not theirs & set(titles(grown))


def titles(found: object) -> list[str]:
    return [card.title for bubble in found.bubbles for card in bubble.cards]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("night", "when", "line"), [
    (None, NIGHT, "crisis_staff_closed"), ("none", NIGHT, "crisis_staff_closed"), ("on_call", NIGHT, "crisis_staff_duty"),
    ("duty_desk", NIGHT, "crisis_staff_duty"), ("none", TUESDAY, "crisis_staff_open"),
])
def test_staff_are_promised_only_where_they_are(
    plain: Knowledge, night: str | None, when: object, line: str
) -> None:
    found = Stage(plain, now=when, night=night).plan(danger("suicide"))  # type: ignore[arg-type]
    assert [one for one in ids(found)[-1] if one.startswith("crisis_staff")] == [line]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("now", [NIGHT, TUESDAY])
@pytest.mark.parametrize("teller", [SELF, OTHER, EDGE, YOUNG])
def test_nothing_forbidden_is_said(
    knowledge: Knowledge, kind: CrisisKind, now: object, teller: dict[str, object]
) -> None:
    said = words(Stage(knowledge, now=now).plan(danger(kind, **teller)))  # type: ignore[arg-type]
    assert [phrase for phrase in FORBIDDEN if phrase in said] == []
    assert "{" not in said
    if now is NIGHT:
        assert "11月24日（火）8:30以降" in said
        assert "順番に読みます" not in said


def test_dv_on_the_web_tells_how_to_close_on_line_what_a_lock_screen_shows(plain: Knowledge) -> None:
    web = ids(Stage(plain, channel="web").plan(danger("dv")))
    line = ids(Stage(plain, channel="line").plan(danger("dv")))
    assert web[0] == ["crisis_dv", "call_110"]
    assert "crisis_dv_close" in web[1]
    assert line[0] == ["crisis_dv"]
    assert "crisis_dv_line" in line[1]


def test_a_reporter_hears_that_nothing_is_told_on(plain: Knowledge) -> None:
    places = ids(Stage(plain).plan(danger("elder_abuse", about=("neighbour",))))[1]
    assert {"report_secret"} <= set(places)
    assert any(one.startswith("report_line") for one in places)
    assert "report_secret" not in ids(Stage(plain).plan(danger("elder_abuse")))[1]


def test_a_new_kind_of_danger_is_answered_for_itself(plain: Knowledge) -> None:
    told = before(crises=("suicide",), urgency="urgent", asked=ASKED)
    found = Stage(plain).plan(danger("suicide", "no_food"), told)
    assert ids(found)[0][0] == "crisis_no_food"
    assert set(found.state.crises) == {"suicide", "no_food"}


def test_a_graver_word_brings_the_whole_answer_again_without_the_question(plain: Knowledge) -> None:
    told = before(crises=("suicide",), urgency="urgent", asked=ASKED)
    found = Stage(plain).plan(danger("suicide", urgency="emergency"), told)
    assert ids(found)[0][0] == "call_119"
    assert not any(one.startswith("ask_") for bubble in ids(found) for one in bubble)
    assert found.state.urgency == "emergency"


@pytest.mark.parametrize(("asked", "said", "reply"), [
    ("ask_safe", "はい", "safe_danger"), ("ask_safe", "はい。", "safe_danger"), ("ask_safe", "はい、もう飲みました", "safe_danger"),
    ("ask_safe", "はいそうです", "safe_danger"), ("ask_safe", "いいえ", "safe_ok"), ("ask_safe", " いいえ。", "safe_ok"),
    ("ask_safe", "こたえたくない", "safe_declined"), ("ask_safe_dv", "はい", "safe_danger_dv"),
    ("ask_safe_child", "はい", "safe_danger_child"), ("ask_safe_other", "はい", "safe_danger"),
    ("ask_safe", "いいえ、でもこれから飲みます", None), ("ask_safe", "はいしゃに行けない", None), ("ask_safe", "うん", None),
    ("ask_tonight", "はい", None), ("", "はい", None),
])
def test_the_answer_to_the_safety_question(asked: str, said: str, reply: str | None) -> None:
    told = Snapshot(state=State(asked=(asked,) if asked else ()))
    assert safety_answer(told, said) == reply
    assert safety_answer(replace(told, to_staff=True), said) is None, "staff have asked since: 「いま安全ですか」"


def test_a_yes_is_danger_for_staff_too_and_is_answered_even_when_they_hold_it(plain: Knowledge) -> None:
    told = State(crises=("suicide",), urgency="urgent", asked=ASKED)
    decision = replace(danger("suicide"), text="もうむり\nはい")
    raised = weighed(decision, Snapshot(state=told), "はい")
    assert raised.urgency == "emergency"
    assert raised.reasons[0].evidence == ((5, 7),)
    assert weighed(decision, Snapshot(state=told), "いいえ") == decision
    for holder in ("bot", "staff"):
        found = Stage(plain).plan(raised, Snapshot(state=told, holder=holder), texts=("はい",))
        assert ids(found) == [["safe_danger"]]
        assert found.bubbles[0].cards[0].telephone == "119"
        assert (found.ticket, found.state.urgency) == ("triage", "emergency")


@pytest.mark.parametrize(("said", "reply"), [("いいえ", "safe_ok"), ("ほかのこと", "crisis_more_1")])
def test_afterwards_one_place_and_never_119_again(plain: Knowledge, said: str, reply: str) -> None:
    told = before(crises=("suicide",), urgency="emergency", asked=ASKED)
    found = Stage(plain, now=NIGHT).plan(danger("suicide", urgency="emergency"), told, texts=(said,))
    assert ids(found) == [[reply]]
    assert [card.title for card in found.bubbles[0].cards] == ["よりそいホットライン"], "what nobody can read lowers no guard"
    assert found.state.urgency == "emergency", "never lowered"


def test_crisis_words_again_say_once_a_closed_period_that_nobody_reads(plain: Knowledge) -> None:
    first = Stage(plain, now=NIGHT).plan(danger("suicide"))
    again = Stage(plain, now=NIGHT).plan(danger("suicide"), Snapshot(state=first.state), fresh_crisis=True)
    assert ids(again) == [["crisis_again"]]
    later = Stage(plain, now=NIGHT.replace(day=28)).plan(danger("suicide"), Snapshot(state=first.state), fresh_crisis=True)
    assert "crisis_staff_closed" in ids(later)[-1]


def test_a_crisis_without_a_line_names_the_towns_window(plain: Knowledge) -> None:
    bare = replace(plain, contacts=())
    for found in (
        Stage(bare).plan(danger("elder_abuse")),
        Stage(bare).plan(danger("elder_abuse"), before(crises=("elder_abuse",), urgency="urgent"), fresh_crisis=True),
    ):
        assert titles(found), "places are never announced without one"


def test_water_to_be_cut_brings_the_window_and_the_right_to_apply(knowledge: Knowledge) -> None:
    decision = danger("lifeline_cut", needs=("welfare_benefit",), topics=("water",), fields=("poverty",))
    stage = Stage(knowledge, "taiki", TUESDAY.replace(hour=16, minute=50), windows=("taiki.fukushi",))
    found = stage.plan(decision, media=("image",))
    said = words(found)
    for phrase in ("申請はだれでもできます。無理かどうかを、ここで決めません", "水道のことも一緒に持って行けます", "写真は職員が見ます"):
        assert phrase in said
    assert next(card.telephone for card in found.bubbles[-2].cards) == "01558-6-4833"
    assert [phrase for phrase in ("社協", "家族に援助") if phrase in said] == []


def test_a_decision_without_danger_is_left_alone() -> None:
    decision = Decision(action="chat", text="はい", reasons=(Reason("chat_thanks", "返事"),))
    assert weighed(decision, Snapshot(state=State(asked=ASKED)), "はい") == decision
