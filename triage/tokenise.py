"""Text to morphemes: the only module that knows SudachiPy.

What is read of a dictionary word (normal form, part of speech, its mode-A parts) is remembered by word id, because
carrying attributes into Python costs as much as the analysis itself. One Tokenizer per thread: sharing one raises.
Must not know: the lexicon, what words mean.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple, cast

from sudachipy import Dictionary, Morpheme, SplitMode  # type: ignore[import-untyped]
from sudachipy import Tokenizer as Sudachi

from triage.normalise import without_surrogates

Kind = Literal["noun", "name", "number", "pronoun", "verb", "adjective", "adverb", "aux", "case", "bind", "conj_particle",
               "end", "particle", "conjunction", "suffix", "prefix", "symbol", "stop", "space", "interjection", "attribute"]

LIMIT_BYTES = 48_000
_OOV = 0xF0000000
_JOINING = {"surface", "pos", "normalized_form"}   # fewer, and 三万 stays in pieces: SudachiPy joins numbers by these fields
_MEMORY = 60_000
_NUMBER, _BEGIN = Morpheme.word_id, Morpheme.begin
_ENDS = frozenset("。！？!?\n")

_CONTENT = frozenset(("noun", "verb", "adjective", "name", "attribute"))
_EMPTY = frozenset((
    "事", "物", "方", "為る", "居る", "有る", "成る", "言う", "思う", "無い", "相談", "話", "聞く", "困る", "教える", "下さい", "欲しい", "呉れる",
    "貰う", "頂く", "良い", "どう", "出来る", "分かる", "少し", "一寸", "最近", "今", "今日", "今日は", "今晩は", "御座る", "お願い", "宜しい", "宜しく",
    "気", "人", "訳", "所", "家", "家族", "悩む", "心配", "不安", "限界", "大変", "しんどい", "辛い", "疲れる", "来る", "行く", "見る", "知る", "何",
    "此処", "窓口", "役所", "役場", "市役所", "電話", "申す", "致す", "仕舞う", "様", "為", "時", "感じ", "程", "色々", "一番", "上手い", "そう", "何処",
))

EXPECTED = {
    "引きこもりの息子が認知症の母と独り暮らしではない": ("引き籠もり", "の", "息子", "が", "認知症"),
    "お金がありません": ("お金", "が", "有る", "ます", "ず"),
    "死にたいです": ("死ぬ", "たい", "です"),
    "83歳の母は三万円しかない": ("83", "歳", "の", "母", "は", "30000"),   # numbers are joined, whatever fields are read
}


class DictionaryBroken(RuntimeError):
    """The installed dictionary cuts known sentences in another way: the pins of sudachipy and sudachidict-core are off."""


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """What a dictionary word says of itself; made once, compared by identity. parts: normal forms in mode A, empty where A and C agree."""

    norm: str
    kind: Kind
    negative: bool = False   # 見えん: the denial is left only in the conjugation
    conditional: bool = False
    parts: tuple[str, ...] = ()
    content: bool = False    # says something, other than that one wants to talk


_SPACE = Word("", "space")


class Line(NamedTuple):
    """Morphemes of one text in order. begins has one entry more than words: the end of the text."""

    words: tuple[Word, ...]
    begins: tuple[int, ...]
    ends: tuple[int, ...]


class Tokeniser:
    """SudachiPy's core dictionary behind a small face. Thread-safe."""

    def __init__(self) -> None:
        self._dictionary = Dictionary(dict="core")
        self._local = threading.local()
        self._memory: dict[int, Word] = {}
        self._unknown: dict[str, Word] = {}
        self._kinds: dict[int, tuple[Kind, str]] = {}

    def read(self, text: str) -> Line:
        """Morphemes of `text`, spaces left out; offsets are code points of `text`."""
        words: list[Word] = []
        begins: list[int] = []
        for base, piece in pieces(without_surrogates(text)):
            said, at = self._words(piece)
            words.extend(said)
            begins.extend([base + begin for begin in at] if base else at)
        ends = [*begins[1:], len(text)] if begins else []   # morphemes lie close together: each ends where the next begins
        if _SPACE in set(words):   # a list would compare them one by one
            kept = [index for index, word in enumerate(words) if word is not _SPACE]
            words, begins, ends = [words[at] for at in kept], [begins[at] for at in kept], [ends[at] for at in kept]
        return Line(tuple(words), tuple(begins), tuple(ends))

    def _words(self, piece: str) -> tuple[list[Word], list[int]]:
        """The words of a piece, spaces among them, and where they begin. Known words are not carried over again."""
        quick, _ = self._sudachi()
        morphemes = list(quick.tokenize(piece))
        words = list(map(self._memory.get, map(_NUMBER, morphemes)))
        if not all(words):
            words = self._all_words(piece, morphemes, words)
        return cast("list[Word]", words), list(map(_BEGIN, morphemes))

    def _all_words(self, piece: str, morphemes: Sequence[Morpheme], known: Sequence[Word | None]) -> list[Word | None]:
        """Words that are in no dictionary are known by their surface; what is met for the first time is read in full."""
        unknown = self._unknown
        words = [word or unknown.get(morpheme.surface()) for word, morpheme in zip(known, morphemes, strict=True)]
        if not all(words):
            _, full = self._sudachi()
            words = [word or self._word(morpheme) for word, morpheme in zip(words, full.tokenize(piece), strict=True)]
        return words

    def readings(self, text: str) -> str:
        """Katakana reading of `text`, for finding words written in kana."""
        return "".join(m.reading_form() for m in self._sudachi()[1].tokenize(without_surrogates(text)))

    def check(self, known: Mapping[str, tuple[str, ...]] = EXPECTED) -> None:
        """Raise DictionaryBroken unless known sentences come out as expected."""
        for sentence, expected in known.items():
            got = tuple(word.norm for word in self.read(sentence).words)
            if got[: len(expected)] != expected:
                raise DictionaryBroken(
                    f"辞書が合いません: 「{sentence}」が {got} になりました。sudachipy==0.7.0 と "
                    f"sudachidict-core==20261015 を入れてください / the dictionary does not match the pins: run make setup"
                )

    def _sudachi(self) -> tuple[Sudachi, Sudachi]:
        """This thread's tokenizers: one that tells no more than what numbers are joined by, which is quicker, and one that tells all."""
        both = getattr(self._local, "both", None)
        if both is None:
            make = self._dictionary.tokenizer
            both = self._local.both = make(mode=SplitMode.C, fields=_JOINING), make(mode=SplitMode.C)
        return cast("tuple[Sudachi, Sudachi]", both)

    def _word(self, morpheme: Morpheme) -> Word:
        number = morpheme.word_id()
        memory, key = (self._unknown, morpheme.surface()) if number >= _OOV else (self._memory, number)
        word = memory.get(key)
        if word is None:
            _make_room(memory)
            word = memory[key] = self._make(morpheme)
        return word

    def _make(self, morpheme: Morpheme) -> Word:
        kind, form = self._kind(morpheme.part_of_speech_id())
        parts = tuple(part.normalized_form() for part in morpheme.split(SplitMode.A)) if len(morpheme.surface()) > 1 else ()
        norm = morpheme.normalized_form().strip() or morpheme.surface().strip()
        if not norm or kind == "space":
            return _SPACE
        negative = kind == "verb" and _denies(form) and morpheme.surface().endswith("ん")
        return Word(norm, kind, negative, form.startswith("仮定形"), () if len(parts) < 2 else parts,
                    kind in _CONTENT and len(norm) > 1 and norm not in _EMPTY)

    def _kind(self, number: int) -> tuple[Kind, str]:
        known = self._kinds.get(number)
        if known is None:
            pos = self._dictionary.pos_of(number)
            known = self._kinds[number] = (_kind_of(pos[0], pos[1], pos[2]), pos[5] if len(pos) > 5 else "")
        return known


