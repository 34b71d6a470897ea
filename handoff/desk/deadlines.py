"""By when staff act. Pure: urgency, the town's hours and the time in; a moment and its words out.

The three lines are the town's own choice in its pack (`answer_times`), else the product's; no law sets them. The safety check after a 通告 runs in real hours, through nights and holidays, as the pack's sourced data say.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from handoff.desk.hours import (
    TOKYO,
    after_staffed,
    clock_text,
    day_text,
    end_of_working_day,
    is_open,
    moment_text,
    next_closing,
    next_opening,
)
from knowledge.schema import CrisisKind, SafetyCheck, Town, Urgency


def deadline(urgency: Urgency, town: Town, when: datetime) -> datetime:
    """The moment by which somebody should have answered."""
    within = town.answer_times.of(urgency)
    if within.minutes is not None:
        return when + timedelta(minutes=within.minutes)
    if within.staffed_hours is not None:
        return after_staffed(town, when, timedelta(hours=within.staffed_hours))
    if within.working_days:
        return end_of_working_day(town, when, after=within.working_days)
    return next_closing(town, when) if is_open(town, when) else next_opening(town, when)


def deadline_text(urgency: Urgency, due: datetime, *, town: Town, when: datetime) -> str:
    """The deadline in the officer's words."""
    if urgency == "emergency" or due <= when:
        return "いますぐ"
    day, within = due.astimezone(TOKYO).date(), town.answer_times.of(urgency)
    morning = within.working_days == 0 and not is_open(town, when)
    if day == when.astimezone(TOKYO).date() and not morning:
        return f"今日{clock_text(due)}まで"
    if within.working_days is None:
        return f"{moment_text(due)}まで"
    return f"{day_text(day)}まで" if within.working_days else f"{day_text(day)}の朝いちばん（{clock_text(due)}から）"


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
