"""Texts that staff may put into an answer: at most two that fit, filled in; none where life or violence is at stake.

Pure: the town's and the common texts, a ticket's line and who writes, in. Nothing here is sent: it goes into a draft.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from handoff.desk.hours import moment_text, next_opening
from handoff.desk.queue import TicketLine
from handoff.intake.spoken import SPOKEN
from knowledge.schema import Town
from knowledge.schema.answers import PLACEHOLDER, AnswerText, Livelihood
from knowledge.types import fill

AT_MOST = 2
LIVELIHOOD = frozenset(get_args(Livelihood))
WEIGHTS = {"crisis": 4, "patterns": 3, "needs": 2, "fields": 1}
ASKS_FIRST = 5
"""What another body may be told is asked before anything that fits a pattern or a field."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text filled in. own: approved by the town itself."""

    id: str
    title: str
    text: str
    own: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """fitting: at most two; others: the rest, for whoever looks for one. Both empty in danger."""

    fitting: tuple[Suggestion, ...] = ()
    others: tuple[Suggestion, ...] = ()

    def find(self, text_id: str) -> Suggestion | None:
        return next((one for one in (*self.fitting, *self.others) if one.id == text_id), None)


def offered(
    common: Sequence[AnswerText], line: TicketLine, *, town: Town, officer: str, now: datetime
) -> Offered:
    """What may be offered on a ticket. Nothing in danger, nothing where they spoke, nothing in another language."""
    if line.restricted or not LIVELIHOOD.issuperset(line.crisis) or line.urgency == "emergency":
        return Offered()
    if not line.windows or line.summary.channel in SPOKEN or not line.summary.language.startswith("ja"):
        return Offered()
    values = _values(line, town, officer, now)
    known = [one for one in texts_of(common, town) if set(PLACEHOLDER.findall(one.text)) <= values.keys()]
    own = {one.id for one in town.answers}
    scored = sorted(((_fit(one, line), one) for one in known), key=lambda pair: -pair[0])
    chosen = [one for fit, one in scored if fit][:AT_MOST]

    def filled(one: AnswerText) -> Suggestion:
        return Suggestion(one.id, one.title, fill(one.text, values), one.id in own)

    return Offered(tuple(filled(one) for one in chosen), tuple(filled(one) for one in known if one not in chosen))


def texts_of(common: Sequence[AnswerText], town: Town) -> tuple[AnswerText, ...]:
    """The town's texts first; of the common ones those it neither replaces nor leaves out."""
    gone = {*(one.id for one in town.answers), *town.without_answers}
    return (*town.answers, *(one for one in common if one.id not in gone))


def _fit(text: AnswerText, line: TicketLine) -> int:
    """How well it fits: what is pressing before the pattern, that before a need, that before a field.

    A text that asks about another body is only looked at where one is named.
    """
    here = {
        "crisis": set(line.crisis), "patterns": set(line.patterns), "fields": set(line.fields),
        "needs": {need for person in line.summary.household for need in person.needs},
    }
    asks = ASKS_FIRST if "body" in PLACEHOLDER.findall(text.text) else 0
    return asks + sum(weight for name, weight in WEIGHTS.items() if here[name] & set(getattr(text, name)))


def _values(line: TicketLine, town: Town, officer: str, now: datetime) -> dict[str, str]:
    """What can be filled in; a telephone only where one is known."""
    window = town.window(line.windows[0])
    telephone = window.telephone or next((desk.telephone for desk in window.desks if desk.telephone), None)
    values = {
        "town": town.name, "window": window.short or window.name, "officer": officer,
        "opening": moment_text(next_opening(town, now)),
    }
    if line.named:
        values["body"] = "、".join(town.window(one).name for one in line.named)
    return {**values, "telephone": telephone} if telephone else values
