"""The scales: small trees over what rules said and what the whole is like; without weights rules stand; what they take away is said."""

from datetime import date

import pytest

from knowledge.schema import ABOUT, FIELDS, PATTERNS
from knowledge.schema.weights import Weights
from tests.triage.conftest import Asker
from tests.whole import knowledge
from triage.scales import ACTIONS, FAR, KEPT, MEANT, PATTERN, UNLIKE, Scales, Split, seen, tree
from triage.weights import SecondLook

NAMES = [
    "complex", *(f"window_{name}" for name in FIELDS), *(f"first_{name}" for name in FIELDS), *(f"action_{name}" for name in ACTIONS),
    *(f"pattern_{name}" for name in PATTERNS), *(f"about_{name}" for name in ABOUT),
]
PLAIN = Scales(())


def leaning(*said: str, **more: float) -> dict[str, float]:
    """Against everything, but for what is named. said: what rules say."""
    return seen(dict.fromkeys(NAMES, -3.0) | more, said, urgency=0, windows=0, dangers=0, messages=1, told=9)


def with_trees(name: str, *lines: str, start: float = 0.0) -> Scales:
    return Scales([Weights(source="s", checked=date(2026, 11, 23), id=name, because="似ている", bias=0, floor=0, signs={}, words={}, start=start, trees="\n".join(lines))])


def test_a_tree_is_a_line_of_questions_and_leaves() -> None:
    assert tree("0.5") == 0.5
    assert tree("complex<=-1.5 rules:complex<=0.5 -0.2 0.3 0.9") == Split("complex", -1.5, Split("rules:complex", 0.5, -0.2, 0.3), 0.9)
    with pytest.raises((ValueError, StopIteration)):
        tree("complex<=1.0 0.5")


def test_leaves_of_all_trees_add_up() -> None:
    scales = with_trees("complex", "complex<=-1.5 rules:complex<=0.5 -0.2 0.3 0.9", "window_child<=0.0 0.01 0.02", start=-1.0)
    assert scales.worth("complex", leaning()) == pytest.approx(-1.0 - 0.2 + 0.01)
    assert scales.worth("complex", leaning("complex")) == pytest.approx(-1.0 + 0.3 + 0.01)
    assert scales.worth("complex", leaning(complex=0.0, window_child=1.0)) == pytest.approx(-1.0 + 0.9 + 0.02)


def test_what_lies_far_below_is_not_asked_unless_rules_said_it() -> None:
    scales = with_trees("pattern_gap", "5.0")
    assert scales.worth("pattern_gap", leaning(pattern_gap=FAR - 0.1)) == FAR - 0.1
    assert scales.worth("pattern_gap", leaning("pattern_gap", pattern_gap=FAR - 0.1)) == 5.0
    assert scales.worth("pattern_gap", leaning(pattern_gap=FAR + 0.1)) == 5.0


def test_without_weights_rules_stand() -> None:
    nothing = seen({}, ("complex",), urgency=1, windows=1, dangers=0, messages=1, told=9)
    assert nothing == {}
    assert PLAIN.windows(("child",), nothing) == ("child",)
    assert PLAIN.action("info", nothing) == "info"
    assert PLAIN.about(("parent",), nothing) == ("parent",)
    assert PLAIN.tangled(True, nothing)
    assert PLAIN.patterns(PATTERNS, nothing) == ()
    assert PLAIN.likeliest(nothing) == ()


def test_windows_open_by_worth_and_the_first_of_the_rules_stays_where_none_does() -> None:
    assert PLAIN.windows(("child",), leaning(window_child=0.5, window_poverty=0.5, first_poverty=1.0)) == ("poverty", "child")
    assert PLAIN.windows(("child", "poverty"), leaning(window_child=0.5)) == ("child",)
    assert set(PLAIN.windows(("child", "poverty"), leaning(window_child=0.5, window_poverty=KEPT + 0.1))) == {"child", "poverty"}
    assert PLAIN.windows(("child",), leaning(window_child=0.5, window_poverty=KEPT + 0.1)) == ("child",)
    assert PLAIN.windows(("child",), leaning()) == ("child",)
    assert PLAIN.windows((), leaning()) == ()
    assert PLAIN.likeliest(leaning(window_elderly=-1.0)) == ("elderly",)


def test_a_pattern_of_the_rules_goes_only_where_the_whole_is_quite_unlike_it() -> None:
    assert PLAIN.patterns(PATTERNS, leaning(pattern_gap=PATTERN + 0.1)) == ("gap",)
    assert PLAIN.patterns(PATTERNS, leaning(pattern_gap=PATTERN - 0.1)) == ()
    assert PLAIN.patterns(PATTERNS, leaning("pattern_gap", pattern_gap=UNLIKE + 0.1)) == ("gap",)
    assert PLAIN.patterns(PATTERNS, leaning("pattern_gap", pattern_gap=UNLIKE - 0.1)) == ()
    assert PLAIN.patterns(frozenset(PATTERNS) - {"gap"}, leaning(pattern_gap=PATTERN + 0.1)) == ()


def test_the_action_that_rules_mean_holds_against_a_hint() -> None:
    assert PLAIN.action("route", leaning(action_route=0.0, action_info=MEANT - 0.1)) == "route"
    assert PLAIN.action("route", leaning(action_route=0.0, action_info=MEANT + 0.1)) == "info"
    assert PLAIN.action("route", leaning(action_clarify=5.0)) == "route", "a window that words named is not asked for again"


def test_somebody_is_always_meant_and_whom_the_picture_means_comes_first() -> None:
    assert PLAIN.about(("parent",), leaning(about_parent=0.0, about_self=0.8)) == ("parent", "self")
    assert PLAIN.about(("parent", "self"), leaning(about_parent=0.0)) == ("parent",)
    assert PLAIN.about(("self",), leaning(about_unknown=-0.5)) == ("unknown",)


def test_every_label_but_danger_has_its_trees_and_they_ask_for_what_is_there() -> None:
    weights = knowledge().weights
    known = {one.id for one in weights}
    assert {one.id for one in weights if one.trees} == {name for name in NAMES if name in known and not name.startswith("about_")}
    there = {*SecondLook(weights).names, "urgency", "windows", "dangers", "messages", "told"}
    asked = {part.partition("<=")[0] for one in weights for line in one.trees.splitlines() for part in line.split() if "<=" in part}
    assert {name for name in asked if name.removeprefix("rules:") not in there} == set()


def test_a_pattern_that_the_whole_is_unlike_stays_in_the_reasons_and_says_why(ask: Asker) -> None:
    """Of rules' patterns none goes without a word: whatever gave one that is not told of says what took its force."""
    for text in TEXTS:
        decision = ask(text)
        for why in decision.reasons:
            for gone in set(why.gave) & set(PATTERNS) - set(decision.patterns):
                assert why.weakened or decision.action != "route", (text, why.rule, gone)


TEXTS = (
    "二歳と零歳の育児でへとへとです。近所に住む義母は七十でフラダンスの先生、手伝いにきてくれるけど発表会が近いと来ない",
    "母は82でひとり暮らし、私は51で週末だけ掃除に通っています。母は元気です",
    "うちの子、弟のおむつ替えを手伝ってくれるようになりました。七歳です",
)
