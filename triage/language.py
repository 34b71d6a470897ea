"""Which language a message is in, by script and function words; learner's Japanese.

Function words come from the lexicon (`languages.yaml`, entry ids `language_<code>`). Must not know: needs, persons.
"""

import re
import unicodedata
from collections.abc import Sequence

_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff]")
_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_THAI = re.compile(r"[\u0e00-\u0e7f]")
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_MYANMAR = re.compile(r"[\u1000-\u109f]")
_KHMER = re.compile(r"[\u1780-\u17ff]")
_SINHALA = re.compile(r"[\u0d80-\u0dff]")
_BENGALI = re.compile(r"[\u0980-\u09ff]")
_LATIN = re.compile(r"[a-z]+")
_SCRIPTS = ((_HANGUL, "ko"), (_THAI, "th"), (_DEVANAGARI, "ne"), (_MYANMAR, "my"), (_KHMER, "km"), (_SINHALA, "si"),
            (_BENGALI, "bn"), (_CYRILLIC, "ru"), (_ARABIC, "ar"))
_VIETNAMESE = re.compile(r"[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
_MIN_FOREIGN = 4
# Japanese script, digits, signs, and here and there a Latin word: nothing that could be another language.
_JAPANESE = re.compile(r"(?:[^A-Za-z\u00c0-\u2fff\ua000-\ud7ff]|(?<![A-Za-z])[A-Za-z]{1,4}(?![A-Za-z ]))*")


class Languages:
    """Function words of each language: code -> words of plain Latin letters, and Chinese phrases."""

    def __init__(self, words: dict[str, Sequence[str]]) -> None:
        self._latin = {code: frozenset(w.lower() for w in listed if w.isascii()) for code, listed in words.items() if code != "zh"}
        self._chinese = tuple(words.get("zh", ()))

    def of(self, text: str) -> str:
        """Language code of `text`; `ja` where in doubt."""
        if japanese_alone(text) and has_kana(text):
            return "ja"
        kana = len(_KANA.findall(text))
        for pattern, code in _SCRIPTS:
            if len(pattern.findall(text)) > max(_MIN_FOREIGN - 1, kana):
                return code
        han = len(_HAN.findall(text))
        if kana == 0 and han >= 2 and any(phrase in text for phrase in self._chinese):
            return "zh"
        lowered = text.lower()
        words = _LATIN.findall(_plain(lowered))
        if kana + han > sum(map(len, words)) or len(words) < 3:
            return "ja"
        if len(_VIETNAMESE.findall(lowered)) >= 2:
            return "vi"
        counts = {code: sum(word in listed for word in words) for code, listed in self._latin.items()}
        best = max(counts, key=lambda code: counts[code], default="en")
        return best if counts.get(best, 0) >= 2 or (counts.get(best, 0) and len(words) < 6) else "en" if len(words) >= 4 else "ja"


def has_kana(text: str) -> bool:
    """True where a kana stands in `text`."""
    return _KANA.search(text) is not None


def japanese_alone(text: str) -> bool:
    """True where nothing in `text` could be another language. Lines of which it holds make a text of which it holds."""
    return _JAPANESE.fullmatch(text) is not None


def _plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
