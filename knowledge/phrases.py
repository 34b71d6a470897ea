"""Alternatives within the words of the lexicon: `<me>(が|さえ|)いなくな` stands for every way to say it.

`groups` of any lexicon file are known to all of them. Pure; must not know how phrases are matched.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod

from knowledge.errors import Problem, closest
from knowledge.parse import Parsed
from knowledge.schema import LexiconFile
from knowledge.source import Step

MOST = 6000
"""Phrases that one line may stand for: above it, a line is a concept too wide for one line."""
_DEEPEST = 6
_CHOICE = re.compile(r"<([a-z][a-z0-9_]*)>|\(([^()|]*(?:\|[^()|]*)+)\)")


class PhraseError(ValueError):
    """A line that can't be spelled out. name: the group nobody knows, None when something else is wrong."""

    def __init__(self, japanese: str, english: str, *, name: str | None = None) -> None:
        super().__init__(f"{japanese} / {english}")
        self.japanese, self.english, self.name = japanese, english, name


class Alternatives:
    """The groups of all files, and what a line with `<group>` or `(a|b|)` stands for."""

    def __init__(self, files: Iterable[LexiconFile]) -> None:
        self._groups: dict[str, tuple[str, ...]] = {name: listed for file in files for name, listed in file.groups.items()}
        self._known: dict[str, tuple[str, ...]] = {}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._groups)

    def of(self, line: str) -> tuple[str, ...]:
        """Every phrase of `line`, itself when it names no choice. PhraseError: unknown group, circle, too many."""
        return self._spelled(line, 0)

    def all(self, lines: Iterable[str]) -> Iterator[str]:
        """Every phrase of every line."""
        return (phrase for line in lines for phrase in self._spelled(line, 0))

    def _spelled(self, line: str, depth: int) -> tuple[str, ...]:
        if "<" not in line and "|" not in line:
            return (line,)
        if depth > _DEEPEST:
            raise PhraseError(f"「{line}」は自分にもどってきます", f"`{line}` comes back to itself")
        choices: list[tuple[str, ...]] = []
        at = 0
        for found in _CHOICE.finditer(line):
            choices += [(line[at : found.start()],), self._choice(found, depth)]
            at = found.end()
        choices.append((line[at:],))
        if any("|" in choice for listed in choices for choice in listed):
            raise PhraseError(f"「{line}」の ( | ) が閉じていません", f"a ( | ) in `{line}` is not closed")
        if prod(map(len, choices)) > MOST:
            raise PhraseError(f"「{line}」が {MOST} 通りを超えます", f"`{line}` stands for more than {MOST} phrases")
        return tuple(dict.fromkeys("".join(parts) for parts in product(*choices)))

    def _choice(self, found: re.Match[str], depth: int) -> tuple[str, ...]:
        name, written = found.groups()
        if name is None:
            return tuple(phrase for part in written.split("|") for phrase in self._spelled(part, depth + 1))
        known = self._known.get(name)
        if known is None:
            if name not in self._groups:
                raise PhraseError(f"組「{name}」がありません", f"there is no group `{name}`", name=name)
            known = tuple(phrase for part in self._groups[name] for phrase in self._spelled(part, depth + 1))
            self._known[name] = known
        return known


def check_phrases(parsed: Parsed) -> Iterator[Problem]:
    """Lines that can't be spelled out, and groups named twice."""
    files: Mapping[str, LexiconFile] = parsed.of(LexiconFile, "")
    alternatives = Alternatives(files.values())
    seen: dict[str, str] = {}
    for path, file in files.items():
        for name in file.groups:
            if name in seen:
                yield _problem(parsed, path, ("groups", name), PhraseError(
                    f"組「{name}」が {seen[name]} にもあります", f"group `{name}` is also in {seen[name]}"), frozenset())
            seen.setdefault(name, path)
        lines = [(("groups", name, at), line) for name, listed in file.groups.items() for at, line in enumerate(listed)]
        lines += [
            (("entries", number, key, at), line)
            for number, entry in enumerate(file.entries)
            for key, listed in (("words", entry.words), ("raw", entry.raw)) for at, line in enumerate(listed)
        ]
        yield from _lines(parsed, path, lines, alternatives)


def _lines(parsed: Parsed, path: str, lines: Iterable[tuple[tuple[Step, ...], str]], known: Alternatives) -> Iterator[Problem]:
    for where, line in lines:
        try:
            known.of(line)
        except PhraseError as wrong:
            yield _problem(parsed, path, where, wrong, known.names)


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
