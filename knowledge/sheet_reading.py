"""A CSV of windows (written by `spreadsheet.py`, changed in Excel) read back into `windows.yaml`.

Two steps. First the sheet itself: encoding, columns, words of closed lists, rows that belong to a window; every wrong
line is told at once. Then the text of `windows.yaml` is made, with a note for each line of it from which line and
column of the sheet it comes: `knowledge.check` judges it like any other file and `Windows.place` leads back. Pure.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from knowledge.errors import KnowledgeError, Problem, both, closest
from knowledge.spreadsheet import (
    BETWEEN,
    BY_TITLE,
    COLUMNS,
    DAYS,
    DESK,
    NO,
    OFFICE,
    RESOURCE,
    TITLE_OF,
    WINDOW,
    YES,
    Kind,
    labels,
    plain,
)
from knowledge.types import Glossary

LARGEST = 5_000_000
_KINDS: Mapping[str, Kind] = {kind: kind for kind in (WINDOW, DESK, OFFICE, RESOURCE)}
_NEEDED = ("種類", "id", "名前", "関係", "出典", "確認日")
_SEPARATORS = re.compile(r"[、,，;；\n]")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_FROM_EXPORT = both(
    "tsunagu export --format csv で出した表に書きこんでください", "fill in a sheet made by `tsunagu export --format csv`"
)
_WEEK = "".join(DAYS.values())
_TRUE, _FALSE = frozenset({YES, "true", "1", "○", "〇", "yes"}), frozenset({NO, "false", "0", "×", "no"})
_PATH = re.compile(r"^windows\.(?:\w+\.)*(\w+): ")
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−ーｰ－", "-"))


@dataclass(frozen=True, slots=True)
class Row:
    """One line that is not blank. line: where it begins in the file, from 1; cells by column title, never blank."""

    line: int
    kind: Kind
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file that can be read. encoding: as it was written, for the report."""

    file: str
    encoding: str
    rows: tuple[Row, ...]

    @property
    def left_out(self) -> int:
        """Rows of resources: they are exported for reading and not imported."""
        return sum(row.kind == RESOURCE for row in self.rows)


