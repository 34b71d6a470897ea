"""Words of danger in one scale, the whole of what is said in the other: both must be able to tip it, and none alone at the slightest hint."""

from knowledge.schema import CRISIS_KINDS
from triage import balance
from triage.scales import ACTIONS

NAMES = ["danger", *(f"action_{name}" for name in ACTIONS), *(f"kind_{name}" for name in CRISIS_KINDS)]


def leaning(**more: float) -> dict[str, float]:
    """Against everything, but for what is named."""
    return dict.fromkeys(NAMES, -3.0) | more


def test_a_danger_without_words_gets_the_kind_it_is_likest_to_or_none() -> None:
    assert balance.kind(leaning(kind_no_food=-1.0, kind_dv=-1.2)) == "no_food"
    assert balance.kind(leaning()) is None


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
