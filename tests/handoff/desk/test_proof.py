"""The proof that every road ends at a person: it holds for the five towns, and a hole is told with its line."""

from datetime import date
from pathlib import Path

import pytest

from handoff.desk.proof import proof, roads
from handoff.desk.routing import windows_for
from knowledge.check import check
from knowledge.loader import files, parsed
from knowledge.schema import CRISIS_KINDS, FIELDS, Town
from tests.knowledge import light
from tests.knowledge.small import MUNICIPALITY, TOWN, WINDOW, WINDOWS, line_of, write
from triage.types import Decision

FUTURE = "    valid: [2027-04-01, 2028-03-31]\n"


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No road leads over what is learned or over a case."""
    return light.worded(tmp_path_factory.mktemp("worded"))


def test_the_five_towns_are_proven(worded: Path) -> None:
    assert check(worded, looks=[proof(today=date(2026, 11, 22))]) == []


def test_nothing_is_left_out_of_the_proof(worded: Path) -> None:
    bundle = parsed(files(worded), folder="knowledge").bundle
    assert bundle is not None
    for town in bundle.towns.values():
        found = [road.decision for road in roads(bundle, town)]
        assert {field for decision in found for field in decision.fields} == set(FIELDS)
        assert {kind for decision in found for kind in decision.crisis} >= set(CRISIS_KINDS)
        assert {topic for decision in found for topic in decision.topics} == set(bundle.glossary.topics.terms)
        assert {need for decision in found for need in decision.needs} == set(bundle.glossary.needs.terms)
        entries = [entry for file in bundle.lexicon for entry in file.entries if entry.need and entry.topic]
        given = {(entry.need, entry.topic) for entry in entries}
        assert given <= {(need, topic) for decision in found for need in decision.needs for topic in decision.topics}


def test_a_window_that_is_not_there_yet_is_no_person(tmp_path: Path) -> None:
    root = write(tmp_path, {WINDOW: WINDOWS + FUTURE})
    assert check(root, looks=[proof()]) == []
    problems = check(root, looks=[proof(today=date(2026, 11, 22))])
    told = {problem.what.split(" / ")[1].split("`")[1] for problem in problems}
    assert {*FIELDS, *CRISIS_KINDS, "debt", "dementia"} <= told
    for problem in problems:
        assert problem.file == f"knowledge/{TOWN}"
        assert problem.line is not None
        for part in (problem.what, problem.why, problem.fix):
            assert " / " in part
    child = next(problem for problem in problems if "`child`" in problem.what)
    assert child.line == line_of(MUNICIPALITY, "  child: ")
    assert check(root, today=None, looks=[proof(today=date(2027, 4, 1))]) == []


@pytest.mark.parametrize(
    ("lost", "on"),
    [
        (Decision("route", "", fields=("poverty",)), "  poverty: "),
        (Decision("route", "", crisis=("dv",)), "  dv: "),
        (Decision("route", "", topics=("debt",)), "id: mura"),
    ],
)
def test_a_hole_in_the_routing_itself_is_found(tmp_path: Path, lost: Decision, on: str) -> None:
    def leaky(decision: Decision, town: Town) -> tuple[str, ...]:
        return () if decision == lost else windows_for(decision, town)

    [problem] = check(write(tmp_path), looks=[proof(route=leaky)])
    assert problem.line == line_of(MUNICIPALITY, on)
    assert "does not end at a person" in problem.what


def test_a_window_without_intake_is_no_end_unless_it_is_the_coordinators(tmp_path: Path) -> None:
    closed = WINDOWS + "  - {id: tax, name: 税務課, relation: same_body, intake: false, source: s}\n"

    def to_tax(decision: Decision, town: Town) -> tuple[str, ...]:
        return (f"{town.id}.tax",)

    assert check(write(tmp_path, {WINDOW: closed}), looks=[proof(route=to_tax)])
    town = MUNICIPALITY.replace("window: fukushi", "window: tax")
    assert check(write(tmp_path, {WINDOW: closed, TOWN: town}), looks=[proof(route=to_tax)]) == []


def test_an_id_that_leads_nowhere_is_told_once(tmp_path: Path) -> None:
    slip = MUNICIPALITY.replace("  child: [fukushi]", "  child: [fukusi]")
    [problem] = check(write(tmp_path, {TOWN: slip}), looks=[proof()])
    assert "fukusi" in problem.what
