"""Choices as numbered lines, and the resident's answer to them. Pure; for channels and devices without buttons.

LINE shows quick replies on phones only, so the text carries the numbers too, and a typed number is an answer.
"""

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence

from bots.types import Choice

_ID_BYTES = 12
NUMBER_HINT = "（番号でも選べます）"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_KANJI = {name: number for number, name in enumerate("一二三四五六七八九十", start=1)}
_KEYCAP = str.maketrans("", "", "\ufe0f\u20e3")
_ANSWER = re.compile(
    r"[(\[「]?\s*(?:no\.?\s*)?(?P<number>\d{1,2}|[一二三四五六七八九十])\s*(?P<kanji_needs>番目|番|つ目)?"
    r"\s*[)\]」.,、]?\s*(?:で(?:す|お願いします)?|を?選びます|(?:で)?お願いします)?\s*[。.!]?",
    re.IGNORECASE,
)


def numbered(choices: Sequence[Choice]) -> str:
    """The choices as lines ①…, with a line that says that the number will do. "" for no choices."""
    if not choices:
        return ""
    lines = [f"{mark(number)} {choice.label}" for number, choice in enumerate(choices, start=1)]
    return "\n".join([*lines, NUMBER_HINT])


def mark(number: int) -> str:
    """①, ② … ⑳, then 21."""
    return _CIRCLED[number - 1] if number <= len(_CIRCLED) else f"{number}."


def choice_id(choice: Choice) -> str:
    """A button's name on a platform that keeps what buttons carry: says nothing to who reads it, and is the same next year."""
    told = json.dumps([choice.label, choice.value]).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(told).digest()[:_ID_BYTES]).decode().rstrip("=")


def choice_by_id(named: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice of a `choice_id`; None when no such button was offered."""
    return next((choice for choice in choices if choice_id(choice) == named), None)


def choice_by_number(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice meant by an answer such as 2, ２, ②, 2️⃣, 「2番」 or 「二番です」.

    None when the text says anything else or no such number was offered: then it is an ordinary message. A number that
    counts something (「2人」, 「80」 among three choices) is never taken for a choice.
    """
    found = _ANSWER.fullmatch(unicodedata.normalize("NFKC", text.translate(_KEYCAP)).strip())
    if found is None:
        return None
    number = found["number"]
    position = _KANJI[number] if number in _KANJI else int(number)
    return choices[position - 1] if 1 <= position <= len(choices) else None


def chosen(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice meant by a number, or by its value or label written or tapped; None for an ordinary message."""
    said = _plain(text)
    named = (choice for choice in choices if said in (_plain(choice.value), _plain(choice.label)))
    return next(named, None) or choice_by_number(text, choices)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
