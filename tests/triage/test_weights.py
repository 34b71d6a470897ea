"""The second look: it raises what no word raised, never lowers, shows where, and stays out of calm texts."""

import pytest

from knowledge.schema.weights import Weights
from tests.triage.conftest import Asker
from tests.whole import knowledge
from triage.normalise import fold, shadow
from triage.weights import SecondLook, pieces, score

SMALL = Weights(source="s", checked="2026-11-22", id="danger", because="似ている", bias=-1.0, floor=0.5, pieces={"くら": 3.0, "らい": 2.0, "天気": -4.0})  # type: ignore[arg-type]


def test_pieces_do_not_reach_over_lines() -> None:
    assert pieces("あい\nう") == {"あい"}
    assert pieces("") == set()


def test_a_score_is_the_mean_of_its_pieces() -> None:
    assert score("くらい", SMALL) == pytest.approx(-1.0 + 5.0 / 3 ** 0.5)
    assert score("天気", SMALL) == pytest.approx(-5.0)


def test_places_are_code_points_of_the_text() -> None:
    look = SecondLook([SMALL])
    assert look.speaks("danger", shadow("クライ")) == ((0, 2), (1, 3))
    assert look.speaks("danger", shadow("よい天気です")) == ()
    assert look.speaks("life", shadow("クライ")) == (), "not every knowledge has every weight"


def test_the_learned_weights_tell_danger_from_the_rest() -> None:
    weights = {one.id: one for one in knowledge().weights}
    assert set(weights) == {"danger", "life"}
    calm = ["粗大ごみの出し方を教えてください", "介護保険の申請をしたいです", "ありがとうございました", "保育園の空きはありますか"]
    for one in weights.values():
        assert all(score(fold(text), one) < one.floor for text in calm)
    assert score(fold("もう生きていくのがつらくて、いなくなりたいです"), weights["life"]) > weights["life"].floor


@pytest.mark.parametrize("text", ["粗大ごみの日はいつですか", "母の介護の相談がしたいです", "昔は死にたいと思ったこともありますが、今は元気です"])
def test_calm_messages_stay_calm(ask: Asker, text: str) -> None:
    decision = ask(text)
    assert decision.urgency == "normal"
    assert not [reason for reason in decision.reasons if reason.rule.startswith("second_look")]
