"""What `check` looks for beyond shapes: the end of every road, production, the calendar, the towns asked for."""

from datetime import date
from pathlib import Path

import pytest

from knowledge.check import check
from knowledge.loader import ROOT
from knowledge.schema import CRISIS_KINDS, FIELDS
from tests.knowledge.small import CONTACTS, FAQ, MUNICIPALITY, TOWN, WINDOW, WINDOWS, changed, write

SECOND = """\
  - id: closed_door
    name: 税務課
    relation: same_body
    intake: false
    topics: [dementia]
    source: 計画
"""


def test_the_knowledge_of_the_repository_is_right() -> None:
    assert check(ROOT, today=date(2026, 11, 22)) == []


@pytest.mark.parametrize("kind", [*FIELDS, *CRISIS_KINDS])
def test_each_field_and_crisis_needs_somebody(tmp_path: Path, kind: str) -> None:
    [problem] = check(write(tmp_path, changed(TOWN, f"  {kind}: [fukushi]\n", "")))
    assert kind in problem.what


def test_a_window_that_takes_no_residents_is_no_end(tmp_path: Path) -> None:
    changes = {WINDOW: WINDOWS + SECOND, **changed(TOWN, "  child: [fukushi]", "  child: [closed_door]")}
    [problem] = check(write(tmp_path, changes))
    assert "field_windows.child" in problem.what


def test_the_coordinator_is_an_end_even_without_intake(tmp_path: Path) -> None:
    town = MUNICIPALITY.replace("window: fukushi", "window: closed_door").replace(
        "child: [fukushi]", "child: [closed_door]"
    )
    assert check(write(tmp_path, {WINDOW: WINDOWS + SECOND, TOWN: town})) == []


def test_a_topic_that_leads_only_to_a_closed_door(tmp_path: Path) -> None:
    town = MUNICIPALITY + "topic_windows: {dementia: [closed_door]}\n"
    [problem] = check(write(tmp_path, {WINDOW: WINDOWS + SECOND, TOWN: town}))
    assert "dementia" in problem.what


def test_production_asks_for_what_residents_are_told(tmp_path: Path) -> None:
    missing = {problem.what.split(" ")[0] for problem in check(write(tmp_path), production=True)}
    assert missing == {
        "night",
        "hours",
        "main_telephone",
        "report_telephones.child_abuse",
        "report_telephones.elder_abuse",
        "report_telephones.disability_abuse",
    }
    told = MUNICIPALITY + (
        "night: none\nhours: {confirmed: true}\nmain_telephone: 01558-6-2111\n"
        "report_telephones: {child_abuse: 01558-6-2700, elder_abuse: 01558-6-2200, disability_abuse: 01558-6-4833}\n"
    )
    assert check(write(tmp_path, {TOWN: told}), production=True) == []


def test_unconfirmed_hours_are_not_enough_for_production(tmp_path: Path) -> None:
    root = write(tmp_path, {TOWN: MUNICIPALITY + "hours: {confirmed: false}\n"})
    assert any(problem.what.startswith("hours ") for problem in check(root, production=True))


def test_what_is_over_is_told_only_when_today_is_given(tmp_path: Path) -> None:
    root = write(tmp_path, {WINDOW: WINDOWS + "    valid: [2024-04-01, 2026-03-31]\n"})
    assert check(root) == []
    assert check(root, today=date(2026, 3, 31)) == []
    [problem] = check(root, today=date(2026, 4, 1))
    assert "2026-03-31" in problem.what


def test_a_period_that_ends_before_it_begins(tmp_path: Path) -> None:
    answer = FAQ.replace("topics: [debt]", "topics: [debt], valid: [2027-04-01, 2026-04-01]")
    [problem] = check(write(tmp_path, {"base/faq/general.yaml": answer}), today=date(2026, 1, 1))
    assert "2027-04-01" in problem.what


def test_an_overdue_contact_stops_production(tmp_path: Path) -> None:
    root = write(tmp_path, {"base/contacts.yaml": CONTACTS})
    assert check(root, today=date(2027, 3, 1)) == []
    assert any("2027-02-28" in problem.what for problem in check(root, production=True, today=date(2027, 3, 1)))


def test_only_the_towns_asked_for_and_what_all_share(tmp_path: Path) -> None:
    other = {
        f"municipalities/sato/{name}": text.replace("id: mura", "id: sato")
        for name, text in (
            ("municipality.yaml", MUNICIPALITY),
            ("windows.yaml", WINDOWS.replace("same_body", "samebody")),
        )
    }
    root = write(tmp_path, {**other, "base/contacts.yaml": CONTACTS.replace("119", "x")})
    assert {problem.file.split("/")[1] for problem in check(root)} == {"municipalities", "base"}
    assert [problem.file.split("/")[1] for problem in check(root, municipalities=["mura"])] == ["base"]
    assert len(check(root, municipalities=["sato"])) == 2


def test_an_unknown_town_is_a_problem(tmp_path: Path) -> None:
    [problem] = check(write(tmp_path), municipalities=["atlantis"])
    assert "atlantis" in problem.what
