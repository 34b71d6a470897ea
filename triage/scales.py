"""The scales: what rules say and what the whole is like, weighed together by small decision trees learned from our own labelled cases.

A sum can't say 「a flag of the rules counts less where one window alone is leant to」; trees of four leaves can, and each is a line that a person
reads (`knowledge/base/weights`, `trees`). They were learned from leanings of weights that had not seen the case (`triage/learn_scales.py`), so
that they know how far a leaning can be trusted on text of other hands. Danger is not weighed here but in `balance.py`.
Must not know: text, words, people.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

from knowledge.schema import ABOUT, FIELDS, PATTERNS, About, Field, Pattern
from knowledge.schema.weights import Weights
from triage.types import Action

ACTIONS: tuple[Action, ...] = get_args(Action)
RULES = "rules:"
MEANT = 0.8   # what the action that rules mean is worth besides
PERSON, PERSON_MEANT = 2.0, 0.75   # what a person is worth whom the picture means, and what means one: trees tell a neighbour who stands by no better
OPEN, KEPT = 0.0, -0.6   # from where on a window hears it; one that rules opened
TANGLED = -0.3   # from where on the coordinator does
PATTERN, UNLIKE = 0.5, -1.0   # from where on a pattern is told of; one that rules saw

FAR = -4.0   # so far from a label the whole is not like it, whatever else stands

Seen = Mapping[str, float]
"""What is weighed: each leaning by its name, what rules said as 1 by `rules:` and its name, and how much was told. Empty: only rules count."""


def seen(
    leaning: Mapping[str, float], said: Iterable[str], *, urgency: int, windows: int, dangers: int, messages: int, told: int
) -> dict[str, float]:
    """Of one conversation. said: ids of the labels that rules gave. urgency: 0 to 2. told: content words. Empty where nothing leans."""
    if not leaning:
        return {}
    return {
        **leaning, **{RULES + one: 1.0 for one in said},
        "urgency": float(urgency), "windows": float(windows), "dangers": float(dangers), "messages": float(messages), "told": float(told),
    }


class Split(NamedTuple):
    """One question of a tree: what is at most `bound` goes `below`, else `above`."""

    what: str
    bound: float
    below: "Tree"
    above: "Tree"


Tree = float | Split


def tree(line: str) -> Tree:
    """Read from its line (`knowledge/schema/weights.py`). ValueError or StopIteration when it is none."""
    return _branch(iter(line.split()))


def _branch(parts: Iterator[str]) -> Tree:
    what, asks, bound = next(parts).partition("<=")
    return Split(what, float(bound), _branch(parts), _branch(parts)) if asks else float(what)


class Scales:
    """The trees of one knowledge."""

    def __init__(self, weights: Iterable[Weights]) -> None:
        self._trees = {one.id: (one.start, [tree(line) for line in one.trees.splitlines()]) for one in weights if one.trees}

    def worth(self, name: str, seen: Seen) -> float:
        """How much speaks for a label (log-odds). The leaning itself where nothing was learned, or it lies far below."""
        leaning = seen[name]
        if name not in self._trees or (leaning < FAR and RULES + name not in seen):
            return leaning
        total, trees = self._trees[name]
        value = seen.get
        for branch in trees:
            at = branch
            while not isinstance(at, float):
                what, bound, below, above = at
                at = below if value(what, 0.0) <= bound else above
            total += at
        return total

    def windows(self, fields: Sequence[Field], seen: Seen) -> tuple[Field, ...]:
        """The windows that are to hear it, the one that comes first in front. Never none of those that rules opened."""
        if not seen:
            return tuple(fields)
        open_ = [name for name in FIELDS if self.worth(f"window_{name}", seen) > (KEPT if name in fields else OPEN)]
        if len(open_) < 2:
            return tuple(open_ or fields[:1])
        return tuple(sorted(open_, key=lambda name: -self.worth(f"first_{name}", seen)))

    def likeliest(self, seen: Seen) -> tuple[Field, ...]:
        """The one window of a need that opened none."""
        return (max(FIELDS, key=lambda name: self.worth(f"window_{name}", seen)),) if seen else ()

    def action(self, meant: Action, seen: Seen) -> Action:
        """What is wanted. meant: what rules take it for; a window that words named is not asked for again."""
        if not seen:
            return meant
        among = [name for name in ACTIONS if (meant, name) != ("route", "clarify")]
        return max(among, key=lambda name: self.worth(f"action_{name}", seen) + MEANT * (name == meant))

    def tangled(self, flagged: bool, seen: Seen) -> bool:
        """Whether the coordinator hears of it."""
        return self.worth("complex", seen) > TANGLED if seen else flagged

    def patterns(self, among: Collection[Pattern], seen: Seen) -> tuple[Pattern, ...]:
        """What of these the household is like. What rules saw goes only where the whole is quite unlike it."""
        return tuple([
            name for name in PATTERNS
            if name in among and self.worth(f"pattern_{name}", seen) > (UNLIKE if f"{RULES}pattern_{name}" in seen else PATTERN)
        ]) if seen else ()

    def about(self, meant: Sequence[About], seen: Seen) -> tuple[About, ...]:
        """Whose life it is about: whom the picture means first, then who else is meant by the whole."""
        if not seen:
            return tuple(meant)
        worth = {name: seen[f"about_{name}"] + PERSON * (name in meant) for name in ABOUT}
        kept = sorted([name for name in ABOUT if worth[name] > PERSON_MEANT], key=lambda name: -worth[name])
        return tuple(dict.fromkeys([name for name in (*meant, *kept) if worth[name] > PERSON_MEANT])) or (max(worth, key=lambda name: worth[name]),)
