"""What a rule wants before it is tried: never more than what it needs to hold."""

from triage.picture import Picture, Someone
from triage.rules import Facts
from triage.waking import wanted


def test_each_thing_wanted_is_a_set_of_which_one_suffices() -> None:
    when = {"marks": ["debt", "no_money"], "person": {"role": ["parent"], "has": ["dementia"]}, "none": [{"marks": ["adult"]}]}
    assert set(wanted(when)) == {frozenset(("debt", "no_money")), frozenset(("dementia",)), frozenset(("@role parent",))}


def test_the_rarest_comes_first_and_who_is_there_last() -> None:
    first, *_, last = wanted({"person": {"role": ["self"], "has": ["a", "b"]}, "every": ["c"]})
    assert first == frozenset("c")
    assert last == frozenset(("@role self",))


def test_ways_of_which_one_wants_nothing_want_nothing() -> None:
    assert wanted({"any": [{"marks": ["debt"]}, {"none": [{"marks": ["withdrawn"]}]}]}) == ()
    assert wanted({"any": [{"marks": ["debt"]}, {"pattern": ["8050"]}]}) == (frozenset(("debt", "@pattern 8050")),)


def test_counts_of_none_want_nothing() -> None:
    assert wanted({"count": {"role": ["child"], "least": 0}}) == ()
    assert wanted({"fields_at_least": 3}) == (frozenset(("@fields 3", "@fields 4")),)


def test_a_known_age_is_wanted_only_where_nobody_may_do_without() -> None:
    assert set(wanted({"person": {"role": ["parent"], "age": [70, None]}})) == {frozenset(("@aged parent",))}
    assert set(wanted({"person": {"role": ["parent"], "age": [70, None], "unaged": True}})) == {frozenset(("@role parent",))}
    assert set(wanted({"person": {"age": [70, None]}})) == {frozenset(("@aged",))}


def test_who_is_there_with_and_without_an_age_wakes_rules() -> None:
    me, mother, brother = Someone("self", "person_self", age=(50, 50)), Someone("parent", "person_mother"), Someone("sibling", "person_brother", age=(40, 49))
    facts = Facts(Picture(me, people=[mother, brother]), {"debt": []}, [], {}, everyone=[me, mother, brother])
    facts.look()
    assert facts.signs == {"debt", "@writer self", "@role self", "@role parent", "@role sibling", "@aged", "@aged self", "@aged sibling", "@fields 0"}
