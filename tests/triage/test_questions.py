"""What is asked back: only what would change the decision, never what was said, never the same twice."""

from datetime import date

import pytest

from triage.engine import Engine
from triage.questions import kind_of
from triage.types import Asked, Decision

TODAY = date(2026, 11, 21)


def asked(engine: Engine, *said: str, before: tuple[str, ...] = ()) -> str | None:
    question = engine.decide(said, today=TODAY, asked=Asked(before)).question
    return question.id if question else None


def gist(decision: Decision) -> tuple[object, ...]:
    return decision.action, decision.fields, decision.complex, set(decision.patterns), decision.urgency


@pytest.mark.parametrize("text", ["お金がなくて困っています", "近所のおばあさんが心配です", "娘が仕事をやめて引きこもり。私は70です"])
def test_some_answer_to_a_question_beside_a_window_changes_the_decision(engine: Engine, text: str) -> None:
    decision = engine.decide([text], today=TODAY)
    assert decision.action == "route"
    assert decision.question is not None
    answers = [engine.decide([text, value], today=TODAY) for _, value in decision.question.choices]
    assert any(gist(answer) != gist(decision) for answer in answers)


def test_nothing_is_asked_where_no_answer_would_change_anything(engine: Engine) -> None:
    assert asked(engine, "要介護認定の申請をお願いしたいです。母は80歳で一人暮らしです") is None


@pytest.mark.parametrize(("said", "question"), [
    ("お金がなくて困っています。食べるものはあります", "ask_tonight"),
    ("無職の息子が3年前から家にこもりがちです", "ask_since"),
    ("母のことで相談です", "ask_whose"),
])
def test_what_was_said_is_not_asked(engine: Engine, said: str, question: str) -> None:
    assert asked(engine, said) != question


def test_ages_are_one_question_whoever_they_are_about(engine: Engine) -> None:
    said = "娘が仕事をやめて引きこもり。私は70です"
    first = asked(engine, said)
    assert first is not None
    assert kind_of(first) == "ask_age"
    again = asked(engine, said, before=("ask_age_son",))
    assert again is None or kind_of(again) != "ask_age"


def test_three_questions_are_enough(engine: Engine) -> None:
    assert asked(engine, "困っています", before=("ask_whose", "ask_kind", "ask_since")) is None


def test_in_a_crisis_only_the_one_question_of_safety(engine: Engine) -> None:
    assert asked(engine, "死にたい。お金もない") == "ask_safe"
    assert asked(engine, "死にたい。お金もない", before=("ask_safe",)) is None


@pytest.mark.parametrize("text", ["しんどい", "ねれない", "離婚したい", "もう無理", "13です"])
def test_who_tells_how_they_feel_what_they_wish_or_how_old_they_are_is_not_asked_whose_it_is(engine: Engine, text: str) -> None:
    assert asked(engine, text) != "ask_whose"
    assert asked(engine, "困っています") == "ask_whose"


def test_a_child_may_be_any_age_and_each_answer_is_read_as_one(engine: Engine) -> None:
    question = engine.decide(["息子のこと"], today=TODAY).question
    assert question is not None
    assert question.id == "ask_age_son"
    ages = [engine.decide(["息子のこと", value], today=TODAY).household[0].age for _, value in question.choices[:-1]]
    assert all(ages)
    assert ages == sorted(ages, key=lambda age: age or (0, 0))
    grown = engine.decide(["息子が仕事をやめて引きこもり。私は70です"], today=TODAY).question
    assert grown is not None
    assert grown.choices[0][0] == "choice_age_teens"
