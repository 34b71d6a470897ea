"""Prepared texts of staff: read from their files, and every id in them names something."""

from pathlib import Path

from knowledge.check import check
from knowledge.loader import load
from tests.knowledge.small import write

COMMON = """
source: 試験
checked: 2026-11-22
answers:
  - {id: hello, title: あいさつ, text: "{window}の{officer}です。", needs: [NEED]}
"""
OWN = """
source: 試験
checked: 2026-11-22
answers:
  - {id: hello, title: 村の文, text: 村の文}
without: [WITHOUT]
"""


def test_common_texts_and_a_towns_own_are_read(tmp_path: Path) -> None:
    found = load(write(tmp_path, {
        "base/answers/first.yaml": COMMON.replace("[NEED]", "[]"),
        "municipalities/mura/answers.yaml": OWN.replace("WITHOUT", "hello"),
    }))
    assert [one.title for one in found.answers] == ["あいさつ"]
    town = found.towns["mura"]
    assert ([one.title for one in town.answers], town.without_answers) == (["村の文"], ("hello",))


def test_what_names_nothing_is_found(tmp_path: Path) -> None:
    problems = check(write(tmp_path, {
        "base/answers/first.yaml": COMMON.replace("NEED", "no_such_need"),
        "municipalities/mura/answers.yaml": OWN.replace("WITHOUT", "gone"),
    }))
    told = [(problem.file, problem.what) for problem in problems]
    assert any("first.yaml" in file and "no_such_need" in what for file, what in told)
    assert any("answers.yaml" in file and "gone" in what for file, what in told)


def test_a_text_with_an_unknown_value_is_refused(tmp_path: Path) -> None:
    problems = check(write(tmp_path, {"base/answers/first.yaml": COMMON.replace("[NEED]", "[]").replace("officer", "name")}))
    assert any("first.yaml" in problem.file for problem in problems)
