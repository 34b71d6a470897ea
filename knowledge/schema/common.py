"""Closed vocabularies and the bases of every knowledge file.

The vocabularies are those of the labelling guide and of the contract; they change only together with both.
"""

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints

Field = Literal["elderly", "disability", "child", "poverty"]
Urgency = Literal["emergency", "urgent", "normal"]
CrisisKind = Literal[
    "suicide", "self_harm", "child_abuse", "elder_abuse", "disability_abuse", "dv", "sexual_violence",
    "medical", "no_food", "no_shelter", "lifeline_cut",
]
Pattern = Literal[
    "8050", "young_carer", "double_care", "hoarding", "self_neglect", "hikikomori", "elder_elder_care",
    "after_parents", "refuses_help", "outreach", "gap", "single_parent", "foreign_resident", "care_leaver",
    "carer_quit_job", "at_risk_pregnancy", "ex_offender", "disaster", "pet_hoarding",
]
About = Literal[
    "self", "parent", "grandparent", "child", "spouse", "sibling", "other_family", "neighbour", "client", "unknown",
]

Language = Literal["ja", "ja-easy", "en", "zh", "vi", "pt", "tl", "ko", "es", "ne", "id"]

FIELDS: tuple[Field, ...] = get_args(Field)
CRISIS_KINDS: tuple[CrisisKind, ...] = get_args(CrisisKind)
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)
ABOUT: tuple[About, ...] = get_args(About)

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


Confidence = Literal["read", "recalled"]
"""Whether somebody read a fact at its source, or wrote it from knowledge of it; the second is never told as checked."""


class Fact(BaseModel):
    """Base of all knowledge objects: immutable, and a key nobody knows is an error, not a silence."""

    # telephone: 189 without quotes is a number to YAML and a text to its author.
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Sourced(Fact):
    """A fact that says where it comes from.

    source: document and section, or the page of an authority; checked: the day somebody read it there.
    """

    source: Text
    checked: date
