"""Every kind of mistake that an official can make in a file is told with file, line, what, why and how to fix it."""

import re
from datetime import date
from pathlib import Path

import pytest

from knowledge.check import check
from knowledge.errors import KnowledgeError, Problem
from knowledge.loader import load
from tests.knowledge.small import FILES, TOWN, WINDOW, changed, line_of, write

LEXICON, RULES, FAQ, CONTACTS = (
    "base/lexicon/money.yaml",
    "base/rules/money.yaml",
    "base/faq/general.yaml",
    "base/contacts.yaml",
)
REPLIES = "base/replies/ja.yaml"
Change = dict[str, str | bytes | None]


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, "\n".join(str(problem) for problem in problems)
    return problems[0]


def in_two_languages(problem: Problem) -> bool:
    """Each of what, why and how: Japanese first, English after the stroke."""
    for part in (problem.what, problem.why, problem.fix):
        japanese, stroke, english = part.rpartition(" / ")
        if not (stroke and re.search(r"[ぁ-んァ-ヶ一-龠]", japanese) and re.search(r"[a-z]{2}", english)):
            return False
    return True


def test_the_small_knowledge_is_right(tmp_path: Path) -> None:
    assert check(write(tmp_path)) == []
    assert load(write(tmp_path)).towns["mura"].window("mura.fukushi").name == "福祉係"


WRONG: list[tuple[str, str, str, str, str]] = [
    # name, file, old, new, what must be named
    ("wrong key", WINDOW, "    telephone:", "    telphone:", "telphone"),
    ("missing key", WINDOW, "    name: 福祉係\n", "", "name"),
    ("value not allowed", WINDOW, "same_body", "samebody", "samebody"),
    ("hour 25:00", TOWN, "operator: 村役場", 'operator: 村役場\nhours: {start: "25:00"}', "25:00"),
    ("not a date", WINDOW, "checked: 2026-11-21", "checked: 令和8年11月21日", "令和8年"),
    ("letters in an id", WINDOW, "id: fukushi", "id: Fukushi係", "Fukushi係"),
    ("dangling window", TOWN, "  child: [fukushi]", "  child: [fukusi]", "fukusi"),
    ("dangling coordinator", TOWN, "window: fukushi", "window: nobody", "nobody"),
    ("dangling programme", TOWN, "windows: [fukushi]", "windows: [gone]", "gone"),
    ("dangling general desk", TOWN, "operator: 村役場", "operator: 村役場\ngeneral_desk_window: desk", "desk"),
    ("unknown topic of a window", WINDOW, "topics: [debt]", "topics: [debts]", "debts"),
    (
        "unknown topic of the town",
        TOWN,
        "operator: 村役場",
        "operator: 村役場\ntopic_windows: {moon: [fukushi]}",
        "moon",
    ),
    ("unknown language", TOWN, "operator: 村役場", "operator: 村役場\nlanguages: [ja, zh]", "zh"),
    ("no such language", TOWN, "operator: 村役場", "operator: 村役場\nlanguages: [ja, jp]", "jp"),
    ("Japanese left out", TOWN, "operator: 村役場", "operator: 村役場\nlanguages: []", "ja"),
    ("a language twice", TOWN, "operator: 村役場", "operator: 村役場\nlanguages: [ja, ja]", "ja"),
    ("a number where a list belongs", WINDOW, "topics: [debt]", "topics: 3", "topics"),
    ("a word where a number belongs", WINDOW, "    telephone:", "    count: 二\n    telephone:", "count"),
    ("half of a pair of days", WINDOW, "    telephone:", "    valid: [2026-04-01]\n    telephone:", "valid"),
    ("unknown need", LEXICON, "need: debt", "need: dept", "dept"),
    ("entry without words", LEXICON, "    words: [借金]\n", "", "borrowed"),
    ("crisis word without its kind", LEXICON, "because: 借金の話", "because: 借金の話\n    kind: crisis", "crisis"),
    ("a deed that is no danger", LEXICON, "need: debt", "need: debt\n    deed: true", "deed"),
    ("dangling cover", LEXICON, "need: debt", "need: debt\n    covers: [nothing]", "nothing"),
    ("unknown need of a rule", RULES, "needs: [debt]", "needs: [dept]", "dept"),
    ("unknown topic of an answer", FAQ, "topics: [debt]", "topics: [dept]", "dept"),
    ("a general answer names a window", FAQ, "topics: [debt]", "windows: [fukushi]", "fukushi"),
    ("telephone with a letter", WINDOW, "01558-6-4833", "01558-6-48E3", "48E3"),
    ("telephone without area code", WINDOW, "01558-6-4833", "6-4833", "6-4833"),
    ("telephone in full width", WINDOW, "01558-6-4833", "０１５５８-6-4833", "０１５５８"),
    ("contact with a wrong number", CONTACTS, "telephone: 119", "telephone: 0120-27", "0120-27"),
    (
        "opening after closing",
        TOWN,
        "operator: 村役場",
        'operator: 村役場\nhours: {start: "18:00", end: "09:00"}',
        "18:00",
    ),
    (
        "lunch outside the hours",
        TOWN,
        "operator: 村役場",
        'operator: 村役場\nhours: {lunch: ["07:00", "08:00"]}',
        "07:00",
    ),
    (
        "a day that does not exist",
        TOWN,
        "operator: 村役場",
        "operator: 村役場\nclosed: [{start: 13-29, end: 01-03, name: 休み}]",
        "13-29",
    ),
    ("brace that is no placeholder", REPLIES, "{town}です", "{Town}です", "{ }"),
]


