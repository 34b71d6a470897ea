"""A second look at a message: how much the pieces of its text are like those of messages about danger.

Rules and words know what somebody thought of; people say it otherwise. A linear weighing of short pieces of the folded text,
learned from our own labelled cases (`triage/learn.py`), raises to `urgent` what no word raised: a ticket that is read first, and where
it leans to `life` the answer to a wish to die. It lowers nothing. Must not know: rules, people, fields.
"""

from array import array
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from math import fsum, sqrt

import ahocorasick_rs

from knowledge.schema.weights import Weights
from triage.normalise import Shadow
from triage.reading import Reading
from triage.types import Span

SIZES = (2, 3, 4)
SHOWN = 3
"""So many places are shown as evidence."""


def pieces(folded: str) -> set[str]:
    """Every run of two to four characters within a line."""
    return {line[at:at + size] for line in folded.split("\n") for size in SIZES for at in range(len(line) - size + 1)}


def score(folded: str, weights: Weights) -> float:
    """How far the text leans towards danger; 0 is the middle of what was learned."""
    found = pieces(folded)
    known = weights.pieces
    return weights.bias + fsum(known[piece] for piece in found if piece in known) / sqrt(max(1, len(found)))


class SecondLook:
    """The weights of a knowledge, ready to look."""

    def __init__(self, weights: Iterable[Weights]) -> None:
        self._weights: dict[str, Weights] = {one.id: one for one in weights}
        known = list(dict.fromkeys(piece for one in self._weights.values() for piece in one.pieces))
        self._values = {name: array("d", [one.pieces.get(piece, 0.0) for piece in known]) for name, one in self._weights.items()}
        self._automaton = ahocorasick_rs.AhoCorasick(known or ["\uffff"], implementation=ahocorasick_rs.Implementation.ContiguousNFA)

    def of(self, reading: Reading) -> Mapping[str, tuple[Span, ...]]:
        """What speaks in an utterance: name of the weights -> the places that say most."""
        known = self._known(reading.dark)
        return {name: places for name in self._weights if (places := self._speaks(name, reading.dark, known))}

    def speaks(self, name: str, dark: Shadow) -> tuple[Span, ...]:
        """The places that say most where the score reaches the floor, as code points of the text; none where it does not."""
        return self._speaks(name, dark, self._known(dark)) if name in self._weights else ()

    def because(self, name: str) -> str:
        """What staff read."""
        return self._weights[name].because

    def _known(self, dark: Shadow) -> AbstractSet[int]:
        """Numbers of the pieces of a text that any weights know."""
        return {number for number, _, _ in self._automaton.find_matches_as_indexes(dark.text, overlapping=True)} if self._weights else set()

    def _speaks(self, name: str, dark: Shadow, known: AbstractSet[int]) -> tuple[Span, ...]:
        weights = self._weights[name]
        wanted = weights.floor - weights.bias
        if wanted > 0 and fsum(map(self._values[name].__getitem__, known)) < wanted * sqrt(len(known)):
            return ()   # the text has more pieces than these, and scores still less
        if score(dark.text, weights) < weights.floor:
            return ()
        heavy = {piece: value for piece in pieces(dark.text) if (value := weights.pieces.get(piece, 0.0)) > 0}
        shown = sorted(heavy, key=lambda piece: (-heavy[piece], piece))[:SHOWN]
        return tuple(sorted(dark.span(at := dark.text.index(piece), at + len(piece)) for piece in shown))
