"""Whose life it is about: every role named is weighed by what is told of it; those above the line are meant.

Points speak for (or against) a person: being what the message begins with, having needs and an age; against: only standing by
(夫は出張が多い), hurting the writer, being a grown-up in a child's message. How much each sign says is data
(`knowledge/base/weights/about.yaml`). Must not know: text, tokens, wording.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from knowledge.schema import About, CrisisKind, Field
from knowledge.schema.weights import AboutWeights
from triage.attach import OF_A_GROWN_UP
from triage.picture import Mention, Picture, Someone

SETTINGS = frozenset(("single_parent", "young_child", "living_alone", "child_allowance"))
CARING = frozenset(("worn_out", "care_burden", "parenting_anxiety", "after_parents_worry", "guardianship", "caring_for_parent", "consumer_harm"))
_EXPECTING = frozenset(("pregnancy", "unwanted_pregnancy", "postpartum"))
_SHARED = ("double_care", "elder_elder_care", "young_carer", "after_parents")   # the writer's life as well
_HARDSHIP = ("no_food", "no_shelter", "lifeline_cut")   # strikes everybody under the roof
_BLOWS = frozenset(("dv", "sexual_violence", "child_abuse"))
_ALL_BUT_CHILDREN = frozenset(("parent", "spouse", "grandparent", "sibling"))

Signs = Mapping[str, tuple[str, ...]]


def _table(*rows: tuple[Iterable[str], str]) -> Signs:
    """Pattern, crisis or field -> signs."""
    found: dict[str, tuple[str, ...]] = {}
    for names, sign in rows:
        for name in names:
            found[name] = (*found.get(name, ()), sign)
    return found


# What patterns, crises and fields of the whole message say of the writer, and of one of the family in a role.
_OF_WRITER = _table(
    (_SHARED, "self_shared"), (("hikikomori",), "self_withdrawn"), (("single_parent",), "self_single"), (_HARDSHIP, "self_hardship"),
    (("dv",), "self_dv"), (("sexual_violence",), "self_hurt"), (("child_abuse",), "self_child_abuse"),
    (("child_abuse", "elder_abuse", "disability_abuse"), "self_abuse"), (("suicide",), "self_suicide"), (("poverty",), "self_poverty"),
    (("disability",), "self_disability"),
)
_OF_CHILD = _table(
    (_HARDSHIP, "child_hardship"), (_BLOWS, "child_blows"), (("child",), "child_window"), (("8050",), "child_8050"), (_SHARED, "child_shared"),
    (("single_parent",), "child_single"), (("disability",), "child_disability"),
)
_OF_KIN = _table((("8050",), "kin_8050"), (("double_care",), "kin_double_care"), (("young_carer",), "kin_young_carer"))
_OF_ELDER = _table((("elderly",), "old_window"), (("suicide",), "wish_of_parent"))
_BY_ROLE: Mapping[str, Sequence[Signs]] = {
    "child": (_OF_CHILD,),
    "parent": (_OF_KIN, _OF_ELDER, _table((("elder_abuse",), "abused"))),
    "grandparent": (_OF_KIN, _OF_ELDER, _table((("elder_abuse",), "abused"))),
    "spouse": (_OF_KIN, _OF_ELDER, _table((("elder_elder_care",), "spouse_elder_elder"), (("double_care",), "spouse_double_care"))),
    "sibling": (_OF_KIN, _table((("after_parents",), "sibling_after_parents"), (("young_carer",), "sibling_young_carer"))),
}


class Whose:
    """Weighs by the points of one knowledge."""

    def __init__(self, weights: AboutWeights | None) -> None:
        self._points: Mapping[str, float] = dict(weights.points.items()) if weights is not None else {}

    def meant(
        self, picture: Picture, *, patterns: Sequence[str] = (), crises: Sequence[CrisisKind] = (), fields: Sequence[Field] = ()
    ) -> tuple[About, ...]:
        """The roles meant, in order of mention, the writer last; at least one."""
        if picture.writer != "self":
            return (picture.writer,)
        sums = self.weighed(picture, patterns=patterns, crises=crises, fields=fields)
        above = tuple(role for role, value in sums.items() if value > 0)
        return above or (max(sums, key=lambda role: sums[role]),)

    def weighed(
        self, picture: Picture, *, patterns: Sequence[str] = (), crises: Sequence[CrisisKind] = (), fields: Sequence[Field] = ()
    ) -> dict[About, float]:
        """Points for each role."""
        told, points = _Told(picture, frozenset((*patterns, *crises, *fields))), self._points
        return {role: round(sum([points.get(sign, 0.0) for sign in told.signs(role)]), 6) for role in told.roles()}


class _Told:
    """What a picture tells of each role, as signs. said: patterns, crises and fields."""

    def __init__(self, picture: Picture, said: frozenset[str]) -> None:
        self._picture = picture
        self._said = said
        self._mentions = [mention for listed in picture.mentions for mention in listed]
        self._kin = [one for one in picture.people if not one.deceased and one.role != "unknown"]
        self._needy = [one for one in self._kin if one.needs]

    def roles(self) -> list[About]:
        return [*dict.fromkeys(one.role for one in self._kin), "self"]

    def signs(self, role: About) -> set[str]:
        """Every sign once."""
        if role == "self":
            found = {sign for name in self._said for sign in _OF_WRITER.get(name, ())}
            found.update(self._of_writer())
            return found
        ones = [one for one in self._kin if one.role == role]
        found = {sign for table in _BY_ROLE.get(role, (_OF_KIN,)) for name in self._said for sign in table.get(name, ())}
        found.update(("kin", role))
        found.update(self._of_kin(ones, [mention for mention in self._mentions if mention.someone in ones]))
        found.update(self._beside_writer(role, ones))
        return found

    def _of_writer(self) -> Iterator[str]:
        me, needs = self._picture.me, self._picture.me.needs.keys()
        yield "self"
        if needs:
            yield from _where({
                "self_trouble": bool(needs - SETTINGS - CARING), "self_caring": not needs.isdisjoint(CARING), "self_edge": "at_edge" in needs,
                "self_money": not needs.isdisjoint(OF_A_GROWN_UP), "self_single": "single_parent" in needs,
                "self_expecting": not needs.isdisjoint(_EXPECTING),
            })
        if me.age is not None:
            yield "self_minor" if me.minor() else "self_old" if me.old() else "self_grown"
        if me.named:
            yield "self_named"
            if any(mention.someone is me and mention.link == "topic" for mention in self._mentions):
                yield "self_subject"
        if not self._kin:
            yield "self_alone"
        if not self._needy:
            yield "self_only"

    def _of_kin(self, ones: Sequence[Someone], mine: Sequence[Mention]) -> Iterator[str]:
        needs = {need for one in ones for need in one.needs} - SETTINGS
        if needs:
            yield "has_needs"
            if len(needs) > 1:
                yield "has_several"
        if mine:
            links = {mention.link for mention in mine}
            yield from _where({
                "first": self._mentions[0].someone in ones, "often": len(mine) > 1, "subject": "topic" in links, "owned": links == {"of"},
                "oblique": links.isdisjoint(("topic", "of", "bare")), "aside": all(mention.aside for mention in mine),
            })
        yield from _where({
            "has_nothing": not any(one.needs for one in ones), "aged": any(one.age for one in ones), "only_kin": len(ones) == len(self._kin),
            "rivals": any(one not in ones for one in self._needy),
        })

    def _beside_writer(self, role: About, ones: Sequence[Someone]) -> Iterator[str]:
        me = self._picture.me
        minor = me.minor()
        if minor:
            yield "writer_minor"
        elif me.old():
            yield "writer_old"
        if me.needs and me.needs.keys() - SETTINGS - CARING:
            yield "writer_troubled"
        if role in _ALL_BUT_CHILDREN and not self._said.isdisjoint(_BLOWS):
            yield "hits"
            if minor:
                yield "hits_minor"
        if role in ("parent", "spouse") and self._said.isdisjoint(("elderly", "disability")):
            yield "no_window"
        if role == "child":
            if any(one.age and one.age[1] < 18 for one in ones):
                yield "child_minor"
            if any(one.age and one.age[0] >= 18 for one in ones):
                yield "child_grown"


def _where(signs: Mapping[str, bool]) -> Iterator[str]:
    return (name for name, holds in signs.items() if holds)
