"""When the town hall is open: weekends, public and substitute holidays, the turn of the year, lunch."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from handoff.desk import hours
from handoff.desk.hours import TOKYO, is_open, is_working_day, next_closing, next_opening, open_at, reading_time_text
from knowledge.schema import Closed, Hours, Town


@pytest.fixture
def town(towns: Mapping[str, Town]) -> Town:
    return towns["yokkaichi"]


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=TOKYO)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        (at(2026, 11, 21, 2, 31), at(2026, 11, 24, 8, 30)),  # Saturday before 勤労感謝の日 (Monday)
        (at(2026, 11, 23, 12, 0), at(2026, 11, 24, 8, 30)),
        (at(2026, 11, 24, 8, 29), at(2026, 11, 24, 8, 30)),
        (at(2026, 11, 24, 8, 30), at(2026, 11, 25, 8, 30)),
        (at(2026, 11, 24, 17, 15), at(2026, 11, 25, 8, 30)),
        (at(2026, 12, 28, 18, 0), at(2027, 1, 4, 8, 30)),  # 年末年始
        (at(2026, 5, 1, 18, 0), at(2026, 5, 7, 8, 30)),  # 5-06 is the substitute of a Sunday
        (at(2026, 9, 18, 18, 0), at(2026, 9, 24, 8, 30)),  # 9-22 lies between two holidays
    ],
)
def test_next_opening(town: Town, when: datetime, opens: datetime) -> None:
    assert next_opening(town, when) == opens


def test_a_time_in_another_zone_is_read_in_japan(town: Town) -> None:
    assert next_opening(town, datetime(2026, 11, 20, 17, 31, tzinfo=UTC)) == at(2026, 11, 24, 8, 30)
    assert is_open(town, datetime(2026, 11, 23, 23, 30, tzinfo=UTC))


def test_the_text_names_the_day_after_the_holiday(town: Town) -> None:
    assert reading_time_text(town, at(2026, 11, 21, 2, 31)) == "11月24日（火）8:30以降"


def test_while_open_the_text_promises_no_more_than_today_or_the_next_morning(town: Town) -> None:
    text = reading_time_text(town, at(2026, 11, 24, 16, 50))
    assert text == "今日17:15まで、または11月25日（水）8:30以降"


def test_closing_time_ends_the_day(town: Town) -> None:
    assert is_open(town, at(2026, 11, 24, 17, 14))
    assert not is_open(town, at(2026, 11, 24, 17, 15))
    assert next_closing(town, at(2026, 11, 24, 17, 14)) == at(2026, 11, 24, 17, 15)
    assert next_closing(town, at(2026, 11, 24, 17, 15)) == at(2026, 11, 25, 17, 15)


def test_lunch_is_shut_and_opens_again_the_same_day() -> None:
    shift = Hours(lunch=("12:00", "13:00"))
    assert open_at(shift, (), at(2026, 11, 24, 11, 59))
    assert not open_at(shift, (), at(2026, 11, 24, 12, 0))
    assert open_at(shift, (), at(2026, 11, 24, 13, 0))


def test_lunch_of_the_town_delays_reading_to_the_afternoon(town: Town) -> None:
    with_lunch = town.model_copy(update={"municipality": town.municipality.model_copy(
        update={"hours": Hours(lunch=("12:00", "13:00"), confirmed=True)}
    )})
    assert reading_time_text(with_lunch, at(2026, 11, 24, 12, 10)) == "11月24日（火）13:00以降"


def test_unconfirmed_hours_fall_back_to_the_assumed_ones(town: Town) -> None:
    assert town.municipality.hours is None
    assert hours.hours_of(town) == town.municipality.assumed_hours


def test_hours_without_any_day_never_make_the_search_endless(town: Town) -> None:
    never = town.model_copy(update={"municipality": town.municipality.model_copy(update={"hours": Hours(days=())})})
    assert next_opening(never, at(2026, 11, 21, 2, 31)) == at(2026, 11, 24, 8, 30)


def test_a_closed_range_inside_one_year(town: Town) -> None:
    closed = (Closed(start="08-13", end="08-15", name="夏季休業"),)
    assert not open_at(Hours(), closed, at(2026, 8, 13, 9, 0))
    assert open_at(Hours(), closed, at(2026, 8, 17, 9, 0))


def test_round_the_clock_hours_end_at_midnight() -> None:
    assert open_at(Hours(start="00:00", end="24:00"), (), at(2026, 11, 24, 23, 59))


def test_working_days(town: Town) -> None:
    assert is_working_day(town, date(2026, 11, 24))
    assert not is_working_day(town, date(2026, 12, 29))
