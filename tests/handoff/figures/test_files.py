"""Files that spreadsheets open: BOM, no formulas, Excel that prints on A4, JSON that says what is withheld."""

import csv
import io
import json
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from handoff.figures.files import HEADINGS, harmless, written
from handoff.figures.masking import for_public
from handoff.figures.report import Report
from tests.handoff.figures.years import case, report_on

EVIL = '=HYPERLINK("http://evil.example","x")'


def evil() -> Report:
    """A pack whose words begin like a formula."""
    report = report_on(*[case() for _ in range(7)], counted={"cross_field_consultations": 7})
    return replace(report, lines=tuple(replace(line, name=EVIL, source="@SUM(A1)") for line in report.lines))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "＝1", "\r=1"])
def test_what_begins_like_a_formula_becomes_text(text: str) -> None:
    assert str(harmless(text)).startswith("'")


@pytest.mark.parametrize("value", [12, 3.5, None, "家賃", "8050", "a-b"])
def test_the_rest_stays(value: str | float | None) -> None:
    assert harmless(value) == value


def test_csv_has_a_bom_and_one_number_a_row() -> None:
    data = written(evil(), "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    head, *rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert tuple(head) == HEADINGS
    assert all(len(row) == len(HEADINGS) for row in rows)
    assert not any(cell.startswith(("=", "@", "+", "-")) for row in rows for cell in row)
    assert ["新規相談：分野", "生活困窮", "7", "件"] in [row[:4] for row in rows]


def test_excel_opens_prints_on_a4_and_holds_no_formula() -> None:
    book = load_workbook(io.BytesIO(written(evil(), "xlsx")))
    assert book.sheetnames == ["計画の数字", "内訳"]
    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (9, 1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "f" not in {cell.data_type for row in sheet for cell in row}
    shown = [(row[0].value, row[1].value) for row in book["内訳"].iter_rows(max_col=2)]
    assert ("生活困窮", 7) in shown


def test_json_names_what_is_withheld() -> None:
    report = for_public(report_on(*[case() for _ in range(29)], *[case(fields=("child",)) for _ in range(2)]))
    data = json.loads(written(report, "json"))
    assert (data["municipality"], data["fiscal_year"], data["public"]) == ("taiki", 2026, True)
    (field,) = [table for table in data["tables"] if table["id"] == "field"]
    child = next(row for row in field["rows"] if row["key"] == "child")
    assert child == {"key": "child", "label": "子ども・子育て", "value": None, "withheld": True}
    assert "秘匿" in written(report, "csv").decode("utf-8-sig")
