"""By when staff act. Pure: urgency, the town's hours and the time in; a moment and its words out.

The three lines are the product's own (LABELLING: emergency = at stake now, urgent = today or tomorrow); no law sets
them. The safety check after a 通告 runs in real hours, through nights and holidays, as the pack's sourced data say.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

from handoff.desk.hours import (
    TOKYO,
    clock_text,
    day_text,
    end_of_working_day,
    is_open,
    moment_text,
    next_closing,
    next_opening,
)
from knowledge.schema import CrisisKind, SafetyCheck, Town, Urgency

NORMAL_WORKING_DAYS = 3


def deadline(urgency: Urgency, town: Town, when: datetime) -> datetime:
    """The moment by which somebody should have acted: now; today or the next opening; three working days."""
    match urgency:
        case "emergency":
            return when
        case "urgent":
            return next_closing(town, when) if is_open(town, when) else next_opening(town, when)
        case "normal":
            return end_of_working_day(town, when, after=NORMAL_WORKING_DAYS)
        case _:
            assert_never(urgency)


def deadline_text(urgency: Urgency, due: datetime, *, town: Town, when: datetime) -> str:
    """The deadline in the officer's words."""
    match urgency:
        case "emergency":
            return "いますぐ"
        case "urgent" if due.astimezone(TOKYO).date() == when.astimezone(TOKYO).date() and is_open(town, when):
            return f"今日{clock_text(due)}まで"
        case "urgent":
            return f"{day_text(due.astimezone(TOKYO).date())}の朝いちばん（{clock_text(due)}から）"
        case "normal":
            return f"{day_text(due.astimezone(TOKYO).date())}まで"
        case _:
            assert_never(urgency)


def safety_checks(crisis: Iterable[CrisisKind], town: Town, when: datetime) -> Mapping[str, datetime]:
    """By when the safety of whom a report is about must have been checked: id of the check, its real-time end."""
    kinds = set(crisis)
    return {one.id: when + timedelta(hours=one.hours) for one in town.safety_checks if not kinds.isdisjoint(one.crisis)}


def safety_text(checks: Mapping[str, datetime], town: Town) -> str:
    """The same in the officer's words, after the other deadline; nothing where there is none."""
    return "".join(f"。{moment_text(due)}までに{check.name}" for check in town.safety_checks if (due := checks.get(check.id)))


def check_of(town: Town, check_id: str) -> SafetyCheck | None:
    """The check of an id, None where the pack knows it no more."""
    return next((one for one in town.safety_checks if one.id == check_id), None)
