"""Alternatives within the lines of the lexicon: `<me>(が|さえ|)~いなくな` stands for every way to say it.

`(a|b|)` are alternatives, `<name>` a group of them that any lexicon file may define under `groups`, and in `raw` a `~`
stands for a few characters of the same sentence. Pure; must not know how lines are matched.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Literal

from knowledge.errors import Problem, closest
from knowledge.parse import Parsed
from knowledge.schema import LexiconFile
from knowledge.source import Step

MOST = 4000
"""Wordings that one line may name: above it, a line is a concept too wide for one line."""
_DEEPEST = 6
_MARK = re.compile(r"<([a-z][a-z0-9_]*)>|[(|)~]")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these stands here."""

    lines: tuple["Line", ...]


Gap = Literal["~"]
Part = str | Choice
Line = tuple[Part, ...]
"""Text, choices, and "~" for a gap."""


class PhraseError(ValueError):
    """A line that can't be read. name: the group nobody knows, None when something else is wrong."""

    def __init__(self, japanese: str, english: str, *, name: str | None = None) -> None:
        super().__init__(f"{japanese} / {english}")
        self.japanese, self.english, self.name = japanese, english, name


class Alternatives:
    """The groups of all files, and what a line that names them stands for."""

    def __init__(self, files: Iterable[LexiconFile]) -> None:
        self._groups: dict[str, tuple[str, ...]] = {name: listed for file in files for name, listed in file.groups.items()}
        self._known: dict[str, Choice] = {}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._groups)

    def read(self, line: str) -> Line:
        """`line` taken apart. PhraseError: unknown group, circle, brackets that don't match."""
        return self._read(line, 0) if _MARK.search(line) else (line,)

    def spelled(self, line: str) -> tuple[str, ...]:
        """Every wording of `line`, gaps left as they stand. PhraseError also where there are too many."""
        return _spelled(self._read(line, 0), line) if _MARK.search(line) else (line,)

    def all(self, lines: Iterable[str]) -> Iterator[str]:
        """Every wording of every line."""
        return (wording for line in lines for wording in self.spelled(line))

    def _read(self, line: str, depth: int) -> Line:
        if depth > _DEEPEST:
            raise PhraseError(f"「{line}」は自分にもどってきます", f"`{line}` comes back to itself")
        choice, _, closed = self._choice(line, 0, depth)
        if closed:
            raise _unmatched(line)
        return choice.lines[0] if len(choice.lines) == 1 else (choice,)

    def _choice(self, line: str, at: int, depth: int) -> tuple[Choice, int, bool]:
        """Alternatives from `at` up to the bracket that closes them or to the end, where that is, and whether a bracket was there."""
        every: list[Line] = []
        parts: list[Part] = []
        while True:
            mark = _MARK.search(line, at)
            text = line[at : mark.start()] if mark else line[at:]
            if text:
                parts.append(text)
            at = mark.end() if mark else len(line)
            sign = mark.group() if mark else ")"
            if sign == "(":
                inner, at, closed = self._choice(line, at, depth)
                if not closed or len(inner.lines) < 2:
                    raise _unmatched(line)
                parts.append(inner)
            elif sign in "|)":
                every.append(tuple(parts))
                parts = []
                if sign == ")":
                    return Choice(tuple(every)), at, mark is not None
            elif mark:
                parts.append(sign if sign == "~" else self._group(mark.group(1), depth))

    def _group(self, name: str, depth: int) -> Choice:
        known = self._known.get(name)
        if known is None:
            if name not in self._groups:
                raise PhraseError(f"組「{name}」がありません", f"there is no group `{name}`", name=name)
            known = self._known[name] = Choice(tuple(self._read(part, depth + 1) for part in self._groups[name]))
        return known


def _unmatched(line: str) -> PhraseError:
    return PhraseError(f"「{line}」の ( | ) が合っていません", f"the ( | ) of `{line}` do not match")


def _spelled(line: Line, whole: str) -> tuple[str, ...]:
    parts = [(part,) if isinstance(part, str) else tuple(word for one in part.lines for word in _spelled(one, whole)) for part in line]
    if prod(map(len, parts)) > MOST:
        raise PhraseError(f"「{whole}」が {MOST} 通りを超えます", f"`{whole}` stands for more than {MOST} wordings")
    return tuple(dict.fromkeys("".join(chosen) for chosen in product(*parts)))


def leaves(line: Line) -> int:
    """How many texts a line names, each counted once wherever it stands."""
    return sum(1 if isinstance(part, str) else sum(max(1, leaves(one)) for one in part.lines) for part in line)


def check_phrases(parsed: Parsed) -> Iterator[Problem]:
    """Lines that can't be read or begin with nothing, and groups named twice."""
    files: Mapping[str, LexiconFile] = parsed.of(LexiconFile, "")
    known = Alternatives(files.values())
    seen: dict[str, str] = {}
    for path, file in files.items():
        for name in file.groups:
            if name in seen:
                twice = PhraseError(f"組「{name}」が {seen[name]} にもあります", f"group `{name}` is also in {seen[name]}")
                yield _problem(parsed, path, ("groups", name), twice, frozenset())
            seen.setdefault(name, path)
        for where, line in () if path in parsed.known else _lines(file):
            try:
                _try(known, where, line)
            except PhraseError as wrong:
                yield _problem(parsed, path, where, wrong, known.names)


def _lines(file: LexiconFile) -> Iterator[tuple[tuple[Step, ...], str]]:
    for name, listed in file.groups.items():
        yield from ((("groups", name, at), line) for at, line in enumerate(listed))
    for number, entry in enumerate(file.entries):
        for key, lines in (("words", entry.words), ("raw", entry.raw)):
            yield from ((("entries", number, key, at), line) for at, line in enumerate(lines))


def _try(known: Alternatives, where: Sequence[Step], line: str) -> None:
    if _MARK.search(line) is None:
        return
    if "words" in where:
        known.spelled(line)
    read = known.read(line)
    if leaves(read) > MOST:
        raise PhraseError(f"「{line}」が {MOST} 通りを超えます", f"`{line}` names more than {MOST} wordings")
    if where[0] == "entries" and "raw" in where and _may_begin_empty(read):
        raise PhraseError(f"「{line}」の始まりが決まっていません", f"`{line}` may begin with nothing")


def _may_begin_empty(line: Line) -> bool:
    """A line needs a text at its head to be looked for by; `~` and an empty alternative are none."""
    return not line or line[0] == "~" or (isinstance(line[0], Choice) and any(_may_begin_empty(one) for one in line[0].lines))


def _problem(parsed: Parsed, path: str, where: tuple[Step, ...], wrong: PhraseError, names: frozenset[str]) -> Problem:
    near = closest(wrong.name, names) if wrong.name else None
    return parsed.problem(
        path,
        where,
        (wrong.japanese, wrong.english),
        ("この行がどの言い方を指すのか決まりません", "nobody can tell which wordings this line stands for"),
        (f"<{near}> ではありませんか", f"did you mean `<{near}>`?")
        if near
        else (
            "groups: に組を書くか、行を (a|b) の形で短く分けてください",
            "define it under `groups:`, or split the line; choices look like (a|b)",
        ),
    )
