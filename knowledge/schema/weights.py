"""Weights: of words and entries, learned from our own labelled cases, for the second look; of signs of whose life it is about."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, StringConstraints

from knowledge.schema.common import Sourced, Text

WeighedFor = Annotated[str, StringConstraints(pattern=r"^(danger|life|emergency|complex|(window|first|action|pattern|kind|about)_[a-z0-9_]+)$")]


def _table(value: object) -> object:
    """`value word` a line: tens of thousands of words are read five times as fast as from a YAML mapping."""
    if not isinstance(value, str):
        return value
    lines = [line.partition(" ") for line in value.splitlines()]
    return {word: weight for weight, _, word in lines}


class Weights(Sourced):
    """`base/weights/<id>.yaml`, written by `python -m triage.learn`; never edited by hand.

    A conversation scores bias + the sum of `signs` told in it + the sum of `words` / √(number of its words and pairs). signs: entries of the
    lexicon (`:denied` and the like where they sank), needs (`#no_money`), persons (`@child`, `@child 50`: in the fifties, `@writer neighbour`).
    words: dictionary forms, and two in a row; one a line, behind its weight. floor: what is taken off. because: what staff read. id: what the weights speak for:
    `danger` and `life` (a wish to die or to hurt oneself) for urgency, `emergency` that life is at stake now, `complex` for the coordinator, `window_` that a window should hear it,
    `first_` that it comes first, `action_`, `pattern_`, `kind_` of danger, `about_` whose life.
    start, trees: how this leaning and what rules said are weighed together (`triage/scales.py`): start + one leaf of each
    tree, a tree a line, a question before its two branches (`what<=bound below above`).
    """

    id: WeighedFor
    because: Text
    bias: float
    floor: float
    signs: dict[str, float]
    words: Annotated[dict[str, float], BeforeValidator(_table)]
    start: float = 0.0
    trees: str = ""


Sign = Literal[
    "abused", "aged", "aside", "child", "child_8050", "child_blows", "child_disability", "child_grown", "child_hardship", "child_minor",
    "child_shared", "child_single", "child_window", "first", "grandparent", "has_nothing", "has_several", "hits", "hits_minor", "kin", "kin_8050",
    "kin_double_care", "kin_young_carer", "neighbour", "no_window", "oblique", "often", "old_window", "only_kin", "other_family", "owned", "parent",
    "rivals", "self", "self_abuse", "self_alone", "self_caring", "self_child_abuse", "self_disability", "self_dv", "self_edge", "self_expecting",
    "self_grown", "self_hardship", "self_hurt", "self_minor", "self_money", "self_named", "self_old", "self_only", "self_poverty", "self_shared",
    "self_single", "self_subject", "self_suicide", "self_trouble", "self_withdrawn", "sibling", "sibling_after_parents", "sibling_young_carer",
    "spouse", "spouse_double_care", "spouse_elder_elder", "subject", "wish_of_parent", "writer_minor", "writer_old", "writer_troubled",
]
"""What may be told of a role: `self_` of the writer, `child_`, `sibling_`, `spouse_` and `kin_` of one of the family, a role's name
that it is named at all. `triage/about.py` says when each holds."""


class AboutWeights(Sourced):
    """`base/weights/about.yaml`: how much each sign speaks for (or against) a message being about this person.

    Whoever has more than 0 points is meant, else whoever has most. A sign that isn't listed says nothing.
    """

    points: dict[Sign, float]
