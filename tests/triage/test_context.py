"""Denial and what gives way to what: the cases that have gone wrong once."""

import time

import pytest

from knowledge.types import Knowledge
from tests import whole
from tests.triage.conftest import TODAY, Asker
from triage.engine import Engine
from triage.reading import Reader
from triage.tokenise import tokeniser
from triage.types import Decision, LocalWords


def live(decision: Decision) -> set[str]:
    """Rules and entries that nothing weakens."""
    return {reason.rule for reason in decision.reasons if reason.weakened is None}


@pytest.mark.parametrize(("text", "negative"), [("転んだ", False), ("悩んで", False), ("死んで", False), ("膨らんで", False), ("見えん", True)])
def test_only_the_final_n_denies(text: str, negative: bool) -> None:
    assert tokeniser().read(text).words[0].negative is negative


def test_a_fall_is_not_denied(ask: Asker) -> None:
    assert "fall" in live(ask("80歳の母がお風呂で転んだ"))


@pytest.mark.parametrize(("text", "entry"), [
    ("お金がありません", "no_money_plain"), ("食べるものがありません", "no_food_now"), ("生きててもしょうがない", "death_end_of_life"),
    ("生きていても仕方がないです", "death_end_of_life"), ("死ぬ勇気もない", "suicide_better_dead"), ("お金がなくて出来ない", "no_money_plain"),
])
def test_a_phrase_is_not_denied_by_its_own_denial(ask: Asker, text: str, entry: str) -> None:
    assert entry in live(ask(text))


@pytest.mark.parametrize("text", ["死にたいとは思いません", "死にたい気持ちはないです", "自殺とか全然考えてないです"])
def test_what_is_denied_stays_denied(ask: Asker, text: str) -> None:
    assert ask(text).urgency == "normal"


def test_a_deed_refused_denies_no_illness(engine: Engine) -> None:
    assert "dementia_check" in engine.matched("認知症の検査に行きたがらない", today=TODAY)


def test_words_of_another_prefecture_silence_nothing(engine: Engine, knowledge: Knowledge) -> None:
    reader = Reader(whole.lexicon(), tokeniser())
    for file in knowledge.lexicon:
        for text in (one for entry in file.entries if file.dialect for one in entry.examples):
            found = reader.read(text, year=2026, prefecture="東京都").found
            assert all(one.hit.term.dialect is None for one in found)
    home, away = LocalWords(prefecture="北海道"), LocalWords(prefecture="沖縄県")
    assert engine.decide(["なまらこわい"], today=TODAY, local=home) != engine.decide(["なまらこわい"], today=TODAY, local=away)


@pytest.mark.parametrize("text", ["むすこのことです", "むすめのことなんですが そうだんしたいです", "むすこのことで なやんでいます"])
def test_about_my_son_is_no_grandchild(ask: Asker, text: str) -> None:
    assert [person.role for person in ask(text).household if person.role != "self"] == ["child"]


@pytest.mark.parametrize(("talk", "rule"), [
    (["もう死にたい", "うそです 忘れてください"], "retraction"), (["もう死にたい", "もう大丈夫です"], "retraction"),
    (["母の介護のことで", "やっぱりいいです"], "withdrawal"), (["お金がなくて", "恥ずかしいので もういいです"], "withdrawal"),
    (["隣のおばあさんが痩せてきました", "その後どうなりましたか"], "ask_progress"), (["隣が心配です", "見に行ってくれましたか"], "ask_progress"),
    (["母のことです", "ごめんなさい"], "chat_sorry"), (["母のことです", "ではまた"], "chat_goodbye"),
    (["母のことです", "ありがとうございます"], "chat_thanks"), (["テストです"], "chat_test"), (["こんにちは"], "chat_greeting"),
])
def test_signals_for_the_dialogue_lie_in_the_newest_message(ask: Asker, talk: list[str], rule: str) -> None:
    decision = ask(*talk)
    since = len("\n".join(talk)) - len(talk[-1])
    assert any(reason.rule == rule and any(begin >= since for begin, _ in reason.evidence) for reason in decision.reasons)


def test_taking_it_back_is_a_signal_and_no_comfort(ask: Asker) -> None:
    assert ask("もう死にたい", "うそです 冗談です").urgency == ask("もう死にたい").urgency


@pytest.mark.parametrize("unit", ["あ", "死にたい", "80歳", "母80歳の", "夫に殴られて", "お金がない", "虐待のニュース", "母の", "1、", "が"])
def test_cost_grows_with_length_only(engine: Engine, unit: str) -> None:
    """Ten times the text may cost thirty times the time at most; what is quadratic costs a hundred times."""
    def seconds(length: int) -> float:
        start = time.thread_time()
        engine.decide([(unit * length)[:length]], today=TODAY)
        return time.thread_time() - start

    seconds(100)
    longest = min(seconds(20_000), seconds(20_001))   # one of them may pay for the garbage of a whole process of tests
    assert longest < 30 * max(seconds(2_000), 0.02)


@pytest.mark.parametrize("text", [
    "新聞がたまっていると書いた者です。ご本人と連絡がつきました、旅行でした。お騒がせしました",
    "虐待かと思った赤ちゃんの泣き声、ただの夜泣きでした",
])
def test_what_turned_out_well_raises_no_alarm(ask: Asker, text: str) -> None:
    decision = ask(text)
    assert (decision.urgency, decision.crisis) == ("normal", ())
    assert any(reason.weakened for reason in decision.reasons), "the word stays among the reasons"


def test_good_news_of_one_takes_nothing_from_a_danger_told_after_it(ask: Asker) -> None:
    assert ask("母とは連絡がつきました。でも私が薬をためていて、もう死にたいです").crisis == ("suicide",)
    assert "medical" in ask("お騒がせしました。父がいま倒れて、呼んでも返事がありません").crisis
