"""How a line asks for a denial: `!A`, `A~!`, and what one is able to do."""

from datetime import date

import pytest

from knowledge.schema import Entry, LexiconFile
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
