"""Whose life it is about: every role named is weighed by what is told of it; those above the line are meant.

Points speak for (or against) a person: being what the message begins with, having needs and an age; against: only standing by
(夫は出張が多い), hurting the writer, being a grown-up in a child's message. Their sizes were set against labelled cases.
Must not know: text, tokens, wording.
"""

from collections.abc import Iterator, Mapping, Sequence

from knowledge.schema import About, CrisisKind, Field
from triage.attach import OF_A_GROWN_UP
from triage.picture import Mention, Picture, Someone

SETTINGS = frozenset(("single_parent", "young_child", "living_alone", "child_allowance"))
CARING = frozenset(("worn_out", "care_burden", "parenting_anxiety", "after_parents_worry", "guardianship", "caring_for_parent", "consumer_harm"))
_EXPECTING = frozenset(("pregnancy", "unwanted_pregnancy", "postpartum"))
_SHARED = frozenset(("double_care", "elder_elder_care", "young_carer", "after_parents"))   # the writer's life as well
_HARDSHIP = frozenset(("no_food", "no_shelter", "lifeline_cut"))   # strikes everybody under the roof
_BLOWS = frozenset(("dv", "sexual_violence", "child_abuse"))
_ABUSE = frozenset(("child_abuse", "elder_abuse", "disability_abuse"))

POINTS: Mapping[str, float] = {
    "self": -1.8, "self_abuse": -0.4, "self_alone": 3.4, "self_caring": 1.0, "self_child_abuse": 1.6,
    "self_disability": -0.6, "self_dv": 1.6, "self_edge": 3.5, "self_expecting": 1.8, "self_grown": 1.8,
    "self_hardship": 1.2, "self_hurt": 1.4, "self_minor": 3.4, "self_money": 1.0, "self_named": 0.4, "self_old": 2.6,
    "self_only": 0.4, "self_poverty": 0.4, "self_shared": 1.0, "self_single": 2.8, "self_subject": 0.2,
    "self_suicide": 0.8, "self_trouble": 1.2, "self_withdrawn": -0.8, "abused": 0.4, "aged": 1.2, "aside": -1.0,
    "child": -0.4, "child_8050": 3.5, "child_blows": 1.4, "child_disability": 1.2, "child_grown": 0.2,
    "child_hardship": 2.8, "child_minor": -0.2, "child_shared": 0.4, "child_single": 0.4, "child_window": 0.4,
    "first": 0.8, "grandparent": -0.8, "has_nothing": -1.0, "has_several": -0.4, "hits": -0.8, "hits_minor": -1.2,
    "kin": -0.4, "kin_8050": 0.4, "kin_double_care": 0.6, "kin_young_carer": 1.0, "neighbour": -3, "no_window": -1.0,
    "oblique": -0.2, "often": 0.2, "old_window": 1.0, "only_kin": 1.0, "other_family": 0.2, "owned": 0.4,
    "parent": 0.2, "rivals": -0.2, "sibling": 0.4, "sibling_after_parents": 3.5, "sibling_young_carer": 0.6,
    "spouse": -0.2, "spouse_double_care": -3, "spouse_elder_elder": 3.5, "subject": 0.8, "wish_of_parent": 1.8,
    "writer_minor": -1.2, "writer_old": -0.2, "writer_troubled": -0.8,
}


def whose(picture: Picture, *, patterns: Sequence[str], crises: Sequence[CrisisKind], fields: Sequence[Field]) -> tuple[About, ...]:
    """The roles meant, in order of mention, the writer last; at least one."""
    if picture.writer != "self":
        return (picture.writer,)
    sums = weighed(picture, patterns=patterns, crises=crises, fields=fields)
    meant = tuple(role for role, value in sums.items() if value > 0)
    return meant or (max(sums, key=lambda role: sums[role]),)


def weighed(picture: Picture, *, patterns: Sequence[str], crises: Sequence[CrisisKind], fields: Sequence[Field]) -> dict[About, float]:
    """Points for each role."""
    told = _Told(picture, frozenset(patterns), frozenset(crises), frozenset(fields))
    return {role: sum(POINTS.get(sign, 0.0) for sign in told.signs(role)) for role in told.roles()}


