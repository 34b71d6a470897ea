"""Next dates are days on which somebody is there, each once."""

from datetime import UTC, date, datetime

from handoff.desk.hours import is_working_day
from handoff.desk.next_days import days_to_offer
from tests.whole import knowledge

TAIKI = knowledge().towns["taiki"]


def test_weekends_and_holidays_are_gone_past() -> None:
    friday = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    assert days_to_offer(TAIKI, friday) == (
        ("次の開庁日", date(2026, 11, 24)), ("1週間後", date(2026, 11, 27)), ("2週間後", date(2026, 12, 4)),
        ("4週間後", date(2026, 12, 18)),
    ), "Monday the 23rd is 勤労感謝の日; 3日後 would be the same day as the next"


def test_over_the_turn_of_the_year_each_day_is_worked_and_stands_once() -> None:
    for day in range(20, 32):
        offered = [when for _, when in days_to_offer(TAIKI, datetime(2026, 12, day, 3, 0, tzinfo=UTC))]
        assert len(set(offered)) == len(offered) >= 3
        assert all(is_working_day(TAIKI, when) for when in offered)
