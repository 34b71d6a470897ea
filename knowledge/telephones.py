"""Telephone numbers: found in what people write, dialable from anywhere in Japan, and written one way in one town."""

import re
from collections.abc import Iterator

import phonenumbers

from knowledge.errors import Problem
from knowledge.parse import Parsed
from knowledge.schema import Municipality
from knowledge.schema.extras import ContactFile, ResourceFile, WindowFile
from knowledge.source import Step

Place = tuple[str, tuple[Step, ...], str]

_WRITTEN = re.compile(r"0[0-9-]{8,12}[0-9]")
_SHORT = re.compile(r"#?[0-9]{3,4}")


def numbers_in(text: str) -> Iterator[tuple[int, str]]:
    """Where a Japanese number begins in a text, and the number as it is written there."""
    return ((found.start, found.raw_string) for found in phonenumbers.PhoneNumberMatcher(text, "JP"))


def is_number(text: str) -> bool:
    """A Japanese number with area code and hyphens (01558-6-2200), or a short one (119, #8008)."""
    if _SHORT.fullmatch(text):
        return True
    if not _WRITTEN.fullmatch(text) or "-" not in text or "--" in text:
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, "JP"))
    except phonenumbers.NumberParseException:
        return False


def check_telephones(parsed: Parsed) -> Iterator[Problem]:
    """Findings over all numbers of the towns and of the national contacts."""
    for path, contacts in parsed.fresh(ContactFile, "base/").items():
        for at, contact in enumerate(contacts.contacts):
            yield from _wrong(parsed, _given(path, ("contacts", at, "telephone"), contact.telephone))
    for town in parsed.towns():
        places = list(_of_town(parsed, f"municipalities/{town}/"))
        yield from _wrong(parsed, places)
        yield from _written_twice(parsed, places)


def _of_town(parsed: Parsed, start: str) -> Iterator[Place]:
    for path, municipality in parsed.of(Municipality, start).items():
        yield from _given(path, ("main_telephone",), municipality.main_telephone)
        for crisis, report in municipality.report_telephones.items():
            yield path, ("report_telephones", crisis), report
    for path, resources in parsed.of(ResourceFile, start).items():
        for at, resource in enumerate(resources.resources):
            yield from _given(path, ("resources", at, "telephone"), resource.telephone)
    for path, windows in parsed.of(WindowFile, start).items():
        for at, window in enumerate(windows.windows):
            here = ("windows", at)
            yield from _given(path, (*here, "telephone"), window.telephone)
            yield from _given(path, (*here, "fax"), window.fax)
            for number, desk in enumerate(window.desks):
                yield from _given(path, (*here, "desks", number, "telephone"), desk.telephone)
                yield from _given(path, (*here, "desks", number, "fax"), desk.fax)
            for number, office in enumerate(window.offices):
                yield from _given(path, (*here, "offices", number, "telephone"), office.telephone)


def _given(path: str, where: tuple[Step, ...], number: str | None) -> list[Place]:
    return [] if number is None else [(path, where, number)]


def _wrong(parsed: Parsed, places: list[Place]) -> Iterator[Problem]:
    for path, where, number in places:
        if not is_number(number):
            yield parsed.problem(
                path,
                where,
                (f"かけられない電話番号です: {number}", f"not a telephone number: {number}"),
                (
                    "住民が押してもつながりません。全角の数字、文字、市外局番のない番号は使えません",
                    "a resident's tap would lead nowhere; no full-width digits, letters or missing area codes",
                ),
                (
                    "市外局番から、半角の数字とハイフンで 01558-6-2200 のように書いてください",
                    "write it from the area code on with digits and hyphens, like 01558-6-2200",
                ),
            )


def _written_twice(parsed: Parsed, places: list[Place]) -> Iterator[Problem]:
    first: dict[str, Place] = {}
    for path, where, number in places:
        known = first.setdefault(number.replace("-", ""), (path, where, number))
        if known[2] != number:
            document = parsed.documents[known[0]]
            yield parsed.problem(
                path,
                where,
                (
                    f"同じ番号の書き方がちがいます: {number} と {known[2]}",
                    f"one number written in two ways: {number} and {known[2]}",
                ),
                (
                    f"もう1つは {document.file}:{document.line(known[1])} です",
                    f"the other is at {document.file}:{document.line(known[1])}",
                ),
                ("ハイフンの位置をそろえてください", "put the hyphens in the same places"),
            )
