"""Windows as a CSV for Excel and back: nothing lost, nothing run as a formula, every bad line told."""

import csv
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.errors import KnowledgeError, Problem
from knowledge.schema import Resource, Town, Window
from knowledge.schema.extras import WindowFile
from knowledge.sheet_reading import read, windows_yaml
from knowledge.source import read as read_yaml
from knowledge.spreadsheet import COLUMNS, plain, safe, write
from tests.knowledge import light

TOWNS = ("itoman", "katsuyama", "nagaizumi", "taiki", "yokkaichi")
TITLES = [column.title for column in COLUMNS]
GOOD = {"種類": "窓口", "id": "fukushi", "名前": "福祉係", "関係": "同じ機関", "出典": "計画 第3章", "確認日": "2026-04-01"}

WITHOUT_RELATION = {key: value for key, value in GOOD.items() if key != "関係"}


def sheet(*rows: dict[str, str], titles: list[str] | None = None) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, titles or TITLES)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def windows(raw: bytes) -> tuple[Window, ...]:
    text = windows_yaml(read(raw, file="表.csv"), glossary=light.glossary()).text
    return WindowFile.model_validate(read_yaml(text.encode(), file="windows.yaml").data).windows


def problems(raw: bytes) -> list[Problem]:
    with pytest.raises(KnowledgeError) as caught:
        windows_yaml(read(raw, file="表.csv"), glossary=light.glossary())
    for problem in caught.value.problems:
        assert problem.file == "表.csv"
        for part in (problem.what, problem.why, problem.fix):
            assert " / " in part
    return list(caught.value.problems)


