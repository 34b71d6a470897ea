"""The whole knowledge looked over: shapes, references, coverage, telephones, hours, dates; for production also what a
town must have told before residents write to it.

Pure but for reading the files. The rules' examples are run by `triage/check.py`, not here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from pydantic import BaseModel

from knowledge.coverage import check_coverage
from knowledge.errors import Problem, both
from knowledge.firing import check_firing
from knowledge.loader import ROOT, File, files, parsed
from knowledge.parse import Parsed
from knowledge.schema import Hours, Municipality
from knowledge.schema.common import CrisisKind
from knowledge.schema.extras import ContactFile, FaqFile, WindowFile
from knowledge.source import Step
from knowledge.telephones import check_telephones

REPORTED: tuple[CrisisKind, ...] = ("child_abuse", "elder_abuse", "disability_abuse")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


Look = Callable[[Parsed], Iterable[Problem]]
"""A further look at what was read, by a package that this one can't import: the routing proof, the rules' grammar."""


def check(
    root: Path = ROOT, *, municipalities: Sequence[str] = (), production: bool = False, today: date | None = None,
    looks: Sequence[Look] = (),
) -> list[Problem]:
    """Every finding, by file and line. municipalities: only these towns and what all share; empty = all.

    production: also what a town must have told before going live. today None = dates are not held against the calendar.
    """
    return check_files(
        files(root), folder=root.name, municipalities=municipalities, production=production, today=today, looks=looks
    )


def check_files(
    found: Sequence[File], *, folder: str, municipalities: Sequence[str] = (), production: bool = False,
    today: date | None = None, looks: Sequence[Look] = (), known: Mapping[str, BaseModel] | None = None,
) -> list[Problem]:
    """`check` over files that need not lie on the disk (yet). folder: the name shown before paths.

    known: files typed already (`knowledge/shared.py`), for looking at one town alone.
    """
    result = parsed(found, folder=folder, known=known)
    told = [
        *result.problems, *check_coverage(result), *check_telephones(result), *check_firing(result), *_hours(result)
    ]
    if production:
        told += _production(result)
    if today is not None:
        told += _dates(result, today, production=production)
    told += [problem for look in looks for problem in look(result)]
    told = [problem for problem in told if _concerns(problem, folder, municipalities)]
    told += [_no_such_town(folder, town) for town in municipalities if town not in _folders(found)]
    return sorted(set(told), key=lambda problem: (problem.file, problem.line or 0, problem.what))


def _folders(found: Sequence[File]) -> frozenset[str]:
    return frozenset(file.path.split("/")[1] for file in found if file.path.startswith("municipalities/"))


def _concerns(problem: Problem, folder: str, towns: Sequence[str]) -> bool:
    start = f"{folder}/municipalities/"
    return not towns or not problem.file.startswith(start) or problem.file.removeprefix(start).split("/")[0] in towns


def _hours(result: Parsed) -> Iterator[Problem]:
    """Opening before closing, lunch within, days that exist."""
    for path, town in result.of(Municipality, "municipalities/").items():
        for name, hours in (("hours", town.hours), ("assumed_hours", town.assumed_hours)):
            yield from _stretch(result, path, (name,), hours)
        for at, closed in enumerate(town.closed):
            if not (_MONTH_DAY.fullmatch(closed.start) and _MONTH_DAY.fullmatch(closed.end)):
                yield result.problem(
                    path,
                    ("closed", at),
                    (f"月-日ではありません: {closed.start}〜{closed.end}", "not a month and day"),
                    ("休みの日は 12-29 の形です", "closed days look like 12-29"),
                    ("月-日 に直してください", "write month-day"),
                )
    for path, file in result.of(WindowFile, "municipalities/").items():
        for at, window in enumerate(file.windows):
            yield from _stretch(result, path, ("windows", at, "hours"), window.hours)
    for path, contacts in result.of(ContactFile, "base/").items():
        for at, contact in enumerate(contacts.contacts):
            for number, opening in enumerate(contact.hours or ()):
                if opening.start >= opening.end:
                    yield _backwards(result, path, ("contacts", at, "hours", number), opening.start, opening.end)


def _stretch(result: Parsed, path: str, where: tuple[Step, ...], hours: Hours | None) -> Iterator[Problem]:
    if hours is None:
        return
    if hours.start >= hours.end:
        yield _backwards(result, path, where, hours.start, hours.end)
    if hours.lunch and not hours.start <= hours.lunch[0] < hours.lunch[1] <= hours.end:
        yield _backwards(result, path, (*where, "lunch"), *hours.lunch)


def _backwards(result: Parsed, path: str, where: tuple[Step, ...], start: str, end: str) -> Problem:
    return result.problem(
        path,
        where,
        (f"時間の順がちがいます: {start}〜{end}", f"times out of order: {start}-{end}"),
        ("この時間では、いつも閉まっていることになります", "it would never be open"),
        (
            "始まりを先、終わりを後に。真夜中をまたぐときは2つに分けてください",
            "put the start first; over midnight, write two stretches",
        ),
    )


def _production(result: Parsed) -> Iterator[Problem]:
    """domain.md §5.7, §5.8: a town that has not told these is not yet ready for residents."""
    for path, town in result.of(Municipality, "municipalities/").items():
        missing: list[tuple[str, str, str]] = []
        if town.night is None:
            missing.append(("night", "時間外にだれが読むか", "who reads it outside hours"))
        if town.hours is None or not town.hours.confirmed:
            missing.append(("hours", "確かめた開庁時間（confirmed: true）", "confirmed opening hours"))
        if town.main_telephone is None:
            missing.append(("main_telephone", "代表電話", "the main telephone"))
        missing += [
            (f"report_telephones.{kind}", "通告・通報を受ける電話", "the telephone that takes reports")
            for kind in REPORTED
            if kind not in town.report_telephones
        ]
        for key, japanese, english in missing:
            yield result.problem(
                path,
                tuple(key.split(".")),
                (f"{key} がありません: {japanese}", f"{key} is missing: {english}"),
                ("住民に本当のことを言えないまま始まってしまいます", "residents could not be told the truth"),
                ("町に確かめて municipality.yaml に書いてください", "ask the town and write it into municipality.yaml"),
            )


def _dates(result: Parsed, today: date, *, production: bool) -> Iterator[Problem]:
    """Facts whose last day is over; national contacts nobody has looked at for too long (production)."""
    for path, windows in result.of(WindowFile, "municipalities/").items():
        for at, window in enumerate(windows.windows):
            yield from _valid(result, path, ("windows", at, "valid"), window.valid, today)
    for path, faq in result.of(FaqFile, "").items():
        for at, entry in enumerate(faq.faq):
            yield from _valid(result, path, ("faq", at, "valid"), entry.valid, today)
    if not production:
        return
    yield from _ended_plans(result, today)
    for path, contacts in result.of(ContactFile, "base/").items():
        for at, contact in enumerate(contacts.contacts):
            if contact.review_by < today:
                yield result.problem(
                    path,
                    ("contacts", at, "review_by"),
                    (f"見直しの日を過ぎました: {contact.review_by}", f"review is overdue: {contact.review_by}"),
                    ("古い連絡先は住民に出ません", "a stale contact is not shown to residents"),
                    (
                        "出典で確かめ、checked と review_by を新しくしてください",
                        "check it at the source, then renew checked and review_by",
                    ),
                )


def _ended_plans(result: Parsed, today: date) -> Iterator[Problem]:
    """A plan whose period is over still runs, but every fact taken from it is to be confirmed."""
    for path, town in result.of(Municipality, "municipalities/").items():
        if town.plan.end is not None and town.plan.end < today:
            yield result.problem(
                path,
                ("plan", "end"),
                (f"計画の期間が終わっています（要確認）: {town.plan.end}", f"the plan's period is over: {town.plan.end}"),
                ("窓口や会議が新しい計画で変わっているかもしれません", "a newer plan may have changed windows and meetings"),
                (
                    "新しい計画で確かめ、plan と source と checked を直してください",
                    "check the newer plan and renew plan, source and checked",
                ),
            )


def _valid(
    result: Parsed, path: str, where: tuple[Step, ...], valid: tuple[date, date] | None, today: date
) -> Iterator[Problem]:
    if valid is None:
        return
    if valid[0] > valid[1]:
        yield _backwards(result, path, where, str(valid[0]), str(valid[1]))
    elif valid[1] < today:
        yield result.problem(
            path,
            where,
            (f"期限が過ぎています: {valid[1]}", f"its last day is over: {valid[1]}"),
            ("過ぎたことを今のことのように住民に言ってしまいます", "residents would be told what no longer holds"),
            ("新しい期間に直すか、この項目を消してください", "renew the period or remove the entry"),
        )


def _no_such_town(folder: str, town: str) -> Problem:
    return Problem(
        f"{folder}/municipalities/{town}",
        None,
        both(f"自治体「{town}」がありません", f"there is no municipality `{town}`"),
        both("フォルダーが見つかりません", "its folder was not found"),
        both("id を確かめてください（例: taiki）", "check the id, for example taiki"),
    )
