"""`tsunagu purge` says what it would do before it does it, and leaves a town alone that has set no time."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select
from typer.testing import CliRunner

from api.cli import application
from api.commands.operations import purge_towns
from handoff.privacy.erasures import Erasures
from handoff.store.db import Store
from handoff.store.models import Conversation
from tests import databases
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


def test_the_key_is_rotated_from_the_command_line(environment: dict[str, str]) -> None:
    app = application("rotate-key")
    done = CliRunner().invoke(app, ["rotate-key"], env=environment)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "鍵の版 2" in done.stdout
    again = CliRunner().invoke(app, ["rotate-key", "--finish"], env=environment)
    assert "データ鍵 0 個" in again.stdout