@pytest.mark.parametrize("town_id", TOWNS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp932"])
def test_every_window_comes_back_as_it_was(town_id: str, encoding: str) -> None:
    town = light.bundle().towns[town_id]
    raw = write(town, glossary=light.glossary())
    assert raw.startswith(b"\xef\xbb\xbf")
    again = raw.decode("utf-8-sig").encode(encoding)
    assert windows(again) == town.windows
    assert read(again, file="x").encoding == ("Shift_JIS" if encoding == "cp932" else "UTF-8")


def test_every_key_of_a_window_comes_back() -> None:
    full = Window.model_validate({
        "id": "full", "name": "=1+1", "short": "'=x", "fields": ["child"], "topics": ["dementia"], "form": "consigned",
        "relation": "other_body", "run_by": "- 法人", "telephone": "#8000", "fax": "01558-6-5121", "address": "a\nb",
        "area": "北, 南", "count": 3, "staffed_days": "週2日", "intake": False, "about": '"引用" と 改行\nと : と # と true',
        "hours": {"days": ["mon", "sat"], "start": "09:00", "end": "17:00", "lunch": ["12:00", "13:00"],
                  "confirmed": True},
        "valid": ["2026-04-01", "2027-03-31"], "source": "123", "checked": "2026-04-01",
        "desks": [{"id": "one", "name": "true", "telephone": "01558-6-2200", "fax": "01558-6-2201",
                   "topics": ["debt"]}],
        "offices": [{"id": "kita", "name": "北", "area": "@北", "telephone": "01558-6-2202", "address": "x"}],
    })
    missing = [name for name in Window.model_fields if getattr(full, name) in (None, ())]
    assert missing == []
    town = light.bundle().towns["taiki"].model_copy(update={"windows": (full,)})
    assert windows(write(town, glossary=light.glossary())) == (full,)


def test_the_file_opens_in_excel_with_its_columns() -> None:
    raw = write(light.bundle().towns["taiki"], glossary=light.glossary())
    text = raw.decode("utf-8-sig")
    assert "\r\n" in text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(rows[0]) == TITLES
    assert {row["種類"] for row in rows} == {"窓口", "係", "活動"}
    assert rows[0]["話題"].startswith("高齢者の暮らし、")


def test_private_persons_are_not_exported() -> None:
    text = write(light.bundle().towns["taiki"], glossary=light.glossary()).decode("utf-8-sig")
    private = [resource for resource in light.bundle().towns["taiki"].resources if not resource.public]
    assert private
    assert not [resource for resource in private if resource.name in text or str(resource.telephone) in text]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'=", "''@"])
def test_no_cell_is_run_as_a_formula(start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    assert safe(text)[0] == "'"
    assert plain(safe(text)) == text


@given(st.text(max_size=20))
def test_a_cell_comes_back(text: str) -> None:
    assert plain(safe(text)) == text
    assert safe(text)[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")


def test_resources_with_formulas_are_disarmed() -> None:
    town = light.bundle().towns["taiki"]
    facts = {"id": "x", "name": "=cmd|' /C calc'!A0", "kind": "salon", "source": "s", "checked": "2026-04-01"}
    town = Town.model_validate({**dict(town), "resources": (Resource.model_validate(facts),)})
    text = write(town, glossary=light.glossary()).decode("utf-8-sig")
    assert "'=cmd" in text
    assert ",=cmd" not in text


@pytest.mark.parametrize(
    ("title", "cell", "key", "value"),
    [
        ("確認日", "2026/4/1", "checked", "2026-04-01"),
        ("確認日", "2026年4月1日", "checked", "2026-04-01"),
        ("電話", "０１５５８ー６−２２００", "telephone", "01558-6-2200"),
        ("住民を受ける", "FALSE", "intake", "False"),
        ("住民を受ける", "○", "intake", "True"),
        ("分野", "child;poverty", "fields", "('child', 'poverty')"),
        ("分野", "子ども・子育て, 生活困窮", "fields", "('child', 'poverty')"),
        ("関係", "same_body", "relation", "same_body"),
        ("箇所数", "3", "count", "3"),
        ("名前", " 　福祉係 ", "name", "福祉係"),
    ],
)
def test_what_excel_and_people_write_is_understood(title: str, cell: str, key: str, value: str) -> None:
    [window] = windows(sheet({**GOOD, title: cell}))
    assert str(getattr(window, key)) == value


@pytest.mark.parametrize(
    ("cell", "days"),
    [("月火水木金", 5), ("月・水", 2), ("月曜日、水曜日", 2), ("月〜金", 5), ("日曜日", 1), ("月曜-土曜", 6)],
)
def test_days_and_hours(cell: str, days: int) -> None:
    [window] = windows(sheet({**GOOD, "受付の曜日": cell, "受付のはじめ": "8:30", "受付のおわり": "17:15:00"}))
    assert window.hours is not None
    assert len(window.hours.days) == days
    assert (window.hours.start, window.hours.end, window.hours.confirmed) == ("08:30", "17:15", False)


BAD: list[tuple[str, list[dict[str, str]], int, str]] = [
    ("unknown kind", [GOOD, {**GOOD, "種類": "まど"}], 3, "まど"),
    ("unknown field", [{**GOOD, "分野": "高齢"}], 2, "高齢"),
    ("unknown topic", [{**GOOD, "話題": "認知症、認知小"}], 2, "認知小"),
    ("unknown relation", [{**GOOD, "関係": "委託"}], 2, "委託"),
    ("neither yes nor no", [{**GOOD, "住民を受ける": "たぶん"}], 2, "たぶん"),
    ("no day", [{**GOOD, "受付の曜日": "平日", "受付のはじめ": "8:30"}], 2, "平日"),
    ("hours without days", [{**GOOD, "受付のはじめ": "8:30"}], 2, "受付の曜日"),
    ("a desk of nobody", [GOOD, {"種類": "係", "id": "x", "属する窓口": "fukusi", "名前": "係"}], 3, "fukusi"),
    ("a desk without a window", [GOOD, {"種類": "係", "id": "x", "名前": "係"}], 3, "属する窓口"),
    ("a cell that a desk has not", [GOOD, {"種類": "係", "id": "x", "属する窓口": "fukushi", "名前": "係", "出典": "s"}], 3, "出典"),
]


@pytest.mark.parametrize(("rows", "line", "named"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_line_is_told_with_its_place(rows: list[dict[str, str]], line: int, named: str) -> None:
    [problem] = problems(sheet(*rows))
    assert problem.line == line
    assert named in problem.what


def test_all_bad_lines_are_told_at_once_and_in_order() -> None:
    found = problems(sheet({**GOOD, "分野": "x"}, {**GOOD, "id": "b", "話題": "y"}, {**GOOD, "id": "c", "関係": "z"}))
    assert [problem.line for problem in found] == [2, 3, 4]


def test_lines_are_counted_as_an_editor_does() -> None:
    [problem] = problems(sheet({**GOOD, "説明": "一\n二\n三"}, {**GOOD, "id": "b", "分野": "x"}))
    assert problem.line == 5


def test_a_slip_is_recognised() -> None:
    [problem] = problems(sheet({**GOOD, "話題": "認知障"}))
    assert "認知症" in problem.fix


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (b"", "窓口の行"),
        (b"\r\n\r\n", "窓口の行"),
        (sheet(), "窓口の行"),
        (sheet({"種類": "活動", "id": "x", "名前": "サロン"}), "窓口の行"),
        (b"\xff\xfe\x00\x01", "CSV"),
        ("種類,id\r\n窓口,あ\r\n".encode("utf-16"), "CSV"),
        (sheet(GOOD) + b"\x00", "CSV"),
        (b'"' + sheet(GOOD), "CSV"),
        (sheet(GOOD) + b"\x81\n", "CSV"),
        (b"a" * 5_000_001, "CSV"),
        (sheet(WITHOUT_RELATION, titles=list(WITHOUT_RELATION)), "関係"),
        (sheet({**GOOD, "電話番号": "1"}, titles=[*GOOD, "電話番号"]), "電話番号"),
        (sheet(GOOD).replace(b"FAX", "名前".encode(), 1), "名前"),
        ("\t".join(TITLES).encode(), "知らない列"),
    ],
    ids=["empty", "blank", "header only", "no window", "binary", "UTF-16", "NUL", "open quote", "half a letter", "huge",
         "column missing", "unknown column", "column twice", "tabs"],
)
def test_a_file_that_cannot_be_used(raw: bytes, named: str) -> None:
    found = problems(raw)
    assert any(named in problem.what for problem in found)


def test_a_line_with_too_many_cells() -> None:
    [problem] = problems(sheet(GOOD).rstrip(b"\r\n") + b",x\r\n")
    assert problem.line == 2


@settings(deadline=None)   # the first reads the glossary
@given(st.binary(max_size=300))
def test_no_bytes_break_it(raw: bytes) -> None:
    for candidate in (raw, sheet(GOOD) + raw):
        with suppress(KnowledgeError):
            assert windows_yaml(read(candidate, file="x"), glossary=light.glossary()).text


def test_findings_of_the_yaml_lead_back_to_the_sheet(tmp_path: Path) -> None:
    made = windows_yaml(read(sheet(GOOD, {**GOOD, "id": "b", "電話": "x"}), file="表.csv"), glossary=light.glossary())
    line = made.text.splitlines().index("    telephone: x") + 1
    told = Problem("k/windows.yaml", line, "windows.1.telephone: 何 / w", "k/windows.yaml:2 / y", "z / z")
    found = made.place(told, yaml="k/windows.yaml")
    assert (found.file, found.line) == ("表.csv", 3)
    assert found.what == "列「電話」: 何 / column 電話: w"
    assert found.why.startswith("表.csv:1")
