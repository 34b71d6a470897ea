"""Folded shadow text with an exact offset map.

The shadow is what slang, kana spellings and crisis words are searched in: NFKC, lower case, katakana to hiragana,
long marks, small vowels, spaces, marks and emoji joiners folded away, so that 死にた〜い, しにたぃ and ｼﾆﾀｲ are one.
Must not know: words, tokens, meanings.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd") | {0: "\ufffd"}
_SURROGATE = re.compile("[\x00\ud800-\udfff]")
_LONG = frozenset("ー〜~～ｰ‐―─━–—…・'’`´゛゜")
_SMALL = {"ぁ": "あ", "ぃ": "い", "ぅ": "う", "ぇ": "え", "ぉ": "お", "ゎ": "わ", "ゕ": "か", "ゖ": "け"}
_LARGE = {"ゃ": "や", "ゅ": "ゆ", "ょ": "よ", "っ": "つ", "ゐ": "い", "ゑ": "え"}
_ROWS = {
    "あ": "あかさたなはまやらわがざだばぱ", "い": "いきしちにひみりぎじぢびぴ", "う": "うくすつぬふむゆるぐずづぶぷ",
    "え": "えけせてねへめれげぜでべぺ", "お": "おこそとのほもよろをごぞどぼぽ",
}
_VOWEL = {kana: vowel for vowel, row in _ROWS.items() for kana in row}
_VOICED = frozenset("ﾞﾟ\u3099\u309a")


class Shadow(NamedTuple):
    """Folded text. Shadow character i came from original code points starts[i]..ends[i]; starts closes with the length."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Original half-open range of shadow characters begin..end."""
        return self.starts[begin], self.ends[end - 1] if end > begin else self.starts[begin]


def without_surrogates(text: str) -> str:
    """The same text, code point for code point, in which lone surrogates and NUL became U+FFFD."""
    return text.translate(_SURROGATES) if _SURROGATE.search(text) else text


def shadow(text: str) -> Shadow:
    """Fold `text`. Cost is linear; starts are offsets of `text` itself."""
    folded = text.translate(_FOLDED)
    if _WIDE in folded:
        return _slowly(text)
    length = len(text)
    if len(folded) == length:
        return Shadow(folded, range(length + 1), range(1, length + 1)) if _SMALL_MARK.search(folded) is None else _swallowed(folded, range(length), length)
    kept = [at for at, char in enumerate(text) if char not in _GONE]
    return _swallowed(folded, kept, length)


def _swallowed(folded: str, kept: Sequence[int], length: int) -> Shadow:
    """なぁ is な: small vowels that only draw out the one before go, others become large. kept: origins of folded's characters."""
    out: list[str] = []
    starts: list[int] = []
    done = 0
    for match in _SMALL_MARK.finditer(folded):
        at = match.start()
        out.append(folded[done:at])
        starts.extend(kept[done:at])
        done = at + 1
        large = _SMALL[folded[at]]
        last = next((piece[-1] for piece in reversed(out) if piece), "")
        if _VOWEL.get(last) != large:
            out.append(large)
            starts.append(kept[at])
    out.append(folded[done:])
    starts.extend(kept[done:])
    ends = [at + 1 for at in starts]
    starts.append(length)
    return Shadow("".join(out), starts, ends)


def _slowly(text: str) -> Shadow:
    """Where characters become several, or join with what follows."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last = ""
    known = _MEMO
    for at, cluster in _clusters(without_surrogates(text)):
        folded = known.get(cluster)
        if folded is None:
            folded = _fold(cluster)
            if len(known) < 20_000:
                known[cluster] = folded
        for char in folded:
            large = _SMALL.get(char, char)
            if large is not char and _VOWEL.get(last) == large:
                continue
            out.append(large)
            starts.append(at)
            ends.append(at + len(cluster))
            last = large
    starts.append(len(text))
    return Shadow("".join(out), starts, ends)


_MEMO: dict[str, str] = {}
_SMALL_MARK = re.compile(f"[{''.join(_SMALL)}]")
_GONE: set[str] = set()            # characters that fold to nothing
_WIDE = "\uffff"                    # stands for characters that fold to several, or to what depends on their neighbours


class _Folded(dict[int, str]):
    """Translation table that fills itself: code point -> folded text. Learns on the way which characters are gone."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = _fold(without_surrogates(char))
        if len(folded) > 1 or char in _VOICED:
            folded = _WIDE
        elif not folded:
            _GONE.add(char)
        if len(self) < 20_000:   # hostile text may hold every character there is
            self[code] = folded
        return folded


_FOLDED = _Folded()


def fold(text: str) -> str:
    """The shadow of `text` alone, for headwords."""
    return shadow(text).text


def _clusters(text: str) -> list[tuple[int, str]]:
    if _VOICED.isdisjoint(text):
        return list(enumerate(text))
    found: list[tuple[int, str]] = []
    for at, char in enumerate(text):
        if char in _VOICED and found and len(found[-1][1]) == 1:
            found[-1] = (found[-1][0], found[-1][1] + char)
        else:
            found.append((at, char))
    return found


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
    if char in _LONG or (char.isspace() and char != "\n"):
        return ""
    code = ord(char)
    if 0x30A1 <= code <= 0x30F6:
        char = chr(code - 0x60)
    elif unicodedata.category(char) in ("Mn", "Cf", "Cc") and char != "\n":
        return ""
    return _LARGE.get(char, char)
