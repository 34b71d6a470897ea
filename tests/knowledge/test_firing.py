"""Rules that can never fire, because nothing gives what they wait for."""

import re
from pathlib import Path

import pytest

from knowledge.check import check
from knowledge.firing import MARKS_OF_TRIAGE
from knowledge.loader import ROOT
from tests.knowledge.small import RULES, changed, line_of, write

RULE = "base/rules/money.yaml"


def problems(folder: Path, when: str) -> list[str]:
    root = write(folder, changed(RULE, "when: {marks: [debt]}", f"when: {when}"))
    found = check(root)
    assert all(problem.file == f"knowledge/{RULE}" for problem in found)
    assert all(problem.line == line_of(RULES, "when:") for problem in found)
    return [problem.what for problem in found]


@pytest.mark.parametrize(
    "when",
    [
        "{marks: [dementia]}",
        "{every: [debt, dementia]}",
        "{person: {role: [self], has: [dementia]}}",
        "{near: [[debt], [dementia]]}",
        "{all: [{marks: [debt]}, {marks: [dementia]}]}",
    ],
)
def test_a_need_that_no_word_gives(tmp_path: Path, when: str) -> None:
    [what] = problems(tmp_path, when)
    assert "in_debt" in what
    assert "can never fire" in what
    assert "dementia" in what


@pytest.mark.parametrize(
    "when",
    [
        "{marks: [dementia, debt]}",
        "{marks: [borrowed]}",
        "{marks: [debt], none: [{marks: [dementia]}]}",
        "{any: [{marks: [debt]}, {marks: [dementia]}]}",
        "{person: {has: [debt], lacks: [dementia]}}",
        "{marks: [crisis_suicide]}",
        "{fields_at_least: 2}",
    ],
)
def test_a_rule_that_can_fire(tmp_path: Path, when: str) -> None:
    assert problems(tmp_path, when) == []


@pytest.mark.parametrize(
    "when", ["{marks: [dept]}", "{none: [{marks: [dept]}], marks: [debt]}", "{person: {lacks: [dept]}}"]
)
def test_an_id_that_nobody_knows_is_named_with_a_guess(tmp_path: Path, when: str) -> None:
    root = write(tmp_path, changed(RULE, "when: {marks: [debt]}", f"when: {when}"))
    [problem] = check(root)
    assert "dept" in problem.what
    assert "debt" in problem.fix


def test_marks_that_triage_sets_itself_are_known() -> None:
    """A literal mark set in triage's code: `facts.marks["told_much"] = …`."""
    sources = (ROOT.parent / "triage").glob("*.py")
    found = {name for path in sources for name in re.findall(r'marks\["(\w+)"\] = ', path.read_text(encoding="utf-8"))}
    assert found <= MARKS_OF_TRIAGE
    assert {name for name in MARKS_OF_TRIAGE if not name.startswith("crisis_")} <= found
