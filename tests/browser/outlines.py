"""What a reader sees of a page at a glance: its headings, fields and buttons, in which order and in which column.

Kept beside each picture of the manual, so that a picture which no longer looks like its page is told without comparing
pixels: those differ by a font's version, these by what somebody has changed. Words that come from data are left out.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page

from tests.browser.touring import PICTURES

KEPT = Path(__file__).with_name("outlines.json")
COLUMNS = 12
SURE = 80
"""Percent of the window's height: what stands lower may be in the picture or just below it."""
SEEN = """() => [...document.querySelectorAll("main :is(h1, h2, h3, h4, legend, summary, label, button, dt, th, .jump), svg[role=img], section, form, table")]
    .map((one) => {
        const box = one.getBoundingClientRect(), tag = one.tagName.toLowerCase();
        const own = tag === "label" ? [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent).join(" ") : one.textContent;
        const data = ["section", "form", "table", "svg", "h1"].includes(tag) || one.querySelector("a, input[type=checkbox], input[type=radio]");
        return { kind: tag, words: data ? "" : own, x: box.left / innerWidth, wide: box.width / innerWidth, y: box.top / innerHeight,
                 shown: box.width > 0 && box.height > 0 && box.top >= 0 && box.top < innerHeight && one.checkVisibility() };
    }).filter((one) => one.shown)"""
BOXES = frozenset({"section", "form", "table", "svg"})


class Mark(NamedTuple):
    """One thing on a page. column, wide: twelfths of the window (wide only of boxes); low: percent of its height."""

    kind: str
    words: str
    column: int
    wide: int
    low: int


def outline_of(page: Page) -> list[Mark]:
    """What stands in the window now, from top to bottom as the page has it."""
    found: list[dict[str, Any]] = page.evaluate(SEEN)
    marks = [Mark(
        one["kind"], _lasting(one["words"]), round(one["x"] * COLUMNS), round(one["wide"] * COLUMNS) if one["kind"] in BOXES else 0,
        round(one["y"] * 100),
    ) for one in found]
    return [mark for at, mark in enumerate(marks) if not at or mark[:4] != marks[at - 1][:4]]  # rows of a list are as many as there are


def _lasting(words: str) -> str:
    """Without numbers and names, which come and go."""
    plain = " ".join(re.sub(r"「[^」]*」|（[^）]*）", "", words).split())
    return re.sub(r"\d+", "0", plain)[:40]


def noticeable(kept: Sequence[Mark], seen: Sequence[Mark]) -> list[str]:
    """What a reader who holds the picture against the page would miss or wonder about; empty where they look alike."""
    steps = SequenceMatcher(None, [mark[:4] for mark in kept], [mark[:4] for mark in seen], autojunk=False).get_opcodes()
    told = []
    for step, a, b, c, d in steps:
        if step != "equal":
            told += [f"in the picture alone: {_said(mark)}" for mark in kept[a:b] if mark.low < SURE]
            told += [f"on the page alone: {_said(mark)}" for mark in seen[c:d] if mark.low < SURE]
    return told


def _said(mark: Mark) -> str:
    return f"{mark.kind} {mark.words} (column {mark.column}, {mark.low} % down)"


def kept(name: str) -> tuple[str, list[Mark]]:
    """The picture's own mark and its outline, as they were when it was taken; nothing for one that was never taken."""
    found = _all().get(name)
    return ("", []) if found is None else (found["picture"], [Mark(*one) for one in found["marks"]])


def keep(name: str, marks: Sequence[Mark]) -> None:
    """With the picture that has just been taken."""
    whole = _all() | {name: {"picture": picture_of(name), "marks": [list(mark) for mark in marks]}}
    lines = [f'  {json.dumps(key)}: {json.dumps(whole[key], ensure_ascii=False)}' for key in sorted(whole)]
    KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def picture_of(name: str) -> str:
    """So that an outline is never taken without its picture."""
    return hashlib.sha256((PICTURES / f"{name}.png").read_bytes()).hexdigest()[:16]


def _all() -> dict[str, Any]:
    return dict(json.loads(KEPT.read_text(encoding="utf-8"))) if KEPT.exists() else {}
