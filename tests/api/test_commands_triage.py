"""`tsunagu evaluate` on messages and on conversations; `tsunagu triage` line by line."""

import json
from pathlib import Path

from typer.testing import CliRunner

from api.cli import application

LABEL = {"action": "route", "fields": ["elderly"], "complex": False, "patterns": [], "urgency": "normal", "crisis": [], "about": ["parent"]}


def gold(folder: Path, *rows: dict[str, object]) -> str:
    path = folder / "gold.jsonl"
    path.write_text("".join(json.dumps({**LABEL, **row}, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_a_conversation_is_judged_as_its_messages_joined(tmp_path: Path) -> None:
    said = ["母のことです", "82歳で物忘れがひどくて、介護保険の申請をしたいです"]
    file = gold(tmp_path, {"id": "talk", "messages": said}, {"id": "text", "text": "\n".join(said)})
    answer = CliRunner().invoke(application("evaluate"), ["evaluate", file, "--json"])
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.output)["cases"] == 2
    assert json.loads(answer.output)["primary_window"] == 1.0


def test_a_case_without_any_words_is_refused_by_line(tmp_path: Path) -> None:
    answer = CliRunner().invoke(application("evaluate"), ["evaluate", gold(tmp_path, {"id": 1, "text": "a"}, {"id": 2})])
    assert answer.exit_code != 0
    assert "line 2: missing text" in answer.output
