"""The second look: words, entries and persons add up; danger once raised stays; it shows where; a text as such is never weighed twice."""

from datetime import date

import pytest

from knowledge.schema.weights import Weights
from knowledge.types import Knowledge
from tests.triage.conftest import TODAY, Asker
from tests.whole import knowledge
from triage.engine import Engine
from triage.picture import Picture
from triage.reading import Reading
from triage.weights import LEAST, LESS, REFINED, SecondLook, people, told

SMALL = Weights(
    source="s", checked=date(2026, 11, 22), id="danger", because="似ている", bias=-1.0, floor=0.5,
    signs={"no_money": 2.0, "no_money:denied": -1.0, "@child 50": 1.5}, words={"暗い": 3.0, "天気": -4.0, "良い 天気": -2.0},
)
CALM = SMALL.model_copy(update={"id": "complex"})


def hear(engine: Engine, *texts: str) -> tuple[Picture, list[Reading]]:
    return engine.hear(texts, today=TODAY)


def test_words_stand_with_their_neighbours_and_entries_with_their_needs(engine: Engine) -> None:
    (reading,) = hear(engine, "家賃が払えない")[1]
    found = told(reading)
    assert {"家賃", "家賃 が"} <= found.words
    assert [sign for sign in found.signs if sign.startswith("#")]


def test_who_is_told_of_counts_by_tens_of_years(engine: Engine) -> None:
    picture, _ = hear(engine, "息子は52歳、夫は他界しました。わたしは81です")
    assert {"@child", "@child 50", "@me 80", "@writer self", "@spouse dead"} <= people(picture)


def test_a_short_text_leans_less_than_a_long_one_and_a_word_counts_once(engine: Engine) -> None:
    look = SecondLook([SMALL])
    once = look.leaning(*hear(engine, "暗い"))["danger"]
    assert once == pytest.approx(-1.0 + 3.0 / LEAST ** 0.5 - 0.5)
    assert look.leaning(*hear(engine, "暗い", "暗い"))["danger"] == pytest.approx(once)


def test_danger_once_raised_stays_and_other_weights_follow_what_is_said(engine: Engine) -> None:
    look = SecondLook([SMALL, CALM])
    first, later = look.leaning(*hear(engine, "暗い")), look.leaning(*hear(engine, "暗い", "よい天気です", "天気は晴れ"))
    assert first["danger"] == later["danger"]
    assert later["complex"] < first["complex"]


def test_what_is_told_at_length_afterwards_says_what_was_meant_before(engine: Engine) -> None:
    harmless = SMALL.model_copy(update={"words": {"暗い": 12.0, "天気": -30.0}})
    look = SecondLook([harmless])
    more = "よい天気です。駅前の店で新しい自転車と帽子を買って、公園まで走りました"
    first = look.leaning(*hear(engine, "暗い"))["danger"]
    assert look.leaning(*hear(engine, "暗い", "天気です"))["danger"] == pytest.approx(first), "a word or two lower nothing"
    assert look.leaning(*hear(engine, "暗い", more))["danger"] == pytest.approx(first - REFINED)
    assert look.leaning(*hear(engine, more, "はい", "暗い"))["danger"] == pytest.approx(first - LESS), "nothing refines what was said last"
    assert look.leaning(*hear(engine, "天気", "はい", "暗い", more))["danger"] == pytest.approx(first - REFINED)


def test_danger_is_looked_for_in_each_two_neighbours(engine: Engine) -> None:
    look = SecondLook([SMALL, CALM])
    once, amid = look.leaning(*hear(engine, "暗い")), look.leaning(*hear(engine, "よい天気です", "はい", "暗い", "はい"))
    assert amid["danger"] == pytest.approx(once["danger"] - LESS)
    assert amid["complex"] < once["complex"]
    again = look.leaning(*hear(engine, "よい天気です", "はい", "暗い", "天気は晴れ"))
    assert again["danger"] == pytest.approx(once["danger"] - LESS), "what the later one remembers is of the one before it"


def test_what_is_remembered_of_a_talk_is_of_the_messages_before_in_their_order(engine: Engine) -> None:
    """Messages are read once and shared by all talks in which they stand, here and there, once or again."""
    look = SecondLook([SMALL, CALM])
    calm, dark, yes = "よい天気です", "暗い", "はい"
    for talk in ((dark, yes, calm), (calm, yes, dark), (yes, dark, yes, calm), (dark, yes, calm), (yes, calm, dark, dark), (calm, dark, dark, yes)):
        assert look.leaning(*hear(engine, *talk)) == SecondLook([SMALL, CALM]).leaning(*hear(engine, *talk)), talk


