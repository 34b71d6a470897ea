"""What a paper is made of, whatever it is drawn on: screen, A4, Excel. Pure; knows no case."""

from dataclasses import dataclass
from datetime import date, datetime

from handoff.desk.hours import KANJI, TOKYO
from handoff.figures.year import era_year


@dataclass(frozen=True, slots=True)
class Rows:
    """Labels with what is known; "" stays an empty space to write in."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Checks:
    """Boxes with a mark (◎, ○ or nothing)."""

    title: str
    items: tuple[tuple[str, str], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with headings; `spare` empty rows follow for the hand."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """Free text, and `lines` of room below it."""

    title: str
    text: str
    lines: int = 3


@dataclass(frozen=True, slots=True)
class Stamps:
    """決裁・供覧欄: empty boxes to stamp in."""

    title: str
    names: tuple[str, ...]


Block = Rows | Checks | Grid | Words | Stamps


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. id: ASCII, for its address and its file; warning: printed on top; aside: said on the screen alone."""

    id: str
    title: str
    number: str
    blocks: tuple[Block, ...]
    warning: str = ""
    aside: str = ""


def kind_of(block: Block) -> str:
    """The name by which pages choose how to draw it."""
    return type(block).__name__.lower()


def japanese_date(day: date | datetime | None) -> str:
    """令和8年11月22日（日）; "" for none."""
    if day is None:
        return ""
    local = day.astimezone(TOKYO).date() if isinstance(day, datetime) else day
    return f"{era_year(local.year)}年{local.month}月{local.day}日（{KANJI[local.weekday()]}）"
