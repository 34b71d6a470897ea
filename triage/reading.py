"""One utterance, read: words, matches in their context, persons named, ages. Cached by the engine, pure.

Must not know: other utterances, who the topic is, rules.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    asks: bool                    # a sentence ends as a question
    told: int                     # content words, names and phrases of asking left out

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
        return Reading(text, line, parts, rest, persons, tuple(_placed(ages(rewritten.text, year=year), line, rewritten)), kana, _asks(line), _told(line, persons))

    def _shadow_hits(self, text: str, line: Line) -> list[Hit]:
        folded = shadow(text)
        found = []
        for begin, end, term in self._lexicon.in_shadow(folded.text):
            start, stop = folded.span(begin, end)
            first = max(0, bisect_right(line.begins, start) - 1)
            last = max(first + 1, bisect_left(line.begins, stop))
            found.append(Hit(term, first, last, start, stop, raw=True))
        return found


def _told(line: Line, persons: Sequence[Found]) -> int:
    named = {index for found in persons for index in range(found.hit.first, found.hit.last)}
    return len({word.norm for index, word in enumerate(line.words) if word.content and index not in named})


_QUESTION = frozenset(("か", "かな", "かしら", "かね", "かい"))


def _asks(line: Line) -> bool:
    """〜ですか, 〜だか？, どこ？, 教えて at the end of a sentence."""
    words = line.words
    for index, word in enumerate(words):
        last = index + 1 == len(words)
        if word.norm in ("?", "？"):
            return True
        if word.norm in _QUESTION and word.kind in ("end", "particle") and (last or words[index + 1].kind in ("stop", "symbol", "end")):
            return True
        if word.norm in ("教える", "知る") and index + 6 >= len(words) and any(w.norm in ("て", "たい") for w in words[index + 1 : index + 3]):
            return True
    return False


def _original(line: Line, rewritten: Rewritten) -> Line:
    if rewritten.starts is None:
        return line
    spans = [rewritten.span(begin, end) for begin, end in zip(line.begins, line.ends, strict=True)]
    return Line(line.words, tuple(span[0] for span in spans), tuple(span[1] for span in spans))


def _settle(hits: Sequence[Hit]) -> list[Hit]:
    """Idioms silence what they cover; a match inside a longer unbroken one of the same kind gives way to it."""
    idioms = [hit for hit in hits if hit.term.entry.kind == "idiom"]
    standing = [hit for hit in hits if not any(_silences(idiom, hit) for idiom in idioms)] if idioms else list(hits)
    standing.sort(key=_widest_first)
    reach: dict[str, Hit] = {}     # per kind: the unbroken match that reaches furthest so far
    kept: dict[tuple[int, int, bool], Hit] = {}
    for hit in standing:
        kind = hit.term.entry.kind
        if kind in ("need", "person"):
            over = reach.get(kind)
            if over is not None and over.end >= hit.end and over.end - over.begin > hit.end - hit.begin and _another_matter(over, hit):
                continue
            if not hit.gapped and (over is None or hit.end > over.end):
                reach[kind] = hit
        kept.setdefault((hit.term.order, hit.first, hit.denied_wanted), hit)
    return sorted(kept.values(), key=_in_order)


def _another_matter(longer: Hit, hit: Hit) -> bool:
    """Words for the same need stand side by side; 障害 gives way to 発達障害, 母 to 義母."""
    mine, other = hit.term.entry, longer.term.entry
    return mine.kind == "person" or mine.need != other.need


def _widest_first(hit: Hit) -> tuple[int, int, int]:
    return hit.begin, -hit.end, hit.term.order


def _in_order(hit: Hit) -> tuple[int, int, int]:
    return hit.begin, hit.end, hit.term.order


def _silences(idiom: Hit, hit: Hit) -> bool:
    if idiom.end <= hit.begin or hit.end <= idiom.begin:
        return False
    entry = hit.term.entry
    if entry.kind == "idiom":
        return False
    covers = idiom.term.covers
    return not covers or entry.id in covers or f"@{entry.crisis}" in covers


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


_LIFE = frozenset(("suicide", "self_harm"))   # 「前は死のうとしたけど、今は元気です」: violence and hunger are not over so lightly


def _weigh(one: Found, markers: dict[int, set[str]], over_at: dict[int, int]) -> Found:
    if one.weakened is not None or one.id.startswith("context_") or one.hit.term.entry.kind in ("person", "intent"):
        return one
    here = markers.get(one.sentence, set())
    following = markers.get(one.sentence + 1, set())
    if "context_news" in here:
        return one._replace(weakened="news")
    past = "context_past" in here
    if "context_again" in here or "context_again" in following:
        return one
    if one.hit.first < over_at.get(one.sentence, -1) and (past or one.hit.term.entry.kind != "crisis" or (one.hit.term.entry.crisis in _LIFE and one.past)):
        return one._replace(weakened="past")
    if past and "context_over" in following:
        return one._replace(weakened="past")
    return one
