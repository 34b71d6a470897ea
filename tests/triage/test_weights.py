"""The second look: it raises what no word raised, never lowers a danger, orders windows, shows where, and stays out of calm texts."""

from datetime import date

import pytest

from knowledge.schema.weights import Weights
from tests.triage.conftest import Asker
from tests.whole import knowledge
from triage.lexicon import Lexicon
from triage.reading import Reader, Reading
from triage.tokenise import tokeniser
from triage.weights import LEAST, SecondLook, many, pieces, score, windows

SMALL = Weights(source="s", checked=date(2026, 11, 22), id="danger", because="似ている", bias=-1.0, floor=0.5, pieces={"くら": 30.0, "らい": 20.0, "天気": -40.0})
CALM = SMALL.model_copy(update={"id": "household"})


def read(*texts: str) -> list[Reading]:
    reader = Reader(Lexicon((), tokeniser()), tokeniser())
    return [reader.read(text, year=2026) for text in texts]


def test_pieces_do_not_reach_over_lines() -> None:
    assert pieces("あい\nう") == {"あい"}
    assert pieces("") == set()
    assert many("ああああ\nう") == 3 + 2 + 1


def test_a_short_text_leans_less_than_a_long_one() -> None:
    assert score(5.0, 3, SMALL) == score(5.0, LEAST, SMALL) == pytest.approx(-1.0 + 5.0 / LEAST ** 0.5)
    assert score(5.0, 4 * LEAST, SMALL) == pytest.approx(-1.0 + 2.5 / LEAST ** 0.5)


def test_danger_once_raised_stays_and_other_weights_follow_what_is_said() -> None:
    look = SecondLook([SMALL, CALM])
    first, later = look.leaning(read("クライ")), look.leaning(read("クライ", "よい天気です", "天気は晴れ。天気はよい"))
    assert first["danger"] == later["danger"] == pytest.approx(-1.0 + 5.0 - 0.5)
    assert later["household"] < first["household"]


def test_places_are_code_points_of_the_conversation() -> None:
    look = SecondLook([SMALL])
    assert look.places("danger", read("よい天気", "クライ")) == ((5, 7), (6, 8))


def test_a_plain_leader_comes_first_and_a_weak_one_changes_nothing() -> None:
    assert windows(("poverty", "child"), {"child": 1.0, "poverty": -1.0}) == ("child", "poverty")
    assert windows(("poverty", "child"), {"child": -0.1, "poverty": -0.5}) == ("poverty", "child")
    assert windows(("poverty",), {"child": -0.1, "poverty": -1.5}) == ("child",), "a single window gives way"
    assert windows(("poverty",), {"child": -0.9, "poverty": -2.5}) == ("poverty",), "but not to one that says little by itself"
    assert windows(("poverty", "elderly"), {"child": 2.0, "poverty": 0.0}) == ("poverty", "elderly"), "several are left alone"
    assert windows((), {"child": 3.0, "poverty": 0.0}) == (), "it opens no window where words opened none"


def test_the_learned_weights_tell_danger_from_the_rest() -> None:
    weights = {one.id: one for one in knowledge().weights}
    assert set(weights) == {"danger", "life", "household", "elderly", "disability", "child", "poverty", "need", "vague", "info", "other", "chat"}
    look = SecondLook(knowledge().weights)
    for text in ("粗大ごみの出し方を教えてください", "介護保険の申請をしたいです", "ありがとうございました", "保育園の空きはありますか"):
        leaning = look.leaning(read(text))
        assert all(leaning[name] < 0 for name in ("danger", "life", "household")), text
    assert look.leaning(read("もう生きていくのがつらくて、いなくなりたいです"))["life"] > 0


@pytest.mark.parametrize("text", ["粗大ごみの日はいつですか", "母の介護の相談がしたいです", "昔は死にたいと思ったこともありますが、今は元気です"])
def test_calm_messages_stay_calm(ask: Asker, text: str) -> None:
    decision = ask(text)
    assert decision.urgency == "normal"
    assert not [reason for reason in decision.reasons if reason.rule.startswith("second_look")]
