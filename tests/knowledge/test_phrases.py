"""Lines with alternatives: what they stand for, and how a line that can't be read is told."""

from pathlib import Path

import pytest

from knowledge.check import check
from knowledge.phrases import MOST, Alternatives, PhraseError
from knowledge.schema import LexiconFile
from tests.knowledge.small import changed, write

LEXICON = "base/lexicon/money.yaml"


def alternatives(**groups: tuple[str, ...]) -> Alternatives:
    return Alternatives([LexiconFile.model_validate({"source": "s", "checked": "2026-11-22", "groups": groups, "entries": []})])


@pytest.mark.parametrize(("line", "wordings"), [
    ("借金", ("借金",)),
    ("(私|俺)(が|)消え", ("私が消え", "私消え", "俺が消え", "俺消え")),
    ("<me>が(いな(く|い)|消え)", ("私がいなく", "私がいない", "私が消え", "俺がいなく", "俺がいない", "俺が消え")),
    ("死ぬ~<me>", ("死ぬ~私", "死ぬ~俺")),
])
def test_a_line_stands_for_every_way_to_say_it(line: str, wordings: tuple[str, ...]) -> None:
    assert alternatives(me=("私", "俺")).spelled(line) == wordings


def test_groups_may_name_groups_but_not_themselves() -> None:
    assert alternatives(me=("私",), we=("<me>たち", "みんな")).spelled("<we>で") == ("私たちで", "みんなで")
    with pytest.raises(PhraseError):
        alternatives(me=("<me>",)).spelled("<me>が")


@pytest.mark.parametrize("line", ["(私|俺が", "私|俺)が", "(私)が", "<you>が"])
def test_a_line_that_cannot_be_read(line: str) -> None:
    with pytest.raises(PhraseError):
        alternatives(me=("私",)).spelled(line)


def test_a_line_of_words_is_bounded() -> None:
    line = "(あ|い|う|え|お|か|き|く|け|こ)" * 4
    assert MOST < 10**4
    with pytest.raises(PhraseError):
        alternatives().spelled(line)


@pytest.mark.parametrize(("form", "fix"), [
    ("<mee>が消え", "`<me>`"), ("(私|俺が消え", "(a|b)"), ("~消えたい", "(a|b)"), ("(~|私が)消えたい", "(a|b)"),
])
def test_check_says_where_and_what_to_do(tmp_path: Path, form: str, fix: str) -> None:
    entry = f'groups: {{me: [私, 俺]}}\nentries:\n  - id: borrowed\n    raw: ["{form}"]'
    root = write(tmp_path, changed(LEXICON, "entries:\n  - id: borrowed", entry))
    [problem] = check(root)
    assert problem.file == f"knowledge/{LEXICON}"
    assert problem.line is not None
    assert fix in problem.fix
