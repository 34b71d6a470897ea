"""Finding the question-and-answer that fits what somebody asks. Ranking only: BM25 over words that the caller cuts.

`tokenise` gives normal forms (SudachiPy mode A in the product, anything in a test). The question weighs more than the
answer; words that ask rather than name (どこ, ください) are left out; other ways to say a thing are looked up too; katakana
and hiragana count as one; pairs of characters help where words are cut differently: 転入とどけ still finds 転入届.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.schema import FaqEntry
from knowledge.schema.extras import SearchWords

Tokenise = Callable[[str], Sequence[str]]

QUESTION_WEIGHT = 2.0
"""A word of the question counts like this many of the answer."""
K1, B = 1.2, 0.6
SYNONYM_WEIGHT = 0.3
"""A word that only means the same says less than the word itself."""
PAIR_WEIGHT = 0.3
"""Pairs of characters say less than words."""
LEAST_SHARE = 0.45
"""`best` answers only when the words found carry at least this share of the weight of all words asked for."""

_KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_SYMBOLS = re.compile(r"[\W_]+")
_PAIRED = re.compile(r"[぀-ヿ㐀-鿿々]{2,}")
_TELLING = re.compile(r"[ァ-ヺ㐀-鿿々]")


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

    def __init__(
        self, documents: Iterable[Document], *, tokenise: Tokenise, words: SearchWords = SearchWords()
    ) -> None:
        self._tokenise = tokenise
        self._stop = words.stop
        self._synonyms = self._compiled(words.synonyms)
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
        terms = self.terms(query)
        for word, times in Counter(terms).items():
            self._add(scores, self._words.get(word, ()), weight=float(times))
        for word in self._other_words(terms):
            self._add(scores, self._words.get(word, ()), weight=SYNONYM_WEIGHT)
        for pair, times in Counter(_pairs(query)).items():
            self._add(scores, self._pairs.get(pair, ()), weight=PAIR_WEIGHT * times)
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Hit(self._ids[number], round(score, 4)) for number, score in ranked[:top])

    def share(self, query: str, document_id: str) -> float:
        """How much of the query's weight the document holds, 0 to 1.

        A word found only in the answer counts half. Words that the whole collection lacks weigh as the rarest.
        """
        number = self._ids.index(document_id)
        terms = self.terms(query)
        asked = held = 0.0
        for word in set(terms):
            weight = self._rarity(len(self._words.get(word, ())))
            asked += weight
            held += weight * min(1.0, self._count(word, number) / QUESTION_WEIGHT)
        for word in self._other_words(terms):
            share = min(1.0, self._count(word, number) / QUESTION_WEIGHT)
            held += SYNONYM_WEIGHT * share * self._rarity(len(self._words.get(word, ())))
        return min(1.0, held / asked) if asked else 0.0

    def terms(self, text: str) -> list[str]:
        """The words that count, folded."""
        folded = (
            _SYMBOLS.sub("", word.translate(_KATAKANA).lower())
            for word in self._tokenise(text)
            if word not in self._stop
        )
        return [word for word in folded if word and word not in self._stop]

    def _compiled(self, groups: Sequence[Sequence[str]]) -> dict[str, list[tuple[tuple[str, ...], frozenset[str]]]]:
        """First word of a phrase -> (the phrase, the words of the other phrases of its groups)."""
        compiled: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = defaultdict(list)
        for group in groups:
            phrases = [tuple(self.terms(phrase)) for phrase in group]
            for phrase in filter(None, phrases):
                others = {word for other in phrases for word in other} - set(phrase)
                compiled[phrase[0]].append((phrase, frozenset(others)))
        return dict(compiled)

    def _other_words(self, terms: Sequence[str]) -> list[str]:
        """Words that say the same as phrases of the query and are not in it."""
        found: set[str] = set()
        for at, word in enumerate(terms):
            for phrase, others in self._synonyms.get(word, ()):
                if tuple(terms[at : at + len(phrase)]) == phrase:
                    found |= others
        return sorted(found - set(terms))

    def _count(self, word: str, number: int) -> float:
        return next((count for found, count in self._words.get(word, ()) if found == number), 0.0)

    def _weights(self, document: Document) -> Mapping[str, float]:
        weights: Counter[str] = Counter()
        for word in self.terms(document.question):
            weights[word] += QUESTION_WEIGHT  # type: ignore[assignment]
        weights.update(self.terms(document.answer))
        return weights

    def _add(self, scores: Counter[int], postings: Sequence[tuple[int, float]], *, weight: float) -> None:
        weight *= self._rarity(len(postings)) * (K1 + 1)
        for number, count in postings:
            scores[number] += weight * count / (count + K1 * self._norms[number])  # type: ignore[assignment]

    def _rarity(self, holders: int) -> float:
        return math.log(1 + (len(self._ids) - holders + 0.5) / (holders + 0.5))


class FaqIndex:
    """Questions and answers of a town with the general ones behind; `best` admits when nothing fits."""

    def __init__(self, entries: Sequence[FaqEntry], *, tokenise: Tokenise, words: SearchWords = SearchWords()) -> None:
        self._entries = {entry.id: entry for entry in reversed(entries)}  # the first of one id wins: the town's own
        self._index = Index(
            (
                Document(entry.id, "\n".join((entry.question, *entry.also)), entry.answer)
                for entry in self._entries.values()
            ),
            tokenise=tokenise,
            words=words,
        )

    def best(self, text: str, *, least: float = LEAST_SHARE) -> FaqEntry | None:
        """The entry that answers `text`, or None."""
        hits = self._index.search(text, top=3)
        fitting = (hit.id for hit in hits if self._index.share(text, hit.id) >= least)
        found = next(fitting, None)
        return None if found is None else self._entries[found]

    def search(self, text: str, *, top: int = 5) -> tuple[FaqEntry, ...]:
        """The entries nearest to `text`, best first, fitting or not."""
        return tuple(self._entries[hit.id] for hit in self._index.search(text, top=top))


def _pairs(text: str) -> list[str]:
    """Neighbouring characters, folded; pairs of hiragana alone say nothing and are left out."""
    found = (run[at : at + 2] for run in _PAIRED.findall(text) for at in range(len(run) - 1))
    return [pair.translate(_KATAKANA) for pair in found if _TELLING.search(pair)]
