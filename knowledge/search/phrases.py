"""What else a question may be about: everyday words beside those an office writes.

A group of synonyms holds when one of its phrases is in the question whole. A lead (said -> written) also holds when most
of what it says is there: people describe the same trouble in many words. Must not know: documents, ranking.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from knowledge.schema.extras import SearchWords

Tokenise = Callable[[str], Sequence[str]]
Terms = tuple[str, ...]

SYNONYM_WEIGHT = LEAD_WEIGHT = 0.8
"""What only means the same says less than the words themselves."""
WEAK_WEIGHT = 0.5
"""出す, 紙, 市 are in every second question."""
LEAST_OF_LEAD = 0.5
"""A lead holds when this share of one of its phrases was said, rare words counting more."""
KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_SYMBOLS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """Words of a question and the other phrases they may stand for. whole: all of what the dictionary has was said."""

    said: frozenset[str]
    others: tuple[Terms, ...]
    weight: float
    whole: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    said: Terms
    others: tuple[Terms, ...]
    weight: float
    partly: bool


class Phrases:
    """The search words of the knowledge, cut. Built once, then read-only; thread-safe when `tokenise` is."""

    def __init__(self, words: SearchWords = SearchWords(), *, tokenise: Tokenise) -> None:
        self._tokenise = tokenise
        self._stop = words.stop
        self._asking = words.asking
        self._weak = words.weak | words.asking
        self._entries = (*self._groups(words.synonyms), *self._leads(words))
        self._holders: dict[str, list[int]] = defaultdict(list)
        for at, entry in enumerate(self._entries):
            for term in set(entry.said):
                self._holders[term].append(at)
        leads = [entry.said for entry in self._entries if entry.partly]
        counts = Counter(term for said in leads for term in set(said))
        self._rarity = {
            term: math.log(1 + len(leads) / (1 + counts[term])) * self.weight(term) for term in self._holders
        }

    def terms(self, text: str) -> list[str]:
        """The words that name something, folded."""
        return [word for word in self._cut(text) if word not in self._asking]

    def weight(self, term: str) -> float:
        """How much a word says by itself."""
        return WEAK_WEIGHT if term in self._weak else 1.0

    def meanings(self, text: str) -> list[Meaning]:
        """Everything the dictionary knows about these words."""
        terms = frozenset(self._cut(text))
        asked = {at for term in terms for at in self._holders.get(term, ())}
        found = (self._meaning(self._entries[at], terms) for at in sorted(asked))
        return [meaning for meaning in found if meaning is not None]

    def _meaning(self, entry: _Entry, terms: frozenset[str]) -> Meaning | None:
        held = terms.intersection(entry.said)
        whole = len(held) == len(set(entry.said))
        if not whole and (not entry.partly or held <= self._weak):
            return None
        share = 1.0 if whole else self._weigh(held) / self._weigh(set(entry.said))
        if share < LEAST_OF_LEAD:
            return None
        weight = entry.weight * share * share * max(map(self.weight, held))
        return Meaning(held - self._asking, entry.others, weight, whole)

    def _weigh(self, terms: Iterable[str]) -> float:
        return sum(self._rarity[term] for term in terms)

    def _cut(self, text: str) -> list[str]:
        """Words with those that ask (いつ, もらう, ない): 年金はいつから is not every question about 年金."""
        folded = (
            _SYMBOLS.sub("", word.translate(KATAKANA).lower())
            for word in self._tokenise(text)
            if word not in self._stop
        )
        return [word for word in folded if word and word not in self._stop]

    def _others(self, phrases: Iterable[str]) -> tuple[Terms, ...]:
        return tuple(filter(None, dict.fromkeys(tuple(self.terms(phrase)) for phrase in phrases)))

    def _said(self, phrases: Iterable[str]) -> tuple[Terms, ...]:
        return tuple(filter(None, dict.fromkeys(tuple(self._cut(phrase)) for phrase in phrases)))

    def _groups(self, groups: Sequence[Sequence[str]]) -> Iterable[_Entry]:
        for group in groups:
            others = self._others(group)
            for said in self._said(group):
                yield _Entry(said, tuple(other for other in others if other != said), SYNONYM_WEIGHT, partly=False)

    def _leads(self, words: SearchWords) -> Iterable[_Entry]:
        for lead in words.leads:
            written = self._others(lead.written)
            for said in self._said(lead.said):
                yield _Entry(said, written, LEAD_WEIGHT, partly=True)
