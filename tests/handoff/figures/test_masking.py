"""What is published gives nobody away, not even to a reader who knows the rule by which it was withheld."""

from collections import defaultdict
from itertools import product

import pytest

from handoff.figures.masking import LEAST, for_public
from handoff.figures.masking import _masked as masked
from handoff.figures.report import Report
from handoff.figures.tables import Cell, Table
from tests.handoff.figures.years import NOON, case, report_on


def table(*values: int, whole: bool = True, total: int | None = None) -> Table:
    cells = tuple(Cell(str(place), str(place), value) for place, value in enumerate(values))
    return Table("some", "some", cells, sum(values) if total is None else total, whole=whole)


def seen(one: Table) -> tuple[int | None, ...]:
    return (one.total, *(cell.value for cell in one.cells))


@pytest.mark.parametrize(("rows", "largest"), [(2, 40), (3, 24)])
def test_a_reader_who_knows_the_rule_cannot_work_a_small_number_back(rows: int, largest: int) -> None:
    """All tables up to a size: those that look the same must differ in each withheld small number."""
    alike: dict[tuple[int | None, ...], list[tuple[int, ...]]] = defaultdict(list)
    for values in product(range(largest), repeat=rows):
        alike[seen(masked(table(*values), {}))].append(values)
    for shown, possible in alike.items():
        if max(possible[0]) > largest - LEAST - 2:
            continue  # what it looks like was not tried to the end
        for place in range(rows):
            if shown[place + 1] is None and any(0 < values[place] < LEAST for values in possible):
                assert len({values[place] for values in possible}) > 1, (shown, possible)


def test_a_table_of_few_cases_shows_no_row() -> None:
    assert seen(masked(table(7, 8, 9), {})) == (24, None, None, None)
    assert seen(masked(table(*[1] * 24), {}))[1:] == (None,) * 24
    assert seen(masked(table(0, 0), {})) == (0, 0, 0)


def test_no_small_number_is_ever_shown() -> None:
    for values in product(range(8), repeat=3):
        shown = seen(masked(table(*values), {}))
        assert not any(value is not None and 0 < value < LEAST for value in shown), values


def test_large_numbers_and_zeros_stay() -> None:
    assert seen(masked(table(12, 0, 30), {})) == (42, 12, 0, 30)
    assert seen(masked(table(9, 3, 20, 7), {})) == (39, 9, None, None, 7)


def many(count: int, **more: object) -> list[object]:
    return [case(**more) for _ in range(count)]


def public(*groups: list[object], counted: dict[str, int] | None = None) -> Report:
    return for_public(report_on(*[one for group in groups for one in group], counted=counted))  # type: ignore[arg-type]


def test_a_table_of_a_withheld_row_goes_whole() -> None:
    report = public(
        many(3, resolved_at=NOON, outcome="no_resource", fields=("child",)), many(30, resolved_at=NOON, outcome="connected")
    )
    assert report.table("outcome").value("no_resource") is None
    assert {cell.value for cell in report.table("gap").cells} == {None}
    assert report.table("gap").total is None


def test_derived_figures_go_with_the_rows_they_rest_on() -> None:
    some = public(many(2, moves=1), many(20))
    assert {one.id: one for one in some.measures}["moves_per_case"].withheld
    none = {one.id: one for one in public(many(8, moves=1), many(20)).measures}["moves_per_case"]
    assert (none.value, none.withheld, none.based_on) == (0.29, False, None)


@pytest.mark.parametrize(("counted", "kept"), [(0, True), (3, False), (7, True), (18, False), (20, True)])
def test_a_figure_of_the_plan_goes_where_it_or_its_rest_is_small(counted: int, kept: bool) -> None:
    (line,) = public(many(20), counted={"cross_field_consultations": counted}).lines
    assert (line.counted == counted) is kept
    assert line.withheld is not kept
    assert kept or line.reached is None


def test_the_public_report_says_that_it_is_one() -> None:
    report = public(many(20))
    assert report.public
    assert "秘匿" in report.notes[-1]
