"""`tsunagu webhook`: the secret alone on stdout, one clear line for bad input."""


import pytest
from typer.testing import CliRunner, Result

from api.commands.webhook import app


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "TSUNAGU_WEBHOOK_HOSTS": "relay.lan, other.lan"}


def run(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(app, words, env=environment)


def test_added_listed_and_removed(environment: dict[str, str]) -> None:
    made = run(environment, "add", "taiki", "http://relay.lan/x?token=abc", "--name", "中継", "--kind", "ticket.opened")
    assert made.exit_code == 0, made.stderr
    assert made.stdout.strip().startswith("whsec_")
    listed = run(environment, "list", "taiki").stdout
    assert listed.split("\t")[1:] == ["中継", "relay.lan", "ticket.opened", "on\n"]
    assert run(environment, "remove", "taiki", listed.split("\t")[0]).stdout == "removed\n"
    assert run(environment, "list", "taiki").stdout == ""


@pytest.mark.parametrize("words", [
    ("add", "nowhere", "https://example.jp/"), ("add", "taiki", "http://example.jp/"), ("add", "taiki", "https://127.0.0.1/"),
    ("add", "taiki", "https://example.jp/", "--kind", "all"), ("remove", "taiki", "x"),
    ("remove", "taiki", "00000000-0000-7000-8000-000000000000"),
])
def test_bad_input_is_one_line(environment: dict[str, str], words: tuple[str, ...]) -> None:
    answer = run(environment, *words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert len(answer.stderr.strip().splitlines()) == 1
