"""A second look at a conversation: how much the pieces of its text are like those of messages about something.

Rules and words know what somebody thought of; people say it otherwise. Linear weighings of short pieces of the folded text, learned
from our own labelled cases (`triage/learn.py`), speak for danger, for several needs at once (`household`) and for each window. They
raise (`danger` and `life` to `urgent`, `household` to the coordinator) and say which of several windows comes first; they lower no
danger and take no flag away. Must not know: rules, people, needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from math import sqrt
from typing import NamedTuple

import ahocorasick_rs

from knowledge.schema import Field
from knowledge.schema.weights import Weights
from triage.normalise import Shadow
from triage.reading import Reading
from triage.types import Span

SIZES = (2, 3, 4)
LEAST = 100
"""A text of fewer pieces counts as one of so many: a word or two lean nowhere."""
SHOWN = 3
"""So many places are shown as evidence."""
LEAD = 0.8
"""A window that leads the next one by so much comes first."""
BY_ITSELF = -0.5
"""A window that words did not open must lean so far, so as to stand for the one that they opened."""
_LASTING = frozenset(("danger", "life"))   # once raised, nothing said later takes it back
_WINDOWS: tuple[Field, ...] = ("elderly", "disability", "child", "poverty")


def pieces(folded: str) -> set[str]:
    """Every run of two to four characters within a line."""
    return {line[at:at + size] for line in folded.split("\n") for size in SIZES for at in range(len(line) - size + 1)}


def many(folded: str) -> int:
    """How many runs there are, those told twice counted twice."""
    return sum([max(0, len(line) - size + 1) for line in folded.split("\n") for size in SIZES])


def score(total: float, runs: int, weights: Weights) -> float:
    """How far a text leans; 0 is the middle of what was learned. total: the weights of its pieces."""
    return weights.bias + total / sqrt(max(LEAST, runs))


class Told(NamedTuple):
    """What one utterance adds: the values of its pieces side by side, which pieces those are, and how many runs it has."""

    values: int
    known: AbstractSet[int]
    runs: int


class SecondLook:
    """The weights of a knowledge, ready to look."""

    def __init__(self, weights: Iterable[Weights]) -> None:
        self._all = tuple(weights)
        self._pieces = list(dict.fromkeys(piece for one in self._all for piece in one.pieces))
        self._lanes = [_side_by_side([one.pieces.get(piece, 0.0) for one in self._all]) for piece in self._pieces]
        self._automaton = ahocorasick_rs.AhoCorasick(self._pieces or ["\uffff"], implementation=ahocorasick_rs.Implementation.ContiguousNFA)

    def leaning(self, readings: Sequence[Reading]) -> Mapping[str, float]:
        """Name of the weights -> how far above their floor the conversation leans; of danger, how far it ever did."""
        values = known = runs = 0
        found: dict[str, float] = {}
        for number, reading in enumerate(readings, 1):
            told = reading.noted("second look", self._told)
            values, known, runs = values + told.values, known + len(told.known), runs + told.runs
            for at, one in enumerate(self._all):
                if number == len(readings) or one.id in _LASTING:
                    above = score(_lane(values, known, at), runs, one) - one.floor
                    found[one.id] = max(above, found.get(one.id, above)) if one.id in _LASTING else above
        return found

    def places(self, name: str, readings: Sequence[Reading]) -> tuple[Span, ...]:
        """Where the pieces stand that say most, as code points of the conversation."""
        known = next(one.pieces for one in self._all if one.id == name)
        first: dict[str, tuple[Shadow, int]] = {}   # who told a piece first, and where that utterance begins
        base = 0
        for reading in readings:
            for piece in map(self._pieces.__getitem__, reading.noted("second look", self._told).known):
                if known.get(piece, 0.0) > 0:
                    first.setdefault(piece, (reading.dark, base))
            base += len(reading.text) + 1
        heaviest = sorted(first, key=lambda piece: (-known[piece], piece))[:SHOWN]
        return tuple(sorted(_shifted(*first[piece], piece) for piece in heaviest))

    def because(self, name: str) -> str:
        """What staff read."""
        return next(one.because for one in self._all if one.id == name)

    def _told(self, reading: Reading) -> Told:
        folded = reading.dark.text
        numbers = {number for number, _, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True)} if self._lanes else set()
        return Told(sum(map(self._lanes.__getitem__, numbers)), numbers, many(folded))


# A piece has a value in each of the weighings. They lie side by side in one number, so that one addition adds them all.
_LANE, _CENTS, _ABOVE_ZERO = 40, 100, 1 << 20


def _side_by_side(values: Sequence[float]) -> int:
    """In hundredths, as they are written, each in a lane of its own and lifted so that none is below zero."""
    return sum((round(value * _CENTS) + _ABOVE_ZERO) << (_LANE * at) for at, value in enumerate(values))


def _lane(values: int, added: int, at: int) -> float:
    """The sum in one lane, after so many were added."""
    return ((values >> (_LANE * at) & ((1 << _LANE) - 1)) - added * _ABOVE_ZERO) / _CENTS


def _shifted(dark: Shadow, base: int, piece: str) -> Span:
    at = dark.text.index(piece)
    begin, end = dark.span(at, at + len(piece))
    return base + begin, base + end


def windows(fields: tuple[Field, ...], leaning: Mapping[str, float]) -> tuple[Field, ...]:
    """The windows in the order that the whole of the text suggests: a plain leader comes first, or instead of a single other one."""
    ordered = sorted((name for name in _WINDOWS if name in leaning), key=lambda name: -leaning[name])
    if len(ordered) < 2 or not fields:
        return fields
    first, lead = ordered[0], leaning[ordered[0]] - leaning[ordered[1]]
    if lead >= LEAD and first in fields:
        return (first, *(name for name in fields if name != first))
    return (first,) if lead >= LEAD and len(fields) == 1 and leaning[first] >= BY_ITSELF else fields
