"""Reading YAML: strict, with lines, and never anything but a KnowledgeError on what cannot be read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.errors import KnowledgeError, Problem
from knowledge.source import read


def refused(raw: bytes) -> Problem:
    with pytest.raises(KnowledgeError) as caught:
        read(raw, file="k/x.yaml")
    return caught.value.problems[0]


def test_a_tab_is_named_with_its_line() -> None:
    problem = refused(b"a: 1\nb:\n\tc: 2\n")
    assert (problem.file, problem.line) == ("k/x.yaml", 3)
    assert "タブ" in problem.what
    assert "tab" in problem.what
    assert "空白" in problem.fix


def test_a_tab_inside_a_text_is_no_indentation() -> None:
    assert read(b'a: "x\ty"\n', file="x").data == {"a": "x\ty"}


def test_shift_jis_is_recognised() -> None:
    problem = refused("a: 1\nb: 窓口\n".encode("cp932"))
    assert problem.line == 2
    assert "Shift_JIS" in problem.why


def test_bytes_in_no_encoding_are_refused() -> None:
    assert "UTF-8" in refused(b"a: \xff\xff\xa0\x81\n").why


def test_a_byte_order_mark_is_no_error() -> None:
    assert read(b"\xef\xbb\xbfa: 1\n", file="x").data == {"a": 1}


def test_a_key_given_twice_is_refused_where_it_comes_again() -> None:
    problem = refused(b"a: 1\nb:\n  c: 1\n  c: 2\n")
    assert problem.line == 4
    assert "c" in problem.what


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"a: [1\nb: 2\n", 2),
        (b"a: 'open\n", 2),
        (b"a: b: c\n", 1),
        (b"a: @x\n", 1),
        (b"a: 1\n   b: 2\n", 2),
    ],
)
def test_broken_syntax_has_a_line_and_a_way_out(raw: bytes, line: int) -> None:
    problem = refused(raw)
    assert problem.line is not None
    assert abs(problem.line - line) <= 1
    assert problem.fix


def test_times_stay_texts_and_no_stays_no() -> None:
    data = read(
        b"end: 17:15\nanswer: no\nday: 2026-11-21\ntel: 0120\nshort: 189\nhalf: 1.5\ngone:\nyes: true\n", file="x"
    ).data
    assert data == {
        "end": "17:15",
        "answer": "no",
        "day": "2026-11-21",
        "tel": "0120",
        "short": 189,
        "half": 1.5,
        "gone": None,
        "yes": True,
    }


def test_an_alias_of_a_block_is_refused_and_of_a_value_is_fine() -> None:
    assert "別名" in refused(b"a: &x [1, 2]\nb: *x\n").what
    assert read(b"a: &x plan\nb: *x\n", file="x").data == {"a": "plan", "b": "plan"}


def test_a_bomb_of_aliases_ends_at_once() -> None:
    bomb = "a0: &a0 [1, 1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    assert "別名" in refused(bomb.encode()).what


def test_deep_nesting_is_refused() -> None:
    assert "入れ子" in refused(b"a: " + b"[" * 60 + b"]" * 60).what
    assert refused(b"[" * 5000).fix


def test_lines_are_found_for_keys_items_and_what_is_missing() -> None:
    document = read(b"top: 1\nlist:\n  - id: a\n    name: x\n  - id: b\n", file="x")
    assert document.line(("list", 0, "name")) == 4
    assert document.line(("list", 1)) == 5
    assert document.line(("list", 1, "absent")) == 5
    assert document.line(()) == 1
    assert read(b"", file="x").line(("a",)) is None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80) | st.text(alphabet="ab:-[]{}&*!|>'\"\n #%@,?0", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read(raw, file="x")
    except KnowledgeError as error:
        problems = error.problems
    assert all(problem.what and problem.why and problem.fix for problem in problems)