class _Told:
    """What a picture tells of each role, as signs."""

    def __init__(self, picture: Picture, patterns: frozenset[str], crises: frozenset[CrisisKind], fields: frozenset[Field]) -> None:
        self._picture = picture
        self._patterns, self._crises, self._fields = patterns, crises, fields
        self._mentions = [mention for listed in picture.mentions for mention in listed]
        self._kin = [one for one in picture.people if not one.deceased and one.role != "unknown"]

    def roles(self) -> list[About]:
        return [*dict.fromkeys(one.role for one in self._kin), "self"]

    def signs(self, role: About) -> Iterator[str]:
        if role == "self":
            yield from self._of_writer()
        else:
            yield from self._of_kin(role)

    def _of_writer(self) -> Iterator[str]:
        me, needs = self._picture.me, set(self._picture.me.needs)
        yield "self"
        yield from _where({
            "self_trouble": bool(needs - SETTINGS - CARING), "self_caring": bool(needs & CARING), "self_edge": "at_edge" in needs,
            "self_money": bool(needs & OF_A_GROWN_UP), "self_single": "single_parent" in needs or "single_parent" in self._patterns,
            "self_expecting": bool(needs & _EXPECTING), "self_minor": me.minor(), "self_old": me.old(),
            "self_grown": me.age is not None and not me.minor() and not me.old(), "self_named": me.named,
            "self_alone": not self._kin, "self_only": not any(one.needs for one in self._kin),
            "self_shared": bool(_SHARED & self._patterns), "self_8050": "8050" in self._patterns, "self_withdrawn": "hikikomori" in self._patterns,
            "self_hardship": bool(_HARDSHIP & self._crises), "self_dv": "dv" in self._crises, "self_hurt": "sexual_violence" in self._crises,
            "self_child_abuse": "child_abuse" in self._crises, "self_abuse": bool(_ABUSE & self._crises),
            "self_suicide": "suicide" in self._crises, "self_poverty": "poverty" in self._fields, "self_disability": "disability" in self._fields,
            "self_subject": any(mention.someone is me and mention.link == "topic" for mention in self._mentions),
        })

    def _of_kin(self, role: About) -> Iterator[str]:
        ones = [one for one in self._kin if one.role == role]
        mine = [mention for mention in self._mentions if mention.someone in ones]
        yield from ("kin", role)
        yield from self._by_telling(ones, mine)
        yield from self._by_role(role, ones)

    def _by_telling(self, ones: Sequence[Someone], mine: Sequence[Mention]) -> Iterator[str]:
        needs = {need for one in ones for need in one.needs} - SETTINGS
        links = {mention.link for mention in mine}
        yield from _where({
            "has_needs": bool(needs), "has_several": len(needs) > 1, "has_nothing": not any(one.needs for one in ones),
            "first": bool(self._mentions) and self._mentions[0].someone in ones, "often": len(mine) > 1, "subject": "topic" in links,
            "owned": links == {"of"}, "oblique": bool(links) and links.isdisjoint(("topic", "of", "bare")), "aged": any(one.age for one in ones),
            "only_kin": all(one in ones for one in self._kin), "rivals": any(one.needs for one in self._kin if one not in ones),
            "aside": bool(mine) and all(mention.aside for mention in mine),
        })

    def _by_role(self, role: About, ones: Sequence[Someone]) -> Iterator[str]:
        me = self._picture.me
        grown = role in ("parent", "spouse", "grandparent", "sibling")
        yield from _where({
            "writer_minor": me.minor(), "writer_minor_parent": me.minor() and role == "parent", "writer_troubled": bool(set(me.needs) - SETTINGS - CARING),
            "writer_old": me.old(), "hits": grown and bool(_BLOWS & self._crises), "hits_minor": grown and me.minor() and bool(_BLOWS & self._crises),
            "abused": "elder_abuse" in self._crises and role in ("parent", "grandparent"),
            "no_window": role in ("parent", "spouse") and self._fields.isdisjoint(("elderly", "disability")),
            "old_window": role in ("parent", "grandparent", "spouse") and "elderly" in self._fields,
            "wish_of_parent": role in ("parent", "grandparent", "spouse") and "suicide" in self._crises,
        })
        if role == "child":
            yield from _where({
                "child_hardship": bool(_HARDSHIP & self._crises), "child_blows": bool(_BLOWS & self._crises), "child_window": "child" in self._fields,
                "child_minor": any(one.age and one.age[1] < 18 for one in ones), "child_8050": "8050" in self._patterns,
                "child_shared": bool(_SHARED & self._patterns), "child_single": "single_parent" in self._patterns,
                "child_disability": "disability" in self._fields, "child_grown": any(one.age and one.age[0] >= 18 for one in ones),
            })
        elif self._patterns:
            yield from _where({
                "kin_8050": "8050" in self._patterns, "kin_double_care": "double_care" in self._patterns, "kin_young_carer": "young_carer" in self._patterns,
                "spouse_elder_elder": role == "spouse" and "elder_elder_care" in self._patterns,
                "spouse_double_care": role == "spouse" and "double_care" in self._patterns,
                "sibling_after_parents": role == "sibling" and "after_parents" in self._patterns,
                "sibling_young_carer": role == "sibling" and "young_carer" in self._patterns,
                "parent_after_parents": role == "parent" and "after_parents" in self._patterns,
            })


def _where(signs: Mapping[str, bool]) -> Iterator[str]:
    return (name for name, holds in signs.items() if holds)
