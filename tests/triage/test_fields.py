"""Which windows a message needs, and in which order: everyday words, faint signs, whose need it is, spelling."""

import pytest

from tests.triage.conftest import TODAY, Asker
from triage.engine import Engine
from triage.spelling import Spelling
from triage.tokenise import tokeniser


@pytest.mark.parametrize(("text", "field"), [
    ("おばあちゃんが冷蔵庫に財布を入れていました", "elderly"),
    ("お風呂の浴槽をまたげなくなりました。78です", "elderly"),
    ("鍵をかけたか何十回も確認してしまい、家を出られません", "disability"),
    ("夫が料理酒まで飲んでしまう", "disability"),
    ("美容院に行く2時間だけ預けたい", "child"),
    ("クラスのLINEで娘の悪口が回っています", "child"),
    ("住まいのことで困っています", "poverty"),
    ("仕事の不安やトラブルで困っています", "poverty"),
])
def test_needs_in_everyday_words(ask: Asker, text: str, field: str) -> None:
    decision = ask(text)
    assert decision.action == "route"
    assert decision.fields[0] == field


def test_faint_signs_name_a_window_only_where_nothing_else_does(ask: Asker) -> None:
    faint = ask("杖を玄関に忘れたまま、縁側で仏壇の花をいじってばかりです")
    assert faint.fields == ("elderly",)
    assert any(reason.rule == "faint_elder" for reason in faint.reasons)
    plain = ask("家賃を三か月滞納しています。杖は玄関にあります")
    assert plain.fields == ("poverty",)
    assert not any(reason.rule.startswith("faint_") for reason in plain.reasons)


def test_a_few_words_about_nothing_are_still_asked_back(ask: Asker) -> None:
    assert ask("年寄りの話です").action == "clarify"
    assert ask("仕事のことで").action == "clarify"


def test_what_is_missed_speaks_softly_though_it_is_denied(ask: Asker) -> None:
    assert ask("処方薬がないと落ち着かない。量が増えている").fields == ("disability",)
    assert ask("夜のお仕事なので子どもを見てくれる人がいません").fields == ("child",)


def test_a_childs_diagnosis_training_and_papers_are_one_need(ask: Asker) -> None:
    decision = ask("5歳の息子が発達障害と診断されました。療育と受給者証のことを知りたいです")
    assert decision.fields == ("child", "disability")
    assert not decision.complex


def test_an_old_persons_body_belongs_to_the_window_for_the_old(ask: Asker) -> None:
    assert ask("80歳の父が脳梗塞で右半身まひになりました").fields[0] == "elderly"
    assert ask("45歳の夫が脳梗塞で右半身まひになりました").fields[0] == "disability"


def test_a_grown_up_who_once_lived_in_a_home_needs_no_window_for_children(ask: Asker) -> None:
    decision = ask("21歳です。児童養護施設を出て一人暮らし。家賃が払えません")
    assert decision.fields == ("poverty",)


def test_a_disaster_alone_is_a_matter_of_living_and_gives_way_to_what_is_told(ask: Asker) -> None:
    assert ask("大雨で床上まで水がきて、畳も布団もだめになりました").fields == ("poverty",)
    assert ask("地震のあと仮設に移ってから、母の物忘れがひどくなりました").fields == ("elderly",)


@pytest.mark.parametrize(("kanji", "kana"), [("お金を借りて返せない", "お金をかりてかえせない"), ("働いた事がない", "働いたことがない"),
                                              ("三月に会社を辞めた息子がいます", "三月に会社をやめた息子がいます")])
def test_verbs_in_kana_say_the_same(engine: Engine, kanji: str, kana: str) -> None:
    fields = [engine.decide([text], today=TODAY).fields for text in (kanji, kana)]
    assert fields[0] == fields[1] == ("poverty",)


def test_spelling_is_both_ways_in_combinations_only() -> None:
    spelling = Spelling(tokeniser())
    assert list(spelling.both((("家賃",), ("払う",)))) == [(("家賃",), ("払う",)), (("家賃",), ("はらう",))]
    assert list(spelling.both((("払う",),))) == [(("払う",),)]
    assert list(spelling.both((("泣く", "止む"),))) == [(("泣く", "止む"),)]   # なく is read as 無い
