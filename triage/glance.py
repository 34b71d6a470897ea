"""The crisis lane's first look: crisis words over the folded text, and the idioms that cover them. Recall first.

Microseconds, and it cannot fail: no dictionary, no context, no SudachiPy, so that the web process may look too. Must not
know: what a decision makes of it.
"""

import copy
from collections.abc import Mapping, Sequence

from knowledge.phrases import Alternatives
from knowledge.schema import CrisisKind, Entry, LexiconFile
from triage.idioms import covered, crisis_kinds
from triage.normalise import fold
from triage.phrases import Phrases

_AT = tuple[int, int, Entry]
_FIRST: tuple[CrisisKind, ...] = ("suicide", "self_harm")


class Glance:
    """The words of all, and beside them each town's own."""

    def __init__(self, files: Sequence[LexiconFile]) -> None:
        self._files = files
        entries = [entry for file in files for entry in file.entries]
        self._kinds = crisis_kinds(entries)
        self._common = _Words(entries, Alternatives(files), self._kinds)
        self._own: dict[str, _Words] = {}

    def over(self, own: Mapping[str, LexiconFile]) -> "Glance":
        """The same with these words of towns. Whoever types a word into a form gives no `raw`: plain ones count here too."""
        made = copy.copy(self)
        made._own = {}
        for town, file in own.items():
            kinds, known = {**self._kinds, **crisis_kinds(file.entries)}, Alternatives([*self._files, file])
            made._own[town] = _Words(file.entries, known, kinds, plain=True)
        return made

    def look(self, text: str, town: str | None = None) -> CrisisKind | None:
        """The gravest kind that a word of the common ones or of this town names."""
        return next(iter(self.kinds(text, town)), None)

    def kinds(self, text: str, town: str | None = None) -> tuple[CrisisKind, ...]:
        """Every kind that such a word names, the gravest first: who wants to die because of blows is beaten as well."""
        folded = fold(text)
        beside = self._own.get(town) if town else None
        looked = [self._common, beside] if beside else [self._common]
        found = [(words, at) for words in looked for at in words.find(folded)]
        idioms = [(words, at) for words, at in found if at[2].kind == "idiom"]
        order = [
            (_rank(entry), entry.crisis) for _, (begin, end, entry) in found
            if entry.crisis is not None and not any(
                b < end and begin < e and words.silences(idiom, entry) for words, (b, e, idiom) in idioms
            )
        ]
        return tuple(dict.fromkeys(kind for _, kind in sorted(order)))


class _Words:
    """Crisis words and idioms of one lexicon."""

    def __init__(
        self, entries: Sequence[Entry], known: Alternatives, kinds: Mapping[str, str], *, plain: bool = False
    ) -> None:
        self._entries = [entry for entry in entries if entry.kind in ("crisis", "idiom")]
        self._covers = {entry.id: covered(entry, kinds) for entry in self._entries if entry.kind == "idiom"}
        listed = [(raw, at) for at, entry in enumerate(self._entries) for raw in entry.raw]
        if plain:
            words = ((word, at) for at, entry in enumerate(self._entries) for word in entry.words)
            listed += [(word, at) for word, at in words if not {"~", "!"} & set(word)]
        self._phrases = Phrases(listed, known)

    def find(self, folded: str) -> list[_AT]:
        return [(begin, end, self._entries[at]) for begin, end, at in self._phrases.find(folded)]

    def silences(self, idiom: Entry, entry: Entry) -> bool:
        covers = self._covers[idiom.id]
        return not covers or entry.id in covers or f"@{entry.crisis}" in covers


def _rank(entry: Entry) -> int:
    return 0 if entry.crisis in _FIRST else 1 if entry.level == "emergency" else 2
