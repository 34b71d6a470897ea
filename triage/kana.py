"""Messages written in kana alone: put the written form back before the morphological analysis reads them.

SudachiPy cuts ははがにんちしょうです into nonsense. Readings of the lexicon's headwords are known, so the longest
reading that stands there is replaced by its headword (母が認知症です) and the offsets of the original are kept.
Must not know: what a headword means.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_KANJI = re.compile(r"[\u3400-\u9fff々〆]+")
_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_HIRAGANA = re.compile(r"[\u3041-\u3096]")
_LENGTH_KEEPING = str.maketrans("ぁぃぅぇぉゃゅょっゎゐゑ", "あいうえおやゆよつわいえ")
# One class of characters comes first, so that the search can leap to it.
_OLD = re.compile(r"[つゐゑへひふ](?:(?<=[\u4e00-\u9fffなかくゐい]つ)(?=[てた])|(?<=[ゐゑ])|(?<=言へ)|(?<=思ひ)|(?<=払[ふひ]))")
_OLD_TO = {"つ": "っ", "ゐ": "い", "ゑ": "え", "へ": "え", "ひ": "い", "ふ": "う"}
_FOLLOWERS = ("が", "は", "も", "の", "を", "に", "と", "で", "から", "まで", "より", "って", "、", "。", " ", "　", "\n", "・", "だ", "や")

_UNITS = ("いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう")
_TENS = {"じゅう": 10, "にじゅう": 20, "さんじゅう": 30, "よんじゅう": 40, "ごじゅう": 50, "ろくじゅう": 60,
         "ななじゅう": 70, "しちじゅう": 70, "はちじゅう": 80, "きゅうじゅう": 90}


# むすこのことです is about a son, not about a son's child.
_MATTERS = tuple((f"のこと{end}", f"の事{end}") for end in ("で", "が", "は", "を", "も", "に", "なん", "、", "。"))


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A text and, for each of its code points, the offset of the original it came from; one more entry at the end."""

    text: str
    starts: tuple[int, ...] | None

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Original half-open range."""
        if self.starts is None:
            return begin, end
        return self.starts[begin], max(self.starts[end], self.starts[begin] + 1)


def in_kana(text: str) -> bool:
    """True where kana carries the text: hardly a kanji in it."""
    kanji = 0
    few = len(text) // 8
    for match in _KANJI.finditer(text):   # nearly always decided by the first words
        kanji += match.end() - match.start()
        if kanji > few:
            return False
    kana = len(_KANA.findall(text))
    return kana >= 6 and kanji * 8 <= kana


def to_hiragana(text: str) -> str:
    """Hiragana of katakana, half-width too."""
    return "".join(_hira(char) for char in unicodedata.normalize("NFKC", text))


class Kana:
    """Readings and what they stand for."""

    def __init__(self, readings: Mapping[str, str]) -> None:
        self._table: dict[str, str] = {key.translate(_LENGTH_KEEPING): value for key, value in (*_numbers(), *_MATTERS)}
        for reading, written in readings.items():
            self._table.setdefault(reading.translate(_LENGTH_KEEPING), written)
        self._sizes: dict[str, tuple[int, ...]] = {}   # first two characters -> lengths of readings, the longest first
        for key in sorted(self._table, key=lambda key: -len(key)):
            known = self._sizes.get(key[:2], ())
            self._sizes[key[:2]] = known if len(key) in known else (*known, len(key))

    def rewrite(self, text: str, *, least: int = 4) -> Rewritten:
        """Put written forms back. least: shortest reading replaced anywhere; shorter ones only where a word begins."""
        chars, starts = _hiragana_of(text)
        flat = "".join(chars).translate(_LENGTH_KEEPING)
        out: list[str] = []
        origin: list[int] = []
        at = 0
        while at < len(flat):
            size = self._size_at(flat, at, least)
            piece = self._table[flat[at : at + size]] if size else chars[at]
            out.append(piece)
            origin.extend([starts[at]] * len(piece))
            at += size or 1
        origin.append(len(text))
        return Rewritten("".join(out), tuple(origin))

    def _size_at(self, flat: str, at: int, least: int) -> int:
        sizes = self._sizes.get(flat[at : at + 2], ())
        if not sizes:
            return 0
        begins = at == 0 or not "ぁ" <= flat[at - 1] <= "ん"
        if flat.startswith("のこと", at):
            at_end = flat[at + 3 : at + 4]
            return 4 if at_end and "のこと" + at_end in self._table else 0
        for size in sizes:
            if flat.endswith("のこ", at, at + size) and flat.startswith("と", at + size):
                continue   # むすこのこと
            if at + size > len(flat) or flat[at : at + size] not in self._table:
                continue   # beyond the end the cut is a shorter word: the せん of ねむれません is no 栓
            if size >= least or ((begins or flat[at - 1] in "はがもをのにと") and self._closed(flat, at + size)):
                return size
        return 0

    @staticmethod
    def _closed(flat: str, at: int) -> bool:
        return at >= len(flat) or flat.startswith(_FOLLOWERS, at)


def modern(text: str) -> str:
    """Old kana usage (思つて, ゐます, 言へません) in today's spelling, code point for code point; とかじゃ holds no 家事, as SudachiPy has it."""
    return _OLD.sub(lambda match: _OLD_TO[match.group()], text).replace("とかじゃ", "とかでは")


def reading_table(written: Iterable[str], read: Mapping[str, str]) -> dict[str, str]:
    """reading -> written, shortest written form first wins; kana-only headwords are left out."""
    table: dict[str, str] = {}
    for word in sorted(written, key=lambda word: (len(word), word)):   # the same in every process
        reading = to_hiragana(read[word])
        if len(reading) >= 2 and reading != word and _HIRAGANA.sub("", reading) in ("", "ー"):
            table.setdefault(reading, word)
    return table


def _hiragana_of(text: str) -> tuple[list[str], list[int]]:
    """Characters with offsets; katakana becomes hiragana only where the text has no hiragana of its own."""
    mix = bool(_HIRAGANA.search(text))
    chars: list[str] = []
    starts: list[int] = []
    for at, char in enumerate(text):
        if char in "ﾞﾟ" and chars:
            joined = unicodedata.normalize("NFKC", chars[-1] + unicodedata.normalize("NFKC", char).strip())
            if len(joined) == 1:
                chars[-1] = joined
                continue
        half = "\uff66" <= char <= "\uff9f"
        plain = unicodedata.normalize("NFKC", char) if half or "\uff10" <= char <= "\uff5a" else char
        for one in plain:
            chars.append(_hira(one) if half or not mix else one)
            starts.append(at)
    return chars, starts


def _hira(char: str) -> str:
    return chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char


def _numbers() -> list[tuple[str, str]]:
    found = []
    for tens, value in _TENS.items():
        for end in ("さい", "だい"):
            mark = "歳" if end == "さい" else "代"
            found.append((tens + end, f"{value}{mark}"))
            found.extend((tens + unit + end, f"{value + index}{mark}") for index, unit in enumerate(_UNITS, 1))
    return found
