"""The same messages by other means, each against SudachiPy mode C beside it: what our own ratios are to be compared with.

A `re` alternation of 1,000 words always; spaCy's blank("ja") with a matcher and GiNZA in an environment of their own
(`var/others`, made once, a few hundred megabytes), because GiNZA pins an older SudachiPy. Where that environment can't be made
(no network, no wheel for this Python) the bench says so and goes on. `results()` is what `make bench` prints.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from sudachipy import Dictionary, SplitMode  # type: ignore[import-untyped]

from knowledge.loader import load
from tests.bench.triage import messages, ratio

HERE = Path(__file__).resolve().parent
HOME = HERE.parents[1] / "var" / "others"
TRIED = HOME / "tried.txt"
WANTED = ("ginza==5.2.0", "ja-ginza==5.2.0", "spacy<3.8", "click", "sudachipy<0.7", "sudachidict-core<20260901")
PATIENCE = 900   # seconds for making the environment, and for running in it
WORDS = 1_000


def results() -> dict[str, float]:
    """Name -> ratio."""
    texts, words = messages()[:300], headwords()
    sudachi = Dictionary(dict="core").tokenizer(mode=SplitMode.C)
    alternation = re.compile("|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))))
    found = {f"re, {WORDS:,} words": ratio(sudachi.tokenize, alternation.findall, texts, rounds=7)}
    return found | (_elsewhere(texts, words) if _made() else {})


def headwords() -> list[str]:
    """The first plain words of the lexicon."""
    listed = (word for file in load().lexicon for entry in file.entries for word in entry.words)
    return list(dict.fromkeys(word for word in listed if len(word) > 1 and not set("~!(|<") & set(word)))[:WORDS]


def _made() -> bool:
    """Whether the environment is there. It is tried once; remove var/others to try again."""
    if TRIED.exists():
        why = TRIED.read_text(encoding="utf-8")
        if why:
            _say(f"spaCy and GiNZA are left out: {why} (remove {HOME} to try again)")
        return not why
    steps = (
        ("an empty environment", [sys.executable, "-m", "venv", str(HOME)]),
        (f"packages from PyPI ({', '.join(WANTED[:3])} …)", [str(HOME / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", *WANTED]),
    )
    why = ""
    for number, (what, command) in enumerate(steps, 1):
        begun = time.monotonic()
        _say(f"[{number}/{len(steps)}] {HOME}: {what}; some minutes, {PATIENCE // 60} at most")
        why = _run(command)
        _say(f"[{number}/{len(steps)}] {why or 'done'} after {time.monotonic() - begun:.0f} s")
        if why:
            break
    HOME.mkdir(parents=True, exist_ok=True)
    TRIED.write_text(why, encoding="utf-8")
    return _made()


def _run(command: list[str]) -> str:
    """Empty when all went well, else the last line of what it said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as why:
        return type(why).__name__
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["pip failed"])[-1]


def _elsewhere(texts: list[str], words: list[str]) -> dict[str, float]:
    command = [str(HOME / "bin" / "python"), "-I", str(HERE / "_others.py")]
    try:
        done = subprocess.run(command, input=json.dumps([texts, words]), stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError) as why:
        _say(f"spaCy and GiNZA are left out: {type(why).__name__}")
        return {}
    return {str(name): float(value) for name, value in json.loads(done.stdout).items()}


def _say(what: str) -> None:
    sys.stderr.write(f"others: {what}\n")
