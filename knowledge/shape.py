"""Files to typed objects: which file has which shape, and findings in words that an official can act on.

Knows the schema and the lines; does not look for meaning across files (`references.py` does).
"""

from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from knowledge.errors import Problem, both, closest
from knowledge.hints import how
from knowledge.schema import Fact, Municipality
from knowledge.schema.extras import Dated
from knowledge.source import Data, Document, Step

Model = TypeVar("Model", bound=BaseModel)

_DAY_ONCE = (Dated, Municipality)


def build(document: Document, model: type[Model], problems: list[Problem]) -> Model | None:
    """The typed object, or None with its findings added to `problems`."""
    if not isinstance(document.data, dict):
        problems.append(_not_a_mapping(document))
        return None
    if issubclass(model, Dated) and document.data.get("checked", "") is None:
        # The shape allows the key to be left out; left empty, nobody has looked yet, and the entries would all lack it.
        problems.append(Problem(document.file, document.line(("checked",)), *_empty(document, ("checked",))))
    try:
        return model.model_validate(_with_day(document.data) if issubclass(model, _DAY_ONCE) else document.data)
    except ValidationError as error:
        told = (details for details in error.errors(include_url=False) if not _taken_over(document, details))
        problems.extend(_explain(document, details) for details in told)
        return None


def _taken_over(document: Document, details: ErrorDetails) -> bool:
    """A wrong day at the top of the file is told there, not again for each entry that took it over."""
    *rest, last = details["loc"] or ("",)
    return last == "checked" and details["type"] != "missing" and bool(rest) and not document.has(details["loc"])


def _with_day(data: dict[str, Data]) -> dict[str, Data]:
    """Entries that have a `source` take what the top of the file says once, the day and the confidence, if they don't say it."""
    once: dict[str, Data] = {key: data[key] for key in ("checked", "confidence") if key in data}
    return {key: _dated(value, once) for key, value in data.items()} if once else data


def _dated(value: Data, once: dict[str, Data]) -> Data:
    if isinstance(value, list):
        return [_dated(item, once) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _dated(item, once) for key, item in value.items()}
    return {**once, **inner} if "source" in inner else inner


def _explain(document: Document, details: ErrorDetails) -> Problem:
    path: tuple[Step, ...] = tuple(step for step in details["loc"] if step != "[key]")
    line = document.line(path)
    place = ".".join(str(step) for step in path) or "(file)"
    if details["input"] is None and details["type"] != "missing":
        return Problem(document.file, line, *_empty(document, path))
    what, why, fix = _words(details, path)
    hint = how(document.file, path) if details["type"] == "missing" else None
    return Problem(document.file, line, f"{place}: {what}", why, hint or fix)


def _empty(document: Document, path: tuple[Step, ...]) -> tuple[str, str, str]:
    """A key that waits to be filled in, as in the files of a new town."""
    place = ".".join(str(step) for step in path)
    return (
        both(f"{place}: まだ書かれていません", f"{place}: not filled in yet"),
        both("これがないと使えません", "nothing can be done without it"),
        how(document.file, path) or both(f"「{path[-1]}:」のうしろに書いてください", f"write the value after `{path[-1]}:`"),
    )


def _words(details: ErrorDetails, path: tuple[Step, ...]) -> tuple[str, str, str]:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(str(path[-1]))
    if kind == "missing":
        return (
            both("必要な項目がありません", "a required key is missing"),
            both("これがないと使えません", "nothing can be done without it"),
            both(f"「{path[-1]}: …」を書き足してください", f"add `{path[-1]}: …`"),
        )
    if kind == "literal_error":
        return _not_in_list(details, str(context.get("expected", "")))
    if kind == "string_pattern_mismatch":
        return _pattern(details, str(context.get("pattern", "")))
    if kind.startswith("date"):
        return (
            both(f"日付ではありません: {_shown(details)}", f"not a date: {_shown(details)}"),
            both("日付は 2026-11-21 の形です", "dates look like 2026-11-21"),
            both("年-月-日 に直してください", "write year-month-day"),
        )
    return (
        both(f"形がちがいます: {_shown(details)}", f"wrong shape: {_shown(details)}"),
        both(_WANTED.get(kind.partition("_")[0], "この項目の形に合いません"), details["msg"]),
        both("ほかの町の同じ項目を見て、同じ形にしてください", "follow the same key in another town's file"),
    )


