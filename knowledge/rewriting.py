"""One place of a YAML text changed, everything else left as its author wrote it: comments, order, quotes, blank lines.

What comes out is read again and compared with what is meant; where the careful cut did not succeed, the whole file is
written anew (its comments are lost then, never a fact). Knows YAML and nothing of municipalities.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import yaml

from knowledge.errors import KnowledgeError
from knowledge.source import Data, Step, read

_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`~<=0-9][^:#,\[\]{}\n\"'\\]*")
_NUMBERED = re.compile(r"[0-9]+(-[0-9]+)+")
"""Telephones and days: no number to the reader, so they need no quotes."""
_WIDTH: Final = 110


class Removed:
    """Stands for a value that is to be taken out."""


REMOVED: Final = Removed()
_Cut = tuple[int, int, str]
"""From, to, and what comes there instead."""


def rewritten(text: str, path: Sequence[Step], value: Data | Removed) -> str:
    """The text with `value` at `path`. A list index one past the end appends; parents of a key are made.

    KnowledgeError when the text itself can't be read.
    """
    data = read(text.encode(), file="").data
    meant = put(data if isinstance(data, dict) else {}, path, value)
    for attempt in _attempts(text, path, value):
        if _means(attempt, meant):
            return attempt
    return dumped(meant)


def put(data: Data, path: Sequence[Step], value: Data | Removed) -> Data:
    """A copy of the plain data with `value` at `path`."""
    made = copy.deepcopy(data)
    at: Any = made
    for step, following in pairwise(path):
        if isinstance(step, str) and at.get(step) is None:
            at[step] = [] if isinstance(following, int) else {}
        at = at[step]
    last = path[-1]
    if isinstance(value, Removed):
        if isinstance(last, int) or last in at:
            del at[last]
    elif isinstance(last, int) and last == len(at):
        at.append(copy.deepcopy(value))
    else:
        at[last] = copy.deepcopy(value)
    return made


def dumped(data: Data) -> str:
    """Plain data as a YAML text of its own."""
    return str(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=_WIDTH))


def _means(text: str, meant: Data) -> bool:
    try:
        return read(text.encode(), file="").data == meant
    except (KnowledgeError, UnicodeEncodeError):
        return False


def _attempts(text: str, path: Sequence[Step], value: Data | Removed) -> list[str]:
    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        cut = _cut(text, root, path, value)
    except (yaml.YAMLError, LookupError, TypeError):
        return []
    return [] if cut is None else [text[: cut[0]] + cut[2] + text[cut[1] :]]


def _cut(text: str, root: yaml.Node | None, path: Sequence[Step], value: Data | Removed) -> _Cut | None:
    parent = _reach(root, path[:-1])
    last = path[-1]
    if isinstance(parent, yaml.MappingNode) and isinstance(last, str):
        return _in_mapping(text, parent, last, value)
    if isinstance(parent, yaml.SequenceNode) and isinstance(last, int):
        return _in_sequence(text, parent, last, value)
    return None


def _reach(node: yaml.Node | None, path: Sequence[Step]) -> yaml.Node | None:
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
        else:
            return None
    return node


def _in_mapping(text: str, parent: yaml.MappingNode, name: str, value: Data | Removed) -> _Cut | None:
    found = next(((key, node) for key, node in parent.value if key.value == name), None)
    indent = parent.value[0][0].start_mark.column if parent.value else 0
    if isinstance(value, Removed):
        if found is None or parent.flow_style:
            return None
        return _line_start(text, found[0].start_mark.index), _line_end(text, _end(text, found[1])) + 1, ""
    if found is not None:
        shown = _flow(value) if parent.flow_style else _shown(value, indent)
        return found[0].end_mark.index, _end(text, found[1]), _pair("", shown)
    if not parent.value:
        return None
    if parent.flow_style:
        end = parent.end_mark.index - 1
        return end, end, f", {name}: {_flow(value)}"
    end = _line_end(text, _end(text, parent.value[-1][1]))
    return end, end, f"\n{' ' * indent}{_pair(name, _shown(value, indent))}"


def _in_sequence(text: str, parent: yaml.SequenceNode, at: int, value: Data | Removed) -> _Cut | None:
    if parent.flow_style or not parent.value:
        return None
    if isinstance(value, Removed):
        node = parent.value[at]
        return _line_start(text, node.start_mark.index), _line_end(text, _end(text, node)) + 1, ""
    if at != len(parent.value) or not isinstance(value, dict):
        return None
    end, column = _line_end(text, _end(text, parent.value[-1])), parent.start_mark.column
    lines = [_pair(name, _shown(inner, column + 2)) for name, inner in value.items()]
    return end, end, "\n" + " " * column + "- " + f"\n{' ' * (column + 2)}".join(lines)


def _end(text: str, node: yaml.Node) -> int:
    """Where a value ends: the reader says of blocks that they end where the next thing begins, comments between."""
    end: int = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">"):
        return end
    if isinstance(node, yaml.CollectionNode) and node.flow_style:
        return end
    before = text[:end].rstrip(" ")
    while before.endswith("\n") or before.rpartition("\n")[2].lstrip().startswith("#"):
        before = before.rpartition("\n")[0] if not before.endswith("\n") else before[:-1]
        before = before.rstrip(" ")
    return len(before)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _pair(name: str, shown: str) -> str:
    return f"{name}:{shown}" if shown.startswith("\n") else f"{name}: {shown}"


def _shown(value: Data, indent: int) -> str:
    """A value behind its key in a block: texts of several lines as a block of their own."""
    inner = " " * (indent + 2)
    if isinstance(value, str) and "\n" in value and not value.startswith((" ", "\n")) and not value.endswith("\n"):
        return "|-\n" + "\n".join(inner + line if line else "" for line in value.split("\n"))
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return "".join(f"\n{inner}- {_flow(item)}" for item in value)
    return _flow(value)


def _flow(value: Data) -> str:
    """A value on one line."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case int() | float():
            return repr(value)
        case str():
            word = _PLAIN.fullmatch(value) and value == value.strip() and value not in ("null", "true", "false")
            return value if word or _NUMBERED.fullmatch(value) else json.dumps(value, ensure_ascii=False)
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{name}: {_flow(inner)}" for name, inner in value.items()) + "}"
