"""`python -m triage.learn`: write `knowledge/base/weights/*.yaml` anew from all labelled cases. Takes four minutes, and says how far it is.

Needs scikit-learn (`pip install scikit-learn`), which nothing else here uses and which is therefore no dependency: the weights
are data, learning them again is rare. The same cases give the same weights. Learn after the lexicon has changed: entries are signs.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import log, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from knowledge.loader import ROOT, load
from knowledge.schema import ABOUT, CRISIS_KINDS, FIELDS, PATTERNS
from knowledge.types import Knowledge
from triage.engine import Engine
from triage.learn_scales import scales
from triage.scales import ACTIONS
from triage.weights import LEAST, people, told

Case = Mapping[str, Any]
LIFE = {"suicide", "self_harm"}
FLOOR = {"danger": 0.0, "life": -2.0, "emergency": -0.6}
"""Chosen on messages that were not learned from (triage/README.md): lower floors find more there, and raise more in vain."""
FAINT = 0.6
"""A word that weighs less is left out; all signs are kept. What is left out tells nothing apart on messages of unread writers, a file is half as long."""
GATHERED = ("town_hall_voices", "questions_in_own_words", "small_talk", "openings", "near_a_counter", "calm_beside_danger")
"""Files gathered for the sound of what is wanted, far beyond its share at the door: only `action_*` learn from them."""
SOURCE = "knowledge/base/cases から学んだ重み（python -m triage.learn）"
SIGN, WORD = 0.04, 0.06
"""Scale of an entry and of a word beside each other before they are learned. The lexicon was written with many of the cases in view, so that
its entries hold there more surely than elsewhere: 0.04 tells messages of unread writers apart better than 0.08 (area under the curve .987, .983)."""
STRENGTH = 5.0
"""scikit-learn's C: 2, 5 and 15 tell messages of unread writers apart equally well."""
FOLDS = 5
"""Files of cases are left out in so many turns."""
LEARNED_FROM = "（自前の事例から学んだ重み）"


class Weighing(NamedTuple):
    """What weights are learned for, what staff read of it, and the label that holds: a key of the cases and a value."""

    id: str
    because: str
    key: str
    value: str

    def holds(self, case: Case) -> bool:
        """Whether a case has the label."""
        kinds = set(case.get("crisis") or ())
        match self.id:
            case "danger":
                return bool(kinds) or case.get("urgency", "normal") != "normal"
            case "life":
                return bool(kinds & LIFE)
            case "complex":
                return bool(case.get("complex"))
        told_of: Any = case.get(self.key) or NONE.get(self.key, ())
        if self.id.startswith("first_"):
            return tuple(told_of[:1]) == (self.value,)
        return self.value == told_of if isinstance(told_of, str) else self.value in told_of


def weighings(words: Mapping[str, str]) -> Iterator[Weighing]:
    """All of them. words: the glossary's names of patterns, fields and persons."""
    yield Weighing("danger", "ことばの全体が、危ないときに書かれた相談に似ている", "crisis", "")
    yield Weighing("life", "ことばの全体が、死にたい・消えたいと書かれた相談に似ている", "crisis", "")
    yield Weighing("emergency", "ことばの全体が、いま命や安全にかかわる相談に似ている", "urgency", "emergency")
    yield Weighing("complex", "ことばの全体が、いくつもの支えが要る相談に似ている", "complex", "")
    for name in FIELDS:
        for group in ("window", "first"):
            yield Weighing(f"{group}_{name}", f"ことばの全体が、「{words[f'field_{name}']}」の窓口への相談に似ている", "fields", name)
    for action in ACTIONS:
        yield Weighing(f"action_{action}", SOUNDS[action], "action", action)
    for group, key, names in (("pattern", "patterns", PATTERNS), ("kind", "crisis", CRISIS_KINDS), ("about", "about", ABOUT)):
        for one in names:
            shown = words.get(f"{'crisis' if group == 'kind' else group}_{one}", one)
            yield Weighing(f"{group}_{one}", f"ことばの全体が、「{shown}」の相談に似ている", key, one)


NONE = {"about": ("unknown",)}   # where a case names none
SOUNDS = {
    "route": "ことばの全体が、自分や身近な人の困りごとを話す文に似ている", "clarify": "ことばの全体が、用件をまだ言っていない文に似ている",
    "info": "ことばの全体が、福祉のことを尋ねるだけの文に似ている", "other": "ことばの全体が、福祉でない町の用件に似ている",
    "chat": "ことばの全体が、あいさつや雑談に似ている",
}


class Read(NamedTuple):
    """A case as the weights see it."""

    signs: frozenset[str]
    words: frozenset[str]
    many: int


def read(engine: Engine, case: Case) -> Read:
    """Signs and words of a case; a line each is an utterance."""
    picture, readings = engine.hear(case["text"].split("\n"), today=date(2026, 11, 22))
    parts = [told(reading) for reading in readings]
    signs = people(picture).union(*(part.signs for part in parts))
    return Read(signs, frozenset().union(*(part.words for part in parts)), sum(len(part.words) for part in parts))


class Matrix(NamedTuple):
    """Cases by rows, signs and words by columns: name and scale of each."""

    rows: Any
    signs: Sequence[tuple[str, float]]
    words: Sequence[tuple[str, float]]


