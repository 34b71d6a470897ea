"""Words of a text that the lexicon does not have: what might be added to it. And words that look like somebody's name.

Pure; keeps nothing. Must not know what becomes of the words.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from knowledge.phrases import Alternatives
from knowledge.schema import LexiconFile
from triage.normalise import fold
from triage.tokenise import Tokeniser

MOST = 20


@dataclass(frozen=True, slots=True)
class Unheard:
    """words: in dictionary form, in the order of the text, each once; names: as they were written, never among them."""

    words: tuple[str, ...]
    names: tuple[str, ...]


def unheard(texts: Sequence[str], lexicon: Iterable[LexiconFile], tokeniser: Tokeniser) -> Unheard:
    """What says something in the texts, and stands nowhere in the lexicon."""
    files = tuple(lexicon)
    known, raw = frozenset(_heads(files, tokeniser)), _raw(files)
    words: dict[str, None] = {}
    names: dict[str, None] = {}
    for text in texts:
        line = tokeniser.read(text)
        for word, begin, end in zip(line.words, line.begins, line.ends, strict=False):
            surface = text[begin:end]
            if word.kind == "name":
                names[surface] = None
            elif word.content and word.norm not in known and surface not in known and fold(surface) not in raw:
                words[word.norm] = None
    return Unheard(tuple(words)[:MOST], tuple(names)[:MOST])


def _heads(files: Sequence[LexiconFile], tokeniser: Tokeniser) -> Iterator[str]:
    """Every word of every headword, as it is written and in its normal form."""
    spelled = Alternatives(files)
    written = {
        part for file in files for entry in file.entries for line in spelled.all(entry.words)
        for part in line.replace("!", "").split("~") if part
    }
    for part in written:
        yield part
        for word in tokeniser.read(part).words:
            yield from (word.norm, *word.parts)


def _raw(files: Sequence[LexiconFile]) -> str:
    """All set phrases in one, folded: a word that stands within one is known."""
    return "\n".join(fold(line) for file in files for entry in file.entries for line in entry.raw)
