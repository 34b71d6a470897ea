"""Coverage of the tables: desks that nobody reaches, and windows that take topics."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from knowledge.check import check, check_files
from knowledge.coverage import reachable, takers
from knowledge.errors import Problem
from knowledge.loader import File, files
from knowledge.parse import Parsed
from tests.knowledge import light
from tests.knowledge.small import MUNICIPALITY, TOWN, WINDOW, WINDOWS, line_of, write

DESK = """\
    desks:
      - id: loans
        name: 貸付係
        topics: [dementia]
"""


def test_a_desk_that_nobody_is_sent_to(tmp_path: Path) -> None:
    text = WINDOWS + DESK
    [problem] = check(write(tmp_path, {WINDOW: text}))
    assert problem.file == f"knowledge/{WINDOW}"
    assert problem.line == line_of(text, "topics: [dementia]")
    assert "貸付係" in problem.what
    assert "fukushi" in problem.fix


@pytest.mark.parametrize(
    "changes",
    [
        {WINDOW: WINDOWS.replace("topics: [debt]", "topics: [debt, dementia]") + DESK},
        {WINDOW: WINDOWS + DESK, TOWN: MUNICIPALITY + "topic_windows: {dementia: [fukushi]}\n"},
    ],
    ids=["by the window's topics", "by the town's table"],
)
def test_a_desk_that_is_reached(tmp_path: Path, changes: dict[str, str | bytes | None]) -> None:
    assert check(write(tmp_path, changes)) == []


def test_takers_are_named_by_the_table_before_the_windows() -> None:
    for town in light.bundle().towns.values():
        for topic in light.glossary().topics:
            for window in takers(town.municipality, town.windows, topic):
                assert window in reachable(town.municipality, town.windows)


def test_a_plan_whose_period_is_over_is_to_be_confirmed_before_production(tmp_path: Path) -> None:
    ended = MUNICIPALITY.replace("plan: {title: 計画, source: 計画}", "plan: {title: 計画, source: 計画, end: 2026-03-31}")
    root = write(tmp_path, {TOWN: ended})
    assert check(root, today=date(2026, 4, 1)) == []
    told = check(root, today=date(2026, 4, 1), production=True)
    [problem] = [problem for problem in told if "要確認" in problem.what]
    assert problem.line == line_of(ended, "plan: ")
    assert not [one for one in check(root, today=date(2026, 3, 31), production=True) if "要確認" in one.what]


def test_further_looks_are_filtered_and_sorted_like_the_rest(tmp_path: Path) -> None:
    def look(parsed: Parsed) -> Iterator[Problem]:
        assert parsed.bundle is not None
        yield Problem(f"knowledge/{TOWN}", 1, "a / a", "b / b", "c / c")
        yield Problem("knowledge/municipalities/sato/windows.yaml", 1, "a / a", "b / b", "c / c")

    found = check(write(tmp_path), municipalities=["mura"], looks=[look])
    assert [problem.file for problem in found] == [f"knowledge/{TOWN}"]


def test_files_need_not_lie_on_the_disk(tmp_path: Path) -> None:
    found = [file for file in files(write(tmp_path)) if file.path != WINDOW]
    assert check_files([*found, File(WINDOW, WINDOWS.encode())], folder="knowledge") == []
    [problem] = check_files([*found, File(WINDOW, WINDOWS.replace("same_body", "x").encode())], folder="knowledge")
    assert problem.file == f"knowledge/{WINDOW}"