def pieces(text: str, limit: int = LIMIT_BYTES) -> list[tuple[int, str]]:
    """Cut `text` at sentence ends into pieces of at most `limit` UTF-8 bytes, each with its offset."""
    if len(text) * 4 <= limit or len(text.encode("utf-8", "replace")) <= limit:
        return [(0, text)]
    room = limit // 4
    found: list[tuple[int, str]] = []
    start = 0
    while start < len(text):
        stop = min(start + room, len(text))
        if stop < len(text):
            stop = next((at + 1 for at in range(stop - 1, start + room // 2, -1) if text[at] in _ENDS), stop)
        found.append((start, text[start:stop]))
        start = stop
    return found


@cache
def tokeniser() -> Tokeniser:
    """The one tokeniser of the process: the dictionary is mapped once."""
    return Tokeniser()


def normal_forms(text: str, mode: Literal["A", "C"] = "A") -> list[str]:
    """Normal forms of the words of `text`, for search; punctuation left out."""
    found: list[str] = []
    for word in tokeniser().read(text).words:
        if word.kind in ("symbol", "stop"):
            continue
        if mode == "A" and word.parts:
            found.extend(word.parts)
        else:
            found.append(word.norm)
    return found


def _denies(form: str) -> bool:
    """見えん, 行けん; but 転んだ and 悩んで only join た and て."""
    return "撥音便" in form and not form.startswith("連用形")


def _make_room(memory: dict[Any, Word]) -> None:
    if len(memory) > _MEMORY:
        memory.clear()


_FIRST: dict[str, Kind] = {
    "動詞": "verb", "形容詞": "adjective", "形状詞": "adjective", "副詞": "adverb", "助動詞": "aux", "接続詞": "conjunction",
    "接尾辞": "suffix", "接頭辞": "prefix", "記号": "symbol", "感動詞": "interjection", "連体詞": "attribute", "代名詞": "pronoun",
    "空白": "space",
}
_PARTICLE: dict[str, Kind] = {"格助詞": "case", "係助詞": "bind", "接続助詞": "conj_particle", "終助詞": "end"}


def _kind_of(first: str, second: str, third: str) -> Kind:
    if first == "名詞":
        return "number" if second == "数詞" else "name" if second == "固有名詞" else "noun"
    if first == "助詞":
        return _PARTICLE.get(second, "particle")
    if first == "補助記号":
        return "stop" if second in ("句点", "読点") else "symbol"
    return _FIRST.get(first, "noun")
