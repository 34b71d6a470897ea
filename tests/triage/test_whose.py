"""Harm at home goes under the kind of whoever is there to be hurt."""

from collections.abc import Sequence

import pytest

from knowledge.schema import CrisisKind, Urgency
from triage.picture import Picture, Someone
from triage.whose import settled


def picture(*people: Someone, age: tuple[int, int] | None = None) -> Picture:
    return Picture(Someone("self", "me", age=age), people=list(people))


CHILD = Someone("child", "son", age=(4, 4))
GROWN = Someone("child", "son", age=(51, 51))
MOTHER = Someone("parent", "mother", age=(84, 84))
HUSBAND = Someone("spouse", "husband")


@pytest.mark.parametrize(("kinds", "people", "marks", "expected"), [
    (["child_abuse"], [MOTHER], [], ["elder_abuse"]),
    (["child_abuse"], [CHILD], [], ["child_abuse"]),
    (["elder_abuse"], [CHILD], ["childcare_setting"], ["child_abuse"]),
    (["child_abuse"], [GROWN], ["group_home"], ["disability_abuse"]),
    (["dv", "elder_abuse"], [MOTHER], [], ["elder_abuse"]),
    (["dv", "child_abuse"], [CHILD, HUSBAND], [], ["dv", "child_abuse"]),
    (["child_abuse"], [], [], ["child_abuse"]),
    (["suicide", "dv"], [MOTHER], [], ["suicide", "dv"]),
])
def test_who_is_there_decides(kinds: list[CrisisKind], people: list[Someone], marks: Sequence[str], expected: list[CrisisKind]) -> None:
    assert set(settled(dict.fromkeys(kinds, "urgent"), picture(*people), marks)) == set(expected)


def test_the_heavier_level_stays() -> None:
    found: dict[CrisisKind, Urgency] = {"elder_abuse": "urgent", "child_abuse": "emergency"}
    assert settled(found, picture(MOTHER), []) == {"elder_abuse": "emergency"}
