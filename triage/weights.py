"""A second look at a conversation: what its words and entries, taken together, have meant in messages that people labelled.

Rules and words know what somebody thought of; people say it otherwise. Linear weighings, learned from our own labelled cases
(`triage/learn.py`), add up the entries of the lexicon that stand, the dictionary words, each with its neighbour, and who is told of.
What follows from them is `balance.py`'s. Must not know: rules, what a weighing is for.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import accumulate, pairwise
from math import sqrt
from operator import itemgetter
from struct import unpack_from
from typing import NamedTuple, cast

from knowledge.schema.weights import Weights
from triage.picture import Picture
from triage.reading import Reading
from triage.types import Span

LEAST = 40
"""A text of fewer words and pairs counts as one of so many: a word or two lean nowhere."""
SHOWN = 3
"""So many places are shown as evidence."""
LESS = 0.5
"""What two neighbouring messages alone count less than a whole talk: of many such pairs some lean anywhere."""
REFINED, TELLING = 1.0, 5
"""So much less counts what was told before so many further content words: later messages say what earlier ones meant. A greeting, an answer, or
「うそです、忘れて」 has fewer, and lowers nothing. (A ticket, and what the resident was told, stay with the gravest that was ever read.)"""
CENTS = 100
_LASTING = ("danger", "life", "emergency", "kind_")   # looked for in every stretch of a talk, not only in the whole


Place = Callable[[str, Reading], Span]   # where something stands first, as offsets of the utterance


class Sums(NamedTuple):
    """Of what was told, each once: the values of signs and of words, and how many words and pairs there were."""

    signs: int
    words: int
    runs: int


class Course(NamedTuple):
    """A talk up to one of its utterances, in hundredths, who is told of left out. values: of every weighing, of what lasts also in the last two alone.

    refined: of what lasts, once more has been told.
    """

    sums: Sums
    values: list[float]
    refined: list[float]


_NOTHING = Sums(0, 0, 0)
_BEGUN = Course(_NOTHING, [], [])


class Told(NamedTuple):
    """What one utterance adds, each once: entries and their needs (`#need`), dictionary words and pairs of them."""

    signs: frozenset[str]
    words: frozenset[str]


def told(reading: Reading) -> Told:
    """Of one utterance by itself."""
    signs = {sign for found in reading.found for sign in _signs(found.id, found.entry.need, found.weakened)}
    return Told(frozenset(signs), frozenset(_words(reading)))


@cache
def _signs(entry: str, need: str | None, weakened: str | None) -> Sequence[str]:
    sunk = f":{weakened}" if weakened else ""
    return (entry + sunk, f"#{need}{sunk}") if need else (entry + sunk,)


def _since(readings: Sequence[Reading]) -> list[int]:
    """How many content words are told after each utterance."""
    return list(accumulate([reading.told for reading in readings[:0:-1]], initial=0))[::-1]


def _words(reading: Reading) -> list[str]:
    """Dictionary words in their order, and behind them the pairs of neighbours."""
    norms = [word.norm for word in reading.line.words]
    return [*norms, *map(" ".join, pairwise(norms))]


def _place_of_sign(sign: str, reading: Reading) -> Span:
    return next((found.hit.begin, found.hit.end) for found in reading.found if sign in _signs(found.id, found.entry.need, found.weakened))


def _place_of_word(word: str, reading: Reading) -> Span:
    line, at = reading.line, reading.noted("words", _words).index(word)
    first = at % len(line.words)
    return line.begins[first], line.ends[first if at == first else first + 1]


def people(picture: Picture) -> frozenset[str]:
    """Who is told of: roles named, ages by tens of years, the dead, and who writes."""
    found = {f"@writer {picture.writer}"}
    for one in picture.people:
        found.update(_of_one(one.role, one.age, named=one.named, deceased=one.deceased))
    if picture.me.age:
        found.add(f"@me {picture.me.age[0] // 10}0")
    return frozenset(found)


def _of_one(role: str, age: tuple[int, int] | None, *, named: bool, deceased: bool) -> Iterator[str]:
    if named:
        yield f"@{role}"
    if age:
        yield f"@{role} {age[0] // 10}0"
    if deceased:
        yield f"@{role} dead"


class SecondLook:
    """The weights of a knowledge, ready to look."""

    def __init__(self, weights: Iterable[Weights]) -> None:
        everything = sorted(weights, key=lambda one: (not one.id.startswith(_LASTING), -len(one.words)))   # a number ends with its last lane
        self._lasting = sum(one.id.startswith(_LASTING) for one in everything)
        self._at = {one.id: at for at, one in enumerate(everything)}
        self._named = {one.id: one for one in everything}
        self._lanes = _Lanes(len(everything))
        self._rest = self._lanes.joined([{"": one.bias - one.floor} for one in everything]).get("", 0)
        self._signs = self._lanes.joined([one.signs for one in everything])
        self._words = self._lanes.joined([one.words for one in everything])

    @property
    def names(self) -> Collection[str]:
        """Of all weighings."""
        return self._at.keys()

    def leaning(self, picture: Picture, readings: Sequence[Reading], explained: Collection[int] = ()) -> Mapping[str, float]:
        """Name of the weights -> how far above their floor the conversation leans; of danger, how far it ever did.

        explained: numbers of the messages that are not looked at without the next, which says what they meant.
        """
        if not readings:
            return {}
        persons = self._lanes.apart(_sum(self._signs, people(picture)) + self._rest)
        *before, last = self._courses(readings)
        lasting = [
            course.refined if since >= TELLING else course.values[: self._lasting]
            for at, (course, since) in enumerate(zip(before, _since(readings), strict=False)) if at not in explained
        ]
        values = [*map(max, last.values, *lasting), *last.values[self._lasting :]] if lasting else last.values
        return {name: (own + value) / CENTS for name, own, value in zip(self._at, persons, values, strict=True)}

    def _courses(self, readings: Sequence[Reading]) -> list[Course]:
        """Up to each utterance. Each remembers its own beside what was before: a talk pays for its newest message only."""
        found: list[Course] = []
        course = _BEGUN
        for at, reading in enumerate(readings):
            kept = reading.notes.get((self, at))
            if kept is None or kept[0] is not course:
                kept = reading.notes[self, at] = course, self._further(course, readings[:at], reading)
            course = cast(Course, kept[1])
            found.append(course)
        return found

    def _further(self, course: Course, earlier: Sequence[Reading], reading: Reading) -> Course:
        """One more utterance. What lasts is looked for in it and the one before by themselves as well: danger amid a long calm talk."""
        sums = self._more(course.sums, earlier, reading)
        values = self._values(sums)
        highest = values[: self._lasting]
        if len(earlier) > 1:   # the first two are all told so far
            *_, before = earlier
            two = self._values(self._more(self._more(_NOTHING, (), before), (before,), reading))
            values[: self._lasting] = [max(value, near - LESS * CENTS) for value, near in zip(highest, two, strict=False)]
            highest = list(map(max, highest, two))
        return Course(sums, values, [value - REFINED * CENTS for value in highest])

    def _more(self, before: Sums, earlier: Sequence[Reading], reading: Reading) -> Sums:
        """What was summed up, and of one more utterance what wasn't told yet."""
        signs, words = reading.noted(self, self._parts)
        told_before = [one.noted(self, self._parts) for one in earlier]
        again_signs = frozenset().union(*(signs.told & old.told for old, _ in told_before))
        again_words = frozenset().union(*(words.told & old.told for _, old in told_before))
        return Sums(
            before.signs + signs.value - _sum(self._signs, again_signs),
            before.words + words.value - _sum(self._words, again_words), before.runs + len(words.told),
        )

    def _parts(self, reading: Reading) -> tuple["_Part", "_Part"]:
        signs, words = told(reading)
        return _part(self._signs, signs), _part(self._words, words)

    def _values(self, sums: Sums) -> list[float]:
        """In hundredths; who is told of, and what is always so, left out."""
        share = 1 / sqrt(max(LEAST, sums.runs))
        return [sign + word * share for sign, word in zip(self._lanes.apart(sums.signs), self._lanes.apart(sums.words), strict=True)]

    def places(self, name: str, readings: Sequence[Reading]) -> tuple[Span, ...]:
        """Where the words and entries stand that say most, as code points of the conversation."""
        heaviest: list[tuple[float, Span]] = []
        base = 0
        for reading in readings:
            placed = reading.noted((self, name), partial(self._heaviest, name))
            heaviest.extend([(value, (base + begin, base + end)) for value, (begin, end) in placed])
            base += len(reading.text) + 1
        return tuple(sorted([place for _, place in sorted(heaviest, key=_heaviest_first)[:SHOWN]]))

    def _heaviest(self, name: str, reading: Reading) -> Sequence[tuple[float, Span]]:
        """Of one utterance."""
        one, (signs, words) = self._named[name], reading.noted(self, self._parts)
        said: list[tuple[float, Place, str]] = [(one.signs[sign], _place_of_sign, sign) for sign in signs.told if sign in one.signs]
        said.extend([(one.words[word] * LEAST ** -0.5, _place_of_word, word) for word in words.told if word in one.words])
        heavy: dict[Span, float] = {}
        for value, where, what in sorted(said, key=_VALUE, reverse=True):
            if value <= 0 or (len(heavy) >= SHOWN and value < min(heavy.values())):
                break   # where the rest stands nobody asks
            place = where(what, reading)
            if place[1] > place[0]:
                heavy.setdefault(place, value)
        return [(value, place) for place, value in heavy.items()]

    def because(self, name: str) -> str:
        """What staff read."""
        return self._named[name].because


