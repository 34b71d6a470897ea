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
