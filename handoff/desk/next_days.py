"""Days to offer where somebody sets the next date: named as people say them, and only days on which the town hall works. Pure."""

from datetime import date, datetime, timedelta

from handoff.desk.hours import TOKYO, is_working_day
from knowledge.schema import Town

STEPS = {"次の開庁日": 1, "3日後": 3, "1週間後": 7, "2週間後": 14, "4週間後": 28}
LONGEST_CLOSED = 15
"""A town hall that is closed for longer than the turn of the year has no such day to offer."""


def days_to_offer(town: Town, now: datetime) -> tuple[tuple[str, date], ...]:
    """Name and day, each day once; what falls on a closed day goes on to the next that is worked."""
    today, found = now.astimezone(TOKYO).date(), dict[date, str]()
    for name, after in STEPS.items():
        days = (today + timedelta(days=after + more) for more in range(LONGEST_CLOSED))
        day = next((day for day in days if is_working_day(town, day)), None)
        if day is not None:
            found.setdefault(day, name)
    return tuple((name, day) for day, name in found.items())
