"""`tsunagu check` and `tsunagu search` as an official or a script meets them."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from api.commands import knowledge as commands
from tests.knowledge.small import WINDOW, changed, write

app = typer.Typer()
app.command()(commands.check)
app.command()(commands.search)


def run(*args: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(app, list(args), input=stdin)


def corpus(folder: Path, *lines: str) -> str:
    path = folder / "faq.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


RUBBISH = '{"id": "q1", "question": "粗大ごみの出し方", "answer": "電話で"}'
MOVING = '{"id": "q2", "question": "転入届", "answer": "窓口で"}'


def test_check_is_content_with_good_files(tmp_path: Path) -> None:
    result = run("check", "--root", str(write(tmp_path)))
    assert result.exit_code == 0
    assert "問題はありません" in result.stdout


def test_check_tells_place_and_the_three_things_in_two_languages(tmp_path: Path) -> None:
    result = run("check", "--root", str(write(tmp_path, changed(WINDOW, "same_body", "samebody"))))
    assert result.exit_code == 1
    for part in (
        "knowledge/municipalities/mura/windows.yaml:5",
        "何が:",
        "なぜ:",
        "直し方:",
        "what:",
        "why:",
        "fix:",
        "same_body",
    ):
        assert part in result.stdout, part
    assert "Traceback" not in result.output


def test_check_for_production_and_for_an_unknown_town(tmp_path: Path) -> None:
    root = str(write(tmp_path))
    assert run("check", "mura", "--production", "--root", root).exit_code == 1
    unknown = run("check", "atlantis", "--root", root)
    assert unknown.exit_code == 1
    assert "atlantis" in unknown.stdout
    assert run("check", "--root", str(tmp_path / "nowhere")).exit_code == 2


def test_search_answers_line_by_line_in_order(tmp_path: Path) -> None:
    queries = '{"id": "a", "text": "粗大ゴミを出したい"}\n\n{"id": 7, "text": "転入"}\n{"id": "c", "text": ""}\n'
    result = run("search", "--corpus", corpus(tmp_path, RUBBISH, "", MOVING), stdin=queries)
    assert result.exit_code == 0, result.output
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", 7, "c"]
    assert answers[0]["hits"][0]["id"] == "q1"
    assert set(answers[0]["hits"][0]) == {"id", "score"}
    assert answers[2]["hits"] == []


def test_search_keeps_to_top(tmp_path: Path) -> None:
    lines = [f'{{"id": "{n}", "question": "介護の話", "answer": ""}}' for n in range(20)]
    result = run("search", "--corpus", corpus(tmp_path, *lines), "--top", "3", stdin='{"id": "a", "text": "介護"}\n')
    assert len(json.loads(result.stdout)["hits"]) == 3


@pytest.mark.parametrize("line", ["x", "[]", '{"id": "a"}', '{"id": "a", "text": 5}', "\\ud800", "[" * 3000])
def test_a_malformed_query_is_told_and_the_rest_goes_on(tmp_path: Path, line: str) -> None:
    result = run("search", "--corpus", corpus(tmp_path, RUBBISH), stdin=line + '\n{"id": "b", "text": "粗大ごみ"}\n')
    first, second = (json.loads(answer) for answer in result.stdout.splitlines())
    assert "line 1" in first["error"]
    assert second["hits"]
    assert result.exit_code == 1


def test_a_query_in_another_encoding_is_told(tmp_path: Path) -> None:
    result = run("search", "--corpus", corpus(tmp_path, RUBBISH), stdin='{"id": "a", "text": "ごみ"}\n'.encode("cp932"))
    assert "error" in json.loads(result.stdout)


@pytest.mark.parametrize("line", ["x", "[]", '{"id": "a"}', "5"])
def test_a_malformed_corpus_is_one_clear_line(tmp_path: Path, line: str) -> None:
    result = run("search", "--corpus", corpus(tmp_path, RUBBISH, line), stdin="")
    assert result.exit_code == 2
    assert ":2:" in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_corpus_is_one_clear_line(tmp_path: Path) -> None:
    result = run("search", "--corpus", str(tmp_path / "none.jsonl"), stdin="")
    assert result.exit_code == 2
    assert "none.jsonl" in result.stderr
