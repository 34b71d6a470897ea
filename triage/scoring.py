"""Fields and their weight: what each need says, tempered by whose need it is.

Must not know: rules, actions, wording.
"""

from collections.abc import Iterable, Sequence

from knowledge.schema import Field
from triage.attach import OF_THE_WRITER
from triage.lexicon import Term
from triage.picture import Someone, Spoken

YOUNG_DEMENTIA = 40
GROWN_UP = 18
LACKING = 0.5        # 見てくれる人がいない, やりくりができない: what is denied is missed, or is not the matter at all
FAINT = "faint_"      # things of a life, not a need: they open no window beside others (`fallback.py` asks for them)
_BIRTH = frozenset(("pregnancy", "unwanted_pregnancy", "postpartum"))
_OF_THE_BODY = frozenset(("physical_disability", "sensory_disability", "illness", "injury", "fall", None))
_BARE = frozenset(("no_food", "lifeline_cut"))
_GROWING = frozenset(("development_concern", "developmental_disorder", "intellectual_disability", "disability_service", "disability_certificate"))
_ELDERS = frozenset(("parent", "grandparent"))


def weigh(spoken: Sequence[Spoken], *, weakened: frozenset[str] = frozenset(), faint: bool = False) -> dict[str, float]:
    """Sum over needs of the strongest word for each; weakened words count nothing, but for the listed reasons.

    faint: things of a life count as well, and half of what is denied."""
    strongest: dict[tuple[str, Field], float] = {}
    for one in spoken:
        entry = one.found.entry
        if not entry.fields:
            continue
        why = one.found.weakened
        if (why is not None and why not in weakened and not (faint and why == "denied")):
            continue
        if not faint and entry.id.startswith(FAINT):
            continue
        for name, weight in _fields(entry, one.holder):
            value = (weight if why != "denied" or why in weakened else weight * LACKING) * _fit(name, entry, one.holder)
            key = (_matter(name, entry, one.holder), name)
            if value > strongest.get(key, 0.0):
                strongest[key] = value
    total: dict[str, float] = {}
    for (_, field), value in strongest.items():
        total[field] = total.get(field, 0.0) + value
    return total


def _fields(entry: Term, holder: Someone | None) -> Iterable[tuple[Field, float]]:
    """What a word says; of an old person's body it says as much to the window for the old as to the other."""
    if holder is None or entry.need not in _OF_THE_BODY or "disability" not in entry.fields or not _aged(holder):
        return entry.fields.items()
    return ({**entry.fields, "elderly": max(entry.fields.get("elderly", 0.0), entry.fields["disability"] * 0.6)}).items()


def _aged(holder: Someone) -> bool:
    return holder.old() or (holder.age is None and holder.role in _ELDERS)


def _matter(name: Field, entry: Term, holder: Someone | None) -> str:
    """What a word is about: two words for one need are one, and a child's diagnosis, training and papers are one need."""
    if name == "disability" and entry.need in _GROWING and holder is not None and holder.minor():
        return "development_concern"
    return entry.need or entry.id


def _fit(name: Field, entry: Term, holder: Someone | None) -> float:
    """How far a need speaks for a field, given who has it."""
    if holder is None or entry.need in OF_THE_WRITER:
        return 1.0
    if name == "elderly":
        return _as_elder(entry, holder)
    if name == "disability":
        return _as_disabled(entry, holder)
    if name == "child":
        return _as_child(entry, holder)
    return 0.6 if holder.old() and entry.need in _BARE else 1.0   # an old person's empty fridge is a life that isn't managed any more


def _as_elder(entry: Term, holder: Someone) -> float:
    if holder.role in ("child", "sibling") and holder.age is None:
        return 0.5
    if holder.age is None or holder.age[1] >= 60:
        return 1.0
    return 0.6 if holder.age[1] >= YOUNG_DEMENTIA and entry.need == "dementia" else 0.2


def _as_disabled(entry: Term, holder: Someone) -> float:
    """A child's development and an old person's body have windows of their own before this one."""
    if holder.minor():
        return 0.8
    return 0.6 if _aged(holder) and entry.need in _OF_THE_BODY else 1.0


def _as_child(entry: Term, holder: Someone) -> float:
    if holder.age is not None and holder.age[0] >= GROWN_UP and entry.need not in _BIRTH:
        return 0.3
    if holder.role in _ELDERS and (entry.crisis is not None or entry.need in ("bullying", "school_refusal", "development_concern")):
        return 0.5
    return 1.0
