"""What a calm whole takes back of a word of danger or a rule, and what it never does: over five words, two rules and weights made here."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from knowledge.schema import LexiconFile, Rule
from tests.triage.conftest import TODAY
from tests.whole import knowledge
from triage.balance import AGAIN, DOUBTED
from triage.crisis import WHY
from triage.engine import Engine
from triage.types import Decision

WORDS = LexiconFile.model_validate({"source": "試験", "checked": date(2026, 11, 22), "entries": [
    {"id": "blow", "kind": "crisis", "crisis": "dv", "because": "殴る話", "words": ["殴る"]},
    {"id": "blow_on_head", "kind": "crisis", "crisis": "dv", "because": "頭を殴る話", "words": ["頭~殴る"]},
    {"id": "kick", "kind": "crisis", "crisis": "dv", "because": "蹴る話", "words": ["蹴る"]},
    {"id": "debt", "because": "借金がある", "words": ["借金"], "need": "debt", "fields": {"poverty": 4}},
    {"id": "sense_wounds", "kind": "setting", "because": "傷の言葉", "words": ["アザ"]},
    {"id": "mark_at_night", "kind": "setting", "because": "夜のこと", "words": ["夜中"]},
    {"id": "cold_room", "kind": "setting", "because": "部屋が寒い", "words": ["寒い"]},
]})
WOUND = Rule.model_validate({
    "id": "wounds_of_debt", "because": "借金と傷", "when": {"every": ["debt", "sense_wounds"]}, "crisis": "dv", "urgency": "urgent",
    "matches": ["借金のことでアザができた"], "spares": ["借金"],
})
CALM = "きょうは図書館の会議室を予約する申請の書類を窓口で受けとりました。"
"""Enough content words to speak against a word of danger."""
Ask = Callable[..., Decision]


def engine(leans: float, *rules: Rule) -> Engine:
    """These words and rules; the whole of anything leans to danger so much, and nowhere else."""
    learned = tuple(
        one.model_copy(update={"bias": leans if one.id == "danger" else -3.0, "floor": 0.0, "signs": {}, "words": {}})
        for one in knowledge().weights
    )
    return Engine(replace(knowledge(), lexicon=(WORDS,), rules=rules, weights=learned, towns={}))


@pytest.fixture(scope="module")
def doubting() -> Ask:
    """Far from danger: one word is doubted, a second that stands by itself outweighs it."""
    made = engine(DOUBTED - AGAIN / 2)
    return lambda *texts: made.decide(texts, today=TODAY)


def why(decision: Decision, rule: str) -> str | None:
    (weakened,) = {reason.weakened for reason in decision.reasons if reason.rule == rule}
    return weakened


def test_a_calm_whole_silences_a_word_and_two_that_stand_apart_hold(doubting: Ask) -> None:
    one = doubting(f"{CALM}殴る")
    assert (one.crisis, one.urgency, why(one, "blow")) == ((), "normal", WHY["whole"])
    two = doubting(f"{CALM}殴る。蹴る")
    assert (two.crisis, two.urgency, why(two, "blow")) == (("dv",), "urgent", None)


def test_words_that_lie_over_each_other_are_one_word(doubting: Ask) -> None:
    over = doubting(f"{CALM}頭を殴る")
    assert {"blow_on_head", "blow"} <= {reason.rule for reason in over.reasons}, "both entries name the same place"
    assert over.crisis == ()


def test_in_a_short_text_nothing_speaks_against_a_word_or_a_rule(doubting: Ask) -> None:
    assert doubting("殴る").crisis == ("dv",)
    made = engine(-9.0, WOUND)
    short, long = (made.decide([text], today=TODAY) for text in ("借金でアザ", f"{CALM}借金でアザ"))
    assert (short.crisis, why(short, WOUND.id)) == (("dv",), None)
    assert (long.crisis, why(long, WOUND.id)) == ((), WHY["whole"])


def test_a_rule_that_is_sure_holds_however_calm_the_rest_is() -> None:
    sure = engine(-9.0, WOUND.model_copy(update={"sure": True})).decide([f"{CALM}借金でアザ"], today=TODAY)
    assert (sure.crisis, sure.urgency, why(sure, WOUND.id)) == (("dv",), "urgent", None)


def test_word_fields_and_marks_are_no_reasons_but_other_settings_are(doubting: Ask) -> None:
    told = {reason.rule for reason in doubting("夜中にアザ。寒い部屋で借金のこと").reasons}
    assert {"debt", "cold_room"} <= told
    assert told.isdisjoint({"sense_wounds", "mark_at_night"})
