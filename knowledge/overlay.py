"""What officials of a town have changed, laid over the town's files: edits of single fields, each with what the files
said when it was written.

The files stay the base: an edit holds only the fields that differ, so that a mended file shows through everywhere
else, and a field that both have changed is told as overtaken. Pure: files in, files out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from knowledge.loader import File
from knowledge.rewriting import REMOVED, rewritten
from knowledge.source import Data, Step, read

Kind = Literal["town", "window", "reply", "faq", "word"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FILES: dict[Kind, str] = {
    "town": "municipality.yaml", "window": "windows.yaml", "reply": "replies.yaml", "faq": "faq.yaml",
    "word": "lexicon.yaml",
}
LISTS: dict[Kind, str] = {"window": "windows", "faq": "faq", "word": "entries"}
TEXT = "text"
"""The one field of a reply. Its key is the language, a dot and the reply's id."""
Values = Mapping[str, Data]


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing of the town, changed. values: what stands over the files, field by field; None leaves the field out.

    base: what the files said of these fields; None: the files had no such thing. removed: the thing is taken out.
    """

    kind: Kind
    key: str
    values: Values
    base: Values | None = None
    removed: bool = False

    @property
    def about(self) -> tuple[Kind, str]:
        """Which thing it changes."""
        return self.kind, self.key


def as_data(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """For keeping: plain JSON-able data."""
    return [
        {"kind": one.kind, "key": one.key, "values": dict(one.values), "removed": one.removed,
         "base": None if one.base is None else dict(one.base)}
        for one in edits
    ]


def from_data(kept: Iterable[Mapping[str, Any]]) -> tuple[Edit, ...]:
    """What `as_data` made."""
    return tuple(Edit(one["kind"], one["key"], one["values"], one["base"], one["removed"]) for one in kept)


def said(town: str, files: Sequence[File], about: tuple[Kind, str]) -> Values | None:
    """What these files say of a thing; None when they have none."""
    kind, key = about
    data = _data(town, files, kind)
    if kind == "town":
        return data
    if kind == "reply":
        language, _, reply_id = key.partition(".")
        texts = _mapping(_mapping(data.get("replies")).get(language))
        return {TEXT: texts[reply_id]} if reply_id in texts else None
    found = _place(data, kind, key)
    return None if found is None else _mapping(_list(data, kind)[found])


def laid(town: str, files: Sequence[File], edits: Iterable[Edit]) -> tuple[File, ...]:
    """The town's files with the edits in them. KnowledgeError when a file can't be read."""
    texts = {file.path: file.raw.decode("utf-8-sig") for file in files}
    for edit in edits:
        path = _path(town, edit.kind)
        for where, value in _steps(texts.get(path, ""), edit):
            texts[path] = rewritten(texts.get(path, ""), where, value)
    return tuple(File(path, texts[path].encode()) for path in sorted(texts))


def narrowed(edit: Edit, in_files: Values | None) -> Edit | None:
    """The edit without what the files say anyway, over what they say now; None when nothing is left of it."""
    if edit.removed:
        return None if in_files is None else replace(edit, values={}, base=dict(in_files))
    kept: dict[str, Data]
    if in_files is None:
        kept = {name: value for name, value in edit.values.items() if value is not None}
        return replace(edit, values=kept, base=None) if kept else None
    kept = {name: value for name, value in edit.values.items() if value != in_files.get(name)}
    base = {name: in_files.get(name) for name in kept}
    return replace(edit, values=kept, base=base) if kept else None


def merged(edits: Sequence[Edit], edit: Edit, in_files: Values | None) -> tuple[Edit, ...]:
    """The edits with one more: over an older one of the same thing, in the order in which things were first changed."""
    older = next((one for one in edits if one.about == edit.about), None)
    values = edit.values if older is None or edit.removed or older.removed else {**older.values, **edit.values}
    kept = narrowed(replace(edit, values=values), in_files)
    rest = [one for one in edits if one.about != edit.about]
    if kept is None:
        return tuple(rest)
    at = len(rest) if older is None else list(edits).index(older)
    return (*rest[:at], kept, *rest[at:])


def overtaken(edit: Edit, in_files: Values | None) -> tuple[str, ...]:
    """Fields of which the files say something else than when the edit was written; "" for the thing as a whole."""
    if (edit.base is None) != (in_files is None):
        return ("",)
    if edit.base is None or in_files is None:
        return ()
    return tuple(name for name, value in edit.base.items() if in_files.get(name) != value)


def where(town: str, files: Sequence[File], about: tuple[Kind, str]) -> tuple[str, tuple[Step, ...]]:
    """File and place of a thing, for findings."""
    kind, key = about
    if kind == "reply":
        language, _, reply_id = key.partition(".")
        return _path(town, kind), ("replies", language, reply_id)
    if kind == "town":
        return _path(town, kind), ()
    return _path(town, kind), (LISTS[kind], _place(_data(town, files, kind), kind, key) or 0)


def _steps(text: str, edit: Edit) -> Iterable[tuple[tuple[Step, ...], Any]]:
    """Place and value of each change that an edit makes in its file."""
    data = _mapping(read(text.encode(), file=edit.kind).data) if text else {}
    if edit.kind == "reply":
        language, _, reply_id = edit.key.partition(".")
        there = reply_id in _mapping(_mapping(data.get("replies")).get(language))
        value = REMOVED if edit.removed else edit.values[TEXT]
        return [(("replies", language, reply_id), value)] if there or not edit.removed else []
    if edit.kind == "town":
        return [((name,), REMOVED if value is None else value) for name, value in edit.values.items()]
    found = _place(data, edit.kind, edit.key)
    if edit.removed:
        return [] if found is None else [((LISTS[edit.kind], found), REMOVED)]
    if found is None:
        return _appended(data, edit)
    start = (LISTS[edit.kind], found)
    return [((*start, name), REMOVED if value is None else value) for name, value in edit.values.items()]


def _appended(data: Mapping[str, Data], edit: Edit) -> list[tuple[tuple[Step, ...], Any]]:
    """A thing that the file does not have; a file of words says at its top where they come from."""
    values = {name: value for name, value in edit.values.items() if value is not None}
    top: list[tuple[tuple[Step, ...], Any]] = []
    if edit.kind == "word":
        head = {name: values.pop(name) for name in ("source", "checked") if name in values}
        top = [((name,), value) for name, value in head.items() if name not in data]
    return [*top, ((LISTS[edit.kind], len(_list(data, edit.kind))), {"id": edit.key, **values})]


def _path(town: str, kind: Kind) -> str:
    return f"municipalities/{town}/{FILES[kind]}"


def _data(town: str, files: Sequence[File], kind: Kind) -> Mapping[str, Data]:
    path = _path(town, kind)
    raw = next((file.raw for file in files if file.path == path), b"")
    return _mapping(read(raw, file=path).data)


def _mapping(data: Any) -> dict[str, Data]:
    return data if isinstance(data, dict) else {}


def _list(data: Mapping[str, Data], kind: Kind) -> list[Data]:
    found = data.get(LISTS[kind])
    return found if isinstance(found, list) else []


def _place(data: Mapping[str, Data], kind: Kind, key: str) -> int | None:
    listed = enumerate(_list(data, kind))
    return next((at for at, item in listed if _mapping(item).get("id") == key), None)
