"""Reading one YAML file so that every later finding has its line.

Knows YAML and nothing of municipalities. Stricter than YAML 1.1 on purpose: 17:15 stays a text (YAML reads a number
in base 60), `no` stays a text, a key given twice is an error, tabs are named, aliases only for plain values.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from knowledge.errors import KnowledgeError, Problem, both

Step: TypeAlias = str | int
Data: TypeAlias = "bool | int | float | str | list[Data] | dict[str, Data] | None"

_TAB = re.compile(r"^ *\t", re.MULTILINE)
_INT = re.compile(r"-?(0|[1-9]\d*)")
_FLOAT = re.compile(r"-?(0|[1-9]\d*)\.\d+")
_NULLS = frozenset({"", "~", "null"})
_BOOLS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its plain data, and the node tree that knows the lines. file is the name used in findings."""

    file: str
    data: Data
    root: yaml.Node | None

    def has(self, path: Sequence[Step]) -> bool:
        """Whether the file itself has this place."""
        node = self.root
        for step in path:
            found = _child(node, step) if node is not None else None
            if found is None:
                return False
            node = found[0]
        return True

    def line(self, path: Sequence[Step] = ()) -> int | None:
        """Line of the deepest part of `path` that exists (1-based); of a key's own line for mappings."""
        if self.root is None:
            return None
        node, line = self.root, self.root.start_mark.line
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            node, line = found
        return line + 1


def read(raw: bytes, *, file: str) -> Document:
    """Parse one file. KnowledgeError with file and line when it cannot be read."""
    text = _decode(raw, file)
    tab = _TAB.search(text)
    if tab:
        raise KnowledgeError([_tab(file, text.count("\n", 0, tab.start()) + 1)])
    root = _compose(text, file)
    problems: list[Problem] = []
    data = None if root is None else _Converter(file, problems).convert(root)
    if problems:
        raise KnowledgeError(problems)
    return Document(file, data, root)


def _child(node: yaml.Node, step: Step) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item, item.start_mark.line
    return None


def _decode(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise KnowledgeError([_encoding(file, line, raw)]) from None


def _compose(text: str, file: str) -> yaml.Node | None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise KnowledgeError([_syntax(file, mark.line + 1 if mark else None, error.problem or "")]) from None
    except yaml.YAMLError as error:
        raise KnowledgeError([_syntax(file, None, type(error).__name__)]) from None
    except RecursionError:
        raise KnowledgeError([_syntax(file, None, "nested too deeply")]) from None
    finally:
        loader.dispose()
    return node


class _Converter:
    """Node tree to plain data, JSON-able; collects what is wrong on the way."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        self.seen: set[int] = set()

    def convert(self, node: yaml.Node, depth: int = 0) -> Data:
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        # A collection reached twice is an alias: it could multiply without bound, and its copies share one line.
        if id(node) in self.seen or depth > 20:
            self.problems.append(_alias(self.file, node.start_mark.line + 1))
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(item, depth + 1) for item in node.value]
        assert isinstance(node, yaml.MappingNode)
        return self._mapping(node, depth)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Data]:
        data: dict[str, Data] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(_syntax(self.file, line, "a key must be a plain word"))
            elif key.value in data:
                self.problems.append(_duplicate(self.file, line, key.value))
            else:
                data[key.value] = self.convert(value, depth + 1)
        return data


def _scalar(node: yaml.ScalarNode) -> Data:
    text: str = node.value
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    # Eighteen digits: beyond that Python and JSON would still agree, but no fact of a town is that large.
    if _INT.fullmatch(text) and len(text) <= 18:
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) and len(text) <= 18 else text


def _tab(file: str, line: int) -> Problem:
    return Problem(
        file, line, both("行のはじめにタブがあります", "a line starts with a tab"),
        both("YAML の字下げは半角の空白だけです", "YAML indents with spaces only"),
        both("タブを半角の空白2つに置きかえてください", "replace each tab with two spaces"),
    )


def _encoding(file: str, line: int, raw: bytes) -> Problem:
    try:
        raw.decode("cp932")
        guess, guess_en = "Shift_JIS で保存されているようです", "it looks like Shift_JIS"
    except UnicodeDecodeError:
        guess, guess_en = "文字コードが UTF-8 ではありません", "the encoding is not UTF-8"
    return Problem(
        file, line, both("文字が読めません", "the characters cannot be read"), both(guess, guess_en),
        both("UTF-8 で保存しなおしてください", "save the file as UTF-8"),
    )


_HINTS = {
    "mapping values are not allowed": both(
        "値の中の「: 」が区切りと読まれています。値を \"…\" で囲んでください", 'a colon inside a value: quote the value'),
    "could not find expected ':'": both("「名前: 値」の「:」と空白を確かめてください", "write `key: value` with colon and space"),
    "found character": both("値を \"…\" で囲んでください（@ や % や ` で始まる値など）", "quote the value"),
    "did not find expected": both("字下げと、とじる引用符・かっこを確かめてください", "check indentation and closing quotes or brackets"),
}


def _syntax(file: str, line: int | None, why: str) -> Problem:
    fix = next((hint for start, hint in _HINTS.items() if why.startswith(start)), both(
        "この行とすぐ上の行の字下げ・引用符を確かめてください", "check indentation and quotes here and on the line above"))
    return Problem(file, line, both("YAML として読めません", "this is not readable YAML"), why or "YAML", fix)


def _duplicate(file: str, line: int, key: str) -> Problem:
    return Problem(
        file, line, both(f"「{key}」が2回書かれています", f"`{key}` is given twice"),
        both("あとの値が前の値を黙って消してしまいます", "the later one would silently replace the earlier"),
        both("どちらか1つを消してください", "remove one of the two"),
    )


def _alias(file: str, line: int) -> Problem:
    return Problem(
        file, line, both("ひとまとまりの別名（*）か、深すぎる入れ子です", "an alias of a whole block, or nesting too deep"),
        both("別名は文字や数の値だけに使えます", "aliases are for plain values only"),
        both("同じ内容をそこにも書いてください", "write the content out"),
    )
