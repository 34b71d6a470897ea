"""`tsunagu purge` and `erase` say what they would do before they do it; a town that has set no time is left alone."""

from datetime import timedelta
from pathlib import Path

import pytest
import typer
from sqlalchemy import func, select
from typer.testing import CliRunner

from api.cli import application
from api.commands.operations import erase_talk, purge_towns
from handoff.privacy.erasures import Erasures
from handoff.store.db import Store
from handoff.store.models import Conversation, Ticket
from tests import databases
from tests.api.conftest import opened
from tests.databases import at_noon
from tests.handoff.store.rows import kept_conversation

database_url = databases.database_url


async def left(store: Store) -> int:
    async with store.reading_everywhere() as session:
        return await session.scalar(select(func.count()).select_from(Conversation)) or 0


async def test_purge_counts_first_and_removes_then(store: Store, tmp_path: Path) -> None:
    for town in ("taiki", "itoman"):
        await kept_conversation(store, town, "母の物忘れが心配です")
    erasures, later = Erasures(tmp_path / "erased-keys.txt"), at_noon() + timedelta(days=366)
    told = [
        "taiki: conversations 1 (365 days), cases 0 (1825 days), traces 0",
        "itoman: conversations 0 (retention_days なし / not set: none goes), "
        "cases 0 (case_retention_days なし / not set: none goes), traces 0",
    ]
    periods = {"taiki": (365, 1825), "itoman": (None, None)}
    assert await purge_towns(store, periods, erasures, remove=False, now=later) == told
    assert (await left(store), erasures.path.exists()) == (2, False)
    assert await purge_towns(store, periods, erasures, remove=True, now=later) == told
    assert (await left(store), len(erasures.known())) == (1, 1)


async def test_a_talk_is_erased_on_wish_once_its_ticket_has_ended(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    erasures, number = Erasures(tmp_path / "erased-keys.txt"), await opened(store)
    for remove in (False, True):
        with pytest.raises(typer.Exit):
            await erase_talk(store, "taiki", number, erasures, remove=remove, now=at_noon())
        assert "終わりにする" in capsys.readouterr().err
    async with store.town("taiki") as session:
        (await session.scalars(select(Ticket))).one().status = "resolved"
    said = await erase_talk(store, "taiki", number, erasures, remove=False, now=at_noon())
    assert (said or "").startswith(f"{number}: 発言 "), said
    assert await left(store) == 1, "only said"
    assert "消しました" in (await erase_talk(store, "taiki", number, erasures, remove=True, now=at_noon()) or "")
    assert await left(store) == 0
    assert await erase_talk(store, "taiki", number, erasures, remove=True, now=at_noon()) is None


@pytest.mark.parametrize(("town", "number", "why"), [("taiki", "taiki-2026-0001", "番号の案件はありません"), ("nowhere", "x", "自治体はありません")])
def test_what_cannot_be_erased_is_said_in_a_line(environment: dict[str, str], town: str, number: str, why: str) -> None:
    done = CliRunner().invoke(application("erase"), ["erase", town, number, "--yes"], env=environment)
    assert (done.exit_code, done.stdout) == (1, "")
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_the_key_is_rotated_from_the_command_line(environment: dict[str, str]) -> None:
    app = application("rotate-key")
    done = CliRunner().invoke(app, ["rotate-key"], env=environment)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "鍵の版 2" in done.stdout
    again = CliRunner().invoke(app, ["rotate-key", "--finish"], env=environment)
    assert "データ鍵 0 個" in again.stdout

