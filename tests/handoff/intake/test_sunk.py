"""Words of danger that sank raise no alarm, and still one place is named: once, below the answer, above its question."""

from datetime import date

import pytest

from handoff.intake.contacts import Snapshot
from handoff.intake.scene import Plan
from handoff.intake.state import State
from knowledge.loader import Knowledge
from tests.handoff.intake.planning import Stage, ids, marked
from tests.whole import engine

WINDOW = "taiki.fukushi"


@pytest.fixture(scope="module")
def stage(knowledge: Knowledge) -> Stage:
    return Stage(marked(knowledge), "taiki", windows=(WINDOW,), channel="web")


def say(stage: Stage, *told: str, state: State = State()) -> Plan:
    decision = engine().decide(told, today=date(2026, 11, 24))
    return stage.plan(decision, Snapshot(state=state), texts=told[-1:], since=len("\n".join(told[:-1])) + (len(told) > 1))


def flat(plan: Plan) -> list[str]:
    return [one for bubble in ids(plan) for one in bubble]


@pytest.mark.parametrize(("told", "line"), [
    ("仕事が見つからなくて家賃が心配です。死にたいとは思いません", "crisis_contacts_later"),
    ("昔は死にたいと思ったこともありますが、今は元気です。母の介護のことを聞きたいです", "crisis_past"),
])
def test_a_denied_or_past_word_brings_one_place_and_no_alarm(stage: Stage, told: str, line: str) -> None:
    found = say(stage, told)
    assert line in flat(found)
    assert not found.alarm
    (bubble,) = [one for one, said in zip(found.bubbles, ids(found), strict=True) if line in said]
    assert len(bubble.cards) == 1


def test_it_is_said_once_and_the_question_stays_last(stage: Stage) -> None:
    first = say(stage, "しんどいです。死にたいとは思いません")
    assert first.bubbles[-1].choices or not any(bubble.choices for bubble in first.bubbles)
    again = say(stage, "しんどいです。死にたいとは思いません", "死にたいとかではないです", state=first.state)
    assert "crisis_contacts_later" not in flat(again)


@pytest.mark.parametrize("told", ["母の介護の相談がしたいです", "虐待を見たらどこに電話すればいいですか。民生委員の研修で聞かれました", "泊まる所がないわけではありません"])
def test_nothing_of_the_kind_where_no_such_word_is_the_writers_own(stage: Stage, told: str) -> None:
    assert not {"crisis_contacts_later", "crisis_past"} & set(flat(say(stage, told)))


def test_danger_has_its_own_answer(stage: Stage) -> None:
    assert not {"crisis_contacts_later", "crisis_past"} & set(flat(say(stage, "死にたい。昔は死にたいと思ったこともあった")))
