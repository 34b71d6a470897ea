"""Words that counted, with their company: what a reviewer may say was meant otherwise."""

import pytest

from knowledge.schema import LexiconFile
from triage.lexicon import Lexicon
from triage.reading import Reader
from triage.senses import MOST, MOST_PHRASES, Sense, senses
from triage.tokenise import tokeniser

WORDS = LexiconFile.model_validate({"source": "町", "checked": "2026-11-22", "entries": [
    {"id": "hit", "kind": "crisis", "crisis": "dv", "because": "なぐる話", "raw": ["手を上げ"]},
    {"id": "rough", "kind": "setting", "because": "手荒", "words": ["手~上げる"]},
    {"id": "loan", "because": "借金", "words": ["借金"], "need": "debt"},
    {"id": "big_loan", "because": "多額の借金", "words": ["多額~借金"], "need": "debt"},
    {"id": "meeting", "kind": "setting", "because": "会議の話", "words": ["会議"]},
]})


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(Lexicon([WORDS], tokeniser()), tokeniser())


def test_a_word_that_counted_comes_with_all_that_took_it_so_and_with_its_company(reader: Reader) -> None:
    (found,) = senses(["会議で手を上げて発言しました"], reader)
    assert (found.word, set(found.entries), found.because) == ("手を上げ", {"hit", "rough"}, ("なぐる話",))
    assert "会議~手~上げる" in found.phrases
    assert len(found.phrases) <= MOST_PHRASES


def test_the_longer_word_is_shown_and_each_once(reader: Reader) -> None:
    found = senses(["多額の借金があります。", "多額の借金です。"], reader)
    assert [one.word for one in found] == ["多額の借金"]
    assert set(found[0].entries) == {"big_loan", "loan"} or found[0].entries == ("big_loan",)


def test_names_and_other_sentences_are_no_company_and_what_only_colours_is_no_word(reader: Reader) -> None:
    (found,) = senses(["田中さんの借金。会議です。"], reader)
    assert not any("田中" in phrase or "会議" in phrase for phrase in found.phrases)
    assert senses(["会議です"], reader) == ()


def test_not_too_many(reader: Reader) -> None:
    assert len(senses([f"{'あいうえおかきくけこさしすせそ'[at]}の借金" for at in range(15)], reader)) <= MOST
    assert senses([], reader) == ()
    assert isinstance(senses(["借金"], reader)[0], Sense)