_WANTED = {
    "tuple": "ここには一覧が要ります（[a, b] か、「- 」で始まる行）", "list": "ここには一覧が要ります（[a, b] か、「- 」で始まる行）",
    "frozen": "ここには一覧が要ります（[a, b] か、「- 」で始まる行）", "set": "ここには一覧が要ります（[a, b] か、「- 」で始まる行）",
    "int": "ここには半角の数字が要ります", "float": "ここには半角の数字が要ります", "bool": "ここには true か false が要ります",
    "dict": "ここには「項目: 値」の並びが要ります", "model": "ここには「項目: 値」の並びが要ります", "string": "ここには文字が要ります",
    "too": "数が合いません", "greater": "数が小さすぎます", "less": "数が大きすぎます",
}
"""What a place asks for, by the beginning of pydantic's name of the finding; its own sentence is the English."""


def _shown(details: ErrorDetails) -> str:
    text = str(details["input"])
    return text if len(text) <= 40 else text[:40] + "…"


def _unknown_key(key: str) -> tuple[str, str, str]:
    near = closest(key, _known_keys())
    fix = (
        both(f"「{near}」の書きまちがいではありませんか", f"did you mean `{near}`?")
        if near
        else both(
            "この行を消すか、knowledge/README.md の項目名に直してください",
            "remove it, or use a key named in knowledge/README.md",
        )
    )
    return (
        both(f"知らない項目です: {key}", f"unknown key: {key}"),
        both("書きまちがいは黙って無視されず、止められます", "unknown keys are never ignored"),
        fix,
    )


def _not_in_list(details: ErrorDetails, expected: str) -> tuple[str, str, str]:
    near = closest(str(details["input"]), [word.strip("' ") for word in expected.replace(" or ", ",").split(",")])
    hint = (
        both(f"「{near}」ではありませんか", f"did you mean `{near}`?")
        if near
        else both("この中から選んでください", "choose one of these")
    )
    return (
        both(f"使えない値です: {_shown(details)}", f"not an allowed value: {_shown(details)}"),
        both(f"使える値: {expected}", f"allowed: {expected}"),
        hint,
    )


def _pattern(details: ErrorDetails, pattern: str) -> tuple[str, str, str]:
    shown = _shown(details)
    if "[01]" in pattern:
        return (
            both(f"時刻ではありません: {shown}", f"not a time of day: {shown}"),
            both("時刻は 08:30 の形で、24:00 までです", "times look like 08:30, up to 24:00"),
            both("二けたの時と分で書いてください", "write two digits, colon, two digits"),
        )
    return (
        both(f"id に使えない字があります: {shown}", f"not an id: {shown}"),
        both("id は小文字の英字で始まり、英字・数字・_ だけです", "ids are lower-case letters, digits and _"),
        both("英小文字の id に直してください", "use a lower-case ASCII id"),
    )


def _not_a_mapping(document: Document) -> Problem:
    return Problem(
        document.file,
        document.line(),
        both("「項目: 値」の並びではありません", "not a list of `key: value`"),
        both("ファイルが空か、いちばん外側が箇条書きです", "the file is empty, or its outermost level is a list"),
        both(
            "例: windows.yaml は「windows:」の下に「- id: …」と書きます",
            "for example windows.yaml starts with `windows:`, then `- id: …`",
        ),
    )


@cache
def _known_keys() -> tuple[str, ...]:
    return tuple(sorted({name for model in _models(Fact) for name in model.model_fields}))


def _models(model: type[Fact]) -> Iterator[type[Fact]]:
    for child in model.__subclasses__():
        yield child
        yield from _models(child)
