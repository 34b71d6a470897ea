"""`tsunagu staff`: passwords and tokens alone on stdout, and one clear line for bad input."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.commands.staff import app
from handoff.desk import sessions
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store


def run(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(app, words, env=environment)


def test_an_account_can_be_made_signed_in_with_and_given_a_token(environment: dict[str, str]) -> None:
    made = run(environment, "add", "taiki", "suzuki", "--role", "staff", "--window", "fukushi", "--name", " 鈴木　花子 ")
    assert (made.exit_code, made.stderr) == (0, "")
    token = run(environment, "token", "suzuki")
    assert token.exit_code == 0

    async def use() -> None:
        keys = KeyRing.open(Path(environment["TSUNAGU_SECRET_KEY_FILE"]), create=False)
        store = await Store.open(environment["TSUNAGU_DATABASE_URL"], keys=keys, clock=lambda: datetime.now(UTC))
        issued = await sessions.login(
            store, "suzuki", password=made.stdout.strip(), address="192.0.2.7", now=datetime.now(UTC)
        )
        assert issued.staff.must_change
        assert issued.staff.name == "鈴木 花子"
        assert issued.staff.windows == {"taiki.fukushi"}
        by_token = await sessions.of_token(store, token.stdout.strip())
        assert by_token == issued.staff
        await store.close()

    asyncio.run(use())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "nowhere", "suzuki", "--role", "staff"), "nowhere: no such town"),
        (("add", "taiki", "鈴木", "--role", "admin"), "A login has 2 to 80"),
        (("add", "taiki", "suzuki", "--role", "staff", "--window", "nope"), "--window nope"),
        (("add", "taiki", "suzuki", "--role", "staff", "--name", " "), "--name"),
        (("add", "taiki", "suzuki", "--role", "staff", "--name", "鈴\x07木"), "--name"),
        (("add", "taiki", "suzuki", "--role", "staff", "--name", "鈴" * 61), "--name"),
        (("token", "nobody"), "There is no staff member"),
        (("token", "a\x01b"), "There is no staff member"),
        (("move", "nobody", "--window", "fukushi"), "There is no staff member"),
        (("move", "nobody"), "give --window"),
        (("disable", "nobody"), "There is no staff member"),
        (("enable", "nobody"), "There is no staff member"),
        (("password", "nobody"), "There is no staff member"),
        (("list", "nowhere"), "nowhere: no such town"),
    ],
)
def test_bad_input_gets_one_clear_line(environment: dict[str, str], words: tuple[str, ...], told: str) -> None:
    answer = run(environment, *words)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    (line,) = answer.stderr.strip().splitlines()
    assert told in line


def test_a_login_can_be_made_once(environment: dict[str, str]) -> None:
    assert run(environment, "add", "taiki", "suzuki", "--role", "admin").exit_code == 0
    again = run(environment, "add", "taiki", "suzuki", "--role", "admin")
    assert again.exit_code == 2
    assert "The login suzuki is taken" in again.stderr


def test_a_named_token_has_the_scopes_that_were_asked_for(environment: dict[str, str]) -> None:
    run(environment, "add", "taiki", "kintone", "--role", "staff", "--window", "fukushi")
    made = run(environment, "token", "kintone", "--name", "kintone", "--scope", "tickets:read")
    assert made.exit_code == 0
    assert made.stdout.startswith("taiki.")
    for words in (("--name", "kintone"), ("--name", "kintone", "--scope", "all"), ("--scope", "tickets:read")):
        refused = run(environment, "token", "kintone", *words)
        assert (refused.exit_code, refused.stdout) == (2, "")


def test_who_is_moved_leaves_and_comes_back_is_on_the_list(environment: dict[str, str]) -> None:
    run(environment, "add", "taiki", "suzuki", "--role", "staff", "--window", "fukushi")
    assert run(environment, "list", "taiki").stdout.split("\t")[1:] == ["staff", "", "taiki.fukushi", "one-time password\n"]
    assert run(environment, "move", "suzuki", "--window", "kodomo", "--role", "coordinator").exit_code == 0
    assert run(environment, "move", "suzuki", "--window", "nope").exit_code == 2
    assert run(environment, "list", "taiki").stdout.split("\t")[1:4] == ["coordinator", "", "taiki.kodomo"]
    first = run(environment, "password", "suzuki")
    assert (first.exit_code, len(first.stdout.strip())) == (0, 24)
    assert run(environment, "enable", "suzuki").exit_code == 2, "it is not closed"
    assert run(environment, "disable", "suzuki").exit_code == 0
    assert "closed 2" in run(environment, "list", "taiki").stdout
    assert run(environment, "password", "suzuki").exit_code == 2, "a closed account gets none"
    again = run(environment, "enable", "suzuki")
    assert (again.exit_code, len(again.stdout.strip())) == (0, 24)
    assert again.stdout != first.stdout
