"""The repository's knowledge without words, rules, weights and cases: quick to check, with the real towns and closed lists."""

import re
import shutil
from functools import cache
from pathlib import Path

from knowledge.loader import ROOT, files, parsed
from knowledge.parse import Bundle
from knowledge.types import Glossary

HEAVY = ("base/lexicon/", "base/rules/", "base/cases/", "base/faq/", "base/weights/")
ANSWERS = {"relation": "same_body", "status": "running", "checked": "2026-04-01", "prefecture": "北海道"}
WAITING = re.compile(r"^((?!\s*#)\s*(?:- )?(\w+):)  # ←書く.*$", re.MULTILINE)


def write(folder: Path, *towns: str) -> Path:
    """A knowledge folder with these towns. Gives the root to load."""
    root = folder / "knowledge"
    for file in files(ROOT):
        parts = file.path.split("/")
        other = parts[0] == "municipalities" and parts[1] not in towns
        if not file.path.startswith(HEAVY) and not other and parts[-1] not in ("cases.yaml", "lexicon.yaml"):
            (root / file.path).parent.mkdir(parents=True, exist_ok=True)
            (root / file.path).write_bytes(file.raw)
    return root


def worded(folder: Path) -> Path:
    """A copy with all words and rules; what is learned and the cases, which are two thirds of all, stay behind."""
    left = shutil.ignore_patterns("*.py", "__pycache__", "weights", "cases")
    return Path(shutil.copytree(ROOT, folder / "knowledge", ignore=left))


def fill(text: str) -> str:
    """A skeleton's file as an official of an invented town would fill it in: only what waits for an answer."""
    return WAITING.sub(lambda found: f"{found[1]} {ANSWERS.get(found[2], f'そら町の{found[2]}')}", text)


@cache
def bundle() -> Bundle:
    """All five towns, typed, without words and rules; read once."""
    found = parsed([file for file in files(ROOT) if not file.path.startswith(HEAVY)], folder="knowledge").bundle
    assert found is not None
    return found


@cache
def glossary() -> Glossary:
    file = bundle().glossary
    return Glossary(file.needs.terms, file.topics.terms, file.words.terms)


