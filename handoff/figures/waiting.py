"""How long people waited for the first answer of a person, and whether that was in time. Pure.

Time counts while the town hall is open: who writes on Friday night and is answered on Monday morning waited minutes.
「いますぐ」 is measured by the clock on the wall: a danger does not wait for opening hours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from handoff.desk.hours import TOKYO, open_stretches
from handoff.figures.facts import Case
from knowledge.schema import Town

ANSWERED = {
    "in_time": "期限までに返事をした", "late": "期限を過ぎて返事をした", "waiting": "まだ返事をしていない",
    "without": "返事を書かずに終わった（電話・来庁などをふくむ）", "at_once": "いますぐの相談（期限は数えない）",
}


@dataclass(frozen=True, slots=True)
class Waits:
    """hours: median wait in opening hours; minutes_at_once: median of 「いますぐ」 by the clock; None: nobody yet.

    in_time: share in percent of those answered. answered, at_once: how many each rests on.
    """

    hours: float | None
    in_time: float | None
    answered: int
    minutes_at_once: float | None
    at_once: int


def standing(case: Case) -> str:
    """Which of `ANSWERED` a case is. The deadline is the one that staff saw."""
    if case.urgency == "emergency":
        return "at_once"
    if case.first_answer_at is None:
        return "waiting" if case.resolved_at is None else "without"
    return "in_time" if case.due_at is None or case.first_answer_at <= case.due_at else "late"


def waits_of(cases: Iterable[Case], town: Town) -> Waits:
    """The figures over all cases of a year."""
    hours: list[float] = []
    minutes: list[float] = []
    in_time = 0
    for case in cases:
        if case.first_answer_at is None:
            continue
        if case.urgency == "emergency":
            minutes.append((case.first_answer_at - case.created_at) / timedelta(minutes=1))
            continue
        hours.append(open_time(town, case.created_at, case.first_answer_at) / timedelta(hours=1))
        in_time += standing(case) == "in_time"
    return Waits(
        hours=round(median(hours), 1) if hours else None,
        in_time=round(100 * in_time / len(hours), 1) if hours else None, answered=len(hours),
        minutes_at_once=round(median(minutes)) if minutes else None, at_once=len(minutes),
    )


def open_time(town: Town, start: datetime, end: datetime) -> timedelta:
    """How much of the time between two moments the town hall was open."""
    day, last = start.astimezone(TOKYO).date(), end.astimezone(TOKYO).date()
    total = timedelta()
    while day <= last:
        for opens, closes in open_stretches(town, day):
            total += max(timedelta(), min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return total
