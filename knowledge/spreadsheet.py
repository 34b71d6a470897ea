"""Windows and resources as one CSV that Excel opens: the columns, and the writing. `sheet_reading.py` reads it back.

UTF-8 with BOM, CRLF. A cell that a spreadsheet would take for a formula gets an apostrophe in front, which reading
takes away again. Rows of kind 窓口 carry everything of a window, 係 and 場所 name the window they belong to, 活動 are
the public resources. Private persons' entries (`public: false`) never leave the house. Pure.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from knowledge.schema import Desk, Hours, Office, Resource, Town, Window
from knowledge.types import Glossary

Kind = Literal["窓口", "係", "場所", "活動"]
WINDOW: Kind = "窓口"
DESK: Kind = "係"
OFFICE: Kind = "場所"
RESOURCE: Kind = "活動"

FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
DAYS = {"mon": "月", "tue": "火", "wed": "水", "thu": "木", "fri": "金", "sat": "土", "sun": "日"}
YES, NO = "はい", "いいえ"
BETWEEN = "、"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. key: the key in the YAML file, "" for the sheet's own; kinds: rows that may fill it."""

    title: str
    key: str
    kinds: frozenset[Kind]


def _column(title: str, key: str, *kinds: Kind) -> Column:
    return Column(title, key, frozenset(kinds))


COLUMNS: tuple[Column, ...] = (
    _column("種類", "", WINDOW, DESK, OFFICE, RESOURCE),
    _column("id", "id", WINDOW, DESK, OFFICE, RESOURCE),
    _column("属する窓口", "", DESK, OFFICE),
    _column("名前", "name", WINDOW, DESK, OFFICE, RESOURCE),
    _column("短い名前", "short", WINDOW),
    _column("分野", "fields", WINDOW, RESOURCE),
    _column("話題", "topics", WINDOW, DESK),
    _column("形", "form", WINDOW),
    _column("関係", "relation", WINDOW),
    _column("運営", "run_by", WINDOW, RESOURCE),
    _column("電話", "telephone", WINDOW, DESK, OFFICE, RESOURCE),
    _column("FAX", "fax", WINDOW, DESK),
    _column("住所", "address", WINDOW, OFFICE, RESOURCE),
    _column("担当地区", "area", WINDOW, OFFICE),
    _column("箇所数", "count", WINDOW),
    _column("職員のいる日", "staffed_days", WINDOW),
    _column("住民を受ける", "intake", WINDOW),
    _column("説明", "about", WINDOW, RESOURCE),
    _column("受付の曜日", "days", WINDOW),
    _column("受付のはじめ", "start", WINDOW),
    _column("受付のおわり", "end", WINDOW),
    _column("昼休みのはじめ", "lunch_start", WINDOW),
    _column("昼休みのおわり", "lunch_end", WINDOW),
    _column("時間は確認ずみ", "confirmed", WINDOW),
    _column("有効のはじめ", "valid_start", WINDOW),
    _column("有効のおわり", "valid_end", WINDOW),
    _column("活動の種類", "kind", RESOURCE),
    _column("向く人", "suits", RESOURCE),
    _column("出典", "source", WINDOW, RESOURCE),
    _column("確認日", "checked", WINDOW, RESOURCE),
)
BY_TITLE: Mapping[str, Column] = {column.title: column for column in COLUMNS}
TITLE_OF: Mapping[str, str] = {column.key: column.title for column in COLUMNS if column.key}
RESOURCE_KINDS = {
    "salon": "サロン", "cafe": "カフェ", "child_place": "子どもの居場所", "activity_centre": "活動の場",
    "volunteer": "ボランティア", "peer": "当事者・家族の会", "work": "仕事・就労", "transport": "移動の足",
    "food": "食の支え", "other": "そのほか",
}


def write(town: Town, *, glossary: Glossary) -> bytes:
    """The town's windows, their desks and offices, and its public resources. Bytes of a CSV file with BOM."""
    out = io.StringIO(newline="")
    sheet = csv.DictWriter(out, [column.title for column in COLUMNS], lineterminator="\r\n")
    sheet.writeheader()
    for row in _rows(town, glossary):
        sheet.writerow({title: safe(text) for title, text in row.items()})
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def safe(text: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def plain(cell: str) -> str:
    """The text behind `safe`."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def labels(glossary: Glossary, start: str) -> dict[str, str]:
    """Ids of one vocabulary of the glossary's words -> their Japanese names: `form_` gives direct -> 直営."""
    return {key.removeprefix(start): name for key, name in glossary.words.items() if key.startswith(start)}


def _rows(town: Town, glossary: Glossary) -> Iterator[dict[str, str]]:
    for window in town.windows:
        yield _window(window, glossary)
        yield from (_desk(desk, window, glossary) for desk in window.desks)
        yield from (_office(office, window) for office in window.offices)
    yield from (_resource(resource, glossary) for resource in town.resources if resource.public)


def _window(window: Window, glossary: Glossary) -> dict[str, str]:
    valid = window.valid or ("", "")
    return {
        "種類": WINDOW, "id": window.id, "名前": window.name, "短い名前": window.short or "",
        "分野": _named(window.fields, labels(glossary, "field_")), "話題": _named(window.topics, glossary.topics),
        "形": labels(glossary, "form_").get(window.form, window.form),
        "関係": labels(glossary, "relation_").get(window.relation, window.relation), "運営": window.run_by or "",
        "電話": window.telephone or "", "FAX": window.fax or "", "住所": window.address or "",
        "担当地区": window.area or "", "箇所数": "" if window.count is None else str(window.count),
        "職員のいる日": window.staffed_days or "", "住民を受ける": YES if window.intake else NO,
        "説明": window.about or "", **_hours(window.hours), "有効のはじめ": str(valid[0]), "有効のおわり": str(valid[1]),
        "出典": window.source, "確認日": str(window.checked),
    }


def _hours(hours: Hours | None) -> dict[str, str]:
    if hours is None:
        return {}
    lunch = hours.lunch or ("", "")
    return {
        "受付の曜日": "".join(DAYS[day] for day in hours.days), "受付のはじめ": hours.start, "受付のおわり": hours.end,
        "昼休みのはじめ": lunch[0], "昼休みのおわり": lunch[1], "時間は確認ずみ": YES if hours.confirmed else NO,
    }


def _desk(desk: Desk, window: Window, glossary: Glossary) -> dict[str, str]:
    return {
        "種類": DESK, "id": desk.id, "属する窓口": window.id, "名前": desk.name,
        "話題": _named(desk.topics, glossary.topics), "電話": desk.telephone or "", "FAX": desk.fax or "",
    }


def _office(office: Office, window: Window) -> dict[str, str]:
    return {
        "種類": OFFICE, "id": office.id, "属する窓口": window.id, "名前": office.name, "担当地区": office.area or "",
        "電話": office.telephone or "", "住所": office.address or "",
    }


def _resource(resource: Resource, glossary: Glossary) -> dict[str, str]:
    return {
        "種類": RESOURCE, "id": resource.id, "名前": resource.name, "運営": resource.run_by or "",
        "分野": _named(resource.fields, labels(glossary, "field_")), "電話": resource.telephone or "",
        "住所": resource.place or "", "説明": resource.about or "", "活動の種類": RESOURCE_KINDS[resource.kind],
        "向く人": BETWEEN.join(resource.suits), "出典": resource.source, "確認日": str(resource.checked),
    }


def _named(ids: tuple[str, ...], names: Mapping[str, str]) -> str:
    return BETWEEN.join(names.get(one, one) for one in ids)
