"""Words people write in kana beside kanji: はらえない, やめた, 働いたこと, どこ.

The dictionary gives most kana words their written form back, but leaves those of several meanings as they are (はらう: 払う, 祓う).
A combination of words says which one is meant, so it is found in either spelling. Must not know: entries, rules.
"""

from collections.abc import Iterator
from itertools import product

from triage.kana import to_hiragana
from triage.tokenise import Tokeniser

Parts = tuple[tuple[str, ...], ...]
MOST = 3                              # words of one combination spelled both ways; further ones as they are written
_SPELT = ("verb", "adjective")
_TWINS = {"事": "こと", "こと": "事", "何処": "どこ", "どこ": "何処", "所": "とこ", "とこ": "所", "物": "もん", "家": "いえ", "夜": "よる", "朝": "あさ",
          "酒": "さけ", "足": "あし", "今": "いま", "腹": "はら", "何時": "いつ", "一杯": "いっぱい"}
_FRAMES = (("それを", ""), ("それが", "ので"))   # 寝る in kana is read as 練る here and there: such words stay as they are


class Spelling:
    """Kana spellings of dictionary words, worked out once each."""

    def __init__(self, tokeniser: Tokeniser) -> None:
        self._tokeniser = tokeniser
        self._known: dict[str, str | None] = {}

    def both(self, parts: Parts) -> Iterator[Parts]:
        """`parts` in every spelling; a word alone stays as it is written, because its kana may be another word."""
        if sum(len(part) for part in parts) < 2:
            yield parts
            return
        left = MOST
        choices: list[list[tuple[str, ...]]] = []
        for part in parts:
            spelt: list[tuple[str, ...]] = []
            for norm in part:
                kana = self._kana(norm) if left else None
                left -= kana is not None
                spelt.append((norm,) if kana is None else (norm, kana))
            choices.append(list(product(*spelt)))
        yield from product(*choices)

    def _kana(self, norm: str) -> str | None:
        if norm not in self._known:
            self._known[norm] = self._look(norm)
        return self._known[norm]

    def _look(self, norm: str) -> str | None:
        if norm in _TWINS:
            return _TWINS[norm]
        if [word.kind in _SPELT for word in self._tokeniser.read(norm).words] != [True]:
            return None
        kana = to_hiragana(self._tokeniser.readings(norm))
        if kana == norm or len(kana) < 2:
            return None
        for before, after in _FRAMES:
            words = [word.norm for word in self._tokeniser.read(before + kana + after).words]
            if words[2:3] != [kana]:
                return None
        return kana
