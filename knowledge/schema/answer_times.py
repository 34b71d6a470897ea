"""By when a town answers: its own choice by urgency, in minutes, staffed hours or working days. No law sets these."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field as Default
from pydantic import model_validator

from knowledge.schema.common import Fact, Sourced, Urgency

LONGEST_EMERGENCY = 120


class Within(Fact):
    """One of three. minutes: by the clock on the wall; staffed_hours: while the town hall is open; working_days: until
    closing time of the n-th working day after, 0 until today's closing, or the next opening where it is closed.
    """

    minutes: Annotated[int, Default(ge=0)] | None = None
    staffed_hours: Annotated[int, Default(ge=1, le=80)] | None = None
    working_days: Annotated[int, Default(ge=0, le=20)] | None = None

    @model_validator(mode="after")
    def one_of_three(self) -> Self:
        if sum(value is not None for value in (self.minutes, self.staffed_hours, self.working_days)) != 1:
            raise ValueError("give one of minutes, staffed_hours, working_days")
        return self


class AnswerTimes(Sourced):
    """`answer_times` of a town. What it leaves out is the product's own line. Emergencies don't wait for opening hours."""

    emergency: Within = Within(minutes=0)
    urgent: Within = Within(working_days=0)
    normal: Within = Within(working_days=3)

    @model_validator(mode="after")
    def emergencies_by_the_clock(self) -> Self:
        if self.emergency.minutes is None or self.emergency.minutes > LONGEST_EMERGENCY:
            raise ValueError(f"emergency needs minutes, at most {LONGEST_EMERGENCY}")
        return self

    def of(self, urgency: Urgency) -> Within:
        return {"emergency": self.emergency, "urgent": self.urgent, "normal": self.normal}[urgency]


OUR_LINE = AnswerTimes(source="つなぐ窓口の決めごと（法令の期限ではない。町が自分で決めて置きかえる）", checked=date(2026, 11, 22))
"""For towns that have not chosen. LABELLING: emergency is at stake now, urgent is today or tomorrow."""
