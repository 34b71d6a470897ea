"""`tsunagu channel`: the mode that a LINE account gets, a new key for an old account, the menu; one clear line for bad input."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner, Result

from api.commands.channel import app
from bots.line.menu_picture import FONTS
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.models import ChannelAccount
from tests.fakes.line import FakeLine
from tests.fakes.telegram import FakeTelegram

Environment = dict[str, str]


@pytest.fixture
def environment(environment: Environment, tmp_path: Path) -> Environment:
    """Files with credentials, too."""
    (tmp_path / "secret").write_text("0123456789abcdef" * 2)
    (tmp_path / "token").write_text("line-token")
    return {**environment, "FOLDER": str(tmp_path)}


def run(environment: Environment, *words: str) -> Result:
    return CliRunner().invoke(app, words, env=environment)


def add(environment: Environment, kind: str = "line", *more: str) -> Result:
    folder = environment["FOLDER"]
    return run(environment, "add", "taiki", kind, "--secret-file", f"{folder}/secret", "--token-file", f"{folder}/token", *more)


def accounts_of(environment: Environment) -> list[ChannelAccount]:
    async def read() -> list[ChannelAccount]:
        keys = KeyRing.open(Path(environment["TSUNAGU_SECRET_KEY_FILE"]), create=False)
        store = await Store.open(environment["TSUNAGU_DATABASE_URL"], keys=keys, clock=lambda: datetime.now(UTC))
        async with store.reading("taiki") as session:
            found = list(await session.scalars(select(ChannelAccount).order_by(ChannelAccount.id)))
            assert [row.credentials["token"] for row in found]
        await store.close()
        return found

    return asyncio.run(read())


def test_line_is_an_entrance_unless_said_otherwise(environment: Environment) -> None:
    for kind, more in (("line", ()), ("line", ("--mode", "conversation")), ("telegram", ())):
        made = add(environment, kind, *more)
        assert (made.exit_code, made.stderr) == (0, "")
        assert made.stdout.splitlines()[-1].startswith(f"/hooks/{kind}/")
    assert [row.mode for row in accounts_of(environment)] == ["entrance", "conversation", "conversation"]


def test_a_new_key_lets_a_stopped_account_go_on(environment: Environment) -> None:
    key = add(environment).stdout.strip().rpartition("/")[2]
    (Path(environment["FOLDER"]) / "token").write_text("newer-token")
    done = run(environment, "renew", "taiki", key, "--token-file", f"{environment['FOLDER']}/token")
    assert done.exit_code == 0
    (row,) = accounts_of(environment)
    assert row.credentials == {"secret": "0123456789abcdef" * 2, "token": "newer-token"}


def test_an_older_key_that_begins_with_a_hyphen_is_a_key_and_a_new_one_never_does(environment: Environment) -> None:
    made = [add(environment).stdout.strip().rpartition("/")[2] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in made)

    async def as_older_versions_made_it() -> None:
        keys = KeyRing.open(Path(environment["TSUNAGU_SECRET_KEY_FILE"]), create=False)
        store = await Store.open(environment["TSUNAGU_DATABASE_URL"], keys=keys, clock=lambda: datetime.now(UTC))
        async with store.town("taiki") as session:
            await session.execute(update(ChannelAccount).where(ChannelAccount.key == made[0]).values(key="-0Xh_kT"))
        await store.close()

    asyncio.run(as_older_versions_made_it())
    done = run(environment, "renew", "taiki", "-0Xh_kT", "--token-file", f"{environment['FOLDER']}/token")
    assert (done.exit_code, done.stderr) == (0, "")
    for command in ("line-menu", "telegram-webhook"):
        assert "No such option" not in run(environment, command, "itoman", "-0Xh_kT").stderr


@pytest.mark.skipif(not any(Path(font).is_file() for font in FONTS), reason="needs a Japanese font")
def test_the_menu_is_put_under_every_talk(environment: Environment) -> None:
    with FakeLine(openapi=False) as line:
        key = add(environment).stdout.strip().rpartition("/")[2]
        there = {**environment, "TSUNAGU_LINE_API_URL": line.url, "TSUNAGU_LINE_DATA_API_URL": line.url}
        done = run(there, "line-menu", "taiki", key)
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.strip() == line.menus.default
        assert [area["action"]["data"] for area in line.menus.described[str(line.menus.default)]["areas"]] == [
            "相談する", "電話する", "いますぐ助けて", "窓口をさがす",
        ]
        line.token = "another"
        refused = run(there, "line-menu", "taiki", key)
    assert refused.exit_code == 1
    assert "validate: 401" in refused.stderr


def test_telegram_is_told_where_its_messages_go(environment: Environment) -> None:
    with FakeTelegram() as telegram:
        (Path(environment["FOLDER"]) / "token").write_text(telegram.token)
        path = add(environment, "telegram").stdout.strip()
        key = path.rpartition("/")[2]
        there = {**environment, "TSUNAGU_TELEGRAM_API_URL": telegram.url, "TSUNAGU_PUBLIC_URL": "https://soudan.example.jp"}
        done = run(there, "telegram-webhook", "taiki", key)
        assert (done.exit_code, done.stderr, done.stdout.strip()) == (0, "", f"https://soudan.example.jp{path}")
        assert telegram.hook == {
            "url": f"https://soudan.example.jp{path}", "secret": "0123456789abcdef" * 2,
            "wanted": ["message", "edited_message", "callback_query", "my_chat_member"],
        }
        elsewhere = run({**there, "TSUNAGU_PUBLIC_URL": "https://soudan.example.jp:8000"}, "telegram-webhook", "taiki", key)
        assert (elsewhere.exit_code, "port 443, 80, 88 or 8443" in elsewhere.stderr) == (2, True)
        telegram.token = "110201543:another"
        refused = run(there, "telegram-webhook", "taiki", key)
    assert refused.exit_code == 1
    assert "does not know this bot token" in refused.stderr
    assert "fake-token" not in refused.stderr


def test_a_polling_account_wants_no_webhook(environment: Environment) -> None:
    folder = environment["FOLDER"]
    run(environment, "add", "taiki", "telegram", "--token-file", f"{folder}/token", "--polling")
    (row,) = accounts_of(environment)
    refused = run(environment, "telegram-webhook", "taiki", row.key)
    assert (refused.exit_code, "--polling" in refused.stderr) == (2, True)


@pytest.mark.parametrize(("words", "told"), [
    (("telegram-webhook", "taiki", "nope"), "nope: no Telegram account of taiki"),
    (("renew", "taiki", "nope", "--token-file", "{folder}/token"), "nope: no such account of taiki"),
    (("line-menu", "taiki", "nope"), "nope: no LINE account of taiki"),
    (("add", "taiki", "telegram", "--secret-file", "{folder}/secret", "--token-file", "{folder}/token", "--mode", "entrance"),
     "only LINE is used as an entrance"),
])
def test_bad_input_gets_one_clear_line(environment: Environment, words: tuple[str, ...], told: str) -> None:
    answer = run(environment, *(word.format(folder=environment["FOLDER"]) for word in words))
    assert answer.exit_code == 2
    (line,) = answer.stderr.strip().splitlines()
    assert told in line
