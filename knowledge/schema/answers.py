"""Texts that staff may put into an answer: offered where they fit, changed before they are sent, never sent alone."""

import re
from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from knowledge.schema.common import Fact, Field, Id, Pattern, Sourced, Text

Livelihood = Literal["no_food", "no_shelter", "lifeline_cut"]
"""The dangers for which a prepared text may be offered. For life and violence there is none: a person writes."""
VALUES = frozenset({"town", "window", "telephone", "officer", "opening", "body"})
"""What a text may leave open; one that names a telephone is offered only where the window's number is known, one that
names a body (別の機関) only where a ticket names one that has not been told yet.
"""
LONGEST = 1_000
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
Body = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, strip_whitespace=True)]


class AnswerText(Fact):
    """title: as staff choose it. fields, needs, patterns, crisis: where it fits; none of them: only in the full list."""

    id: Id
    title: Text
    text: Body
    fields: tuple[Field, ...] = ()
    needs: tuple[Id, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    crisis: tuple[Livelihood, ...] = ()

    @model_validator(mode="after")
    def only_known_values(self) -> Self:
        unknown = sorted(set(PLACEHOLDER.findall(self.text)) - VALUES)
        if unknown:
            raise ValueError(f"unknown {{{unknown[0]}}}; there are {', '.join(sorted(VALUES))}")
        return self


class AnswerFile(Sourced):
    """`base/answers/*.yaml`."""

    answers: tuple[AnswerText, ...]


class TownAnswerFile(Sourced):
    """`municipalities/<id>/answers.yaml`: texts that the town has approved. The same id stands for the common one.

    without: ids of common texts that this town does not use.
    """

    answers: tuple[AnswerText, ...] = ()
    without: tuple[Id, ...] = ()
