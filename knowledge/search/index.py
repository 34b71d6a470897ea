"""Ranking of documents for a question: BM25 over words, with what the words may stand for and pairs of characters.

The question of an entry weighs more than its answer. Of the ways a thing may be written only the best counts, so that an
entry gains nothing by repeating itself in other words; entries that hold more of what was asked come first. Pairs of
characters help where words are cut differently: 転入とどけ still finds 転入届.
Own code and not bm25s or FTS5: with the same words neither ranks better, and neither can count only the best of several ways
(tests/knowledge/search_collection/README.md). Must not know: languages, where documents come from.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.search.phrases import KATAKANA, Meaning, Phrases

QUESTION_WEIGHT = 2.5
"""A word of the question counts like this many of the answer."""
K1, B = 1.6, 0.75
PAIR_WEIGHT = 0.15
"""Pairs of characters say less than words."""
OTHER_SHARE = 0.7
"""A word found only in another way counts this much of one found."""

_PAIRED = re.compile(r"[぀-ヿ㐀-鿿々]{2,}")
_TELLING = re.compile(r"[ァ-ヺ㐀-鿿々]")

Postings = Mapping[int, float]


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
    """Searchable documents. Built once, then read-only; thread-safe when the tokeniser of `phrases` is."""

    def __init__(self, documents: Iterable[Document], *, phrases: Phrases) -> None:
        self._phrases = phrases
        found = list(documents)
        self._ids = [document.id for document in found]
        self._counts = [self._weights(document) for document in found]
        self._words = self._posted(self._counts)
        self._pairs = self._posted([_paired(document) for document in found])

    def search(self, query: str, *, top: int = 10) -> tuple[Hit, ...]:
        """At most `top` documents, best first; ties in the order of the documents. Nothing in common gives nothing."""
        terms = self._phrases.terms(query)
        scores: dict[int, float] = defaultdict(float)
        for term, times in Counter(terms).items():
            self._add(scores, self._words.get(term, {}), times * self._phrases.weight(term))
        reach = self._add_meanings(scores, self._phrases.meanings(query), frozenset(terms))
        for pair, times in Counter(_pairs(query)).items():
            self._add(scores, self._pairs.get(pair, {}), PAIR_WEIGHT * times)
        share = self._shares(terms, reach)
        ranked = sorted(((score * (1 + share[number]), number) for number, score in scores.items()),
                        key=lambda item: (-item[0], item[1]))
        return tuple(Hit(self._ids[number], round(score, 4)) for score, number in ranked[:top])

    def share(self, query: str, document_id: str) -> float:
        """How much of the query's weight the document holds, 0 to 1.

        A word found only in the answer counts half, one found as another way to say it `OTHER_SHARE`. Words that the
        whole collection lacks weigh as the rarest.
        """
        counts = self._counts[self._ids.index(document_id)]
        terms = self._phrases.terms(query)
        held = dict.fromkeys(terms, 0.0)
        for meaning in self._phrases.meanings(query):
            if meaning.whole and any(
                all(counts.get(term, 0.0) >= QUESTION_WEIGHT for term in other) for other in meaning.others
            ):
                for term in meaning.said:
                    held[term] = max(held[term], OTHER_SHARE)
        for term in held:
            held[term] = max(held[term], min(1.0, counts.get(term, 0.0) / QUESTION_WEIGHT))
        asked = {term: self._weigh(term) for term in held}
        return sum(asked[term] * held[term] for term in held) / sum(asked.values()) if asked else 0.0

    def said(self, query: str, text: str) -> float:
        """How much of the weight of `text` the query says, 0 to 1: the other way round from `share`."""
        words = set(self._phrases.terms(query))
        meant = {
            term for meaning in self._phrases.meanings(query) if meaning.whole for other in meaning.others for term in other
        }
        weights = {term: self._weigh(term) for term in self._phrases.terms(text)}
        held = sum(weight * (1.0 if term in words else OTHER_SHARE * (term in meant)) for term, weight in weights.items())
        return held / sum(weights.values()) if weights else 0.0

    def _add_meanings(
        self, scores: dict[int, float], meanings: Iterable[Meaning], said: frozenset[str]
    ) -> dict[str, dict[int, float]]:
        """Score what the words may stand for; returns for each word how well a document reaches it so."""
        reach: dict[str, dict[int, float]] = defaultdict(dict)
        alike: dict[frozenset[str], list[Meaning]] = defaultdict(list)
        for meaning in meanings:
            alike[meaning.said].append(meaning)
        for words, found in alike.items():
            best: dict[int, float] = {}
            for meaning in found:
                for other in meaning.others:
                    self._best_of(best, [reach[word] for word in words], frozenset(other), meaning.weight, said)
            for number, score in best.items():
                scores[number] += score
        return reach

    def _best_of(
        self, best: dict[int, float], reach: Sequence[dict[int, float]], other: frozenset[str], weight: float,
        said: frozenset[str],
    ) -> None:
        """One other phrase: all documents with words of it, those with all of them most."""
        weights = {term: self._rarity(len(self._words.get(term, ()))) for term in sorted(other)}
        total = sum(weights.values())
        held: dict[int, float] = defaultdict(float)
        scores: dict[int, float] = defaultdict(float)
        for term, rarity in weights.items():
            for number, part in self._words.get(term, {}).items():
                held[number] += rarity / total
                if term not in said:
                    scores[number] += part
        for number, score in scores.items():
            best[number] = max(best.get(number, 0.0), weight * score * held[number])
            for place in reach:
                place[number] = max(place.get(number, 0.0), min(1.0, weight) * OTHER_SHARE * held[number])

    def _shares(self, terms: Sequence[str], reach: Mapping[str, Mapping[int, float]]) -> dict[int, float]:
        """For each document how much of what was asked it holds."""
        asked = {term: self._weigh(term) for term in terms}
        total = sum(asked.values())
        shares: dict[int, float] = defaultdict(float)
        for term, weight in asked.items():
            place = dict(reach.get(term, {}))
            place.update(dict.fromkeys(self._words.get(term, ()), 1.0))
            for number, part in place.items():
                shares[number] += weight / total * part
        return shares

    def _weights(self, document: Document) -> Mapping[str, float]:
        weights: Counter[str] = Counter()
        for term in self._phrases.terms(document.question):
            weights[term] += QUESTION_WEIGHT  # type: ignore[assignment]
        weights.update(self._phrases.terms(document.answer))
        return weights

    def _posted(self, weights: Sequence[Mapping[str, float]]) -> dict[str, dict[int, float]]:
        """word -> document -> its part of the score for that word, rarity and length counted in."""
        lengths = [sum(found.values()) for found in weights]
        mean = (sum(lengths) / len(lengths) if lengths else 0.0) or 1.0
        posted: dict[str, dict[int, float]] = defaultdict(dict)
        for number, found in enumerate(weights):
            norm = K1 * (1 - B + B * lengths[number] / mean)
            for word, count in found.items():
                posted[word][number] = count / (count + norm)
        for postings in posted.values():
            rarity = self._rarity(len(postings)) * (K1 + 1)
            for number in postings:
                postings[number] *= rarity
        return dict(posted)

    @staticmethod
    def _add(scores: dict[int, float], postings: Postings, weight: float) -> None:
        for number, part in postings.items():
            scores[number] += weight * part

    def _weigh(self, term: str) -> float:
        return self._rarity(len(self._words.get(term, ()))) * self._phrases.weight(term)

    def _rarity(self, holders: int) -> float:
        return math.log(1 + (len(self._ids) - holders + 0.5) / (holders + 0.5))


def _paired(document: Document) -> Mapping[str, float]:
    counts: Counter[str] = Counter()
    for pair in _pairs(document.question):
        counts[pair] += QUESTION_WEIGHT  # type: ignore[assignment]
    counts.update(_pairs(document.answer))
    return counts


def _pairs(text: str) -> list[str]:
    """Neighbouring characters, folded; pairs of hiragana alone say nothing and are left out."""
    found = (run[at : at + 2] for run in _PAIRED.findall(text) for at in range(len(run) - 1))
    return [pair.translate(KATAKANA) for pair in found if _TELLING.search(pair)]