@pytest.mark.parametrize(("name", "old", "new", "named"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_one_mistake_gives_one_problem_with_its_line(tmp_path: Path, name: str, old: str, new: str, named: str) -> None:
    change = changed(name, old, new)
    problem = only(check(write(tmp_path, change)))
    assert problem.file == f"knowledge/{name}"
    assert named in problem.what
    assert problem.line is not None
    text = FILES[name].replace(old, new, 1)
    assert text.splitlines()[problem.line - 1].strip()
    assert in_two_languages(problem), problem


@pytest.mark.parametrize(
    ("name", "old", "new", "on"),
    [
        (WINDOW, "    telephone:", "    telphone:", "telphone"),
        (TOWN, "  child: [fukushi]", "  child: [fukusi]", "child: "),
        (LEXICON, "need: debt", "need: dept", "need: dept"),
        (TOWN, "window: fukushi", "window: nobody", "coordinator: "),
    ],
)
def test_the_line_is_the_one_of_the_mistake(tmp_path: Path, name: str, old: str, new: str, on: str) -> None:
    text = FILES[name].replace(old, new, 1)
    assert only(check(write(tmp_path, changed(name, old, new)))).line == line_of(text, on)


@pytest.mark.parametrize(
    ("old", "new", "guess"), [("    telephone:", "    telphone:", "telephone"), ("same_body", "samebody", "same_body")]
)
def test_a_slip_of_the_pen_is_recognised(tmp_path: Path, old: str, new: str, guess: str) -> None:
    assert guess in only(check(write(tmp_path, changed(WINDOW, old, new)))).fix


FILE_CHANGES: list[tuple[str, Change, str, str]] = [
    ("tab", {WINDOW: FILES[WINDOW].replace("    name", "\tname", 1)}, WINDOW, "タブ"),
    ("Shift_JIS", {WINDOW: FILES[WINDOW].encode("cp932")}, WINDOW, "文字"),
    ("empty file", {WINDOW: ""}, WINDOW, "項目"),
    ("bare list", {WINDOW: "- id: fukushi\n"}, WINDOW, "項目"),
    ("duplicate key", {WINDOW: FILES[WINDOW] + "windows: []\n"}, WINDOW, "2回"),
    ("windows missing", {WINDOW: None}, WINDOW, "ありません"),
    ("municipality missing", {TOWN: None}, TOWN, "ありません"),
    ("glossary missing", {"glossary.yaml": None}, "glossary.yaml", "ありません"),
    ("replies missing", {REPLIES: None}, REPLIES, "ありません"),
    ("unknown file", {"municipalities/mura/window.yaml": "a: 1\n"}, "municipalities/mura/window.yaml", "読まれません"),
    ("wrong ending", {"base/lexicon/more.yml": "a: 1\n"}, "base/lexicon/more.yml", "読まれません"),
]


@pytest.mark.parametrize(
    ("change", "name", "named"), [case[1:] for case in FILE_CHANGES], ids=[case[0] for case in FILE_CHANGES]
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, change: Change, name: str, named: str) -> None:
    problem = only(check(write(tmp_path, change)))
    assert problem.file == f"knowledge/{name}"
    assert named in problem.what
    assert in_two_languages(problem), problem


def test_the_same_id_twice_names_both_places(tmp_path: Path) -> None:
    text = FILES[LEXICON].replace("entries:\n", "")
    twice = FILES[LEXICON] + text[text.index("  - id") :]
    problem = only(check(write(tmp_path, {LEXICON: twice})))
    assert f"money.yaml:{line_of(FILES[LEXICON], '- id')}" in problem.why


def test_one_number_written_in_two_ways(tmp_path: Path) -> None:
    changes = changed(WINDOW, "    source: 計画 第3章", "    fax: 015586-4833\n    source: 計画 第3章")
    assert "015586-4833" in only(check(write(tmp_path, changes))).what


def test_the_folder_and_the_id_agree(tmp_path: Path) -> None:
    assert "folder" in only(check(write(tmp_path, changed(TOWN, "id: mura", "id: machi")))).what


def test_a_language_with_a_lost_placeholder_or_reply(tmp_path: Path) -> None:
    english = FILES[REPLIES].replace("language: ja", "language: en").replace("{day}", "some")
    assert "day" in only(check(write(tmp_path, {"base/replies/en.yaml": english}))).what
    short = FILES[REPLIES].replace("language: ja", "language: en").replace("  hello: こんにちは、{town}です。\n", "")
    assert "hello" in only(check(write(tmp_path, {"base/replies/en.yaml": short}))).what


def test_a_language_in_the_wrong_file(tmp_path: Path) -> None:
    assert "language" in only(check(write(tmp_path, {"base/replies/en.yaml": FILES[REPLIES]}))).what


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("replies: {ja: {helo: やあ}}\n", "helo"),
        ("replies: {ja: {hello: '{who}さん'}}\n", "who"),
        ("replies: {ja: {when: いつか}}\n", "day"),
        ("replies: {xx: {hello: やあ}}\n", "xx"),
    ],
)
def test_a_town_overrides_only_what_exists(tmp_path: Path, text: str, named: str) -> None:
    problem = only(check(write(tmp_path, {"municipalities/mura/replies.yaml": text})))
    assert named in problem.what


def test_loading_refuses_what_checking_finds_and_tells_all_of_it(tmp_path: Path) -> None:
    changes = {**changed(WINDOW, "same_body", "samebody"), **changed(LEXICON, "need: debt", "need: dept")}
    with pytest.raises(KnowledgeError) as caught:
        load(write(tmp_path, changes))
    assert {problem.file.rsplit("/", 1)[1] for problem in caught.value.problems} == {"windows.yaml", "money.yaml"}


def test_a_day_in_the_past_and_a_rule_that_never_fires_are_told_the_same_way(tmp_path: Path) -> None:
    over = changed(WINDOW, "    telephone:", "    valid: [2025-04-01, 2026-03-31]\n    telephone:")
    told = check(write(tmp_path / "over", over), today=date(2026, 11, 22))
    late = [problem for problem in told if "期限が過ぎています" in problem.what]
    never = changed(RULES, "marks: [debt]", "marks: [rent]")
    fired = check(write(tmp_path / "never", never))
    for problem in (*late, *fired):
        assert problem.line is not None
        assert in_two_languages(problem), problem
    assert late
    assert fired
