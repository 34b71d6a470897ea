"""When no word of need was read but somebody's trouble is told: whose life it is about names the window.

An old father of whom five things are said that no lexicon holds still belongs to the window for the old. A message that says
hardly anything stays without a field and is asked back. Must not know: rules, reasons.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from knowledge.schema import CrisisKind, Field, Urgency
from triage.picture import Picture, Someone
from triage.reading import Reading

SUBSTANCE = 5      # content words beyond names and phrases of asking


HINT = 1.0


def hinted(weights: Mapping[str, float], readings: Sequence[Reading]) -> tuple[Field, ...]:
    """The field that most hints point to, where enough is told: asking back would only make people say it again."""
    if sum(reading.told for reading in readings) < SUBSTANCE:
        return ()
    best = max(weights.items(), key=lambda one: (one[1], one[0]), default=("", 0.0))
    return (cast(Field, best[0]),) if best[1] >= HINT else ()


def fields(picture: Picture, readings: Sequence[Reading], crisis: Mapping[CrisisKind, Urgency], *, told: bool) -> tuple[Field, ...]:
    """One field by whose trouble it is, or none. told: a compound pattern was seen, so there is trouble enough."""
    someone = _concerned(picture)
    if someone is None:
        return ()
    if told:
        return _by_age(someone, picture) or (("poverty",) if someone.role in ("self", "spouse", "sibling", "client", "neighbour") else ())
    if crisis:
        return _by_age(someone, picture) if someone is not picture.me or someone.old() or someone.minor() else ()
    return _by_age(someone, picture) if sum(reading.told for reading in readings) >= SUBSTANCE else ()


def _concerned(picture: Picture) -> Someone | None:
    if picture.main is not None:
        named = [one for one in picture.people if one is not picture.main and one.role == "child" and not one.deceased]
        return picture.main if picture.main.age is not None or not named else named[-1]
    topical = [one for one in picture.people if one.topical and not one.deceased and one.role in ("parent", "grandparent", "child", "other_family")]
    if picture.me.minor():
        return picture.me
    known = [one for one in topical if one.age is not None]
    return (known or topical or [picture.me])[0]


def _by_age(someone: Someone, picture: Picture) -> tuple[Field, ...]:
    if someone.age is not None:
        if someone.old():
            return ("elderly",)
        return ("child",) if someone.minor() else ()
    if someone.role in ("parent", "grandparent") and not picture.me.minor():
        return ("elderly",)
    return ("child",) if someone.role == "child" else ()