def matrix(seen: Sequence[Read]) -> Matrix:
    """Of the signs and words that two cases have, the rare ones larger."""
    from scipy.sparse import diags, hstack
    from sklearn.feature_extraction.text import CountVectorizer

    def counted(told_of: Sequence[frozenset[str]], scale: float) -> tuple[Any, list[tuple[str, float]]]:
        counter = CountVectorizer(analyzer=sorted, binary=True, min_df=2)
        counts = counter.fit_transform(told_of)
        rare = [scale * (log((1 + len(seen)) / (1 + often)) + 1) for often in counts.sum(axis=0).tolist()[0]]
        return counts @ diags(rare), list(zip(counter.get_feature_names_out(), rare, strict=True))

    signs, sign_names = counted([one.signs for one in seen], SIGN)
    words, word_names = counted([one.words for one in seen], WORD * sqrt(LEAST))
    return Matrix(hstack([signs, diags([1 / sqrt(max(LEAST, one.many)) for one in seen]) @ words]).tocsr(), sign_names, word_names)


def fit(found: Matrix, cases: Sequence[Case], weighing: Weighing, among: Sequence[int]) -> Any:
    """Logistic regression of a label on some of the cases. Most know a label only from those at the door."""
    from sklearn.linear_model import LogisticRegression

    rows = [at for at in among if weighing.key == "action" or at_the_door(cases[at])]
    return LogisticRegression(C=STRENGTH, solver="liblinear", random_state=0).fit(found.rows[rows], [weighing.holds(cases[at]) for at in rows])


def at_the_door(case: Case) -> bool:
    """Whether it is one of those that come in their share."""
    return not case["id"].startswith(GATHERED)


def learn(found: Matrix, cases: Sequence[Case], wanted: Sequence[Weighing]) -> Iterator[dict[str, Any]]:
    """A file's content for each weighing."""
    for number, weighing in enumerate(wanted, 1):
        sys.stderr.write(f"[{number}/{len(wanted)}] {weighing.id}\n")
        fitted = fit(found, cases, weighing, range(len(cases)))
        values = [float(one) for one in fitted.coef_[0]]
        yield {
            "id": weighing.id, "source": SOURCE, "checked": date(2026, 11, 22), "because": weighing.because + LEARNED_FROM,
            "bias": round(float(fitted.intercept_[0]), 2), "floor": FLOOR.get(weighing.id, 0.0),
            "signs": _weighed(found.signs, values[: len(found.signs)], least=0.01),
            "words": Table(_weighed(found.words, values[len(found.signs) :], least=FAINT)),
        }


def foreseen(found: Matrix, cases: Sequence[Case], wanted: Sequence[Weighing]) -> list[dict[str, float]]:
    """What each case leans to by weights that saw no case of its file: as far as a leaning can be trusted on text of other hands."""
    from sklearn.model_selection import GroupKFold

    leanings: list[dict[str, float]] = [{} for _ in cases]
    folds = GroupKFold(FOLDS, shuffle=True, random_state=1).split(found.rows, groups=[case["file"] for case in cases])
    for number, (known, unknown) in enumerate(folds, 1):
        sys.stderr.write(f"leanings of cases left out: {number}/{FOLDS}\n")
        for weighing in wanted:
            fitted = fit(found, cases, weighing, known.tolist())
            for at, value in zip(unknown.tolist(), fitted.decision_function(found.rows[unknown]).tolist(), strict=True):
                leanings[at][weighing.id] = round(value - FLOOR.get(weighing.id, 0.0), 2)
    return leanings


def _weighed(names: Sequence[tuple[str, float]], values: Sequence[float], *, least: float) -> dict[str, float]:
    weighed = {name: round(rare * value, 2) for (name, rare), value in zip(names, values, strict=True)}
    return {name: weighed[name] for name in sorted(weighed) if abs(weighed[name]) >= least}


class Table(dict[str, float]):
    """Words and weights, written one a line."""


class Lines(list[str]):
    """Trees, one a line."""


class Dumper(yaml.SafeDumper):
    """YAML as the other knowledge has it, and tables."""


Dumper.add_representer(Lines, lambda dumper, lines: dumper.represent_scalar("tag:yaml.org,2002:str", "".join(f"{line}\n" for line in lines), style="|"))
Dumper.add_representer(Table, lambda dumper, table: dumper.represent_scalar(
    "tag:yaml.org,2002:str", "".join(f"{value} {name}\n" for name, value in table.items()), style="|"))


def write(folder: Path, knowledge: Knowledge) -> None:
    """Read `folder`/base/cases, write `folder`/base/weights."""
    cases = [{**case, "file": path.stem} for path in sorted((folder / "base" / "cases").glob("*.yaml"))
             for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]]
    sys.stderr.write(f"reading {len(cases)} cases\n")
    engine = Engine(knowledge)
    wanted = list(weighings(knowledge.glossary.words))
    found = matrix([read(engine, case) for case in cases])
    learned = {one["id"]: one for one in learn(found, cases, wanted)}
    door = [at for at, case in enumerate(cases) if at_the_door(case)]
    for name, (start, trees) in scales(knowledge, cases, door, foreseen(found, cases, wanted), wanted):
        learned[name] |= {"start": start, "trees": Lines(trees)}
    for one in learned.values():
        text = yaml.dump(one, Dumper=Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=140)
        (folder / "base" / "weights" / f"{one['id']}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(ROOT, load(ROOT))
