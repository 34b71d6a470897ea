"""Finding the question-and-answer that fits what somebody asks. Ranking only: BM25 over words that the caller cuts.

`tokenise` gives normal forms (SudachiPy mode A in the product, anything in a test). The question weighs more than the
answer; words that ask rather than name (どこ, ください) are left out; katakana and hiragana count as one; words unknown
to the whole collection are looked up by pairs of characters, so that 転入とどけ still finds 転入届.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.schema import FaqEntry

Tokenise = Callable[[str], Sequence[str]]

QUESTION_WEIGHT = 2.0
"""A word of the question counts like this many of the answer."""
K1, B = 1.2, 0.6
PAIR_WEIGHT = 0.3
"""Pairs of characters say less than words."""
LEAST_SHARE = 0.5
"""`best` answers only when the words found carry at least this share of the weight of all words asked for."""

_KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_SYMBOLS = re.compile(r"[\W_]+")
_PAIRED = re.compile(r"[぀-ヿ㐀-鿿々]{2,}")
_STOP = frozenset(
    ["の", "は", "が", "を", "に", "へ", "と", "で", "も", "や", "か", "な", "ね", "よ", "だ", "です", "ます", "た", "て", "ば", "ない", "ず", "から", "まで", "より", "など", "だけ", "しか", "ほど", "くらい", "ぐらい", "為る", "有る", "居る", "成る", "言う", "見る", "出来る", "下さる", "頂く", "貰う", "呉れる", "教える", "知る", "聞く", "尋ねる", "質問", "思う", "欲しい", "たい", "れる", "られる", "せる", "何処", "どこ", "何時", "いつ", "何", "何う", "どう", "如何", "いかが", "何れ", "どれ", "誰", "幾ら", "いくら", "何故", "なぜ", "物", "事", "時", "場合", "方法", "方", "其の", "この", "その", "あの", "此の", "是", "其れ", "いい", "良い", "御", "お", "必要", "仕方", "分かる", "有り難う", "御座る", "けれど", "けど", "のに", "ので"]
)


@dataclass(frozen=True, slots=True)
class Document:
    """What is searched: a question and its answer."""

    id: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A document and how well it fits; larger is better, only comparable within one search."""

    id: str
    score: float


class Index:
    """Searchable documents. Built once, then read-only; thread-safe when `tokenise` is."""

    def __init__(self, documents: Iterable[Document], *, tokenise: Tokenise) -> None:
        self._tokenise = tokenise
        self._ids: list[str] = []
        self._words: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._pairs: dict[str, list[tuple[int, float]]] = defaultdict(list)
        lengths: list[float] = []
        for number, document in enumerate(documents):
            weights = self._weights(document)
            self._ids.append(document.id)
            lengths.append(sum(weights.values()))
            for word, weight in weights.items():
                self._words[word].append((number, weight))
            for pair, count in Counter(_pairs(document.question + "\n" + document.answer)).items():
                self._pairs[pair].append((number, float(count)))
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        self._norms = [1 - B + B * length / (mean or 1.0) for length in lengths]

    def search(self, query: str, *, top: int = 10) -> tuple[Hit, ...]:
        """At most `top` documents, best first; ties in the order of the documents. Nothing in common gives nothing."""
        scores: Counter[int] = Counter()
        for word, times in Counter(self.terms(query)).items():
            self._add(scores, self._words.get(word, ()), weight=float(times))
        for pair, times in Counter(_pairs(query)).items():
            self._add(scores, self._pairs.get(pair, ()), weight=PAIR_WEIGHT * times)
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Hit(self._ids[number], round(score, 4)) for number, score in ranked[:top])

    def share(self, query: str, document_id: str) -> float:
        """How much of the query's weight the document holds, 0 to 1. Words unknown to the collection weigh as rare ones."""
        number = self._ids.index(document_id)
        asked = held = 0.0
        for word in set(self.terms(query)):
            postings = self._words.get(word, ())
            weight = self._rarity(len(postings))
            asked += weight
            held += weight if any(found == number for found, _ in postings) else 0.0
        return held / asked if asked else 0.0

    def terms(self, text: str) -> list[str]:
        """The words that count, folded."""
        folded = (_SYMBOLS.sub("", word.translate(_KATAKANA).lower()) for word in self._tokenise(text) if word not in _STOP)
        return [word for word in folded if word and word not in _STOP]

    def _weights(self, document: Document) -> Mapping[str, float]:
        weights: Counter[str] = Counter()
        for word in self.terms(document.question):
            weights[word] += QUESTION_WEIGHT  # type: ignore[assignment]
        weights.update(self.terms(document.answer))
        return weights

    def _add(self, scores: Counter[int], postings: Sequence[tuple[int, float]], *, weight: float) -> None:
        rarity = self._rarity(len(postings))
        for number, count in postings:
            scores[number] += weight * rarity * count * (K1 + 1) / (count + K1 * self._norms[number])  # type: ignore[assignment]

    def _rarity(self, holders: int) -> float:
        return math.log(1 + (len(self._ids) - holders + 0.5) / (holders + 0.5))


class FaqIndex:
    """Questions and answers of a town with the general ones behind; `best` admits when nothing fits."""

    def __init__(self, entries: Sequence[FaqEntry], *, tokenise: Tokenise) -> None:
        self._entries = {entry.id: entry for entry in reversed(entries)}  # the first of one id wins: the town's own
        self._index = Index(
            (Document(entry.id, "\n".join((entry.question, *entry.also)), entry.answer) for entry in self._entries.values()),
            tokenise=tokenise)

    def best(self, text: str, *, least: float = LEAST_SHARE) -> FaqEntry | None:
        """The entry that answers `text`, or None."""
        hits = self._index.search(text, top=1)
        if not hits or self._index.share(text, hits[0].id) < least:
            return None
        return self._entries[hits[0].id]

    def search(self, text: str, *, top: int = 5) -> tuple[FaqEntry, ...]:
        """The entries nearest to `text`, best first, fitting or not."""
        return tuple(self._entries[hit.id] for hit in self._index.search(text, top=top))


def _pairs(text: str) -> list[str]:
    folded = text.translate(_KATAKANA)
    return [run[at:at + 2] for run in _PAIRED.findall(folded) for at in range(len(run) - 1)]
