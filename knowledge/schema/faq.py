"""Questions and answers, general ones and a town's own."""

from datetime import date

from knowledge.schema.common import Confidence, Field, Id, Sourced, Text


class FaqEntry(Sourced):
    """One question with its answer. also: other ways in which people ask it. windows: local ids (towns only).

    topics lead to the town's window when windows is empty; valid: first and last day on which the answer holds.
    """

    id: Id
    question: Text
    answer: Text
    also: tuple[Text, ...] = ()
    fields: tuple[Field, ...] = ()
    topics: tuple[Id, ...] = ()
    windows: tuple[Id, ...] = ()
    url: str | None = None
    valid: tuple[date, date] | None = None
    confidence: Confidence = "read"
