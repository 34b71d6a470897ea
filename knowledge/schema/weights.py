"""Weights: of pieces of text, learned from our own labelled cases, for the second look; of signs of whose life it is about."""

from typing import Literal

from knowledge.schema.common import Sourced, Text


class Weights(Sourced):
    """`base/weights/<id>.yaml`, written by `python -m triage.learn`; never edited by hand.

    A text scores bias + the sum of `pieces` found in it / √(number of its pieces); pieces are two to four characters of
    the folded text. floor: from this score on the second look speaks. because: what staff read. id: what the weights speak for;
    `household` several needs at once, the names of fields their windows; `need` that somebody tells a need, `vague` that
    something is wanted and not yet said, `info`, `other` and `chat` what their actions mean.
    """

    id: Literal["danger", "life", "household", "elderly", "disability", "child", "poverty", "need", "vague", "info", "other", "chat"]
    because: Text
    bias: float
    floor: float
    pieces: dict[str, float]


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
