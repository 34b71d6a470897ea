"""`python -m triage.learn`: write `knowledge/base/weights/*.yaml` anew from all labelled cases. Takes half a minute.

Needs scikit-learn (`pip install scikit-learn`), which nothing else here uses and which is therefore no dependency: the weights
are data, learning them again is rare. The same cases give the same weights. Must not know: rules, the engine.
"""

import sys
from collections.abc import Iterable, Mapping
from datetime import date
from math import log, sqrt
from pathlib import Path
from typing import Any

import yaml

from triage.normalise import fold
from triage.weights import LEAST, many, pieces

ACTIONS = {"need": "route", "vague": "clarify", "info": "info", "other": "other", "chat": "chat"}
"""Weights that speak for what is wanted, and the label they are learned from."""
GATHERED = ("town_hall_voices", "questions_in_own_words", "small_talk", "near_a_counter", "openings")
"""Files of short calm messages, far beyond their share at the door: only `ACTIONS` learn from them. With them `danger` found 48 of 229, without 66."""
KEPT = {"danger": 6_000, "life": 3_000, "household": 5_000, "elderly": 3_000, "disability": 3_000, "child": 3_000, "poverty": 3_000} | dict.fromkeys(ACTIONS, 3_000)
FLOOR = {
    "danger": 0.0, "life": -1.3, "household": 0.3, "elderly": 0.0, "disability": 0.0, "child": 0.0, "poverty": 0.0,
    "need": -0.3, "vague": -2.8, "info": -2.7, "other": -2.5, "chat": -2.9,
}
"""Chosen on messages that were not learned from (triage/README.md): lower floors find more there, and raise more in vain."""
BECAUSE = {
    "danger": "ことばの全体が、危ないときに書かれた相談に似ている（自前の事例から学んだ重み）",
    "life": "ことばの全体が、死にたい・消えたいと書かれた相談に似ている（自前の事例から学んだ重み）",
    "household": "ことばの全体が、いくつもの支えが要る相談に似ている（自前の事例から学んだ重み）",
    "elderly": "ことばの全体が、高齢・介護の窓口への相談に似ている（自前の事例から学んだ重み）",
    "disability": "ことばの全体が、障がいの窓口への相談に似ている（自前の事例から学んだ重み）",
    "child": "ことばの全体が、子ども・子育ての窓口への相談に似ている（自前の事例から学んだ重み）",
    "poverty": "ことばの全体が、暮らしとお金の窓口への相談に似ている（自前の事例から学んだ重み）",
    "need": "ことばの全体が、自分や身近な人の困りごとを話す文に似ている（自前の事例から学んだ重み）",
    "vague": "ことばの全体が、用件をまだ言っていない文に似ている（自前の事例から学んだ重み）",
    "info": "ことばの全体が、福祉のことを尋ねるだけの文に似ている（自前の事例から学んだ重み）",
    "other": "ことばの全体が、福祉でない町の用件に似ている（自前の事例から学んだ重み）",
    "chat": "ことばの全体が、あいさつや雑談に似ている（自前の事例から学んだ重み）",
}
LIFE = {"suicide", "self_harm"}
SOURCE = "knowledge/base/cases から学んだ重み（python -m triage.learn）"
STRENGTH = 10.0
"""scikit-learn's C: 3, 10 and 40 tell messages of an unread writer apart equally well; 10 knows fewer heavy pieces."""
SCALE = 6.0


def learned(texts: Iterable[str], truths: Iterable[bool], *, most: int) -> tuple[float, dict[str, float]]:
    """Bias and the heaviest weights: logistic regression over pieces that occur in two messages or more."""
    from scipy.sparse import diags
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    folded = [fold(text) for text in texts]
    found = [sorted(pieces(one)) for one in folded]
    counter = CountVectorizer(analyzer=lambda one: one, binary=True, min_df=2)
    seen = counter.fit_transform(found)
    rare = [log((1 + len(found)) / (1 + often)) + 1 for often in seen.sum(axis=0).tolist()[0]]
    matrix = diags([1 / sqrt(max(LEAST, many(one))) for one in folded]) @ seen @ diags([one / SCALE for one in rare])
    fitted = LogisticRegression(C=STRENGTH, max_iter=5000).fit(matrix, list(truths))
    weights = {piece: float(fitted.coef_[0][at]) * rare[at] / SCALE for piece, at in counter.vocabulary_.items()}
    kept = sorted(weights, key=lambda piece: (-abs(weights[piece]), piece))[:most]
    return round(float(fitted.intercept_[0]), 2), {piece: round(weights[piece], 2) for piece in sorted(kept)}


def truth(case: Mapping[str, Any], name: str) -> bool:
    """Whether a labelled message tells of danger, of a wish to die or to hurt oneself (`life`), of several needs, what it wants, or whether it belongs to a window first of all."""
    if name in ACTIONS:
        return bool(case.get("action") == ACTIONS[name])
    kinds = set(case.get("crisis") or ())
    if name == "danger":
        return bool(kinds) or case.get("urgency", "normal") != "normal"
    if name == "life":
        return bool(kinds & LIFE)
    return bool(case.get("complex")) if name == "household" else [name] == (case.get("fields") or [])[:1]


def write(folder: Path) -> None:
    """Read `folder`/base/cases, write `folder`/base/weights."""
    everything = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["cases"] for path in sorted((folder / "base" / "cases").glob("*.yaml"))}
    (folder / "base" / "weights").mkdir(exist_ok=True)
    for name, most in KEPT.items():
        cases = [case for stem, listed in everything.items() if name in ACTIONS or stem not in GATHERED for case in listed]
        sys.stderr.write(f"{name}: {len(cases)} cases\n")
        bias, weights = learned([case["text"] for case in cases], [truth(case, name) for case in cases], most=most)
        told = {"id": name, "source": SOURCE, "checked": date(2026, 11, 22), "because": BECAUSE[name], "bias": bias,
                "floor": FLOOR[name], "pieces": weights}
        text = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=100_000)
        (folder / "base" / "weights" / f"{name}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    from knowledge.loader import ROOT

    write(ROOT)
