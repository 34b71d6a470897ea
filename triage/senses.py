"""Words of a text that counted, and the company in which they stood: where one was meant in another sense, the company tells.

Pure; keeps nothing. Must not know what becomes of the phrases: who reviews a judgement chooses among them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triage.context import Found
from triage.lexicon import Term
from triage.reading import Reader, Reading

MOST, MOST_PHRASES = 12, 4
REACH = 5
"""As many morphemes apart two parts of a phrase may stand (`A~B` of the lexicon lets four between)."""
ENDS = frozenset("。！？!?\n")
SAYING = frozenset(("noun", "verb", "adjective", "adverb"))
ANY_YEAR = 2026
"""Years of birth are read on the way, and not asked for here."""


@dataclass(frozen=True, slots=True)
class Sense:
    """A word as it was written, the entries that took it in their sense, why in Japanese, and phrases around it.

    phrases: as the lexicon writes them, so that one of them stands over the word where it was meant otherwise.
    """

    word: str
    entries: tuple[str, ...]
    because: tuple[str, ...]
    phrases: tuple[str, ...]


def senses(texts: Sequence[str], reader: Reader, *, town: str | None = None) -> tuple[Sense, ...]:
    """What counted in the texts, each word once, in the order in which it was written."""
    found: dict[str, Sense] = {}
    for text in texts:
        for one in _of(reader.read(text, year=ANY_YEAR, town=town)):
            known = found.get(one.word)
            found[one.word] = one if known is None else _joined(known, one)
    return tuple(found.values())[:MOST]


def _joined(one: Sense, other: Sense) -> Sense:
    def both(these: Sequence[str], those: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*these, *those)))

    return Sense(one.word, both(one.entries, other.entries), both(one.because, other.because), both(one.phrases, other.phrases)[:MOST_PHRASES])


def _of(reading: Reading) -> Iterator[Sense]:
    """By place: whatever else counts where a telling word stands has taken it in the same sense."""
    standing = [one for one in reading.found if one.weakened is None]
    telling = {(one.hit.begin, one.hit.end): one for one in standing if _tells(one.entry)}
    for (begin, end), one in telling.items():
        if any(other[0] <= begin and end <= other[1] for other in telling.keys() - {(begin, end)}):
            continue  # a shorter word inside a longer one, which is shown
        here = [other for other in standing if other.hit.begin < end and begin < other.hit.end]
        yield Sense(
            reading.text[begin:end], tuple(dict.fromkeys(other.id for other in here)),
            tuple(dict.fromkeys(other.entry.because for other in here if _tells(other.entry))), tuple(_phrases(reading, one)),
        )


def _tells(entry: Term) -> bool:
    """Whether it says by itself that something is wrong, or what a message is about."""
    return entry.kind in ("need", "crisis") or (entry.kind == "setting" and bool(entry.fields or entry.topic))


def _phrases(reading: Reading, found: Found) -> Iterator[str]:
    """The word with one other of its sentence, the nearest first; names are nobody's idiom."""
    words, begins = reading.line.words, reading.line.begins
    first, last = found.hit.first, found.hit.last
    own = [words[at].norm for at in range(first, last) if words[at].kind in SAYING]
    if not own:
        return
    near = [(first - at, at) for at in range(max(first - REACH, 0), first)]
    near += [(at - last + 1, at) for at in range(last, min(last + REACH, len(words)))]
    made = 0
    for _, at in sorted(near):
        between = reading.text[min(begins[at], found.hit.begin) : max(begins[at], found.hit.end)]
        if not words[at].content or words[at].kind in ("name", "number") or not ENDS.isdisjoint(between):
            continue
        yield "~".join([words[at].norm, *own] if at < first else [*own, words[at].norm])
        made += 1
        if made == MOST_PHRASES:
            return