@dataclass(slots=True)
class Windows:
    """The text of a `windows.yaml`, and for each of its lines the line and column of the sheet."""

    file: str
    lines: list[str] = field(default_factory=list)
    origins: list[tuple[int, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def put(self, text: str, line: int, title: str = "") -> None:
        self.lines.append(text)
        self.origins.append((line, title))

    def place(self, problem: Problem, *, yaml: str) -> Problem:
        """A finding about the YAML text as one about the sheet. yaml: the file's name in the findings."""
        line, title = self.origins[min(problem.line or 1, len(self.origins)) - 1] if self.origins else (1, "")
        key = _PATH.match(problem.what)
        title = TITLE_OF.get(key[1], title) if key else title
        column = (f"列「{title}」: ", f"column {title}: ") if title else ("", "")
        what = [_PATH.sub("", part) for part in problem.what.split(" / ", 1)]
        where = re.compile(re.escape(yaml) + r":(\d+)")

        def there(text: str) -> str:
            return where.sub(lambda found: f"{self.file}:{self.origins[int(found[1]) - 1][0]}", text)

        told = both(column[0] + what[0], column[1] + what[-1])
        return Problem(self.file, line, there(told), there(problem.why), there(problem.fix))


def read(raw: bytes, *, file: str) -> Sheet:
    """Decode and split. KnowledgeError with every wrong line. file: the name used in findings."""
    text, encoding = _decode(raw, file)
    lines = _split(text, file)
    if not lines:
        raise KnowledgeError([_empty(file)])
    titles = [cell.strip() for cell in lines[0][1]]
    problems = list(_header(file, titles))
    if problems:
        raise KnowledgeError(problems)
    rows = [_row(file, line, dict(zip(titles, cells, strict=False)), cells[len(titles):], problems)
            for line, cells in lines[1:]]
    if problems:
        raise KnowledgeError(problems)
    if not any(row and row.kind == WINDOW for row in rows):
        raise KnowledgeError([_empty(file)])
    return Sheet(file, encoding, tuple(row for row in rows if row))


def windows_yaml(sheet: Sheet, *, glossary: Glossary) -> Windows:
    """The text of `windows.yaml`. KnowledgeError with every cell that names nothing."""
    problems: list[Problem] = []
    words = _Words(sheet.file, glossary, problems)
    out = Windows(sheet.file)
    out.put("# 表計算ソフトの表から作った窓口の表（tsunagu import-windows）。ここを直しても、表を直して読み直してもよい。", 1)
    windows = [row for row in sheet.rows if row.kind == WINDOW]
    out.put("windows:" if windows else "windows: []", 1)
    ids = {row.cells.get("id", "") for row in windows}
    for row in sheet.rows:
        if row.kind in (DESK, OFFICE) and row.cells.get("属する窓口", "") not in ids:
            problems.append(words.unknown(row, "属する窓口", row.cells.get("属する窓口", ""), ids))
    for row in windows:
        _window(out, row, words)
        own = [part for part in sheet.rows if part.cells.get("属する窓口") == row.cells.get("id")]
        _parts(out, "desks", [part for part in own if part.kind == DESK], words)
        _parts(out, "offices", [part for part in own if part.kind == OFFICE], words)
    if problems:
        raise KnowledgeError(sorted(problems, key=lambda problem: problem.line or 0))
    return out


def _decode(raw: bytes, file: str) -> tuple[str, str]:
    """UTF-8 with or without BOM, else Shift_JIS as Excel writes it."""
    if len(raw) > LARGEST:
        raise KnowledgeError([_unreadable(file, None, ("5 MB を超えています", "it is over 5 MB"))])
    for encoding, name in (("utf-8-sig", "UTF-8"), ("cp932", "Shift_JIS")):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            continue
        found = _CONTROL.search(text)
        if found:
            line = text.count("\n", 0, found.start()) + 1
            raise KnowledgeError([_unreadable(file, line, ("文字でないものが入っています", "it holds control characters"))])
        return text, name
    raise KnowledgeError([_unreadable(file, line, ("UTF-8 でも Shift_JIS でもありません", "it is neither UTF-8 nor Shift_JIS"))])


def _split(text: str, file: str) -> list[tuple[int, list[str]]]:
    """Lines that are not blank, each with the number on which it begins."""
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((start, [plain(cell.strip(" 　")).strip() for cell in cells]))
            start = reader.line_num + 1
    except csv.Error as error:
        why = ("引用符（\"）が閉じていないようです", f"a quotation mark seems not closed ({error})")
        raise KnowledgeError([_unreadable(file, start, why)]) from None
    return found


def _header(file: str, titles: list[str]) -> Iterable[Problem]:
    for title in titles:
        near = closest(title, BY_TITLE)
        if title and (title not in BY_TITLE or titles.count(title) > 1):
            yield Problem(
                file, 1, both(f"知らない列か、2回ある列です: {title[:40]}", f"unknown or repeated column: {title[:40]}"),
                both("この列の中身は読まれず、失われます", "its cells would be lost"),
                both(f"「{near}」ではありませんか", f"did you mean {near}?") if near and near != title
                else both(
                    "列を消すか、tsunagu export で出した表の見出しにそろえてください",
                    "remove it, or use the titles of `tsunagu export`",
                ),
            )
    for title in _NEEDED:
        if title not in titles:
            yield Problem(
                file, 1, both(f"列「{title}」がありません", f"the column {title} is missing"),
                both("1行目は列の名前です。これがないと読めません", "line 1 names the columns; nothing can be read without it"),
                _FROM_EXPORT,
            )


def _row(file: str, line: int, named: Mapping[str, str], beyond: list[str], problems: list[Problem]) -> Row | None:
    cells = {title: text for title, text in named.items() if title and text}
    kind = _KINDS.get(cells.get("種類", ""))
    if any(beyond) or kind is None:
        what = ("見出しのない列に文字があります", "cells beyond the last column") if any(beyond) else (
            f"種類「{cells.get('種類', '')[:40]}」は使えません", f"unknown kind of row: {cells.get('種類', '')[:40]}")
        problems.append(Problem(
            file, line, both(*what), both("行の読み方が決まりません", "it is unclear how to read this line"),
            both("種類は 窓口・係・場所・活動 のどれかです。余分なコンマがないかも見てください",
                 "the kind is 窓口, 係, 場所 or 活動; look for commas too many"),
        ))
        return None
    for title in cells:
        if kind not in BY_TITLE[title].kinds:
            problems.append(Problem(
                file, line, both(f"列「{title}」は{kind}の行には書けません", f"column {title} is not for a row of kind {kind}"),
                both("書いても失われます", "it would be lost"),
                both("消すか、窓口の行に書いてください", "clear it, or write it in the window's row"),
            ))
    return Row(line, kind, cells)


class _Words:
    """Japanese names of closed lists back to ids; an id itself is taken, too. Collects what names nothing."""

    def __init__(self, file: str, glossary: Glossary, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        self._ids = {
            "分野": labels(glossary, "field_"), "話題": dict(glossary.topics),
            "形": labels(glossary, "form_"), "関係": labels(glossary, "relation_"),
        }

    def ids(self, row: Row, title: str) -> list[str]:
        """Ids of the names in one cell, in order."""
        known = self._ids[title]
        by_name = {**{name: one for one, name in known.items()}, **{one: one for one in known}}
        found = []
        for name in filter(None, (part.strip() for part in _SEPARATORS.split(row.cells.get(title, "")))):
            if name in by_name:
                found.append(by_name[name])
            else:
                self.problems.append(self.unknown(row, title, name, known.values()))
        return found

    def truth(self, row: Row, title: str) -> bool | None:
        text = row.cells.get(title, "").lower()
        if text and text not in _TRUE | _FALSE:
            self.problems.append(self.unknown(row, title, text, (YES, NO)))
        return text in _TRUE if text else None

    def days(self, row: Row) -> list[str]:
        """月火水木金, 月・水, 月曜日、水曜日, 月〜金."""
        text = row.cells.get("受付の曜日", "")
        bare = re.sub(r"曜日?|[\s・、,，]", "", text)
        bare = re.sub(f"([{_WEEK}])[〜～~-]([{_WEEK}])", lambda found: _week(found[1], found[2]), bare)
        if not bare or bare.strip(_WEEK):
            self.problems.append(self.unknown(row, "受付の曜日", text, ("月火水木金",)))
            return []
        return [day for day, name in DAYS.items() if name in bare]

    def unknown(self, row: Row, title: str, value: str, known: Iterable[str]) -> Problem:
        names = sorted(known)
        near = closest(value, names)
        return Problem(
            self.file, row.line,
            both(f"列「{title}」:「{value[:40]}」は使えません", f"column {title}: `{value[:40]}` is not allowed"),
            both("つながる先のない言葉です", "the word leads nowhere"),
            both(f"「{near}」ではありませんか", f"did you mean {near}?") if near
            else both(f"使えるのは {BETWEEN.join(names[:60])}", f"allowed: {', '.join(names[:60])}"),
        )


def _week(first: str, last: str) -> str:
    """月〜金 -> 月火水木金"""
    return _WEEK[_WEEK.index(first) : _WEEK.index(last) + 1]


def _window(out: Windows, row: Row, words: _Words) -> None:
    out.put(f"  - id: {_scalar(row.cells.get('id', ''))}", row.line, "id")
    for column in COLUMNS:
        if WINDOW not in column.kinds or column.key in ("", "id") or column.title not in row.cells:
            continue
        _cell(out, row, column.title, column.key, words)
    if any(title in row.cells for title in _HOURS):
        _hours(out, row, words)
    if "有効のはじめ" in row.cells or "有効のおわり" in row.cells:
        days = [_scalar(_day(row.cells.get(title, ""))) for title in ("有効のはじめ", "有効のおわり")]
        out.put(f"    valid: [{', '.join(days)}]", row.line, "有効のおわり")


_HOURS = ("受付の曜日", "受付のはじめ", "受付のおわり", "昼休みのはじめ", "昼休みのおわり", "時間は確認ずみ")
_LATER = frozenset({*_HOURS, "有効のはじめ", "有効のおわり"})


def _cell(out: Windows, row: Row, title: str, key: str, words: _Words, *, indent: str = "    ") -> None:
    text = row.cells[title]
    if title in _LATER:
        return
    if title in ("分野", "話題"):
        value = f"[{', '.join(words.ids(row, title))}]"
    elif title in ("形", "関係"):
        value = next(iter(words.ids(row, title)), "")
    elif title == "住民を受ける":
        value = "true" if words.truth(row, title) else "false"
    elif title == "確認日":
        value = _scalar(_day(text))
    elif title == "箇所数":
        value = text if re.fullmatch(r"\d{1,6}", text) else _scalar(text)
    else:
        value = _scalar(_telephone(text) if title in ("電話", "FAX") else text)
    out.put(f"{indent}{key}: {value}", row.line, title)


def _hours(out: Windows, row: Row, words: _Words) -> None:
    out.put("    hours:", row.line, "受付のはじめ")
    out.put(f"      days: [{', '.join(words.days(row))}]", row.line, "受付の曜日")
    for title, key in (("受付のはじめ", "start"), ("受付のおわり", "end")):
        out.put(f"      {key}: {_scalar(_clock(row.cells.get(title, '')))}", row.line, title)
    if "昼休みのはじめ" in row.cells or "昼休みのおわり" in row.cells:
        lunch = [_scalar(_clock(row.cells.get(title, ""))) for title in ("昼休みのはじめ", "昼休みのおわり")]
        out.put(f"      lunch: [{', '.join(lunch)}]", row.line, "昼休みのはじめ")
    out.put(f"      confirmed: {'true' if words.truth(row, '時間は確認ずみ') else 'false'}", row.line, "時間は確認ずみ")


def _parts(out: Windows, name: str, rows: list[Row], words: _Words) -> None:
    if rows:
        out.put(f"    {name}:", rows[0].line)
    for row in rows:
        out.put(f"      - id: {_scalar(row.cells.get('id', ''))}", row.line, "id")
        for column in COLUMNS:
            if row.kind in column.kinds and column.key not in ("", "id") and column.title in row.cells:
                _cell(out, row, column.title, column.key, words, indent="        ")


def _day(text: str) -> str:
    """Excel turns 2026-11-05 into 2026/11/5 when it saves."""
    found = _DAY.fullmatch(text)
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else text


def _clock(text: str) -> str:
    """Excel turns 08:30 into 8:30."""
    found = _CLOCK.fullmatch(text)
    return f"{int(found[1]):02d}:{found[2]}" if found else text


def _telephone(text: str) -> str:
    """Full-width digits and the many hyphens of an input method, as one can dial them."""
    return unicodedata.normalize("NFKC", text).translate(_HYPHENS)


def _scalar(text: str) -> str:
    """A YAML value that is a text whatever it holds. JSON's quoting is YAML's, too."""
    simple = re.fullmatch(r"[^\W\d_][\w（）「」・、。ー〜～]*(?: [\w（）「」・、。ー〜～]+)*", text)
    if simple and text.lower() not in ("true", "false", "null"):
        return text
    return json.dumps(text, ensure_ascii=False)


def _unreadable(file: str, line: int | None, why: tuple[str, str]) -> Problem:
    return Problem(
        file, line, both("CSV として読めません", "this is not a readable CSV"), both(*why),
        both("Excel の「名前を付けて保存」で「CSV UTF-8（コンマ区切り）」を選んでください", "in Excel, save as “CSV UTF-8 (comma delimited)”"),
    )


def _empty(file: str) -> Problem:
    return Problem(
        file, 1, both("窓口の行がひとつもありません", "there is no row of a window"),
        both("窓口がないと、だれも案内できません", "nobody could be sent anywhere"),
        _FROM_EXPORT,
    )
