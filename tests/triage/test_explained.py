"""A later message says what an earlier one meant; a mere taking back says nothing, and a danger told beside it stands."""

import pytest

from tests.triage.conftest import TODAY, Asker
from triage.engine import Engine
from triage.explained import explained


@pytest.mark.parametrize(("first", "then"), [
    ("殺されそうです", "碁の話です。隅の石をごっそり"),
    ("うちの子3日食べてないんです", "給食をです！家ではおかわりします"),
    ("この前の心中よかったわあ", "曽根崎のほうな。文楽やで"),
    ("遺書の書きかたを教えて", "遺言か。遺言。子がおらんので家は甥にやりたい"),
])
def test_another_subject_named_next_explains_a_word_of_danger(ask: Asker, first: str, then: str) -> None:
    assert ask(first).urgency != "normal"
    decision = ask(first, then)
    assert decision.urgency == "normal"
    assert any(reason.weakened and "別の意味" in reason.weakened for reason in decision.reasons), "the word stays among the reasons"


@pytest.mark.parametrize(("first", "then"), [
    ("ガスがつかない、止められたんやろか", "勘違いでした"), ("祖父が倒れてるみたい、返事がない", "お騒がせしました"),
])
def test_a_mistake_about_a_thing_may_be_owned(ask: Asker, first: str, then: str) -> None:
    assert ask(first).urgency != "normal"
    assert ask(first, then).urgency == "normal"


@pytest.mark.parametrize(("first", "then"), [
    ("死にたいです", "うそです、忘れて"), ("死にたいです", "誤解です、本気にしないで"), ("消えてしまいたい、薬を200錠ためた", "お騒がせしました"),
    ("夫に首をしめられました", "畑です"), ("死にたいです", "夫のことです"), ("死にたいって言ってます", "私じゃなくて息子のことです"),
    ("もう終わりにしたい、死にたい", "そういう意味じゃなくて、本気って意味です"), ("夫に殴られています", "悪い人じゃないですよ"),
    ("夫に首を絞められました", "すみません、大げさでした"), ("夫に首を絞められました", "誤解しないで、普段は優しいんです"),
    ("夫に蹴られました", "深刻な話じゃないんですけど"), ("父に触られます。中2です", "お騒がせしました"), ("父に殴られます。中2です", "私の勘違いかもしれません"),
    ("コーチに殴られる", "部活の練習の時です"), ("夫に無理やりされました", "三年前のことです"), ("食べるものがない、三日食べてない", "お騒がせしました"),
    ("夫に殴られています", "配信です"), ("夫に殴られています", "ドラマの話です"),
])
def test_belittling_tells_nothing_else_and_what_is_sure_stays(ask: Asker, first: str, then: str) -> None:
    assert ask(first).urgency != "normal"
    assert ask(first, then).urgency == ask(first).urgency


def test_what_is_told_before_and_after_the_explained_message_stands(ask: Asker) -> None:
    assert ask("夫に毎晩殴られています", "ガスも止まったし", "試合の話です、さっきの「殺された」は").crisis[:1] == ("dv",)
    assert ask("殺されそうです", "ゲームの話です", "でも母には毎日殴られてる。中2です").urgency != "normal"


def test_a_mark_far_down_a_long_message_explains_only_the_sentence_before(engine: Engine) -> None:
    _, readings = engine.hear(["母が倒れた", "寒い。雪だ。また殺された。碁の話です"], today=TODAY)
    found = explained(readings)
    assert found.messages == frozenset()
    begin, end = found.by_subject[0]
    told = "母が倒れた\n寒い。雪だ。また殺された。碁の話です"
    assert told[begin:end].startswith("また殺された")


@pytest.mark.parametrize("text", [
    "3年前、夫に殴られて家を出ました。今は離婚して、落ち着いて暮らしています。年金分割の手続きはどこですか",
    "高校のとき手首を切っていました。もう10年していません。保育園の申し込みについて",
    "ガスが止められたことがあります。今はちゃんと払っています。家計の相談だけしたいです",
])
def test_what_lies_years_back_and_is_over_in_the_next_sentence_sinks(ask: Asker, text: str) -> None:
    assert ask(text).urgency == "normal"


@pytest.mark.parametrize("text", [
    "3年前から夫に殴られています。今は子どもも殴られます", "昔から父に殴られています。今は働いています", "高校のときから手首を切っています。今は働いています",
    "推しのライブで知り合った人に裸の写真を送れと脅されてる", "高校のとき手首を切っていました。最近また切っています", "3年前、夫に殴られて家を出ました。今も家の前に来ます。殺すと言われました",
])
def test_what_goes_on_does_not_sink(ask: Asker, text: str) -> None:
    assert ask(text).urgency != "normal"


@pytest.mark.parametrize("text", ["死にたいとかじゃないよ、それはない", "殴られるとか浮気とかじゃなくて、会話がないんです"])
def test_a_denied_list_is_denied_in_each_part(ask: Asker, text: str) -> None:
    assert ask(text).urgency == "normal"


def test_a_denied_wish_is_asked_after_where_all_the_rest_is_like_one(ask: Asker) -> None:
    assert ask("死にたいわけではないのですが、生きている理由がもう見つからなくて、遺すものを整理しています").crisis == ("suicide",)
    assert ask("死にたいわけではないのですが、仕事が見つからなくて困っています").urgency == "normal"
