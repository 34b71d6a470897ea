"""Which language a message is in, by script and function words; learner's Japanese.

Function words come from the lexicon (`languages.yaml`, entry ids `language_<code>`). Must not know: needs, persons.
"""

import re
import unicodedata
from collections.abc import Sequence

from triage.tokenise import Line

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


_SPACES = " \u3000"
_SAYS = frozenset(("noun", "name", "pronoun"))
_THEN = frozenset(("noun", "name", "pronoun", "verb", "adjective", "number"))
_BARE = 4


def by_a_learner(text: str, line: Line, *, kana: bool, stated: bool) -> bool:
    """Learner's Japanese: しごと ない, こども がっこう いきたい. stated: the message says that Japanese is hard, or whence one came.

    Small children and old people write kana and spaces too, so that the style alone must be strong: words set side by side
    where a particle belongs.
    """
    if " " not in text and "\u3000" not in text:
        return stated and kana
    bare = spaces = 0
    words = line.words
    for index in range(len(words) - 1):
        if line.ends[index] < line.begins[index + 1] or text[line.ends[index] - 1] in _SPACES:
            spaces += 1
            bare += words[index].kind in _SAYS and words[index + 1].kind in _THEN
    return (stated and (kana or spaces > 1)) or (kana and bare >= _BARE and bare * 10 >= spaces * 6)
