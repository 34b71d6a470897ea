"""When the town hall is open, and when somebody will read.

Pure: the time comes in, facts come from the pack. Public holidays (substitute days included) come from jpholiday.
Hours that the town has not confirmed serve for estimates only; the caller never shows them as a fact.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import jpholiday

from knowledge.schema import Closed, Hours, Town, Window

TOKYO = ZoneInfo("Asia/Tokyo")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KANJI = "月火水木金土日"
FARTHEST = 370
"""Days to look ahead: beyond the longest closed range that a pack can write."""


def hours_of(town: Town, *, window: Window | None = None) -> Hours:
    """The hours to reckon with: the window's own, else the town hall's, else the assumed ones."""
    municipality = town.municipality
    own = window.hours if window else None
    found = own or municipality.hours or municipality.assumed_hours
    return found if found.days else Hours()


def open_at(hours: Hours, closed: Sequence[Closed], when: datetime) -> bool:
    """Whether somebody is there at that moment. `when` is aware; reckoned in Japanese time."""
    local = when.astimezone(TOKYO)
    return any(start <= local < end for start, end in _stretches(hours, closed, local.date()))


def is_open(town: Town, when: datetime) -> bool:
    """Whether the town hall is open."""
    return open_at(hours_of(town), town.municipality.closed, when)


def is_working_day(town: Town, day: date) -> bool:
    return _works(hours_of(town), town.municipality.closed, day)


def open_stretches(town: Town, day: date) -> list[tuple[datetime, datetime]]:
    """The times of a day at which the town hall is open, lunch cut out."""
    return _stretches(hours_of(town), town.municipality.closed, day)


def next_opening(town: Town, when: datetime) -> datetime:
    """The first moment after `when` at which the town hall opens (after lunch, too), in Japanese time."""
    return next(start for start, _ in _ahead(town, when) if start > when)


def next_closing(town: Town, when: datetime) -> datetime:
    """The end of the working day that `when` lies in or that comes next (lunch is no end)."""
    return next(end for day in _days(when) if (end := _end_of(town, day)) is not None and end > when)


def last_closing(town: Town, when: datetime) -> datetime:
    """The end of the last working day that is over at `when` (lunch is no end)."""
    first = when.astimezone(TOKYO).date()
    ends = (_end_of(town, first - timedelta(days=back)) for back in range(FARTHEST))
    found = next((end for end in ends if end is not None and end <= when), None)
    if found is None:
        raise ValueError(f"{town.id}: the town hall never opens; see hours and closed in municipality.yaml")
    return found


def end_of_working_day(town: Town, when: datetime, *, after: int) -> datetime:
    """Closing time of the n-th working day after the day of `when`."""
    ends = (_end_of(town, day) for day in _days(when) if day > when.astimezone(TOKYO).date())
    found = list(_take(ends, count=after))
    return found[-1]


def after_staffed(town: Town, when: datetime, amount: timedelta, *, window: Window | None = None) -> datetime:
    """The moment at which somebody has been at the window for that long since `when`; nights and days off don't count."""
    left = amount
    for day in _days(when):
        for start, end in _stretches(hours_of(town, window=window), town.municipality.closed, day):
            begin = max(start, when)
            if begin + left <= end:
                return begin + left
            left -= max(end - begin, timedelta())
    raise ValueError(f"{town.id}: nobody is ever at the window; see hours and closed")


def reading_time_text(town: Town, when: datetime) -> str:
    """When staff read, honestly: 「11月24日（火）8:30以降」; while open, the rest of today or the next opening."""
    later = f"{moment_text(_next_morning(town, when))}以降"
    if not is_open(town, when):
        return f"{moment_text(next_opening(town, when))}以降"
    return f"今日{clock_text(next_closing(town, when))}まで、または{later}"


def day_text(day: date) -> str:
    """11月24日（火）"""
    return f"{day.month}月{day.day}日（{KANJI[day.weekday()]}）"


def clock_text(when: datetime) -> str:
    """8:30"""
    local = when.astimezone(TOKYO)
    return f"{local.hour}:{local.minute:02d}"


def moment_text(when: datetime) -> str:
    """11月24日（火）8:30"""
    return f"{day_text(when.astimezone(TOKYO).date())}{clock_text(when)}"


def _next_morning(town: Town, when: datetime) -> datetime:
    """The next opening on a later day than that of `when`."""
    today = when.astimezone(TOKYO).date()
    return next(start for start, _ in _ahead(town, when) if start.date() > today)


def _ahead(town: Town, when: datetime) -> Iterator[tuple[datetime, datetime]]:
    hours, closed = hours_of(town), town.municipality.closed
    for day in _days(when):
        yield from _stretches(hours, closed, day)
    raise ValueError(f"{town.id}: the town hall never opens; see hours and closed in municipality.yaml")


def _days(when: datetime) -> Iterator[date]:
    first = when.astimezone(TOKYO).date()
    return (first + timedelta(days=n) for n in range(FARTHEST))


def _end_of(town: Town, day: date) -> datetime | None:
    stretches = _stretches(hours_of(town), town.municipality.closed, day)
    return stretches[-1][1] if stretches else None


def _take(ends: Iterator[datetime | None], *, count: int) -> Iterator[datetime]:
    for end in ends:
        if end is not None:
            yield end
            count -= 1
        if not count:
            return


def _stretches(hours: Hours, closed: Sequence[Closed], day: date) -> list[tuple[datetime, datetime]]:
    """Opening stretches of one day, lunch cut out; none on a day off."""
    if not _works(hours, closed, day):
        return []
    start, end = _moment(day, hours.start), _moment(day, hours.end)
    if hours.lunch is None:
        return [(start, end)]
    return [(start, _moment(day, hours.lunch[0])), (_moment(day, hours.lunch[1]), end)]


def _works(hours: Hours, closed: Sequence[Closed], day: date) -> bool:
    if WEEKDAYS[day.weekday()] not in hours.days or jpholiday.is_holiday(day):
        return False
    return not any(_within(part, day) for part in closed)


def _within(closed: Closed, day: date) -> bool:
    """Month-day ranges, both ends shut; one that ends before it starts crosses the new year."""
    start, end, here = _month_day(closed.start), _month_day(closed.end), (day.month, day.day)
    return start <= here <= end if start <= end else here >= start or here <= end


def _month_day(value: str) -> tuple[int, int]:
    month, day = value.split("-")
    return int(month), int(day)


def _moment(day: date, clock: str) -> datetime:
    """A clock time of that day; 24:00 is the next midnight."""
    hour, minute = (int(part) for part in clock.split(":"))
    if hour == 24:
        return datetime.combine(day + timedelta(days=1), time(0, minute), TOKYO)
    return datetime.combine(day, time(hour, minute), TOKYO)
