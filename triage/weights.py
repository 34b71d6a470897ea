"""A second look at a message: how much the pieces of its text are like those of messages about danger.

Rules and words know what somebody thought of; people say it otherwise. A linear weighing of short pieces of the folded text,
learned from our own labelled cases (`triage/learn.py`), raises what no word raised to `urgent`: a ticket that is read first,
never more. It lowers nothing. Must not know: rules, people, fields.
"""

from collections.abc import Iterable, Mapping
from math import sqrt

from knowledge.schema.weights import Weights
from triage.normalise import shadow
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
    return weights.bias + sum(known[piece] for piece in found if piece in known) / sqrt(max(1, len(found)))


class SecondLook:
    """The weights of a knowledge, ready to look."""

    def __init__(self, weights: Iterable[Weights]) -> None:
        self._weights: Mapping[str, Weights] = {one.id: one for one in weights}

    def speaks(self, name: str, text: str) -> tuple[Span, ...] | None:
        """The places that say most where the score reaches the floor, as code points of `text`; None where it does not."""
        weights = self._weights.get(name)
        if weights is None:
            return None
        dark = shadow(text)
        if score(dark.text, weights) < weights.floor:
            return None
        heavy = sorted((piece for piece in pieces(dark.text) if weights.pieces.get(piece, 0.0) > 0), key=lambda piece: (-weights.pieces[piece], piece))
        return tuple(sorted(dark.span(at := dark.text.index(piece), at + len(piece)) for piece in heavy[:SHOWN]))

    def because(self, name: str) -> str:
        return self._weights[name].because
