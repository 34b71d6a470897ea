"""Whose danger: which of the four kinds of harm at home is meant, once everybody is known.

A word of violence or neglect often names a kind (児童虐待, 高齢者虐待) by what usually happens; who is there decides.
Must not know: fields, windows, what the bot will say, the words themselves.
"""

from collections.abc import Collection, Mapping

from knowledge.schema import CrisisKind, Urgency
from triage.picture import Picture, Someone

RANK: dict[Urgency, int] = {"normal": 0, "urgent": 1, "emergency": 2}
_ABUSE: tuple[CrisisKind, ...] = ("child_abuse", "elder_abuse", "disability_abuse")
_CHILDREN = frozenset((
    "baby_word", "children_word", "childcare_setting", "childcare_place", "school_setting", "student_sign", "postpartum", "young_child",
    "parenting_anxiety", "development_concern", "other_person_young", "field_others_minor", "abused_child_self",
))
_OLD = frozenset(("elder_word", "elder_client_words", "dementia", "bedridden", "mark_nursing", "care_burden", "care_word", "other_person_old"))
_DISABLED = frozenset((
    "intellectual_disability", "physical_disability", "developmental_disorder", "sensory_disability", "disability_service", "sheltered_work",
    "group_home", "mark_facility", "disability_certificate", "disability_word",
))


def settled(found: Mapping[CrisisKind, Urgency], picture: Picture, marks: Collection[str]) -> dict[CrisisKind, Urgency]:
    """The same dangers, with harm at home under the kind of whoever is there to be hurt."""
    left = dict(found)
    there = {"child_abuse": _children(picture, marks), "elder_abuse": _old(picture, marks), "disability_abuse": bool(_DISABLED & set(marks))}
    for kind in _ABUSE:
        if kind in left and not there[kind]:
            meant = next((other for other in _ABUSE if there[other]), None)
            if meant is not None:
                _add(left, meant, left.pop(kind))
    if "dv" in left and any(kind in left for kind in _ABUSE) and not _couple(picture):
        level = left.pop("dv")
        _add(left, next(kind for kind in _ABUSE if kind in left), level)
    return left


def _add(left: dict[CrisisKind, Urgency], kind: CrisisKind, level: Urgency) -> None:
    if RANK[level] > RANK[left.get(kind, "normal")]:
        left[kind] = level


def _children(picture: Picture, marks: Collection[str]) -> bool:
    if picture.me.minor() or not _CHILDREN.isdisjoint(marks):
        return True
    grown = not _OLD.isdisjoint(marks)   # where old people are cared for, the sons and daughters are grown up
    return any(one.minor() or (one.age is None and not grown and _little(one, picture)) for one in picture.people)


def _little(one: Someone, picture: Picture) -> bool:
    """A child or grandchild of whom no age is told; the child of somebody old is grown up."""
    return one.role in ("child", "other_family") and not (one.role == "child" and picture.me.old())


def _old(picture: Picture, marks: Collection[str]) -> bool:
    if picture.me.old() or not _OLD.isdisjoint(marks):
        return True
    return any(one.old() or (one.role in ("parent", "grandparent") and one.age is None and not picture.me.minor()) for one in picture.people if not one.deceased)


def _couple(picture: Picture) -> bool:
    """Two grown-ups of a house are told of: a husband or wife, or both parents."""
    return bool(picture.of_role("spouse")) or len(picture.of_role("parent")) > 1 or (picture.me.old() and bool(picture.of_role("child")))
