"""A second look at a conversation: how much the pieces of its text are like those of messages about something.

Rules and words know what somebody thought of; people say it otherwise. Linear weighings of short pieces of the folded text, learned
from our own labelled cases (`triage/learn.py`), speak for danger, for several needs at once (`household`) and for each window. They
raise (`danger` and `life` to `urgent`, `household` to the coordinator) and say which of several windows comes first; they lower no
danger and take no flag away. Must not know: rules, people, needs.
"""

from collections.abc import Iterable, Mapping, Sequence
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
    """What one utterance adds: the values of its pieces side by side, how many pieces those are, and how many runs it has."""

    values: int
    known: int
    runs: int


class SecondLook:
    """The weights of a knowledge, ready to look."""

    def __init__(self, weights: Iterable[Weights]) -> None:
        self._all = tuple(weights)
        known = list(dict.fromkeys(piece for one in self._all for piece in one.pieces))
        self._lanes = [_side_by_side([one.pieces.get(piece, 0.0) for one in self._all]) for piece in known]
        self._automaton = ahocorasick_rs.AhoCorasick(known or ["\uffff"], implementation=ahocorasick_rs.Implementation.ContiguousNFA)

    def leaning(self, readings: Sequence[Reading]) -> Mapping[str, float]:
        """Name of the weights -> how far above their floor the conversation leans; of danger, how far it ever did."""
        values = known = runs = 0
        found: dict[str, float] = {}
        for number, reading in enumerate(readings, 1):
            told = reading.noted("second look", self._told)
            values, known, runs = values + told.values, known + told.known, runs + told.runs
            for at, one in enumerate(self._all):
                if number == len(readings) or one.id in _LASTING:
                    above = score(_lane(values, known, at), runs, one) - one.floor
                    found[one.id] = max(above, found.get(one.id, above)) if one.id in _LASTING else above
        return found

    def places(self, name: str, readings: Sequence[Reading]) -> tuple[Span, ...]:
        """Where the pieces stand that say most, as code points of the conversation."""
        known = next(one.pieces for one in self._all if one.id == name)
        heavy: dict[str, Span] = {}
        base = 0
        for reading in readings:
            for piece in pieces(reading.dark.text):
                if known.get(piece, 0.0) > 0 and piece not in heavy:
                    heavy[piece] = _shifted(reading.dark, piece, base)
            base += len(reading.text) + 1
        return tuple(sorted(heavy[piece] for piece in sorted(heavy, key=lambda piece: (-known[piece], piece))[:SHOWN]))

    def because(self, name: str) -> str:
        """What staff read."""
        return next(one.because for one in self._all if one.id == name)

    def _told(self, reading: Reading) -> Told:
        folded = reading.dark.text
        numbers = {number for number, _, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True)} if self._lanes else ()
        return Told(sum(map(self._lanes.__getitem__, numbers)), len(numbers), many(folded))


# A piece has a value in each of the weighings. They lie side by side in one number, so that one addition adds them all.
_LANE, _CENTS, _ABOVE_ZERO = 40, 100, 1 << 20


def _side_by_side(values: Sequence[float]) -> int:
    """In hundredths, as they are written, each in a lane of its own and lifted so that none is below zero."""
    return sum((round(value * _CENTS) + _ABOVE_ZERO) << (_LANE * at) for at, value in enumerate(values))


def _lane(values: int, added: int, at: int) -> float:
    """The sum in one lane, after so many were added."""
    return ((values >> (_LANE * at) & ((1 << _LANE) - 1)) - added * _ABOVE_ZERO) / _CENTS


def _shifted(dark: Shadow, piece: str, base: int) -> Span:
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
