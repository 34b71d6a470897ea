"""Folded shadow text with an exact offset map.

The shadow is what slang, kana spellings and crisis words are searched in: NFKC, lower case, katakana to hiragana,
long marks, small vowels, spaces, marks and emoji joiners folded away, so that 死にた〜い, しにたぃ and ｼﾆﾀｲ are one.
Must not know: words, tokens, meanings.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd") | {0: "\ufffd"}
_LONG = frozenset("ー〜~～ｰ‐―─━–—…・'’`´゛゜")
_SMALL = {"ぁ": "あ", "ぃ": "い", "ぅ": "う", "ぇ": "え", "ぉ": "お", "ゎ": "わ", "ゕ": "か", "ゖ": "け"}
_LARGE = {"ゃ": "や", "ゅ": "ゆ", "ょ": "よ", "っ": "つ", "ゐ": "い", "ゑ": "え"}
_ROWS = {
    "あ": "あかさたなはまやらわがざだばぱ", "い": "いきしちにひみりぎじぢびぴ", "う": "うくすつぬふむゆるぐずづぶぷ",
    "え": "えけせてねへめれげぜでべぺ", "お": "おこそとのほもよろをごぞどぼぽ",
}
_VOWEL = {kana: vowel for vowel, row in _ROWS.items() for kana in row}
_VOICED = frozenset("ﾞﾟ\u3099\u309a")


@dataclass(frozen=True, slots=True)
class Shadow:
    """Folded text. starts[i] is the original offset of shadow character i; one more entry closes the last one."""

    text: str
    starts: tuple[int, ...]

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Original half-open range of shadow characters begin..end."""
        if end <= begin:
            return self.starts[begin], self.starts[begin]
        return self.starts[begin], self.starts[end - 1] + self._width(end - 1)

    def _width(self, index: int) -> int:
        start = self.starts[index]
        following = next((at for at in self.starts[index + 1 :] if at > start), start + 1)
        return max(1, min(following - start, 2))


def without_surrogates(text: str) -> str:
    """The same text, code point for code point, in which lone surrogates and NUL became U+FFFD."""
    return text.translate(_SURROGATES)


def shadow(text: str) -> Shadow:
    """Fold `text`. Cost is linear; starts are offsets of `text` itself."""
    out: list[str] = []
    starts: list[int] = []
    last = ""
    for at, cluster in _clusters(text):
        for char in _fold(cluster):
            if char in _SMALL:
                char = _SMALL[char]
                if _VOWEL.get(last) == char:
                    continue
            out.append(char)
            starts.append(at)
            last = char
    starts.append(len(text))
    return Shadow("".join(out), tuple(starts))


def fold(text: str) -> str:
    """The shadow of `text` alone, for headwords."""
    return shadow(text).text


def _clusters(text: str) -> list[tuple[int, str]]:
    if not any(char in _VOICED for char in text):
        return list(enumerate(text))
    found: list[tuple[int, str]] = []
    for at, char in enumerate(text):
        if char in _VOICED and found and len(found[-1][1]) == 1:
            found[-1] = (found[-1][0], found[-1][1] + char)
        else:
            found.append((at, char))
    return found


@lru_cache(maxsize=20_000)
def _fold(cluster: str) -> str:
    """One character (with its voicing mark), folded to the point where folding again changes nothing."""
    before = ""
    now = cluster
    for _ in range(4):
        if now == before:
            break
        before = now
        now = "".join(_kana(char) for char in unicodedata.normalize("NFKC", now).lower())
    return now


def _kana(char: str) -> str:
    if char in _LONG or char.isspace() and char != "\n":
        return ""
    code = ord(char)
    if 0x30A1 <= code <= 0x30F6:
        char = chr(code - 0x60)
    elif unicodedata.category(char) in ("Mn", "Cf", "Cc") and char != "\n":
        return ""
    return _LARGE.get(char, char)
