"""Phrases over the folded text: one Aho–Corasick automaton for whole phrases and for the heads of lines with alternatives.

A line such as `<me>(が|)いなくな` is looked for by its heads; what follows a head is one small pattern, compiled when its
head is met for the first time. Gaps are short, so the cost stays linear. Must not know: entries, words, what a match means.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import product

import ahocorasick_rs

from knowledge.phrases import Alternatives, Choice, Line, Part
from triage.normalise import fold

GAP = 14       # characters that a `~` may stand for
HEADS = 300    # heads that a line may have: more alternatives than that are left to the pattern
_ENOUGH = 2    # characters of a head that make it rare
_FEW = 6       # signs that are looked for before the pattern is
_GAP = f"[^。!?\\n]{{0,{GAP}}}?"


class _Tail:
    """What follows the heads of a line. number: of the line; near: the characters it may begin with, none where it may be nothing or leaps.

    Before the pattern is asked, one of its signs must stand within reach: most tails end there.
    """

    __slots__ = ("_line", "_pattern", "_reach", "_signs", "near", "number")

    def __init__(self, line: Line, number: int) -> None:
        self.number = number
        self.near = _firsts(line)
        self._line = line
        self._signs = _signs(line)
        self._reach = _longest(line)
        self._pattern: re.Pattern[str] | None = None

    def end(self, text: str, at: int) -> int:
        """Where the phrase ends whose head ends at `at`, -1 where it isn't there."""
        for sign in self._signs:
            if text.find(sign, at, at + self._reach) >= 0:
                break
        else:
            return -1
        pattern = self._pattern
        if pattern is None:
            pattern = self._pattern = re.compile(_pattern(self._line))
        found = pattern.match(text, at)
        return found.end() if found else -1


class _Head:
    """The beginning of lines, and what may follow it: `near` are tails by their first character, `far` those without one."""

    __slots__ = ("far", "near")

    def __init__(self, tails: Sequence[_Tail]) -> None:
        self.far = [tail for tail in tails if not tail.near]
        self.near: dict[str, list[_Tail]] = {}
        for tail in tails:
            for first in tail.near:
                self.near.setdefault(first, []).append(tail)


class Phrases:
    """Numbered lines, ready to be found. Immutable but for patterns compiled on the way; thread-safe."""

    def __init__(self, lines: Iterable[tuple[str, int]], known: Alternatives) -> None:
        whole: dict[str, list[int]] = {}
        tails: dict[str, list[_Tail]] = {}
        for line, number in lines:
            heads, rest = _opened(line, known)
            if rest:
                tail = _Tail(rest, number)
                for head in filter(None, heads):
                    tails.setdefault(head, []).append(tail)
            else:
                for head in filter(None, heads):
                    whole.setdefault(head, []).append(number)
        heads = tuple(dict.fromkeys((*whole, *tails)))
        self._whole = [tuple(dict.fromkeys(whole.get(head, ()))) for head in heads]
        self._open = [_Head(tails[head]) if head in tails else None for head in heads]
        self._automaton = ahocorasick_rs.AhoCorasick(heads or ["\uffff"], implementation=ahocorasick_rs.Implementation.ContiguousNFA)

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Begin and end of every phrase of a folded text, and the number of its line."""
        found: list[tuple[int, int, int]] = []
        if not self._whole:
            return found
        for number, begin, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for line in self._whole[number]:
                found.append((begin, end, line))
            head = self._open[number]
            if head is not None:
                for tail in (*head.near.get(text[end : end + 1], ()), *head.far):
                    stop = tail.end(text, end)
                    if stop >= 0:
                        found.append((begin, stop, tail.number))
        return found


def _opened(line: str, known: Alternatives) -> tuple[Sequence[str], Line]:
    """The folded heads of a line, and what must follow them."""
    parts = known.read(line)
    if parts == (line,):
        return (fold(line),), ()
    heads: tuple[str, ...] = ("",)
    at = 0
    while at < len(parts) and parts[at] != "~" and (min(map(len, heads)) < _ENOUGH or isinstance(parts[at], str)):
        wider = tuple("".join(pair) for pair in product(heads, _texts(parts[at : at + 1])))
        if len(wider) > HEADS and min(map(len, heads)):
            break
        heads = wider
        at += 1
    return tuple(dict.fromkeys(map(fold, heads))), parts[at:]


def _firsts(line: Line) -> frozenset[str]:
    """Characters with which what `line` stands for may begin; none where it may be nothing at all, or leaps."""
    if not line or line[0] == "~":
        return frozenset()
    if isinstance(line[0], str):
        return frozenset(fold(line[0])[:1]) or _firsts(line[1:])
    each = [_firsts((*one, *line[1:])) for one in line[0].lines]
    return frozenset().union(*each) if all(each) else frozenset()


def _signs(line: Line) -> tuple[str, ...]:
    """Texts of which one stands in whatever `line` stands for: a single empty one where nothing is sure, for it stands everywhere."""
    known = [signs for part in line if part != "~" for signs in [_signs_of(part)] if all(signs) and len(signs) <= _FEW]
    return min(known, key=lambda signs: (-min(map(len, signs)), len(signs)), default=("",))


def _signs_of(part: Part) -> tuple[str, ...]:
    return (fold(part),) if isinstance(part, str) else tuple(dict.fromkeys(sign for one in part.lines for sign in _signs(one)))


def _longest(line: Line) -> int:
    """The most characters that `line` stands for."""
    return sum(GAP if part == "~" else len(fold(part)) if isinstance(part, str) else max(map(_longest, part.lines)) for part in line)


def _texts(line: Line) -> Sequence[str]:
    """Every text of a line without gaps."""
    parts = [(part,) if isinstance(part, str) else [text for one in part.lines for text in _texts(one)] for part in line]
    return ["".join(chosen) for chosen in product(*parts)]


def _pattern(line: Line) -> str:
    return "".join(_GAP if part == "~" else re.escape(fold(part)) if isinstance(part, str) else _any_of(part) for part in line)


def _any_of(choice: Choice) -> str:
    return "(?:" + "|".join(sorted({_pattern(line) for line in choice.lines}, key=lambda one: (-len(one), one))) + ")"
