"""Weights of pieces of text, learned from our own labelled cases: a second look at the whole of what is said."""

from typing import Literal

from knowledge.schema.common import Sourced, Text


class Weights(Sourced):
    """`base/weights/<id>.yaml`, written by `python -m triage.learn`; never edited by hand.

    A text scores bias + the sum of `pieces` found in it / √(number of its pieces); pieces are two to four characters of
    the folded text. floor: from this score on the second look speaks. because: what staff read. id: what the weights speak for;
    `household` several needs at once, the names of fields their windows.
    """

    id: Literal["danger", "life", "household", "elderly", "disability", "child", "poverty"]
    because: Text
    bias: float
    floor: float
    pieces: dict[str, float]
