"""The pieces of a ticket's record that a request is about, each with what to look at before it is given out. Pure.

What is offered are hints and words that may have to be blacked out; nothing here decides, and nothing is left out
because it looks harmless.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from handoff.desk.closing import MEANS, OUTCOME_NAMES, RESULTS
from handoff.desk.queue import TicketLine
from handoff.desk.thread import ThreadMessage, TicketView

Kind = Literal["resident", "bot", "staff", "note", "move", "attempt", "wish", "judged", "ended"]
KIND_NAMES: dict[Kind, str] = {
    "resident": "住民の発言", "bot": "自動案内の文", "staff": "職員の返事", "note": "内部メモ", "move": "窓口のうつりかわり",
    "attempt": "連絡の記録", "wish": "電話の希望", "judged": "自動案内の読み取り", "ended": "終わり方",
}
FILE_OF_NAMES = Path(__file__).parent / "names.yaml"
MARK = "■■■"
"""Always as long, so that it does not tell how long the word was."""
TELEPHONE = re.compile(r"0\d{1,4}[-‐－ー (（]?\d{1,4}[-‐－ー )）]?\d{3,4}")
OTHERS = "家族など、ほかの人のことが書かれているかもしれません（2号）"
REPORTER = "知らせてくれた人が分かります。ふつうは出しません（2号）"
DELIBERATION = "職員の考えや相談です。6号・7号にあたるか確かめてください"
ELSEWHERE = "ほかの機関のことばかもしれません。その機関にたずねてから決めてください"
TELEPHONE_SEEN = "電話番号があります"
NAME_SEEN = "人の名前かもしれない言葉があります"
FILE = "写真・声・ファイルは、この紙には入りません。案件の画面で見て、同じように決めてください"
HARM = "閲覧制限の案件です。本人や家族を危なくしないかを、いちばん先に考えてください（1号）"


@dataclass(frozen=True, slots=True)
class Item:
    """key: stays the same for as long as the record does. hints: what to look at; words: what may have to go."""

    key: str
    at: datetime | None
    kind: Kind
    text: str
    hints: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def items_of(view: TicketView, *, upto: datetime, whose: str, names: Iterable[str]) -> tuple[Item, ...]:
    """Everything that was kept by then, in order. whose: writer | told_of; names: of people known around it."""
    known, restricted = tuple(sorted(names)), view.ticket.restricted
    pieces = (*_messages(view), *_written(view), *_of_the_ticket(view))
    made = (
        _hinted(key, at, kind, text, whose=whose, names=known, restricted=restricted)
        for key, at, kind, text in pieces if text and (at is None or at <= upto)
    )
    return tuple(sorted(made, key=lambda item: (item.at is None, item.at or upto)))


def masked(text: str, words: Iterable[str]) -> str:
    """The text with the words gone, the longest first."""
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, MARK)
    return text


Piece = tuple[str, datetime | None, Kind, str]


def _messages(view: TicketView) -> Iterator[Piece]:
    for one in view.messages:
        kind: Kind = "resident" if one.sender == "resident" else "bot" if one.sender == "bot" else "staff"
        yield f"m{one.sequence}", one.at, kind, _said(one)


def _said(one: ThreadMessage) -> str:
    """What stands in a message: its words, those before a correction, the windows it named, what came with it."""
    cards = (f"［{card['title']} {card.get('telephone') or ''}］".replace(" ］", "］") for card in one.cards)
    earlier = (f"（直す前）{text}" for text in one.earlier)
    return "\n".join(part for part in (one.text, *earlier, *cards, "（写真・声・ファイルなど）" if one.media else "") if part)


def _written(view: TicketView) -> Iterator[Piece]:
    for place, note in enumerate(view.notes):
        yield f"n{place}", note.at, "note", note.text
    for move in view.moves:
        answer = f"\n返事: {move.answer}" if move.answer else ""
        ground = f"\n根拠: {move.ground}" if move.ground else ""
        yield f"v{move.id}", move.at, "move", f"{move.reason}{ground}{answer}"
    for place, tried in enumerate(view.attempts):
        how = f"{_called(tried.means, MEANS)}: {_called(tried.result, RESULTS)}"
        yield f"a{place}", tried.at, "attempt", how + (f"\n{tried.note}" if tried.note else "")


def _of_the_ticket(view: TicketView) -> Iterator[Piece]:
    ticket = view.ticket
    if ticket.wish is not None:
        yield "wish", None, "wish", "\n".join(part for part in (ticket.wish.number, ticket.wish.time, ticket.wish.secret) if part)
    yield "judged", None, "judged", _judged(ticket)
    ended = (_called(ticket.outcome or "", OUTCOME_NAMES), view.closing.get("check"), view.closing.get("note"))
    yield "ended", ticket.resolved_at, "ended", "\n".join(part for part in ended if part)


def _called(value: str, names: Mapping[Any, str]) -> str:
    return names.get(value, value)


def _judged(ticket: TicketLine) -> str:
    """Why it was read as it was: what was concluded about somebody belongs to their record too."""
    summary = ticket.summary
    because = dict.fromkeys(one.because for one in (*summary.patterns, *summary.reasons))
    return "\n".join(part for part in (summary.urgency_because, *because) if part)


def _hinted(
    key: str, at: datetime | None, kind: Kind, text: str, *, whose: str, names: tuple[str, ...], restricted: bool
) -> Item:
    words = [] if kind == "bot" else list(dict.fromkeys((*_names_in(text, names), *TELEPHONE.findall(text))))
    hints = [HARM] if restricted else []
    if kind == "resident":
        hints.append(REPORTER if whose == "told_of" else OTHERS)
    if kind in ("note", "judged"):
        hints.append(DELIBERATION)
    if kind in ("move", "attempt"):
        hints.append(ELSEWHERE)
    if "（写真・声・ファイルなど）" in text:
        hints.append(FILE)
    if any(TELEPHONE.fullmatch(word) for word in words):
        hints.append(TELEPHONE_SEEN)
    if any(not TELEPHONE.fullmatch(word) for word in words):
        hints.append(NAME_SEEN)
    return Item(key, at, kind, text, tuple(hints), tuple(words))


class _Signs(BaseModel):
    """`names.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    checked: date
    titles: tuple[str, ...]
    nobody: tuple[tuple[str, ...], ...]
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]


@cache
def signs() -> tuple[re.Pattern[str], frozenset[str], _Signs]:
    """How names look, and what only looks like one."""
    found = _Signs.model_validate(yaml.safe_load(FILE_OF_NAMES.read_text(encoding="utf-8")))
    titles = "|".join(found.titles)
    return re.compile(rf"([一-龠々ァ-ヴー]{{1,8}})(?:{titles})"), frozenset(word for row in found.nobody for word in row), found


def _names_in(text: str, names: Iterable[str]) -> Iterator[str]:
    """Names that are known, then what looks like one."""
    pattern, nobody, _ = signs()
    yield from (name for name in names if name in text)
    yield from (found.group() for found in pattern.finditer(text) if found.group(1) not in nobody)
