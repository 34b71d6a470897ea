"""Who writes: of the own life, as a neighbour, or as a professional."""

import pytest

from tests.triage.conftest import Asker


@pytest.mark.parametrize("text", [
    "隣のかあちゃんが雨戸も開けんのです", "向かいのやもめのじいさん、痩せてきて心配だ", "近所に一人で住んでる50代くらいの女の人が家から出てきません",
    "上の階から子どもの悲鳴が聞こえます", "アパートを貸していますが、部屋がごみだらけの人がいます", "区長をしております。一人暮らしの方がやせてきて気がかりで",
    "友人が死にたいと言っています", "娘の同級生がいつもお腹をすかせています", "新聞が三日ぶんたまって、呼んでも返事がない。八十過ぎのひとり暮らしの人です",
    "従業員から、お母さんの介護で仕事をやめたいと相談を受けました",
])
def test_a_neighbour_writes(ask: Asker, text: str) -> None:
    assert ask(text).about == ("neighbour",)


@pytest.mark.parametrize("text", [
    "民生委員の佐藤と申します。80代のごみをためたお宅があります", "地域生活定着支援センターです。来月出所予定の69歳男性の住まいがありません",
    "学校のカウンセラーです。生徒が不登校です", "不動産会社です。家賃を滞納している男性がいます",
])
def test_a_professional_writes(ask: Asker, text: str) -> None:
    assert ask(text).about == ("client",)


@pytest.mark.parametrize("text", [
    "隣の人に嫌がらせをされて、うつで眠れません", "友達とけんかして学校に行けなくなった", "友人の紹介でこちらを知りました。母の介護のことです",
    "友達のアパートに居候してる。貯金ゼロ。24歳", "年長の息子が友だちの首をしめて先生に呼ばれました", "大学生です。父の失業で学費が払えません",
    "玄関で転んで外に出られません。八十二歳です。買い物は隣の方にお願いしています", "看護師なので分かっているのに、父の介護で怒鳴ってしまう",
    "小学校の教員をしていましたが、うつで休職中です", "看護師をしている私が倒れそうです。親の介護です", "保育士をしています。腰を痛めて働けません",
])
def test_neighbours_and_professions_that_only_stand_by(ask: Asker, text: str) -> None:
    assert not {"neighbour", "client"} & set(ask(text).about)


def test_something_seen_at_a_workplace_next_door_is_no_professionals_report(ask: Asker) -> None:
    assert ask("隣の作業所で、職員が利用者さんの頭を叩いているのが窓から見えます").about == ("neighbour",)
