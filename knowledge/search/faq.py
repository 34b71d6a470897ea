"""A town's questions and answers with the general ones behind: the one that answers, or none.

Must not know: how an answer is put to a resident.
"""

from collections.abc import Sequence

from knowledge.schema import FaqEntry
from knowledge.search.index import Document, Index
from knowledge.search.phrases import Phrases

LEAST_SHARE = 0.45
"""`best` answers only when the words found carry at least this share of the weight of all words asked for."""

LEAST_SAID = 0.5
"""And only when the question says this much of the entry's own: 住民票がほしい is not 住民票を相手に見られたくない."""


class FaqIndex:
    """Questions and answers; `best` admits when nothing fits."""

    def __init__(self, entries: Sequence[FaqEntry], *, phrases: Phrases) -> None:
        self._entries = {entry.id: entry for entry in reversed(entries)}  # the first of one id wins: the town's own
        self._index = Index(
            (
                Document(entry.id, "\n".join((entry.question, *entry.also)), entry.answer)
                for entry in self._entries.values()
            ),
            phrases=phrases,
        )

    def best(self, text: str, *, least: float = LEAST_SHARE) -> FaqEntry | None:
        """The entry that answers `text`, or None."""
        found = (self._entries[hit.id] for hit in self._index.search(text, top=3))
        return next((entry for entry in found if self._fits(text, entry, least)), None)

    def _fits(self, text: str, entry: FaqEntry, least: float) -> bool:
        if self._index.share(text, entry.id) < least:
            return False
        return max(self._index.said(text, asked) for asked in (entry.question, *entry.also)) >= LEAST_SAID

    def search(self, text: str, *, top: int = 5) -> tuple[FaqEntry, ...]:
        """The entries nearest to `text`, best first, fitting or not."""
        return tuple(self._entries[hit.id] for hit in self._index.search(text, top=top))
