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
from knowledge.schema.disclosure import DisclosureLaw
from knowledge.telephones import numbers_in

Kind = Literal["resident", "bot", "staff", "note", "move", "attempt", "wish", "judged", "ended", "course", "plan", "consent", "meeting"]
KIND_NAMES: dict[Kind, str] = {
    "resident": "住民の発言", "bot": "自動案内の文", "staff": "職員の返事", "note": "内部メモ", "move": "窓口のうつりかわり",
    "attempt": "連絡の記録", "wish": "電話の希望", "judged": "自動案内の読み取り", "ended": "終わり方", "course": "複合ケースの支援経過",
    "plan": "支援プラン", "consent": "同意の記録", "meeting": "会議の記録",
}
OF_CASE: frozenset[Kind] = frozenset({"course", "plan", "consent", "meeting"})
MEDIA = {"image": "写真", "audio": "声のメッセージ", "video": "動画", "sticker": "スタンプ", "location": "場所"}
FILE_OF_NAMES = Path(__file__).parent / "names.yaml"
MARK = "■■■"
"""Always as long, so that it does not tell how long the word was."""
OTHERS = "家族など、ほかの人のことが書かれているかもしれません（{third}）"
REPORTER = "知らせてくれた人が分かります。ふつうは出しません（{third}）"
DELIBERATION = "職員の考えや相談です。{talks}・{duty}にあたるか確かめてください"
ELSEWHERE = "ほかの機関のことばかもしれません。その機関にたずねてから決めてください"
TELEPHONE_SEEN = "電話番号があります"
NAME_SEEN = "人の名前かもしれない言葉があります"
FILE = "ここに出るのは名前と大きさだけです。中身は案件の画面で見て、出すなら写しをそえ、出さないならこの行も決めてください"
HARM = "閲覧制限の案件です。本人や家族を危なくしないかを、いちばん先に考えてください（{harm}）"
SECRECY = "会議（{basis}）の記録です。構成員に守秘義務があります。出せるかを、招集した人と個人情報の担当に確かめてください"
UNSEEN = "あなたには見えない記録です（複合ケース・会議）。ケースを見られる人が決めます。"


@dataclass(frozen=True, slots=True)
class Piece:
    """key: stays the same for as long as the record does. closed: whoever looks may not read it, and so not decide.

    basis: the law of a meeting.
    """

    key: str
    at: datetime | None
    kind: Kind
    text: str
    file: bool = False
    closed: bool = False
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A piece with what to look at: hints, and words that may have to go."""

    key: str
    at: datetime | None
    kind: Kind
    text: str
    hints: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Looking:
    """How a record is gone through. whose: writer | told_of; names: of people known around it."""

    law: DisclosureLaw
    whose: str
    names: tuple[str, ...] = ()
    restricted: bool = False


def items_of(view: TicketView, looking: Looking, *, upto: datetime, more: Iterable[Piece] = ()) -> tuple[Item, ...]:
    """Everything that was kept by then, in order. more: what stands in the case."""
    pieces = (*_messages(view), *_written(view), *_of_the_ticket(view), *more)
    made = (_hinted(piece, looking) for piece in pieces if piece.text and (piece.at is None or piece.at <= upto))
    return tuple(sorted(made, key=lambda item: (item.at is None, item.at or upto)))


def masked(text: str, words: Iterable[str]) -> str:
    """The text with the words gone, the longest first."""
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, MARK)
    return text


def _messages(view: TicketView) -> Iterator[Piece]:
    for one in view.messages:
        kind: Kind = "resident" if one.sender == "resident" else "bot" if one.sender == "bot" else "staff"
        yield Piece(f"m{one.sequence}", one.at, kind, _said(one), file=one.media is not None)


def _said(one: ThreadMessage) -> str:
    """What stands in a message: its words, those before a correction, the windows it named, what came with it."""
    cards = (f"［{card['title']} {card.get('telephone') or ''}］".replace(" ］", "］") for card in one.cards)
    earlier = (f"（直す前）{text}" for text in one.earlier)
    return "\n".join(part for part in (one.text, *earlier, *cards, _file(one)) if part)


def _file(one: ThreadMessage) -> str:
    """What came with a message, by name and size: its content is on no paper."""
    if one.media is None:
        return ""
    kind, file = MEDIA.get(one.media, "ファイル"), one.file
    if file is None or file.status != "kept":
        return f"（{kind}。いまは残っていません）" if file else f"（{kind}）"
    return f"（{kind}{f'「{file.name}」' if file.name else ''} {-(-file.size // 1024)}KB）"


def _written(view: TicketView) -> Iterator[Piece]:
    for place, note in enumerate(view.notes):
        yield Piece(f"n{place}", note.at, "note", note.text)
    for move in view.moves:
        answer = f"\n返事: {move.answer}" if move.answer else ""
        ground = f"\n根拠: {move.ground}" if move.ground else ""
        yield Piece(f"v{move.id}", move.at, "move", f"{move.reason}{ground}{answer}")
    for place, tried in enumerate(view.attempts):
        how = f"{_called(tried.means, MEANS)}: {_called(tried.result, RESULTS)}"
        yield Piece(f"a{place}", tried.at, "attempt", how + (f"\n{tried.note}" if tried.note else ""))


def _of_the_ticket(view: TicketView) -> Iterator[Piece]:
    ticket = view.ticket
    if ticket.wish is not None:
        wish = (ticket.wish.number, ticket.wish.time, ticket.wish.secret)
        yield Piece("wish", None, "wish", "\n".join(part for part in wish if part))
    yield Piece("judged", None, "judged", _judged(ticket))
    ended = (_called(ticket.outcome or "", OUTCOME_NAMES), view.closing.get("check"), view.closing.get("note"))
    yield Piece("ended", ticket.resolved_at, "ended", "\n".join(part for part in ended if part))


def _called(value: str, names: Mapping[Any, str]) -> str:
    return names.get(value, value)


def _judged(ticket: TicketLine) -> str:
    """Why it was read as it was: what was concluded about somebody belongs to their record too."""
    summary = ticket.summary
    because = dict.fromkeys(one.because for one in (*summary.patterns, *summary.reasons))
    return "\n".join(part for part in (summary.urgency_because, *because) if part)


def _hinted(piece: Piece, looking: Looking) -> Item:
    if piece.closed:
        return Item(piece.key, piece.at, piece.kind, UNSEEN, closed=True)
    numbers = [] if piece.kind == "bot" else [number for _, number in numbers_in(piece.text)]
    names = [] if piece.kind == "bot" else list(_names_in(piece.text, looking.names))
    hints = [
        *([HARM] if looking.restricted else ()), *_by_kind(piece, looking.whose), *([FILE] if piece.file else ()),
        *([TELEPHONE_SEEN] if numbers else ()), *([NAME_SEEN] if names else ()),
    ]
    items = {ground.id: looking.law.item(ground.id) for ground in looking.law.grounds}
    told = tuple(hint.format(basis=piece.basis, **items) for hint in hints)
    return Item(piece.key, piece.at, piece.kind, piece.text, told, tuple(dict.fromkeys((*names, *numbers))))


def _by_kind(piece: Piece, whose: str) -> Iterator[str]:
    """What to look at in pieces of this kind."""
    match piece.kind:
        case "resident":
            yield REPORTER if whose == "told_of" else OTHERS
        case "note" | "judged":
            yield DELIBERATION
        case "move" | "attempt":
            yield ELSEWHERE
        case "course" | "plan" | "consent":
            yield from (OTHERS, ELSEWHERE)
        case "meeting":
            yield from (*([SECRECY] if piece.basis else ()), DELIBERATION, OTHERS)


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
