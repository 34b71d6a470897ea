"""Learner's Japanese is answered in easy Japanese and flagged; children and old people who write kana are not foreigners."""

from datetime import date

import pytest

from triage.engine import Engine

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("text", [
    "わたし ベトナム から きました。しごと ない です。おかね ない",
    "にほんご すこし だけ わかります。こまっています",
    "やちん はらう できない。しごと ない。こども ごはん ない",
])
def test_a_learner_gets_easy_japanese_and_the_flag(engine: Engine, text: str) -> None:
    decision = engine.decide([text], today=TODAY)
    assert decision.language == "ja-easy"
    assert "foreign_resident" in decision.patterns


@pytest.mark.parametrize("text", [
    "きょうも ごはん つくってもらえない。れいぞうこ からっぽ。１ねんせい",
    "わたくし 86に なりますが ひざが いたくて かいものに いけません",
    "固定資産税 口座振替 変更したい",
    "夫が外国籍で、役所の手紙が読めないと言うので代わりに聞きます。",
])
def test_kana_spaces_and_relatives_from_abroad_make_no_learner(engine: Engine, text: str) -> None:
    assert engine.decide([text], today=TODAY).language == "ja"
