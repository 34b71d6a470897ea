"""Which evidence is worth a highlight: what says something by itself, not 母, わたしは, こんばんは or 相談したい.

Whom it is about stands in the summary already; a page where everything glows shows nothing. Knows no tickets.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from knowledge.loader import Knowledge
from triage.types import Span

PARTICLES = "はがもをにのとへでや、。"
SAYS_LITTLE = frozenset({"help_wish"})
"""Entries that are true of every letter to a consultation desk."""

Highlight = Callable[[str, Sequence[Span]], tuple[Span, ...]]


def highlight_of(knowledge: Knowledge) -> Highlight:
    """A filter for marks: text and spans in, those worth a highlight out."""
    words = _dull_words(knowledge)

    def worth(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
        return tuple(span for span in spans if text[span[0]:span[1]].strip().rstrip(PARTICLES) not in words)

    return worth


@lru_cache(maxsize=4)
def _words_of(entries: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    return frozenset(word.rstrip(PARTICLES) for words in entries for word in words) | {""}


def _dull_words(knowledge: Knowledge) -> frozenset[str]:
    return _words_of(tuple(
        (*entry.words, *entry.raw)
        for file in knowledge.lexicon for entry in file.entries
        if entry.kind == "person" or entry.intent == "chat" or entry.id in SAYS_LITTLE
    ))
