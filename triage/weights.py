"""A second look at a conversation: what its words and entries, taken together, have meant in messages that people labelled.

Rules and words know what somebody thought of; people say it otherwise. Linear weighings, learned from our own labelled cases
(`triage/learn.py`), add up the entries of the lexicon that stand, the dictionary words, each with its neighbour, and who is told of.
What follows from them is `balance.py`'s. Must not know: rules, what a weighing is for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import pairwise
from math import sqrt
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
CENTS = 100
_LASTING = ("danger", "life", "emergency", "kind_")   # once raised, nothing said later takes it back
_TWO = "second look at two"


class Sums(NamedTuple):
    """Of what was told, each once: the values of signs and of words, and how many words and pairs there were."""

    signs: int
    words: int
    runs: int


_NOTHING = Sums(0, 0, 0)


class Told(NamedTuple):
    """What one utterance adds, each once: entries and their needs (`#need`), dictionary words and pairs of them."""

    signs: frozenset[str]
    words: frozenset[str]


def told(reading: Reading) -> Told:
    """Of one utterance by itself."""
    norms = [word.norm for word in reading.line.words]
    signs = {sign for found in reading.found for sign in _signs(found.id, found.entry.need, found.weakened)}
    return Told(frozenset(signs), frozenset((*norms, *_pairs(norms))))


@cache
def _signs(entry: str, need: str | None, weakened: str | None) -> Sequence[str]:
    sunk = f":{weakened}" if weakened else ""
    return (entry + sunk, f"#{need}{sunk}") if need else (entry + sunk,)


def _pairs(norms: Sequence[str]) -> Iterator[str]:
    return map(" ".join, pairwise(norms))


def _sign_places(reading: Reading) -> dict[str, Span]:
    """Where each sign stands first, as offsets of the utterance."""
    return {sign: (found.hit.begin, found.hit.end) for found in reversed(reading.found) for sign in _signs(found.id, found.entry.need, found.weakened)}


def _word_places(reading: Reading) -> dict[str, Span]:
    """Where each word and pair stands first."""
    norms, begins, ends = [word.norm for word in reading.line.words], reading.line.begins, reading.line.ends
    placed = [*zip(norms, begins, ends, strict=False), *zip(_pairs(norms), begins, ends[1:], strict=False)]
    return {sign: (begin, end) for sign, begin, end in reversed(placed)}


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
        self._less = self._lanes.joined([{"": LESS}] * len(everything)).get("", 0)
        self._signs = self._lanes.joined([one.signs for one in everything])
        self._words = self._lanes.joined([one.words for one in everything])

    def leaning(self, picture: Picture, readings: Sequence[Reading]) -> Mapping[str, float]:
        """Name of the weights -> how far above their floor the conversation leans; of danger, how far it ever did."""
        if not readings:
            return {}
        persons = _part(self._signs, people(picture)).value + self._rest
        *before, last = self._so_far(readings)
        values = self._values(persons, last, len(self._at))
        for sums in before:
            values[: self._lasting] = map(max, values, self._values(persons, sums, self._lasting))
        for sums in self._near(readings):
            values[: self._lasting] = map(max, values, self._values(persons - self._less, sums, self._lasting))
        return dict(zip(self._at, values, strict=True))

    def _so_far(self, readings: Sequence[Reading]) -> list[Sums]:
        """After each utterance, of all told so far. Each remembers it beside what was before: a talk pays for its newest message only."""
        found: list[Sums] = []
        before = _NOTHING
        for at, reading in enumerate(readings):
            kept = reading.notes.get((self, at))
            if kept is None or kept[0] is not before:
                kept = reading.notes[self, at] = before, self._more(before, readings[:at], reading)
            before = cast(Sums, kept[1])
            found.append(before)
        return found

    def _more(self, before: Sums, earlier: Sequence[Reading], reading: Reading) -> Sums:
        """What was summed up, and of one more utterance what wasn't told yet."""
        signs, words = reading.noted(self, self._parts)
        told_before = [one.noted(self, self._parts) for one in earlier]
        again_signs = frozenset().union(*(signs.told & old.told for old, _ in told_before))
        again_words = frozenset().union(*(words.told & old.told for _, old in told_before))
        return Sums(
            before.signs + signs.value - _part(self._signs, again_signs).value,
            before.words + words.value - _part(self._words, again_words).value, before.runs + len(words.told),
        )

    def _near(self, readings: Sequence[Reading]) -> Iterator[Sums]:
        """Of each two neighbours by themselves: danger that stands in the midst of a long calm talk."""
        for before, reading in pairwise(readings[1:]):   # the first two are all told so far
            kept = reading.notes.get((self, _TWO))
            if kept is None or kept[0] is not before:
                kept = reading.notes[self, _TWO] = before, self._more(self._more(_NOTHING, (), before), (before,), reading)
            yield cast(Sums, kept[1])

    def _parts(self, reading: Reading) -> tuple["_Part", "_Part"]:
        signs, words = told(reading)
        return _part(self._signs, signs), _part(self._words, words)

    def _values(self, persons: int, sums: Sums, count: int) -> list[float]:
        """The first so many."""
        apart, share = self._lanes.apart, 1 / sqrt(max(LEAST, sums.runs))
        return [(sign + word * share) / CENTS for sign, word in zip(apart(persons + sums.signs, count), apart(sums.words, count), strict=True)]

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
        heavy: dict[Span, float] = {}
        one, (signs, words) = self._named[name], reading.noted(self, self._parts)
        for known, scale, told_of, placed in (
            (one.signs, 1.0, signs.told, reading.noted("places of signs", _sign_places)),
            (one.words, LEAST ** -0.5, words.told, reading.noted("places of words", _word_places)),
        ):
            for sign in known.keys() & told_of:
                place, value = placed[sign], known[sign] * scale
                if value > heavy.get(place, 0.0) and place[1] > place[0]:
                    heavy[place] = value
        return sorted([(value, place) for place, value in heavy.items()], key=_heaviest_first)[:SHOWN]

    def because(self, name: str) -> str:
        """What staff read."""
        return self._named[name].because


def _heaviest_first(one: tuple[float, Span]) -> tuple[float, Span]:
    return -one[0], one[1]


class _Part(NamedTuple):
    """What is told at once, and the sum of its values."""

    told: frozenset[str]
    value: int


def _part(known: Mapping[str, int], told: frozenset[str]) -> _Part:
    return _Part(told, sum(filter(None, map(known.get, told))))


class _Lanes:
    """The values that a sign has in each of the weighings, side by side in one number: one addition adds them all.

    In hundredths, as they are written. What is below zero borrows from the lane beside it, until they are taken apart.
    """

    _BITS = 32

    def __init__(self, count: int) -> None:
        self._bytes = count * self._BITS // 8
        self._signs = sum(1 << (self._BITS * at + self._BITS - 1) for at in range(count))

    def joined(self, weighings: Sequence[Mapping[str, float]]) -> dict[str, int]:
        """Sign -> its values."""
        found: dict[str, int] = {}
        for at, weighing in enumerate(weighings):
            for sign, value in weighing.items():
                found[sign] = found.get(sign, 0) + (round(value * CENTS) << (self._BITS * at))
        return found

    def apart(self, values: int, count: int) -> tuple[int, ...]:
        """The first so many values, in hundredths: lifted so far that none is below zero, a lane differs from a signed number in its first bit."""
        return unpack_from(f"<{count}i", ((values + self._signs) ^ self._signs).to_bytes(self._bytes, "little"))