def test_persons_and_entries_add_to_every_weighing(engine: Engine) -> None:
    look = SecondLook([SMALL, CALM])
    assert look.leaning(*hear(engine, "息子は52歳"))["complex"] == pytest.approx(-1.0 + 1.5 - 0.5)


def test_places_are_code_points_of_the_conversation(engine: Engine) -> None:
    look = SecondLook([SMALL])
    assert look.places("danger", hear(engine, "よい天気", "暗い、暗い")[1]) == ((5, 7),)


def test_values_side_by_side_stay_apart(engine: Engine) -> None:
    """What is below zero in one weighing takes nothing from the next."""
    glad = SMALL.model_copy(update={"id": "life", "words": {"暗い": -3.0}, "signs": {}})
    leaning = SecondLook([SMALL, glad, CALM]).leaning(*hear(engine, "暗い"))
    assert leaning == pytest.approx({"danger": -1.5 + 3.0 / LEAST ** 0.5, "life": -1.5 - 3.0 / LEAST ** 0.5, "complex": -1.5 + 3.0 / LEAST ** 0.5})


def test_nothing_learned_leans_nowhere(engine: Engine) -> None:
    assert SecondLook([]).leaning(*hear(engine, "暗い")) == {}


def test_weights_know_only_signs_that_there_are() -> None:
    known: Knowledge = knowledge()
    entries = {entry.id for file in known.lexicon for entry in file.entries}
    gone = {
        sign.partition(":")[0] for one in known.weights for sign in one.signs
        if not sign.startswith(("#", "@")) and sign.partition(":")[0] not in entries
    }
    assert len(gone) < 20, f"learn the weights anew (python -m triage.learn): {sorted(gone)}"


@pytest.mark.parametrize(("text", "rule"), [
    ("町民文化祭の劇で、追い出されるおばあさん役をやります。衣装の着物を貸してくれる課はありますか", "no_shelter_now"),
    ("灯油が空っぽで困っているのは除雪機の話で、町内会の燃料代の補助の窓口を教えてください", "danger_sign_cold"),
])
def test_a_word_of_danger_in_a_text_wholly_unlike_it_sinks_but_stays_in_the_reasons(ask: Asker, text: str, rule: str) -> None:
    decision = ask(text)
    assert (decision.urgency, decision.crisis) == ("normal", ())
    assert rule in {reason.rule for reason in decision.reasons if reason.weakened}


@pytest.mark.parametrize("text", ["粗大ごみの日はいつですか", "母の介護の相談がしたいです", "昔は死にたいと思ったこともありますが、今は元気です"])
def test_calm_messages_stay_calm(ask: Asker, text: str) -> None:
    decision = ask(text)
    assert decision.urgency == "normal"
    assert not [reason for reason in decision.reasons if reason.rule in ("second_look_danger", "second_look_life", "second_look_emergency")]


def test_what_the_whole_raised_is_not_taken_back_by_a_denial_later(ask: Asker) -> None:
    told = "みんなの写真を全部消して、荷物もまとめて、手紙も3通書きました。これでやっと静かになれる気がします"
    assert "second_look_life" in {reason.rule for reason in ask(told).reasons}
    later = ask(told, "死にたいとは言っていません。忘れてください")
    assert (later.urgency, set(later.crisis)) == (ask(told).urgency, set(ask(told).crisis))


def test_blows_denied_by_who_tells_worse_are_looked_at_whole(ask: Asker) -> None:
    assert ask("弟だけ風呂に沈められる。おれは殴られない。再婚の人。母さんは見てみぬふり。おれ高2 弟小1").urgency == "urgent"
    assert ask("殴られたことはないです").urgency == "normal", "nothing else is told"


def test_danger_in_another_language_is_looked_at_too(ask: Asker) -> None:
    assert ask("We have been drinking only water since Sunday, the rice is finished and my head is turning when I stand").urgency == "urgent"
    assert ask("What time does the city hall open on Monday?").urgency == "normal"


def test_who_does_it_said_in_so_many_words_is_never_doubted(ask: Asker) -> None:
    assert "dv" in ask("夫の暴力がひどいので、離婚の手続きと保育園のことを教えてください").crisis
