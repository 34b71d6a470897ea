"""What is counted, and how: years, tables, waiting times, the plan's figures. Pure."""

from datetime import UTC, datetime, timedelta

import pytest

from handoff.figures.facts import Talk
from handoff.figures.files import count_text, kind_text, planned_text
from handoff.figures.joined import NOT_COUNTED
from handoff.figures.waiting import open_time, waits_of
from handoff.figures.year import BadYear, FiscalYear, era_year
from tests.handoff.figures.years import NOON, case, report_on
from tests.whole import knowledge

DAY = timedelta(days=1)


def test_a_fiscal_year_runs_from_april_to_march_in_japan() -> None:
    year = FiscalYear(2026)
    assert year.start == datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
    assert year.end == datetime(2027, 3, 31, 15, 0, tzinfo=UTC)
    assert year.label == "令和8年度"
    assert [era_year(number) for number in (2018, 2019, 1989)] == ["平成30", "令和元", "平成元"]
    with pytest.raises(BadYear, match="2026"):
        FiscalYear(26)


def test_cases_are_counted_under_each_field_and_the_total_stays_the_number_of_cases() -> None:
    table = report_on(case(fields=("elderly", "poverty")), case(fields=())).table("field")
    assert {cell.key: cell.value for cell in table.cells} == {
        "elderly": 1, "disability": 0, "child": 0, "poverty": 1, "none": 1,
    }
    assert (table.total, table.whole) == (2, False)
    assert table.cells[0].label == "高齢・介護"


def test_hours_and_months_are_those_of_japan() -> None:
    report = report_on(case(created_at=datetime(2026, 4, 30, 16, 30, tzinfo=UTC)))
    assert report.table("hour").value("1") == 1
    assert report.table("month").value("5") == 1
    assert report.table("open").value("closed") == 1


@pytest.mark.parametrize("key", ["month", "channel", "source", "hour", "open", "window", "coordinator", "urgency", "again",
                                 "answer", "moves"])
def test_tables_that_add_up_do(key: str) -> None:
    report = report_on(
        case(), case(channel="phone", urgency="emergency", moves=5, again=True), case(window="", coordinator=True)
    )
    table = report.table(key)
    assert table.whole
    assert sum(cell.value or 0 for cell in table.cells) == table.total == 3


def test_windows_channels_and_moves_have_names() -> None:
    report = report_on(case(channel="phone", moves=7), case(window="taiki.gone"))
    labels = {cell.label for name in ("window", "channel", "moves") for cell in report.table(name).cells if cell.value}
    assert {"電話", "3回以上", "taiki.gone"} <= labels
    assert "taiki.fukushi" not in labels


def test_conversations_are_told_apart_by_how_they_ended() -> None:
    talks = (
        Talk(NOON, "web", "route", True), Talk(NOON, "web", "info", False), Talk(NOON, "line", "chat", False),
        Talk(NOON, "line", "", False), Talk(NOON, "line", "route", False),
    )
    report = report_on(talks=talks)
    assert [cell.value for cell in report.table("talk").cells] == [1, 2, 2]
    action = report.table("action")
    assert (action.value("route"), action.value("info"), action.total) == (1, 1, 2)


def test_outcomes_and_gaps() -> None:
    ended = case(resolved_at=NOON, outcome="no_resource", fields=("child", "poverty"))
    report = report_on(ended, case(resolved_at=NOON, outcome="connected"), case())
    assert report.table("outcome").value("no_resource") == 1
    assert report.table("outcome").total == 2
    gaps = report.table("gap")
    assert (gaps.value("child"), gaps.value("poverty"), gaps.value("elderly"), gaps.total) == (1, 1, 0, 1)


def test_waiting_counts_opening_hours_only() -> None:
    town = knowledge().towns["taiki"]
    friday_evening = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # 18:00; Monday 23 is a holiday
    tuesday_nine = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    assert open_time(town, friday_evening, tuesday_nine) == timedelta(minutes=30)
    assert open_time(town, NOON, NOON) == timedelta()


def test_the_share_in_time_rests_on_answers_and_leaves_emergencies_out() -> None:
    answered = NOON + timedelta(hours=1)
    cases = [
        case(first_answer_at=answered, due_at=answered), case(first_answer_at=answered, due_at=NOON), case(due_at=NOON),
        case(urgency="emergency", due_at=NOON, first_answer_at=NOON + timedelta(minutes=12)),
        case(resolved_at=answered, outcome="informed"),
    ]
    waits = waits_of(cases, knowledge().towns["taiki"])
    assert (waits.hours, waits.in_time, waits.answered) == (1.0, 50.0, 2)
    assert (waits.minutes_at_once, waits.at_once) == (12, 1)
    assert [cell.value for cell in report_on(*cases).table("answer").cells] == [1, 1, 1, 1, 1]


def test_nobody_answered_yet_is_no_zero() -> None:
    measures = {one.id: one for one in report_on().measures}
    assert measures["first_answer_hours"].value is None
    assert measures["moves_per_case"].value is None
    assert not measures["moves_per_case"].withheld


def test_a_figure_of_the_plan_that_nobody_records_says_so() -> None:
    (line, *_) = report_on(town="katsuyama").lines
    assert (line.counted, line.missing, line.reached) == (None, NOT_COUNTED, None)
    assert (count_text(line), planned_text(line), kind_text(line)) == ("未集計", "12回以上", "目標")


@pytest.mark.parametrize(("meetings", "reached"), [(11, False), (12, True), (13, True)])
def test_a_target_is_reached_or_not(meetings: int, reached: bool) -> None:
    (line, *_) = report_on(town="katsuyama", counted={"support_meetings": meetings}).lines
    assert (line.counted, line.reached) == (meetings, reached)


def test_results_of_another_year_and_estimates_are_no_targets() -> None:
    lines = {line.id: line for line in report_on(town="nagaizumi", counted={"plan_meetings": 9}).lines}
    assert (lines["plan_meetings"].counted, lines["plan_meetings"].reached) == (9, None)
    assert kind_text(lines["plan_meetings"]) == "実績（令和6年度）"
    (estimate,) = report_on(counted={"cross_field_consultations": 30}).lines
    assert (estimate.kind, estimate.reached) == ("estimate", None)


@pytest.mark.parametrize(("town", "year", "told"), [
    ("itoman", 2026, "終わっています"), ("katsuyama", 2026, ""), ("katsuyama", 2025, "前です"),
    ("katsuyama", 2031, "後です"), ("yokkaichi", 2026, "書かれていません"),
])
def test_a_plan_whose_period_does_not_fit_asks_to_be_looked_at(town: str, year: int, told: str) -> None:
    notice = report_on(town=town, year=year).plan_notice
    assert (told in notice) if told else (notice == "")
    assert notice == "" or notice.startswith("要確認")
