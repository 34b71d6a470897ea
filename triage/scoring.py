"""Fields and their weight: what each need says, tempered by whose need it is.

Must not know: rules, actions, wording.
"""

from collections.abc import Sequence

from knowledge.schema import Field
from triage.attach import OF_THE_WRITER
from triage.picture import Someone, Spoken

AGELESS = frozenset(("no_money", "debt", "arrears"))
YOUNG_DEMENTIA = 40


def weigh(spoken: Sequence[Spoken], *, weakened: frozenset[str] = frozenset()) -> dict[str, float]:
    """Sum over needs of the strongest word for each; weakened words count nothing, but for the listed reasons."""
    strongest: dict[tuple[str, Field], float] = {}
    for one in spoken:
        entry = one.found.hit.term.entry
        if (one.found.weakened is not None and one.found.weakened not in weakened) or not entry.fields:
            continue
        for name, weight in entry.fields.items():
            value = weight * _fit(name, entry.need, one.holder)
            key = (entry.need or entry.id, name)
            if value > strongest.get(key, 0.0):
                strongest[key] = value
    total: dict[str, float] = {}
    for (_, field), value in strongest.items():
        total[field] = total.get(field, 0.0) + value
    return total


def _fit(name: Field, need: str | None, holder: Someone | None) -> float:
    """How far a need speaks for a field, given who has it."""
    if holder is None or need in OF_THE_WRITER:
        return 1.0
    age = holder.age
    if name == "elderly":
        if holder.role in ("child", "sibling") and age is None and need not in ("dementia",):
            return 0.5
        return 1.0 if age is None or age[1] >= 60 else 0.6 if age[1] >= YOUNG_DEMENTIA and need == "dementia" else 0.2
    if name == "disability" and need == "mental_illness" and holder.minor():
        return 0.5
    if name == "child":
        if age is not None and age[0] >= 20 and need not in ("pregnancy", "unwanted_pregnancy", "postpartum"):
            return 0.3
        if holder.role in ("parent", "grandparent") and need in ("bullying", "school_refusal", "development_concern"):
            return 0.5
    return 1.0
