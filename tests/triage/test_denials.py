"""How a line asks for a denial: `!A`, `A~!`, and what one is able to do; what is denied at the end of a message."""

from datetime import date

import pytest

from knowledge.schema import Entry, LexiconFile
from tests.triage.conftest import TODAY, Asker
from triage.engine import Engine
from triage.lexicon import Lexicon
from triage.tokenise import tokeniser


def wanted(line: str, text: str) -> set[bool]:
    """Whether the matches of `line` ask to be denied."""
    words = tokeniser()
    entry = Entry(id="x", because="x", fields={"elderly": 1}, words=(line,))
    made = Lexicon([LexiconFile(source="s", checked=date(2026, 11, 22), entries=(entry,))], words)
    return {hit.denied_wanted for hit in made.in_words(words.read(text))}


@pytest.mark.parametrize(("line", "text"), [
    ("靴~履く~!", "靴が履けません"), ("靴~!履く", "靴を履かない"), ("段差~越える~られる~!", "段差を越えられない"),
    ("バス停~歩く~られる~!", "バス停まで歩けない"), ("窓~開ける~られる~!", "窓が開けられません"),
])
def test_a_denial_asked_for_at_the_end(line: str, text: str) -> None:
    assert wanted(line, text) == {True}


def test_an_age_is_counted_in_years_of_life() -> None:
    assert wanted("歳~単語", "2歳なのに単語が") == {False}


@pytest.mark.parametrize("text", ["ねむれません", "おかねがありません", "殴られたことはありません"])
def test_a_message_in_kana_keeps_the_denial_at_its_very_end(engine: Engine, text: str) -> None:
    (reading,) = engine.hear([text], today=TODAY)[1]
    assert [word.norm for word in reading.line.words][-2:] == ["ます", "ず"]


@pytest.mark.parametrize("text", ["叩かれたことはないです", "殴られたことは一度もありません", "手を上げるとかは全然ないです", "母をたたくとかは一切ありません"])
def test_what_never_happened_is_denied_over_a_word_between(ask: Asker, text: str) -> None:
    assert ask(text).urgency == "normal"
