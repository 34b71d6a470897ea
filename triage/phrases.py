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
    """What follows a head. number: of the line."""

    __slots__ = ("_line", "_pattern", "number")

    def __init__(self, line: Line, number: int) -> None:
        self.number = number
        self._line = line
        self._pattern: re.Pattern[str] | None = None

    def end(self, text: str, at: int) -> int:
        """Where the phrase ends whose head ends at `at`, -1 where it isn't there."""
        pattern = self._pattern
        if pattern is None:
            pattern = self._pattern = re.compile(_pattern(self._line))
        found = pattern.match(text, at)
        return found.end() if found else -1


class _Head:
    """The beginning of lines: those that end with it, and the tails of the others.

    A look at what comes next spares most patterns: `near` are tails by their first character, `far` those that leap over a gap
    to what `ahead` finds, `any` the rest (in every list of `near` as well).
    """

    __slots__ = ("ahead", "any", "far", "more", "near", "whole")

    def __init__(self, lines: Iterable[tuple[Line, int]]) -> None:
        listed = list(lines)
        self.whole = tuple(dict.fromkeys(number for line, number in listed if not line))
        self.near: dict[str, list[_Tail]] = {}
        self.far: list[_Tail] = []
        self.any: list[_Tail] = []
        landings: set[str] = set()
        for line, number in ((line, number) for line, number in listed if line):
            tail = _Tail(line, number)
            leaps = line[0] == "~"
            firsts = _firsts(line[leaps:])
            for first in () if leaps else firsts:
                self.near.setdefault(first, []).append(tail)
            if leaps and firsts:
                self.far.append(tail)
                landings |= firsts
            elif not firsts:
                self.any.append(tail)
        for tails in self.near.values():
            tails.extend(self.any)
        self.ahead = re.compile(f"{_GAP}[{re.escape(''.join(sorted(landings)))}]") if landings else None
        self.more = bool(self.near or self.far or self.any)

    def tails(self, text: str, end: int) -> Sequence[_Tail]:
        """Those that may follow a head that ends at `end`."""
        found = self.near.get(text[end : end + 1], self.any)
        return [*found, *self.far] if self.ahead is not None and self.ahead.match(text, end) else found


class Phrases:
    """Numbered lines, ready to be found. Immutable but for patterns compiled on the way; thread-safe."""

    def __init__(self, lines: Iterable[tuple[str, int]], known: Alternatives) -> None:
        heads: dict[str, list[tuple[Line, int]]] = {}
        for line, number in lines:
            for head, rest in _opened(line, known):
                if head:
                    heads.setdefault(head, []).append((rest, number))
        self._heads = [_Head(listed) for listed in heads.values()]
        self._automaton = ahocorasick_rs.AhoCorasick(list(heads) or ["\uffff"], implementation=ahocorasick_rs.Implementation.ContiguousNFA)

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Begin and end of every phrase of a folded text, and the number of its line."""
        found: list[tuple[int, int, int]] = []
        heads = self._heads
        if not heads:
            return found
        for number, begin, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            head = heads[number]
            for line in head.whole:
                found.append((begin, end, line))
            if head.more:
                for tail in head.tails(text, end):
                    stop = tail.end(text, end)
                    if stop >= 0:
                        found.append((begin, stop, tail.number))
        return found


def _opened(line: str, known: Alternatives) -> Iterable[tuple[str, Line]]:
    """The folded heads of a line, and what must follow them."""
    parts = known.read(line)
    if parts == (line,):
        return ((fold(line), ()),)
    heads: tuple[str, ...] = ("",)
    at = 0
    while at < len(parts) and parts[at] != "~" and (min(map(len, heads)) < _ENOUGH or isinstance(parts[at], str)):
        wider = tuple("".join(pair) for pair in product(heads, _texts(parts[at : at + 1])))
        if len(wider) > HEADS and min(map(len, heads)):
            break
        heads = wider
        at += 1
    return ((head, parts[at:]) for head in dict.fromkeys(map(fold, heads)))


def _firsts(line: Line) -> frozenset[str]:
    """Characters with which what `line` stands for may begin; none where it may be nothing at all, or leaps."""
    if not line or line[0] == "~":
        return frozenset()
    if isinstance(line[0], str):
        return frozenset(fold(line[0])[:1]) or _firsts(line[1:])
    each = [_firsts((*one, *line[1:])) for one in line[0].lines]
    return frozenset().union(*each) if all(each) else frozenset()


def _texts(line: Line) -> Sequence[str]:
    """Every text of a line without gaps."""
    parts = [(part,) if isinstance(part, str) else [text for one in part.lines for text in _texts(one)] for part in line]
    return ["".join(chosen) for chosen in product(*parts)]


def _pattern(line: Line) -> str:
    return "".join(_GAP if part == "~" else re.escape(fold(part)) if isinstance(part, str) else _any_of(part) for part in line)


def _any_of(choice: Choice) -> str:
    return "(?:" + "|".join(sorted({_pattern(line) for line in choice.lines}, key=lambda one: (-len(one), one))) + ")"
