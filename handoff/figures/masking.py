"""What may be published: numbers from 1 to 4 are withheld, and so is whatever would give them away. Pure.

In a town of five thousand, 「ヤングケアラー 1件」 is a person. Withholding that number alone does not help: a total
and the other rows would give it back. So a further row goes with it, derived figures that rest on
withheld rows go, and a table of few cases, or one that belongs to a withheld row, shows no rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from handoff.figures.joined import OF_CASES
from handoff.figures.plan import PlanLine
from handoff.figures.report import Measure, Report
from handoff.figures.tables import Cell, Table

LEAST = 5
"""The smallest number that is published, beside 0."""
FEW = 25
"""A table of fewer cases shows no row at all: with about as many rows as cases, each row is somebody."""
WITHHELD = "5より小さい数と、そこから逆算できる数は「秘匿」としています。合計が25より小さい表は、内訳を出しません。"
SMALL = "小さい数なので公表しません。"


def for_public(report: Report) -> Report:
    """The report as anybody may read it."""
    tables: dict[str, Table] = {}
    for table in report.tables:
        tables[table.id] = _overview(table) if table.id == "talk" else _masked(table, tables)
    total = report.table("month").total or 0
    return replace(
        report, public=True, tables=tuple(tables.values()), notes=(*report.notes, WITHHELD),
        lines=tuple(_line(line, total) for line in report.lines),
        measures=tuple(_measure(one, tables) for one in report.measures),
    )


def small(value: int | None) -> bool:
    return value is not None and 0 < value < LEAST


def _overview(table: Table) -> Table:
    """Its rows are the totals of other tables, so they stay where they can; the sum of all goes instead."""
    hidden = {cell.key for cell in table.cells if small(cell.value)}
    return _without(table, hidden, total=bool(hidden) or small(table.total))


def _masked(table: Table, others: dict[str, Table]) -> Table:
    if table.of is not None and others[table.of[0]].value(table.of[1]) is None:
        return _without(table, {cell.key for cell in table.cells}, total=True)
    hidden = {cell.key for cell in table.cells} if 0 < (table.total or 0) < FEW else _withheld(table)
    return _without(table, hidden, total=small(table.total))


def _withheld(table: Table) -> set[str]:
    """Keys of the rows to withhold: the small ones, and as many more as it takes to hide them."""
    hidden = [cell for cell in table.cells if small(cell.value)]
    rest = _following(table.cells, hidden)
    while hidden and rest and not _safe(hidden):
        hidden.append(rest.pop(0))
    if hidden and not _safe(hidden):
        return {cell.key for cell in table.cells}  # even which rows are 0 would tell
    return {cell.key for cell in hidden}


def _following(cells: Sequence[Cell], hidden: Sequence[Cell]) -> list[Cell]:
    """The rows that may go too, beginning after the first small one. By place, never by size: were it the smallest that
    goes, the rows that stay would tell how large it can be.
    """
    first = cells.index(hidden[0]) if hidden else 0
    return [cell for cell in (*cells[first:], *cells[:first]) if (cell.value or 0) >= LEAST]


def _safe(hidden: Iterable[Cell]) -> bool:
    """Whether the sum of withheld rows, which a reader can work out, leaves each of them open."""
    values = [cell.value or 0 for cell in hidden]
    total, rows = sum(values), len(values)
    forced = max(values) < LEAST and total in (rows, rows * (LEAST - 1))  # all 1, or all 4
    return rows > 1 and total >= LEAST and not forced


def _without(table: Table, hidden: set[str], *, total: bool) -> Table:
    cells = tuple(replace(cell, value=None) if cell.key in hidden else cell for cell in table.cells)
    return replace(table, cells=cells, total=None if total else table.total)


def _measure(measure: Measure, tables: dict[str, Table]) -> Measure:
    """Gone where it rests on few, or on rows that are withheld; never with the number it rests on."""
    rests_on_hidden = any(tables[table].value(key) is None for table, key in measure.of)
    if measure.value is None or not (rests_on_hidden or (measure.based_on or 0) < LEAST):
        return replace(measure, based_on=None)
    return replace(measure, value=None, based_on=None, withheld=True)


def _line(line: PlanLine, total: int) -> PlanLine:
    """A small count goes; a count of consultations also where what is left of all of them is small."""
    left = total - line.counted if line.counted is not None and line.id in OF_CASES else None
    if line.counted is None or not (small(line.counted) or small(left)):
        return line
    return replace(line, counted=None, missing=SMALL, reached=None, withheld=True)