_VALUE = itemgetter(0)


def _heaviest_first(one: tuple[float, Span]) -> tuple[float, Span]:
    return -one[0], one[1]


class _Part(NamedTuple):
    """What is told at once, and the sum of its values."""

    told: frozenset[str]
    value: int


def _part(known: Mapping[str, int], told: frozenset[str]) -> _Part:
    return _Part(told, _sum(known, told))


def _sum(known: Mapping[str, int], told: frozenset[str]) -> int:
    return sum(filter(None, map(known.get, told)))


class _Lanes:
    """The values that a sign has in each of the weighings, side by side in one number: one addition adds them all.

    In hundredths, as they are written. What is below zero borrows from the lane beside it, until they are taken apart.
    """

    _BITS = 32

    def __init__(self, count: int) -> None:
        self._count, self._bytes = count, count * self._BITS // 8
        self._signs = sum(1 << (self._BITS * at + self._BITS - 1) for at in range(count))

    def joined(self, weighings: Sequence[Mapping[str, float]]) -> dict[str, int]:
        """Sign -> its values."""
        found: dict[str, int] = {}
        for at, weighing in enumerate(weighings):
            for sign, value in weighing.items():
                found[sign] = found.get(sign, 0) + (round(value * CENTS) << (self._BITS * at))
        return found

    def apart(self, values: int) -> tuple[int, ...]:
        """All values, in hundredths: lifted so far that none is below zero, a lane differs from a signed number in its first bit."""
        return unpack_from(f"<{self._count}i", ((values + self._signs) ^ self._signs).to_bytes(self._bytes, "little"))
