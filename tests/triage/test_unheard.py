"""Words that the lexicon lacks are proposed in dictionary form; known ones and names are not."""

from knowledge.schema import LexiconFile
from tests.whole import knowledge
from triage.tokenise import tokeniser
from triage.unheard import unheard

OWN = LexiconFile.model_validate({
    "source": "町", "checked": "2026-11-21", "entries": [{"id": "pirika", "because": "貸金", "words": ["ピリカ"]}],
})


def test_only_what_is_missing_is_proposed() -> None:
    text = "ピリカの取り立てに田中さんが来て、家賃が払えません。引きこもりの息子もいます"
    found = unheard([text], knowledge().lexicon, tokeniser())
    assert "ピリカ" in found.words
    assert {"家賃", "払う", "息子", "引き籠もり"}.isdisjoint(found.words)
    assert found.names == ("田中",)
    assert "田中" not in found.words


def test_the_towns_own_words_are_known() -> None:
    assert "ピリカ" not in unheard(["ピリカに借りた"], (*knowledge().lexicon, OWN), tokeniser()).words


def test_each_once_and_not_too_many() -> None:
    assert unheard(["ピリカ ピリカ", "ピリカ"], knowledge().lexicon, tokeniser()).words == ("ピリカ",)
    assert unheard([], knowledge().lexicon, tokeniser()).words == ()
