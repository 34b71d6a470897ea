"""By when staff act. Pure: urgency, the town's hours and the time in; a moment and its words out.

The three lines are the product's own (LABELLING: emergency = at stake now, urgent = today or tomorrow); no law sets
them. Statutory ones (the safety check within 48 hours after a 通告) come with the procedures, as sourced data.
"""

from datetime import datetime
from typing import assert_never

from handoff.desk.hours import TOKYO, clock_text, day_text, end_of_working_day, is_open, next_closing, next_opening
from knowledge.schema import Town, Urgency

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
