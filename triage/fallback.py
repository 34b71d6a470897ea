"""When no word of need was strong enough but somebody's trouble is told: faint signs and whose life it is name the window.

An old father of whom five things are said that no lexicon holds still belongs to the window for the old; 米代が足りん alone is
too little to be sure, and enough to know where to turn. A message that says hardly anything stays without a field and is asked
back. Must not know: rules, reasons.
"""

from collections.abc import Mapping, Sequence
from typing import cast, get_args

from knowledge.schema import CrisisKind, Field, Pattern, Urgency
from triage.attach import OF_THE_WRITER
from triage.picture import Picture, Someone
from triage.reading import Reading

SUBSTANCE = 4      # content words beyond names and phrases of asking
LITTLE = 2         # content words that suffice beside a plain sign
PLAIN = 2.6        # signs of two kinds, or one that says it
FIRST = ("elderly", "child", "disability", "poverty")   # where signs weigh the same
HINT = 1.5         # faint signs that together weigh so much name a window
AGED = 2.5         # what a known age says for the window of that age
ELDER = 60
KIN = 1.6          # what a parent or a child says whose age nobody told
# Patterns that say nothing about how many windows are needed.
COMPOUND = frozenset(get_args(Pattern)) - {"single_parent", "foreign_resident", "carer_quit_job", "disaster"}
BY_THEMSELVES = frozenset(("outreach", "self_neglect", "hoarding", "refuses_help", "pet_hoarding"))   # mostly the old, where no age is told
ALONE = frozenset(("suicide", "self_harm", "dv", "sexual_violence"))   # without another need they have no window of their own
YOUTH = frozenset(("student_self", "student_sign", "child_told_by_child"))   # written by somebody at school
GROWN = frozenset(("faint_grown_up", "job_loss", "workless", "work_trouble", "never_worked"))


def fields(
    picture: Picture, readings: Sequence[Reading], crisis: Mapping[CrisisKind, Urgency], weights: Mapping[str, float],
    faint: Mapping[str, float], patterns: Sequence[str], *, meant: bool,
) -> tuple[Field, ...]:
    """One field by faint signs and by whose trouble it is, or none. A compound pattern is trouble enough.

    meant: small talk or other business is meant, as far as words of intent go; only a plain sign says otherwise.
    """
    told = bool(COMPOUND & set(patterns))
    someone = _concerned(picture)
    leaning = {name: max(weight, faint.get(name, 0.0)) for name, weight in {**faint, **weights}.items()}
    for name, weight in _by_age(someone, picture, readings).items():
        if not crisis or told or someone is not picture.me or someone.old() or someone.minor():
            leaning[name] = leaning.get(name, 0.0) + weight
    best = max(leaning, key=lambda name: (leaning[name], -FIRST.index(name)), default=None)
    words = sum(reading.told for reading in readings)
    if best is not None and leaning[best] >= (PLAIN if meant else HINT) and (told or crisis or words >= _needed(leaning[best], meant=meant)):
        return (cast(Field, best),)
    if not told or (crisis and crisis.keys() <= ALONE) or someone.role not in ("self", "spouse", "sibling", "client", "neighbour"):
        return ()
    unlike = someone.role == "self" or (someone.age is not None and someone.age[1] < ELDER)
    return ("elderly",) if BY_THEMSELVES & set(patterns) and not unlike else ("poverty",)


def _needed(weight: float, *, meant: bool) -> int:
    """So many content words make a story: the plainer the sign, the fewer."""
    if meant or weight < KIN:
        return SUBSTANCE
    return LITTLE if weight >= AGED else SUBSTANCE - 1


def _concerned(picture: Picture) -> Someone:
    if picture.main is not None:
        named = [one for one in picture.people if one is not picture.main and one.role == "child" and not one.deceased]
        return picture.main if picture.main.age is not None or not named else named[-1]
    topical = [one for one in picture.people if one.topical and not one.deceased and (one.role in ("parent", "grandparent", "child", "other_family") or one.old())]
    told_of = [one for one in topical if one.needs or one.age is not None]
    mine = picture.me.minor() or picture.me.old() or not picture.me.needs.keys() <= OF_THE_WRITER
    if picture.me.minor() or (mine and not told_of):
        return picture.me
    if not topical:
        return next((one for one in picture.people if not one.deceased and (one.minor() or one.old())), picture.me)
    known = [one for one in topical if one.age is not None]
    return (known or told_of or topical)[0]


def _by_age(someone: Someone, picture: Picture, readings: Sequence[Reading]) -> Mapping[str, float]:
    if picture.me.age is None and picture.writer == "self" and any(found.id in YOUTH for reading in readings for found in reading.found):
        return {"child": KIN}
    if someone.age is not None:
        return {"elderly": AGED} if someone.old() else {"child": AGED} if someone.minor() else {}
    if someone.role in ("parent", "grandparent") and not picture.me.minor():
        return {"elderly": KIN}
    if someone.role == "child" and picture.writer == "self" and GROWN.isdisjoint(someone.marks):
        return {"child": KIN}
    return {}
