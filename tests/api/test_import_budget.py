"""The web process is thin: no SDK, no tokeniser, and a bounded number of modules, or hooks answer late after a restart."""

import json
import subprocess
import sys

import pytest

HEAVY = ("linebot", "telegram", "sudachipy", "sudachidict_core", "aiohttp", "openpyxl", "PIL", "triage.engine", "triage.tokenise")
MOST_MODULES = 1_300


@pytest.fixture(scope="module")
def loaded() -> list[str]:
    program = "import api.app, sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", HEAVY)
def test_the_web_process_does_not_load(loaded: list[str], name: str) -> None:
    assert [module for module in loaded if module == name or module.startswith(f"{name}.")] == []


def test_it_stays_small(loaded: list[str]) -> None:
    assert "handoff.store.journal" in loaded
    assert len(loaded) <= MOST_MODULES
