"""Phrases over the folded text: one Aho–Corasick automaton for whole phrases and for the heads of lines with alternatives.

A line such as `<me>(が|)いなくな` is looked for by its heads; what follows a head is one small pattern, compiled when its
head is met for the first time. Gaps are short, so the cost stays linear. Must not know: entries, words, what a match means.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import product

import ahocorasick_rs

from knowledge.phrases import Alternatives, Choice, Line
from triage.normalise import fold

GAP = 14       # characters that a `~` may stand for
HEADS = 300    # heads that a line may have: more alternatives than that are left to the pattern
_ENOUGH = 2    # characters of a head that make it rare
_GAP = f"[^。!?\\n]{{0,{GAP}}}?"


class _Tail:
    """What follows a head."""

    __slots__ = ("_line", "_pattern")

    def __init__(self, line: Line) -> None:
        self._line = line
        self._pattern: re.Pattern[str] | None = None

    def end(self, text: str, at: int) -> int:
        """Where the phrase ends whose head ends at `at`, -1 where it isn't there."""
        if not self._line:
            return at
        pattern = self._pattern
        if pattern is None:
            pattern = self._pattern = re.compile(_pattern(self._line))
        found = pattern.match(text, at)
        return found.end() if found else -1


_NOTHING = _Tail(())


class Phrases:
    """Numbered lines, ready to be found. Immutable but for patterns compiled on the way; thread-safe."""

    def __init__(self, lines: Iterable[tuple[str, int]], known: Alternatives) -> None:
        heads: dict[str, list[tuple[_Tail, int]]] = {}
        done: set[tuple[str, int]] = set()
        for line, number in lines:
            for head, tail in _opened(line, known):
                if head and (tail._line or (head, number) not in done):
                    heads.setdefault(head, []).append((tail, number))
                    if not tail._line:
                        done.add((head, number))
        self._follow = list(heads.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(heads) or ["\uffff"])

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Begin and end of every phrase of a folded text, and the number of its line."""
        found: list[tuple[int, int, int]] = []
        follow = self._follow
        if not follow:
            return found
        for head, begin, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for tail, number in follow[head]:
                stop = tail.end(text, end)
                if stop >= 0:
                    found.append((begin, stop, number))
        return found


def _opened(line: str, known: Alternatives) -> Iterable[tuple[str, _Tail]]:
    """The folded heads of a line, and what must follow them."""
    parts = known.read(line)
    if parts == (line,):
        return ((fold(line), _NOTHING),)
    heads: tuple[str, ...] = ("",)
    at = 0
    while at < len(parts) and parts[at] != "~" and (min(map(len, heads)) < _ENOUGH or isinstance(parts[at], str)):
        wider = tuple("".join(pair) for pair in product(heads, _texts(parts[at : at + 1])))
        if len(wider) > HEADS and min(map(len, heads)):
            break
        heads = wider
        at += 1
    tail = _Tail(parts[at:])
    return ((fold(head), tail) for head in dict.fromkeys(heads))


def _texts(line: Line) -> Sequence[str]:
    """Every text of a line without gaps."""
    parts = [(part,) if isinstance(part, str) else [text for one in part.lines for text in _texts(one)] for part in line]
    return ["".join(chosen) for chosen in product(*parts)]


def _pattern(line: Line) -> str:
    return "".join(_GAP if part == "~" else re.escape(fold(part)) if isinstance(part, str) else _any_of(part) for part in line)


def _any_of(choice: Choice) -> str:
    return "(?:" + "|".join(sorted({_pattern(line) for line in choice.lines}, key=lambda one: (-len(one), one))) + ")"
