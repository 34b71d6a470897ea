"""A report as a file: JSON, CSV that spreadsheets open as it is, Excel; and the words for its numbers.

Cells are text or numbers, never formulas: whatever begins like one is written so that no program runs it.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from handoff.desk.hours import TOKYO
from handoff.figures.plan import KINDS, PlanLine
from handoff.figures.report import Measure, Report, as_json
from handoff.figures.year import era_year

Format = Literal["json", "csv", "xlsx"]
Value = str | int | float | None
HEADINGS = ("区分", "項目", "値", "単位", "計画の値", "計画の種類", "出典", "注")
HIDDEN, NOT_COUNTED, NOTHING = "秘匿", "未集計", "—"
DANGEROUS = re.compile(r"^\s*[=+\-@＝＋－＠]|^[\t\r\n]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def written(report: Report, form: Format) -> bytes:
    """A report in one of the three forms."""
    match form:
        case "json":
            return json.dumps(as_json(report), ensure_ascii=False, indent=1).encode() + b"\n"
        case "csv":
            return as_csv(report)
        case "xlsx":
            from handoff.figures.sheets import as_xlsx  # openpyxl takes long to load: the web process starts without it

            return as_xlsx(report)


def harmless(value: Value) -> Value:
    """Text that no spreadsheet takes for a formula; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    plain = CONTROL.sub("", value)
    return f"'{plain}" if DANGEROUS.match(plain) else plain


def as_csv(report: Report) -> bytes:
    """UTF-8 with BOM, CRLF, one number a row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows([harmless(value) for value in row] for row in _rows(report))
    return out.getvalue().encode("utf-8-sig")


def number_text(value: float | None) -> str:
    """12, 3.5; 秘匿 where it is withheld."""
    return HIDDEN if value is None else f"{value:g}"


def count_text(line: PlanLine) -> str:
    """What was counted for a figure of the plan, in words where there is no number."""
    if line.counted is not None:
        return f"{line.counted:g}{line.unit}"
    return HIDDEN if line.withheld else NOT_COUNTED


def planned_text(line: PlanLine) -> str:
    """12回以上"""
    return f"{line.planned:g}{line.unit}{'以上' if line.at_least else ''}"


def kind_text(line: PlanLine) -> str:
    """目標, or 実績（令和6年度）"""
    if line.fiscal_year is None:
        return KINDS[line.kind]
    return f"{KINDS[line.kind].partition('（')[0]}（{era_year(line.fiscal_year)}年度）"


def measure_text(measure: Measure) -> str:
    """3.5時間, 秘匿, or a dash where there was nothing to measure."""
    if measure.value is None:
        return HIDDEN if measure.withheld else NOTHING
    return f"{measure.value:g}{measure.unit}"


def _rows(report: Report) -> Iterator[Sequence[Value]]:
    made = report.made_at.astimezone(TOKYO)
    yield "この表", f"{report.name} {report.year.label}", None, "", "", "", "", f"作成 {made:%Y-%m-%d %H:%M}"
    for line in report.lines:
        counted: Value = line.counted if line.counted is not None else count_text(line)
        note = " ".join(part for part in (line.missing, report.plan_notice) if part)
        yield "計画の数字", line.name, counted, line.unit, planned_text(line), kind_text(line), line.source, note
    for one in report.measures:
        value: Value = one.value if one.value is not None else measure_text(one)
        yield "時間と回数", one.label, value, one.unit, "", "", "", ""
    for table in report.tables:
        for cell in table.cells:
            yield table.title, cell.label, shown(cell.value), table.unit, "", "", "", table.note
        yield table.title, "合計", shown(table.total), table.unit, "", "", "", table.note
    for note in report.notes:
        yield "注", note, None, "", "", "", "", ""


def shown(value: int | None) -> Value:
    """A number of a table; 秘匿 where it is withheld."""
    return HIDDEN if value is None else value
