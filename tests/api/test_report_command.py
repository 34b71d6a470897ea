"""`tsunagu report`: figures on stdout and nothing else there; one clear line for bad input."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from api.commands.report import report


def run(environment: dict[str, str], *words: str) -> Result:
    app = typer.Typer()
    app.command()(report)
    return CliRunner().invoke(app, words, env=environment)


def test_json_alone_on_stdout(environment: dict[str, str]) -> None:
    answer = run(environment, "taiki", "--fiscal-year", "2026")
    assert (answer.exit_code, answer.stderr) == (0, "")
    data = json.loads(answer.stdout)
    assert (data["name"], data["fiscal_year"], data["from"]) == ("大樹町", 2026, "2026-04-01")
    assert data["indicators"][0]["id"] == "cross_field_consultations"


@pytest.mark.parametrize(("form", "begins"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK\x03\x04")])
def test_the_other_forms(environment: dict[str, str], tmp_path: Path, form: str, begins: bytes) -> None:
    answer = run(environment, "itoman", "--fiscal-year", "2026", "--format", form)
    assert answer.exit_code == 0
    assert answer.stdout_bytes.startswith(begins)
    file = tmp_path / f"figures.{form}"
    assert run(environment, "itoman", "--format", form, "--public", "--output", str(file)).exit_code == 0
    assert file.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere", "--fiscal-year", "2026"), "nowhere: no such town"),
        (("taiki", "--fiscal-year", "26"), "2026"),
        (("taiki", "--output", "/nowhere/at/all.json"), "/nowhere/at/all.json"),
    ],
)
def test_bad_input_gets_one_clear_line(environment: dict[str, str], words: tuple[str, ...], told: str) -> None:
    answer = run(environment, *words)
    assert answer.exit_code in (1, 2)
    assert answer.stdout == ""
    (line,) = answer.stderr.strip().splitlines()
    assert told in line
