"""困りごと of the forms: which boxes triage's reading ticks, and which of them is the main one.

◎ is what is most pressing (a danger, else what was named first), ○ whatever else was read. It is a proposal: the
paper says so, and people put it right.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

MAIN, ALSO, EMPTY = "◎", "○", ""
FILE = Path(__file__).parent / "concerns.yaml"


class _Fixed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Concern(_Fixed):
    """One box. others: takes whatever no other box of the form takes."""

    name: str
    crisis: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    others: bool = False

    def takes(self, read: "Read") -> bool:
        return not self.others and any(word in getattr(self, kind) for kind, word in read.words())


class Concerns(_Fixed):
    """The boxes of one form, where they come from, and when that was looked at."""

    source: str
    checked: date
    items: tuple[Concern, ...]


class _File(_Fixed):
    application: Concerns
    referral: Concerns


class Read(_Fixed):
    """What triage read of a case: kinds of danger first, then needs and topics in their order."""

    crisis: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    def words(self) -> Iterable[tuple[Literal["crisis", "needs", "topics"], str]]:
        """Each word with its vocabulary, the most pressing first."""
        yield from (("crisis", word) for word in self.crisis)
        yield from (("needs", word) for word in self.needs)
        yield from (("topics", word) for word in self.topics)


@cache
def boxes() -> _File:
    """The file beside this module."""
    return _File.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def marks(items: Sequence[Concern], read: Read) -> tuple[tuple[str, str], ...]:
    """(mark, name) of each box, in the order of the form. Nothing is ticked where nothing was read."""
    main = next((item for word in read.words() for item in items if item.takes(_only(word))), None)
    left_over = any(not any(item.takes(_only(word)) for item in items) for word in read.words())
    return tuple((_mark(item, main, read, left_over=left_over), item.name) for item in items)


def _mark(item: Concern, main: Concern | None, read: Read, *, left_over: bool) -> str:
    if item is main:
        return MAIN
    return ALSO if item.takes(read) or (item.others and left_over) else EMPTY


def _only(word: tuple[Literal["crisis", "needs", "topics"], str]) -> Read:
    return Read(**{word[0]: (word[1],)})
