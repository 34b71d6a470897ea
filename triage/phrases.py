"""Phrases over the folded text: one Aho–Corasick automaton for whole phrases and for the heads of lines with alternatives.

A line such as `<me>(が|)いなくな` is looked for by its heads; what follows a head is one small pattern, compiled when its
head is met for the first time. Gaps are short, so the cost stays linear. Must not know: entries, words, what a match means.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Generic, TypeVar

import ahocorasick_rs

from knowledge.phrases import Alternatives, Choice, Line
from triage.normalise import fold

GAP = 14       # characters that a `~` may stand for
HEADS = 300    # heads that a line may have: more alternatives than that are left to the pattern
_ENOUGH = 2    # characters of a head that make it rare
_FEW = 6       # alternatives that are simply tried
_STOPS = "。!?\\n"
_GAP = f"[^{_STOPS}]{{0,{GAP}}}?"
Match = Callable[[str, int], re.Match[str] | None]   # at a place of a text
Owner = TypeVar("Owner")   # what a line is of: hashed, and given back where the line stands


class _Tail(Generic[Owner]):
    """What follows the heads of a line. leaps: it begins with a gap; firsts: characters with which it begins behind that, none where unsure."""

    __slots__ = ("_line", "firsts", "leaps", "match", "owner")

    def __init__(self, line: Line, owner: Owner) -> None:
        self.owner = owner
        self.leaps = line[0] == "~"
        self.firsts = _firsts(line[self.leaps :])
        self._line = line
        self.match: Match = self._compile   # the rest of a phrase whose head ends at a place of a text

    def _compile(self, text: str, at: int) -> re.Match[str] | None:
        look = f"(?={_landing(self.firsts)})" if self.leaps and self.firsts else ""
        self.match = re.compile(look + _pattern(self._line)).match
        return self.match(text, at)


# What a text that the automaton finds is: all of the lines of the `whole`, and the beginning of others. A look at what comes next spares
# most tails: `near` has for each next character those that may begin with it, and the `rest`, of which nothing is known; `far` are those
# that leap over a gap to what `ahead` finds. No more than a tuple: one with names costs thrice as much to take apart.
#                  whole             near                                 rest                   ahead         far
_Head = tuple[Sequence[Owner], Mapping[str, Sequence[_Tail[Owner]]], Sequence[_Tail[Owner]], Match | None, Sequence[_Tail[Owner]]]


def _head(whole: Sequence[Owner], tails: Sequence[_Tail[Owner]]) -> _Head[Owner]:
    rest = tuple([tail for tail in tails if not tail.firsts])
    far = tuple([tail for tail in tails if tail.firsts and tail.leaps])
    near: dict[str, list[_Tail[Owner]]] = {}
    for tail in tails:
        for first in () if tail.leaps else tail.firsts:
            near.setdefault(first, []).append(tail)
    landings = frozenset().union(*(tail.firsts for tail in far))
    ahead = re.compile(_landing(landings)).match if far else None
    return (whole, {first: (*listed, *rest) for first, listed in near.items()}, rest, ahead, far)


class Phrases(Generic[Owner]):
    """Lines, each of an owner, ready to be found. Immutable but for patterns compiled on the way; thread-safe."""

    def __init__(self, lines: Iterable[tuple[str, Owner]], known: Alternatives) -> None:
        whole: dict[str, list[Owner]] = {}
        tails: dict[str, list[_Tail[Owner]]] = {}
        for line, owner in lines:
            heads, rest = _opened(line, known)
            if rest:
                tail = _Tail(rest, owner)
                for head in filter(None, heads):
                    tails.setdefault(head, []).append(tail)
            else:
                for head in filter(None, heads):
                    whole.setdefault(head, []).append(owner)
        heads = tuple(dict.fromkeys((*whole, *tails)))
        known_as = [(tuple(dict.fromkeys(whole.get(head, ()))), tuple(tails.get(head, ()))) for head in heads]
        alike = {one: _head(*one) for one in known_as}   # heads of one line: what is small stays in the processor's cache
        self._heads = [alike[one] for one in known_as]
        self._automaton = ahocorasick_rs.AhoCorasick(heads or ["\uffff"], implementation=ahocorasick_rs.Implementation.ContiguousNFA)

    def find(self, text: str) -> list[tuple[int, int, Owner]]:
        """Begin and end of every phrase of a folded text, and whose it is."""
        found: list[tuple[int, int, Owner]] = []
        if not self._heads:
            return found
        heads = self._heads
        for number, begin, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            whole, near, tails, ahead, far = heads[number]
            for owner in whole:
                found.append((begin, end, owner))
            tails = near.get(text[end : end + 1], tails)
            if ahead is not None and ahead(text, end):
                tails = (*tails, *far)
            for tail in tails:
                rest = tail.match(text, end)
                if rest is not None:
                    found.append((begin, rest.end(), tail.owner))
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


def _texts(line: Line) -> Sequence[str]:
    """Every text of a line without gaps."""
    parts = [(part,) if isinstance(part, str) else [text for one in part.lines for text in _texts(one)] for part in line]
    return ["".join(chosen) for chosen in product(*parts)]


def _pattern(line: Line) -> str:
    return "".join(_GAP if part == "~" else re.escape(fold(part)) if isinstance(part, str) else _any_of(part) for part in line)


def _any_of(choice: Choice) -> str:
    """A look at one character spares most of many alternatives."""
    firsts = _firsts((choice,)) if len(choice.lines) > _FEW else ()
    return (f"(?={_one_of(firsts)})" if firsts else "") + "(?:" + "|".join(sorted({_pattern(line) for line in choice.lines}, key=lambda one: (-len(one), one))) + ")"


def _landing(chars: Iterable[str]) -> str:
    """The nearest of `chars` in reach of a gap: a look without steps back."""
    listed = re.escape("".join(sorted(chars)))
    return f"[^{_STOPS}{listed}]{{0,{GAP}}}+[{listed}]"


def _one_of(chars: Iterable[str]) -> str:
    return f"[{re.escape(''.join(sorted(chars)))}]"
