"""Rules in one scale, the whole of what is said in the other: both must be able to tip it, and none alone at the slightest hint."""

from knowledge.schema import ABOUT, CRISIS_KINDS, FIELDS, PATTERNS
from triage import balance
from triage.balance import ACTIONS

NAMES = [
    "danger", "complex", *(f"window_{name}" for name in FIELDS), *(f"first_{name}" for name in FIELDS), *(f"action_{name}" for name in ACTIONS),
    *(f"pattern_{name}" for name in PATTERNS), *(f"kind_{name}" for name in CRISIS_KINDS), *(f"about_{name}" for name in ABOUT),
]


def leaning(**more: float) -> dict[str, float]:
    """Against everything, but for what is named."""
    return dict.fromkeys(NAMES, -3.0) | more


def test_without_weights_rules_stand() -> None:
    assert balance.windows(("child",), {}) == ("child",)
    assert balance.action("info", {}) == "info"
    assert balance.about(("parent",), {}) == ("parent",)
    assert balance.tangled(True, {})
    assert balance.patterns((), {}) == ()
    assert balance.likeliest({}) == ()


def test_a_window_opens_by_the_whole_and_closes_only_beside_another() -> None:
    assert balance.windows(("child",), leaning(window_child=0.0, window_poverty=0.5)) == ("child", "poverty")
    assert balance.windows(("child", "poverty"), leaning(window_child=0.5)) == ("child",)
    assert balance.windows(("child",), leaning()) == ("child",), "what rules opened is never left without any window"
    assert balance.windows((), leaning(window_child=0.1)) == ()


def test_who_comes_first_may_change() -> None:
    both = {"window_child": 2.0, "window_poverty": 2.0}
    assert balance.windows(("child", "poverty"), leaning(**both, first_poverty=0.0, first_child=0.0)) == ("child", "poverty")
    assert balance.windows(("child", "poverty"), leaning(**both, first_poverty=1.0, first_child=-1.0)) == ("poverty", "child")


def test_the_action_of_the_rules_holds_against_a_hint() -> None:
    assert balance.action("route", leaning(action_info=0.0, action_route=-1.0)) == "route"
    assert balance.action("route", leaning(action_info=1.0, action_route=-1.0)) == "info"
    assert balance.action("route", leaning(action_chat=5.0, danger=balance.WARY + 0.1)) == "route", "near to danger nothing is taken for talk"
    assert balance.action("route", leaning(action_clarify=5.0)) == "route", "a window that words named is not asked for again"


def test_the_coordinators_flag() -> None:
    assert balance.tangled(True, leaning(complex=-1.0))
    assert not balance.tangled(True, leaning(complex=-2.0))
    assert not balance.tangled(False, leaning(complex=0.2))
    assert balance.tangled(False, leaning(complex=0.6))


def test_patterns_are_added_but_for_a_language() -> None:
    assert balance.patterns(("gap",), leaning(pattern_gap=3.0, pattern_8050=0.0, pattern_foreign_resident=3.0)) == ("8050",)


def test_a_danger_without_words_gets_the_kind_it_is_likest_to_or_none() -> None:
    assert balance.kind(leaning(kind_no_food=-1.0, kind_dv=-1.2)) == "no_food"
    assert balance.kind(leaning()) is None


def test_somebody_is_always_meant() -> None:
    assert balance.about(("parent",), leaning(about_parent=0.0)) == ("parent",)
    assert balance.about(("parent",), leaning(about_parent=0.0, about_self=0.8)) == ("parent", "self")
    assert balance.about(("parent", "self"), leaning(about_parent=0.0)) == ("parent",)
    assert balance.about(("self",), leaning(about_unknown=-0.5)) == ("unknown",)


def test_words_of_danger_are_doubted_where_the_whole_is_far_from_it() -> None:
    far = leaning(danger=balance.DOUBTED - 0.1, life=-5.0)
    assert balance.doubted(far, "dv")
    assert not balance.doubted(far, "dv", by_rule=True), "what a rule joined is doubted later"
    assert balance.doubted(leaning(danger=balance.DOUBTED_RULE - 0.1), "dv", by_rule=True)
    assert not balance.doubted(leaning(danger=balance.DOUBTED + 0.1), "dv")
    assert not balance.doubted(far, "dv", words=2), "a second word of the same danger stands by the first"
    assert not balance.doubted({}, "dv")


def test_a_wish_to_die_is_doubted_by_danger_and_life_together_and_never_against_a_rule() -> None:
    assert balance.doubted(leaning(danger=-1.0, life=balance.NO_WISH + 0.9), "suicide")
    assert not balance.doubted(leaning(danger=-1.0, life=balance.NO_WISH + 1.1), "suicide")
    assert not balance.doubted(leaning(danger=-9.0, life=-9.0), "suicide", by_rule=True)


def test_the_whole_is_like_a_wish_to_die_only_where_it_is_like_danger_too() -> None:
    assert balance.life(leaning(life=0.1, danger=1.0))
    assert not balance.life(leaning(life=0.1, danger=balance.NO_WISH - 0.2))
    assert not balance.life(leaning(life=-0.1, danger=9.0))
    assert not balance.life({})
    near = leaning(life=balance.LIFE_TOO + 0.1, danger=0.5)
    assert balance.life(near, hurry=True), "beside another danger it is asked after earlier"
    assert not balance.life(near)


def test_who_clearly_asks_for_something_else_means_something_else() -> None:
    asks = leaning(danger=0.5, life=0.5, action_info=balance.ELSEWHERE + 0.5)
    assert balance.elsewhere(asks)
    assert balance.doubted(asks, "dv", words=3)
    assert balance.doubted(asks, "suicide")
    assert not balance.doubted(asks, "suicide", by_rule=True), "what a rule joined of a wish to die stands"
    assert not balance.elsewhere(asks | {"danger": balance.SURELY}), "what was surely danger stays, whatever else is asked"
    assert not balance.elsewhere(asks | {"action_route": 0.0}), "a worry is nearly as likely"
    assert not balance.elsewhere({})


def test_thanks_stand_beside_a_wish_to_die() -> None:
    thanks = leaning(danger=0.5, life=0.5, action_chat=balance.ELSEWHERE + 0.5)
    assert balance.elsewhere(thanks)
    assert not balance.elsewhere(thanks, "suicide")
    assert not balance.doubted(thanks, "suicide")
