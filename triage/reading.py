"""One utterance, read: words, matches in their context, persons named, ages. Cached by the engine, pure.

Must not know: other utterances, who the topic is, rules.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.schema import Entry
from triage.ages import Age, ages
from triage.clauses import Clauses, clauses
from triage.context import Found, judge
from triage.kana import Kana, Rewritten, in_kana, modern
from triage.lexicon import Hit, Lexicon
from triage.normalise import shadow
from triage.tokenise import Line, Tokeniser


@dataclass(frozen=True, slots=True)
class Placed:
    """An age and the words it covers."""

    age: Age
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What one utterance says by itself. Offsets count code points of the utterance."""

    text: str
    line: Line
    clauses: Clauses
    found: tuple[Found, ...]      # needs, settings, crises, intents; idioms have done their work
    persons: tuple[Found, ...]    # persons named, in order
    ages: tuple[Placed, ...]
    kana: bool

    def without_dialects_but(self, prefecture: str) -> "Reading":
        """The same reading without the dialect words of other prefectures."""
        if all(f.hit.term.dialect in (None, prefecture) for f in (*self.found, *self.persons)):
            return self
        return replace(
            self, found=tuple(f for f in self.found if f.hit.term.dialect in (None, prefecture)),
            persons=tuple(f for f in self.persons if f.hit.term.dialect in (None, prefecture)),
        )


class Reader:
    """Reads utterances with one compiled lexicon. Thread-safe."""

    def __init__(self, lexicon: Lexicon, tokeniser: Tokeniser) -> None:
        self._lexicon = lexicon
        self._tokeniser = tokeniser
        self._kana = Kana(lexicon.readings)

    def read(self, text: str, *, year: int) -> Reading:
        """Everything that `text` says by itself. year: today's, for years of birth."""
        kana = in_kana(text)
        plain = modern(text)
        rewritten = self._kana.rewrite(plain) if kana else Rewritten(plain, None)
        line = _original(self._tokeniser.read(rewritten.text.replace("\n", "。")), rewritten)
        parts = clauses(line)
        hits = self._lexicon.in_words(line) + self._shadow_hits(text, line)
        kept = _settle(hits)
        found = _in_context(judge(kept, line, parts))
        persons = tuple(sorted((f for f in found if f.hit.term.entry.kind == "person"), key=lambda f: f.hit.first))
        rest = tuple(f for f in found if f.hit.term.entry.kind not in ("person", "idiom"))
        return Reading(text, line, parts, rest, persons, tuple(_placed(ages(rewritten.text, year=year), line, rewritten)), kana)

    def _shadow_hits(self, text: str, line: Line) -> list[Hit]:
        folded = shadow(text)
        found = []
        for begin, end, term in self._lexicon.in_shadow(folded.text):
            start, stop = folded.span(begin, end)
            first = max(0, bisect_right(line.begins, start) - 1)
            last = max(first + 1, bisect_left(line.begins, stop))
            found.append(Hit(term, first, last, start, stop, raw=True))
        return found


def _original(line: Line, rewritten: Rewritten) -> Line:
    if rewritten.starts is None:
        return line
    spans = [rewritten.span(begin, end) for begin, end in zip(line.begins, line.ends, strict=True)]
    return Line(line.words, tuple(span[0] for span in spans), tuple(span[1] for span in spans))


def _settle(hits: Sequence[Hit]) -> list[Hit]:
    """Idioms silence what they cover; a match inside a longer unbroken one of the same kind gives way to it."""
    idioms = [hit for hit in hits if hit.term.entry.kind == "idiom"]
    standing = [hit for hit in hits if not any(_silences(idiom, hit) for idiom in idioms)] if idioms else list(hits)
    solid = [hit for hit in standing if not hit.gapped]
    kept: dict[tuple[int, int, bool], Hit] = {}
    for hit in standing:
        if any(_swallows(other, hit) for other in solid):
            continue
        key = (hit.term.order, hit.first, hit.denied_wanted)
        if key not in kept or kept[key].end < hit.end:
            kept[key] = hit
    return sorted(kept.values(), key=lambda hit: (hit.begin, hit.end, hit.term.order))


def _silences(idiom: Hit, hit: Hit) -> bool:
    entry = hit.term.entry
    if entry.kind == "idiom" or idiom.end <= hit.begin or hit.end <= idiom.begin:
        return False
    covers = idiom.term.entry.covers
    return entry.id in covers if covers else True


def _swallows(longer: Hit, hit: Hit) -> bool:
    if longer.begin > hit.begin or longer.end < hit.end or longer.end - longer.begin <= hit.end - hit.begin:
        return False
    mine, other = hit.term.entry, longer.term.entry
    return mine.kind == other.kind and _same_matter(mine, other)


def _same_matter(mine: Entry, other: Entry) -> bool:
    return mine.kind == "person" or mine.id != other.id and mine.kind in ("need", "intent", "setting")


def _placed(found: Sequence[Age], line: Line, rewritten: Rewritten) -> list[Placed]:
    placed = []
    for age in found:
        begin, end = rewritten.span(age.begin, age.end)
        first = max(0, bisect_right(line.begins, begin) - 1)
        last = max(first + 1, bisect_left(line.begins, end))
        placed.append(Placed(replace(age, begin=begin, end=end), first, last))
    return placed


def _in_context(found: Sequence[Found]) -> list[Found]:
    """News and hearsay, and what is past and over, take the force of the words in their sentence."""
    markers: dict[int, set[str]] = {}
    over_at: dict[int, int] = {}
    for one in found:
        if one.id.startswith("context_") and one.weakened is None:
            markers.setdefault(one.sentence, set()).add(one.id)
            if one.id == "context_over":
                over_at[one.sentence] = max(over_at.get(one.sentence, 0), one.hit.first)
    if not markers:
        return list(found)
    return [_weigh(one, markers, over_at) for one in found]


def _weigh(one: Found, markers: dict[int, set[str]], over_at: dict[int, int]) -> Found:
    if one.weakened is not None or one.id.startswith("context_") or one.hit.term.entry.kind in ("person", "intent"):
        return one
    here = markers.get(one.sentence, set())
    following = markers.get(one.sentence + 1, set())
    if "context_news" in here:
        return replace(one, weakened="news")
    past = "context_past" in here
    if "context_again" in here or "context_again" in following:
        return one
    if one.hit.first < over_at.get(one.sentence, -1) and (past or one.hit.term.entry.kind != "crisis"):
        return replace(one, weakened="past")
    if past and "context_over" in following:
        return replace(one, weakened="past")
    return one
