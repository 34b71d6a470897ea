"""A report as an Excel file that prints on A4. The one module of the figures that knows openpyxl."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from handoff.desk.hours import TOKYO
from handoff.figures.files import Value, count_text, harmless, kind_text, measure_text, planned_text, shown
from handoff.figures.report import Report

A4_PORTRAIT, PAPER_A4 = "portrait", 9
GREY = PatternFill("solid", fgColor="E6E6E6")
LINE = Side(style="thin", color="949494")


def as_xlsx(report: Report) -> bytes:
    """Two sheets: the plan's figures, and what was counted."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    _plan_sheet(first, report)
    _table_sheet(book.create_sheet("内訳"), report)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plan_sheet(sheet: Worksheet, report: Report) -> None:
    sheet.title = "計画の数字"
    _heading(sheet, report)
    _row(sheet, ("項目", "計画の値", "種類", "この年度", "出典・注"), head=True)
    for line in report.lines:
        why = f"{line.source} {line.missing}".strip()
        _row(sheet, (line.name, planned_text(line), kind_text(line), count_text(line), why))
    if not report.lines:
        _row(sheet, ("計画に数字はありません。", "", "", "", report.plan.source))
    sheet.append([])
    _row(sheet, ("時間と回数", "値", "", "", ""), head=True)
    for one in report.measures:
        _row(sheet, (one.label, measure_text(one), "", "", ""))
    sheet.append([])
    for note in report.notes:
        sheet.append([harmless(note)])
    _print_setup(sheet, widths=(38, 14, 20, 14, 44))


def _table_sheet(sheet: Worksheet, report: Report) -> None:
    _heading(sheet, report)
    for table in report.tables:
        _row(sheet, (table.title, f"（{table.unit}）"), head=True)
        for cell in table.cells:
            _row(sheet, (cell.label, shown(cell.value)))
        _row(sheet, ("合計", shown(table.total)))
        if table.note:
            sheet.append([harmless(table.note)])
        sheet.append([])
    _print_setup(sheet, widths=(52, 16))


def _heading(sheet: Worksheet, report: Report) -> None:
    made = report.made_at.astimezone(TOKYO)
    sheet.append([f"{report.name} {report.year.label}の数字{'（公表用）' if report.public else '（庁内用）'}"])
    sheet["A1"].font = Font(size=14, bold=True)
    sheet.append([f"計画：{report.plan.title}　作成：{made:%Y年%m月%d日 %H:%M}"])
    if report.plan_notice:
        sheet.append([report.plan_notice])
    sheet.append([])


def _row(sheet: Worksheet, values: Sequence[Value], *, head: bool = False) -> None:
    sheet.append([harmless(value) for value in values])
    for cell in sheet[sheet.max_row]:
        if isinstance(cell.value, str):
            cell.data_type = "s"  # openpyxl takes what begins with = for a formula
        cell.border = Border(top=LINE, bottom=LINE, left=LINE, right=LINE)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if head:
            cell.font, cell.fill = Font(bold=True), GREY


def _print_setup(sheet: Worksheet, *, widths: Sequence[int]) -> None:
    """One page wide on A4, page numbers at the foot."""
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.page_setup.orientation, sheet.page_setup.paperSize = A4_PORTRAIT, PAPER_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    assert sheet.sheet_properties.pageSetUpPr is not None
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "&P / &N"
