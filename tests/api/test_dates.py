"""Deadlines as staff read them: near days by name, another year by its number, the first thing only when town halls open."""

from datetime import datetime

import pytest

from api.errors import Problem
from api.pages import day_and_hour, days_late, due, due_day
from api.routes.coordination import meeting_at
from handoff.desk.hours import TOKYO

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=TOKYO)


@pytest.mark.parametrize(("when", "text"), [
    (datetime(2026, 11, 24, 17, 15, tzinfo=TOKYO), "今日 17:15まで"),
    (datetime(2026, 11, 25, 8, 30, tzinfo=TOKYO), "明日 朝いちばん（8:30）"),
    (datetime(2026, 11, 27, 10, 0, tzinfo=TOKYO), "11月27日（金） 10:00まで"),
    (datetime(2026, 11, 24, 2, 11, tzinfo=TOKYO), "今日 2:11まで"),
    (datetime(2027, 1, 12, 12, 0, tzinfo=TOKYO), "2027年1月12日（火） 12:00まで"),
])
def test_a_deadline_is_read_at_a_glance(when: datetime, text: str) -> None:
    assert due(when, NOW).striptags() == text


def test_what_has_a_day_and_no_hour_shows_none() -> None:
    assert due_day(datetime(2026, 11, 25, 12, 0, tzinfo=TOKYO), NOW).striptags() == "明日"
    assert due_day(datetime(2026, 11, 20, 12, 0, tzinfo=TOKYO), NOW).striptags() == "11月20日（金）"
    late = [days_late(datetime(2026, 11, day, 23, 0, tzinfo=TOKYO), NOW) for day in (20, 23, 24, 25)]
    assert late == [4, 1, 0, 0]


def test_a_meeting_has_an_hour_only_where_one_was_set() -> None:
    assert day_and_hour(datetime(2026, 11, 25, 0, 0, tzinfo=TOKYO)).striptags() == "11月25日（水）"
    assert day_and_hour(datetime(2026, 11, 25, 13, 30, tzinfo=TOKYO)).striptags() == "11月25日（水） 13:30"
    assert meeting_at("2026-11-25", "13:30") == datetime(2026, 11, 25, 13, 30, tzinfo=TOKYO)
    assert meeting_at("2026-11-25", "") == datetime(2026, 11, 25, tzinfo=TOKYO)
    assert meeting_at("", "") is None
    for day, clock in (("2026-11-25", "25:00"), ("", "13:30"), ("25.11.", "")):
        with pytest.raises(Problem):
            meeting_at(day, clock)
