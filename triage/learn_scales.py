"""The trees of `scales.py`, learned from leanings that weights gave to cases they had not seen. A part of `python -m triage.learn`; needs scikit-learn."""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from knowledge.types import Knowledge
from triage.engine import Engine
from triage.judge import Judge
from triage.language import has_kana
from triage.picture import Picture
from triage.reading import Reading
from triage.scales import Seen
from triage.types import LocalWords, Span
from triage.weights import SecondLook

Case = Mapping[str, Any]
TREES, LEAVES, RATE = 30, 4, 0.25
"""So many trees of so many leaves. 40 to 150 of up to twelve tell unread hands' labels apart no better (complex F1 .91 each), stumps worse (.90), sums of all leanings too (.90)."""
SMOOTH = 5.0
"""scikit-learn's l2_regularization."""


class Label(Protocol):
    """What a tree speaks for."""

    @property
    def id(self) -> str:
        """Of the weights."""

    def holds(self, case: Case) -> bool:
        """Whether a case has it."""


class _Given(SecondLook):
    """Leans as it is told, whatever the conversation."""

    told: Mapping[str, float] = {}

    def leaning(self, picture: Picture, readings: Sequence[Reading], explained: Collection[int] = ()) -> Mapping[str, float]:
        return self.told

    def places(self, name: str, readings: Sequence[Reading]) -> tuple[Span, ...]:
        return ()

    def because(self, name: str) -> str:
        return ""


def seen(knowledge: Knowledge, cases: Sequence[Case], leanings: Sequence[Mapping[str, float]]) -> list[Seen]:
    """What the scales see of each case, given its leanings. Empty for what is not in Japanese."""
    engine, given = Engine(knowledge), _Given(())
    judge = Judge(knowledge, given)
    found: list[Seen] = []
    for case, told in zip(cases, leanings, strict=True):
        given.told = told
        picture, readings = engine.hear(case["text"].split("\n"), today=date(2026, 11, 22))
        foreign = not (all(reading.japanese for reading in readings) and has_kana(case["text"]))
        found.append(judge.judge(picture, readings, local=LocalWords(), foreign=foreign).seen)
    return found


def scales(
    knowledge: Knowledge, cases: Sequence[Case], at_the_door: Sequence[int], leanings: Sequence[Mapping[str, float]], wanted: Sequence[Label]
) -> Iterator[tuple[str, tuple[float, list[str]]]]:
    """Id of a label -> start and trees. Danger, its kinds and its urgency are weighed in `balance.py`, by hand."""
    import numpy

    told = seen(knowledge, cases, leanings)
    names = sorted(set().union(*told))
    values = numpy.array([[one.get(name, 0.0) for name in names] for one in told])
    for label in wanted:
        if (among := _AMONG.get(label.id.partition("_")[0])) is None:
            continue
        sys.stderr.write(f"scale of {label.id}\n")
        rows = [at for at in at_the_door if told[at] and among(cases[at])]
        yield label.id, _trees(values[rows], [label.holds(cases[at]) for at in rows], names)


def _routed(case: Case) -> bool:
    return bool(case["action"] == "route")


_AMONG: Mapping[str, Callable[[Case], bool]] = {
    "complex": _routed, "window": _routed, "first": _routed, "pattern": _routed,
    "action": lambda case: True,
}
"""On which cases a label is asked for. Whose life it is trees tell no better than points do (`scales.PERSON`)."""


def _trees(values: Any, holds: Sequence[bool], names: Sequence[str]) -> tuple[float, list[str]]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    fitted = HistGradientBoostingClassifier(
        max_iter=TREES, learning_rate=RATE, max_leaf_nodes=LEAVES, l2_regularization=SMOOTH, early_stopping=False, random_state=0
    ).fit(values, holds)
    # scikit-learn shows these trees nowhere else than in these two private fields (1.9)
    return round(float(fitted._baseline_prediction[0, 0]), 3), [_line(one.nodes, names) for (one,) in fitted._predictors]


def _line(nodes: Any, names: Sequence[str], at: int = 0) -> str:
    node = nodes[at]
    if node["is_leaf"]:
        return f"{node['value']:.3f}"
    branches = [_line(nodes, names, int(node[side])) for side in ("left", "right")]
    return " ".join([f"{names[node['feature_idx']]}<={node['num_threshold']:.3f}", *branches])
