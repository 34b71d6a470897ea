"""What the engine must see: persons, context, crises, questions, long text."""

import threading

import pytest

from knowledge.types import Knowledge
from tests.triage.conftest import TODAY, Asker
from triage.check import check
from triage.engine import Engine
from triage.tokenise import DictionaryBroken, Tokeniser, normal_forms, pieces
from triage.types import Asked, LocalWords


def test_old_mother_and_her_son_over_three_messages(engine: Engine) -> None:
    talk = ["こんばんは　夜中にすみません", "むすこのことです。ずっと家におります。わたしもこのごろ体がつらくて", "52です。わたしは81 年金でふたり。20年になります"]
    assert engine.decide(talk[:1], today=TODAY).action == "chat"
    decision = engine.decide(talk, today=TODAY)
    assert decision.action == "route"
    assert decision.complex
    assert {"elderly", "poverty"} <= set(decision.fields)
    assert {"8050", "hikikomori"} <= set(decision.patterns)
    assert decision.urgency == "normal"
    assert {(person.role, person.age) for person in decision.household} >= {("child", (52, 52)), ("self", (81, 81))}
    assert {what for reason in decision.reasons for what in reason.gave} == set(decision.patterns)


@pytest.mark.parametrize("text", ["死にた〜い", "しにたぃ", "ｼﾆﾀｲ", "氏にたい", "4にたい", "タヒにたい", "もう死にたいです"])
def test_ways_of_writing_the_wish_to_die(ask: Asker, engine: Engine, text: str) -> None:
    assert ask(text).crisis == ("suicide",)
    assert engine.glance(text) == "suicide"


@pytest.mark.parametrize("text", [
    "死ぬほど忙しい一日でした", "図書館のDVDを返したい", "自殺防止の講演会はいつですか", "児童虐待防止月間のリボンはどこでもらえますか",
    "雨天決行ですか", "糸満市にたいして意見があります", "引っ越すので水道を止めたいです", "新住所の届けはどこですか",
])
def test_idioms_and_other_senses_raise_no_alarm(ask: Asker, text: str) -> None:
    decision = ask(text)
    assert decision.urgency == "normal"
    assert not decision.crisis


def test_taking_it_back_does_not_lower_the_alarm(ask: Asker) -> None:
    decision = ask("もうむり。薬ぜんぶ出した", "うそです　ごめんなさい　わすれて")
    assert decision.urgency == "emergency"
    assert "suicide" in decision.crisis


def test_a_denied_crisis_word_stays_in_the_reasons(ask: Asker) -> None:
    decision = ask("うつで通院しています。死にたいとかではないです")
    assert decision.urgency == "normal"
    assert any(reason.rule == "suicide_wish" and reason.weakened for reason in decision.reasons)


def test_violence_takes_its_kind_from_whoever_is_hurt(ask: Asker) -> None:
    assert "dv" in ask("夫に殴られています").crisis
    assert "child_abuse" in ask("3歳の娘を叩いてしまいました").crisis
    assert "elder_abuse" in ask("認知症の母を叩いてしまいました").crisis


def test_a_neighbours_worry_is_outreach(ask: Asker) -> None:
    decision = ask("隣のおばあさんが最近痩せて、同じことばかり言っています")
    assert decision.about == ("neighbour",)
    assert "outreach" in decision.patterns
    assert decision.complex


def test_information_and_other_business(ask: Asker) -> None:
    assert ask("ごみの収集日を教えてください").action == "other"
    assert ask("介護保険の申請に必要な書類を教えてください").action == "info"
    assert ask("👍").action == "chat"
    assert ask("").action == "chat"


def test_one_question_at_a_time_and_at_most_three(engine: Engine) -> None:
    vague = ["相談したいことがあります"]
    asked: list[str] = []
    for _ in range(5):
        question = engine.decide(vague, today=TODAY, asked=Asked(tuple(asked))).question
        if question is None:
            break
        assert question.id not in asked
        assert question.choices[-1][0] == "choice_unknown"
        asked.append(question.id)
    assert 1 <= len(asked) <= 3


def test_in_a_crisis_only_the_safety_question(engine: Engine) -> None:
    first = engine.decide(["もう死にたいです"], today=TODAY).question
    assert first is not None
    assert first.id == "ask_safe"
    assert engine.decide(["もう死にたいです"], today=TODAY, asked=Asked(("ask_safe",))).question is None


def test_a_towns_parameter_comes_before_the_rules_own(engine: Engine) -> None:
    text = ["19歳です。お母さんの代わりに毎日弟の世話とご飯作りをしています"]
    assert "young_carer" in engine.decide(text, today=TODAY).patterns
    limited = LocalWords(parameters={"young_carer_age_limit": 17})
    assert "young_carer" not in engine.decide(text, today=TODAY, local=limited).patterns


def test_foreign_languages(ask: Asker) -> None:
    decision = ask("I lost my job and I can't pay the rent. Please help me.")
    assert decision.language == "en"
    assert decision.fields == ("poverty",)
    assert "foreign_resident" in decision.patterns
    assert ask("你好，我没有工作，付不起房租，请问怎么办？").language == "zh"


@pytest.mark.parametrize("text", ["死にたい" * 20_000, "😭" * 5_000, "\ud800\udfff\x00死にたい", "a" * 60_000])
def test_long_and_broken_text(ask: Asker, text: str) -> None:
    assert ask(text).reasons


def test_long_text_is_cut_at_sentence_ends() -> None:
    text = "母のことです。" * 9_000
    cut = pieces(text)
    assert "".join(piece for _, piece in cut) == text
    assert all(len(piece.encode()) <= 48_000 and piece.endswith("。") for _, piece in cut)


def test_many_threads_one_engine(engine: Engine) -> None:
    results: list[object] = []

    def work() -> None:
        for number in range(30):
            results.append(engine.decide([f"{number}回目。80歳の母と50歳の兄。兄は20年ひきこもりです"], today=TODAY).patterns)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 120
    assert len(set(map(str, results))) == 1


def test_rules_do_what_their_examples_say(knowledge: Knowledge) -> None:
    assert [fault.what for fault in check(knowledge)] == []


def test_normal_forms_for_search() -> None:
    assert normal_forms("介護保険の申請", "A")[:2] == ["介護", "保険"]
    assert normal_forms("介護保険の申請", "C")[0] == "介護保険"


def test_a_wrong_dictionary_is_a_clear_error() -> None:
    words = Tokeniser()
    words.check()
    with pytest.raises(DictionaryBroken, match="sudachidict-core"):
        words.check({"死にたいです": ("死",)})
