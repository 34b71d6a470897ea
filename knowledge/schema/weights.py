"""Weights of pieces of text, learned from our own labelled cases: a second look where no word of the lexicon speaks."""

from typing import Literal

from knowledge.schema.common import Sourced, Text


class Weights(Sourced):
    """`base/weights/<id>.yaml`, written by `python -m triage.learn`; never edited by hand.

    A message scores bias + the sum of `pieces` found in it / √(number of its pieces); pieces are two to four characters of
    the folded text. floor: from this score on the second look speaks. because: what staff read.
    """

    id: Literal["danger", "life"]
    because: Text
    bias: float
    floor: float
    pieces: dict[str, float]
