"""Whose danger: which of the four kinds of harm at home is meant, once everybody is known.

A word of violence or neglect often names a kind (児童虐待, 高齢者虐待) by what usually happens; who is there decides.
Must not know: fields, windows, what the bot will say, the words themselves.
"""

from collections.abc import Collection, Mapping

from knowledge.schema import CrisisKind, Urgency
from triage.picture import CHILDHOOD_END, Picture, Someone

RANK: dict[Urgency, int] = {"normal": 0, "urgent": 1, "emergency": 2}
_ABUSE: tuple[CrisisKind, ...] = ("child_abuse", "elder_abuse", "disability_abuse")
_CHILDREN = frozenset((
    "baby_word", "children_word", "childcare_setting", "childcare_place", "school_setting", "student_sign", "postpartum", "young_child",
    "parenting_anxiety", "development_concern", "other_person_young", "field_others_minor", "abused_child_self",
))
_OLD = frozenset(("elder_word", "elder_client_words", "dementia", "bedridden", "mark_nursing", "care_burden", "care_word", "other_person_old"))
_DISABLED = frozenset((
    "intellectual_disability", "physical_disability", "developmental_disorder", "sensory_disability", "disability_service", "sheltered_work",
    "group_home", "mark_facility", "disability_certificate", "disability_word", "therapy_child",
))


_COUPLE = frozenset(("mark_partner", "mark_partner_money", "mark_partner_bound"))   # words that only stand between two of a couple
_HELPLESS: tuple[CrisisKind, ...] = ("elder_abuse", "disability_abuse", "child_abuse")
_GROWN_CHILDREN_FROM = 55   # whoever is so old has sons and daughters who are grown up


def settled(found: Mapping[CrisisKind, Urgency], picture: Picture, marks: Collection[str]) -> dict[CrisisKind, Urgency]:
    """The same dangers, with harm at home under the kind of whoever is there to be hurt."""
    left = dict(found)
    there = {"child_abuse": _children(picture, marks), "elder_abuse": _old(picture, marks), "disability_abuse": bool(_DISABLED & set(marks))}
    if {"elder_abuse", "child_abuse"} <= left.keys() and not _surely_children(picture, marks):
        there.update(child_abuse=False, elder_abuse=True)   # words of old age speak; the son and his wife named there are no children
    for kind in _ABUSE:
        if kind in left and not there[kind]:
            meant = next((other for other in _NEAREST[kind] if there[other]), None)
            if meant is not None:
                _add(left, meant, left.pop(kind))
    _of_one_house(left, there, picture)
    couple = _couple(picture) or (picture.writer != "self" and not _COUPLE.isdisjoint(marks))
    abused = next((kind for kind in _ABUSE if kind in left), None)
    if "dv" in left and not couple and (abused := abused or _told_by_others(there, picture)) is not None:
        _add(left, abused, left.pop("dv"))
    return left


_NEAREST: dict[CrisisKind, tuple[CrisisKind, ...]] = {
    "child_abuse": ("elder_abuse", "disability_abuse"), "elder_abuse": ("disability_abuse", "child_abuse"), "disability_abuse": ("child_abuse", "elder_abuse"),
}


def _of_one_house(left: dict[CrisisKind, Urgency], there: Mapping[CrisisKind, bool], picture: Picture) -> None:
    """Two kinds for one deed: whoever is disabled and grown up is meant, where no child of whom an age is told is there."""
    grown = any(one.role == "child" and one.may_be(18, 64) for one in picture.people)
    if there["disability_abuse"] and (grown or "disability_abuse" in left) and not any(_surely_minor(one) for one in (*picture.people, picture.me)):
        others: list[CrisisKind] = ["child_abuse"] if any(one.old() for one in picture.people) else ["child_abuse", "elder_abuse"]
        for other in others:
            if other in left:
                _add(left, "disability_abuse", left.pop(other))


def _told_by_others(there: Mapping[CrisisKind, bool], picture: Picture) -> CrisisKind | None:
    """A neighbour or a professional tells of blows: the one who can't help herself is meant."""
    if picture.writer == "self" or picture.of_role("spouse"):
        return None
    return next((kind for kind in _HELPLESS if there[kind]), None)


def _add(left: dict[CrisisKind, Urgency], kind: CrisisKind, level: Urgency) -> None:
    if RANK[level] > RANK[left.get(kind, "normal")]:
        left[kind] = level


def _surely_minor(one: Someone) -> bool:
    return one.minor() and not one.may_be(CHILDHOOD_END, CHILDHOOD_END)


def _surely_children(picture: Picture, marks: Collection[str]) -> bool:
    """A child writes, or an age or a word of bringing up tells of one."""
    if picture.me.minor() or not _CHILDREN.isdisjoint(marks) or any(one.minor() for one in picture.people):
        return True
    return picture.me.age is None and not picture.adult and {"mark_kid_voice", "mark_kids_only"} <= set(marks)


def _children(picture: Picture, marks: Collection[str]) -> bool:
    grown = not _OLD.isdisjoint(marks)   # where old people are cared for, the sons and daughters are grown up
    return _surely_children(picture, marks) or any(one.age is None and not grown and _little(one, picture) for one in picture.people)


def _little(one: Someone, picture: Picture) -> bool:
    """A child or grandchild of whom no age is told; the child of somebody old is grown up."""
    grown = picture.me.age is not None and picture.me.age[0] >= _GROWN_CHILDREN_FROM
    return one.role in ("child", "other_family") and not (one.role == "child" and grown)


def _old(picture: Picture, marks: Collection[str]) -> bool:
    if picture.me.old() or not _OLD.isdisjoint(marks):
        return True
    return any(one.old() or (one.role in ("parent", "grandparent") and one.age is None and not picture.me.minor()) for one in picture.people if not one.deceased)


def _couple(picture: Picture) -> bool:
    """Two grown-ups of a house are told of: a husband or wife, or both parents."""
    return bool(picture.of_role("spouse")) or len(picture.of_role("parent")) > 1 or (picture.me.old() and bool(picture.of_role("child")))
