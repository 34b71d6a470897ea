"""One place of a YAML text is changed; the rest stays as its author wrote it, and what comes out means what is meant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.errors import KnowledgeError
from knowledge.rewriting import REMOVED, Removed, put, rewritten
from knowledge.source import Data, Step, read

TEXT = """\
# 大樹町の窓口。
checked: 2026-11-22
windows:
  - id: first   # 高齢
    name: 一つ目
    topics:
      [debt, dementia]
    desks:
      - id: a   # 係
        telephone: 01558-6-2200
    # 下の行は計画から。
    about: >-
      長い
      説明

  # 二つ目は委託。
  - id: second
    name: 二つ目
  - {id: third, name: "三つ目: 流れ"}
# おわり
"""


def meaning(text: str) -> Data:
    return read(text.encode(), file="t").data


@pytest.mark.parametrize(
    ("path", "value", "kept"),
    [
        (("windows", 0, "name"), "新しい名前", ["# 大樹町の窓口。", "# 高齢", "# 係", "# 下の行は計画から。", "# 二つ目は委託。", "# おわり"]),
        (("windows", 0, "topics"), ["debt"], ["# 高齢", "# 係", "# おわり"]),
        (("windows", 0, "telephone"), "01558-6-1111", ["# 高齢", "# 下の行は計画から。", "# 二つ目は委託。"]),
        (("windows", 0, "about"), "1行目: です\n2行目 # これも文", ["# 二つ目は委託。", "# 下の行は計画から。"]),
        (("windows", 0, "about"), REMOVED, ["# 二つ目は委託。", "# 係"]),
        (("windows", 1), REMOVED, ["# おわり", "# 係"]),
        (("windows", 2, "name"), "x, y", ["# 二つ目は委託。"]),
        (("windows", 2, "short"), "短", ["# 二つ目は委託。"]),
        (("windows", 3), {"id": "fourth", "name": "no", "hours": {"start": "08:30"}}, ["# 二つ目は委託。"]),
        (("checked",), "2026-12-01", ["# 大樹町の窓口。", "# おわり"]),
        (("note",), {"deep": [{"a": None, "b": True, "c": 1.5}]}, ["# 二つ目は委託。"]),
    ],
)
def test_a_change_is_made_and_comments_stay(path: tuple[Step, ...], value: Data | Removed, kept: list[str]) -> None:
    changed = rewritten(TEXT, path, value)
    assert meaning(changed) == put(meaning(TEXT), path, value)
    assert [comment for comment in kept if comment not in changed] == []
    assert len(set(changed.splitlines()) - set(TEXT.splitlines())) <= 4


def test_an_empty_text_becomes_a_file() -> None:
    assert meaning(rewritten("", ("replies", "ja", "greeting"), "こんにちは。\n{town}です。")) == {
        "replies": {"ja": {"greeting": "こんにちは。\n{town}です。"}}
    }


def test_what_cannot_be_cut_is_written_anew() -> None:
    assert meaning(rewritten("faq: []\n", ("faq", 0), {"id": "a"})) == {"faq": [{"id": "a"}]}


def test_an_unreadable_text_is_said_to_be_so() -> None:
    with pytest.raises(KnowledgeError):
        rewritten("a: [", ("a",), "b")


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=20) | st.sampled_from(
    ["no", "null", "~", "1", "08:30", "2026-11-22", "- a", "a: b", "#", "''", '"', "", " x ", "a\nb", "\n", "%", "@"]
)


@settings(max_examples=150, deadline=None)
@given(value=WORDS | st.lists(WORDS, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), WORDS, max_size=2))
def test_any_text_comes_back_as_it_was_typed(value: Data) -> None:
    for path in (("windows", 0, "name"), ("windows", 2, "name"), ("windows", 0, "new")):
        assert meaning(rewritten(TEXT, path, value)) == put(meaning(TEXT), path, value)
