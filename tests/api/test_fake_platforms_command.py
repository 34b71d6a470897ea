"""`tsunagu fake-platforms`: one account a town, kept for the owner of the machine; wrong calls get one line."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from api.cli import application
from tests.conftest import free_port
from tests.journeys.house import ROOT, House, until


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    var = tmp_path_factory.mktemp("fake")
    made = House(var, f"sqlite:///{var}/tsunagu.db")
    made.run("migrate")
    return made


def test_it_plays_line_with_an_account_of_its_own(house: House) -> None:
    port = free_port()
    running = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "fake-platforms", "taiki", "--port", str(port)], cwd=ROOT, env=house.env,
        stdout=subprocess.PIPE, text=True,
    )
    try:
        assert running.stdout is not None
        told = [running.stdout.readline() for _ in range(3)]
        assert f"http://127.0.0.1:{port}" in told[0]
        assert "にせの LINE" in httpx.get(f"http://127.0.0.1:{port}/").text
        until(lambda: httpx.get(f"http://127.0.0.1:{port + 1}/v2/bot/message/quota").status_code == 401, what="LINE's API")
    finally:
        running.terminate()
        running.wait(timeout=10)
        if running.stdout is not None:
            running.stdout.close()
    kept = house.var / "fake-line.json"
    assert stat.S_IMODE(os.stat(kept).st_mode) == 0o600
    assert set(json.loads(Path(kept).read_text())["taiki"]) == {"secret", "token", "key"}


@pytest.mark.parametrize(("arguments", "words"), [
    (("atlantis",), "no such town"), (("taiki", "--mode", "x"), "write entrance or conversation"),
])
def test_wrong_calls(house: House, arguments: tuple[str, ...], words: str) -> None:
    done = CliRunner().invoke(application(), ["fake-platforms", *arguments], env=house.env)
    assert done.exit_code != 0
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
