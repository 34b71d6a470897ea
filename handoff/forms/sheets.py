"""A paper as an Excel file that prints on A4 and that offices fill in further. Knows openpyxl; loaded when asked for."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from handoff.figures.files import harmless
from handoff.forms.blocks import Block, Checks, Grid, Paper, Rows, Stamps, Words

COLUMNS, WIDTH = 6, 15.5
LINE_HEIGHT, LETTERS_A_COLUMN = 18, 8
PAPER_A4 = 9
GREY = PatternFill("solid", fgColor="E6E6E6")
THIN = Side(style="thin", color="595959")
BOX = Border(top=THIN, bottom=THIN, left=THIN, right=THIN)


def as_xlsx(paper: Paper) -> bytes:
    """The file. Residents' words are text in it, whatever they begin with."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = paper.number
    _write(sheet, (paper.title,), (COLUMNS,), size=14, bold=True, boxed=False)
    if paper.warning:
        _write(sheet, (paper.warning,), (COLUMNS,), bold=True)
    for block in paper.blocks:
        _block(sheet, block)
    _print_setup(sheet, paper)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _block(sheet: Worksheet, block: Block) -> None:
    _write(sheet, (block.title,), (COLUMNS,), bold=True, filled=True)
    match block:
        case Rows():
            for label, value in block.rows:
                _write(sheet, (label, value), (2, 4))
        case Checks():
            for place in range(0, len(block.items), 2):
                pair = block.items[place:place + 2]
                _write(sheet, tuple(f"{mark or '　'} {label}" for mark, label in pair), (3,) * len(pair))
            if block.note:
                _write(sheet, (block.note,), (COLUMNS,), boxed=False)
        case Grid():
            _grid(sheet, block)
        case Words():
            _write(sheet, (block.text,), (COLUMNS,), least=block.lines + block.text.count("\n") + 1)
        case Stamps():
            _write(sheet, block.names, (1,) * len(block.names))
            _write(sheet, ("",) * len(block.names), (1,) * len(block.names), least=3)


def _grid(sheet: Worksheet, block: Grid) -> None:
    spans = _spans(len(block.heads))
    _write(sheet, block.heads, spans, bold=True)
    for row in (*block.rows, *[("",) * len(block.heads)] * block.spare):
        _write(sheet, row, spans)


def _spans(columns: int) -> tuple[int, ...]:
    """Columns of the sheet for each column of a table; the last takes what is left."""
    if columns >= COLUMNS:
        return (1,) * columns
    return (*(1,) * (columns - 1), COLUMNS - columns + 1)


def _write(
    sheet: Worksheet, values: Sequence[str], spans: Sequence[int], *, size: int = 10, bold: bool = False,
    filled: bool = False, boxed: bool = True, least: int = 1,
) -> None:
    """One row of merged cells, as high as its longest text needs."""
    row, column, lines = sheet.max_row + (sheet.max_row > 1 or sheet["A1"].value is not None), 1, least
    for value, span in zip(values, spans, strict=True):
        cell = sheet.cell(row, column, str(harmless(value)))
        cell.data_type = "s"
        cell.font = Font(size=size, bold=bold)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        for place in range(column, column + span):
            if boxed:
                sheet.cell(row, place).border = BOX
            if filled:
                sheet.cell(row, place).fill = GREY
        if span > 1:
            sheet.merge_cells(start_row=row, start_column=column, end_row=row, end_column=column + span - 1)
        room = span * LETTERS_A_COLUMN
        lines = max(lines, sum(1 + len(part) // room for part in value.split("\n")))
        column += span
    sheet.row_dimensions[row].height = min(409, max(LINE_HEIGHT * lines, size * 2))


def _print_setup(sheet: Worksheet, paper: Paper) -> None:
    for place in range(1, COLUMNS + 1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDTH
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", PAPER_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    assert sheet.sheet_properties.pageSetUpPr is not None
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.left.text, sheet.oddFooter.center.text = paper.number, "&P / &N"
