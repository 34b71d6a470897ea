"""A second look at a conversation: what its words and entries, taken together, have meant in messages that people labelled.

Rules and words know what somebody thought of; people say it otherwise. Linear weighings, learned from our own labelled cases
(`triage/learn.py`), add up the entries of the lexicon that stand, the dictionary words, each with its neighbour, and who is told of.
What follows from them is `balance.py`'s. Must not know: rules, what a weighing is for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt
from operator import add
from struct import Struct
from typing import NamedTuple, cast

from knowledge.schema.weights import Weights
from triage.picture import Picture
from triage.reading import Reading
from triage.types import Span

LEAST = 40
"""A text of fewer words and pairs counts as one of so many: a word or two lean nowhere."""
SHOWN = 3
"""So many places are shown as evidence."""
_LASTING = ("danger", "life", "emergency", "kind_")   # once raised, nothing said later takes it back


_NEAR = "second look with the one before"


class Told(NamedTuple):
    """What one utterance adds: entries and their needs (`#need`), dictionary words and pairs of them, each with a place."""

    signs: Mapping[str, Span]
    words: Mapping[str, Span]


def told(reading: Reading) -> Told:
    """Of one utterance by itself; offsets are those of the utterance."""
    signs: dict[str, Span] = {}
    for found in reading.found:
        sunk = f":{found.weakened}" if found.weakened else ""
        place = found.hit.begin, found.hit.end
        signs.setdefault(found.id + sunk, place)
        if found.entry.need:
            signs.setdefault(f"#{found.entry.need}{sunk}", place)
    line = reading.line
    words: dict[str, Span] = {}
    norms, begins, ends = [word.norm for word in line.words], line.begins, line.ends
    for at, norm in enumerate(norms):
        words.setdefault(norm, (begins[at], ends[at]))
    for at in range(len(norms) - 1):
        words.setdefault(f"{norms[at]} {norms[at + 1]}", (begins[at], ends[at + 1]))
    return Told(signs, words)


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


def _share(runs: int) -> float:
    """What each word and pair counts in a text of so many."""
    return 1 / sqrt(max(LEAST, runs))


class SecondLook:
    """The weights of a knowledge, ready to look."""

    def __init__(self, weights: Iterable[Weights]) -> None:
        self._all = tuple(weights)
        self._signs, self._words = _lanes([one.signs for one in self._all]), _lanes([one.words for one in self._all])
        self._names, self._rest = [one.id for one in self._all], [one.bias - one.floor for one in self._all]
        self._lasting = [at for at, name in enumerate(self._names) if name.startswith(_LASTING)]

    def leaning(self, picture: Picture, readings: Sequence[Reading]) -> Mapping[str, float]:
        """Name of the weights -> how far above their floor the conversation leans; of danger, how far it ever did."""
        if not readings:
            return {}
        known = {sign for sign in people(picture) if sign in self._signs.values}
        signs, words, runs = _Sum(self._signs, known), _Sum(self._words, set()), 0
        of_people = [signs.lane(at) + self._rest[at] for at in self._lasting]
        ever = [float("-inf")] * len(self._lasting)
        share = 1.0
        for at, reading in enumerate(readings):
            new = reading.noted("second look", told)
            signs.add(new.signs)
            words.add(new.words)
            runs += len(new.words)
            share = _share(runs)
            here = [self._rest[lane] + signs.lane(lane) + words.lane(lane) * share for lane in self._lasting]
            ever = list(map(max, ever, here))
            if at > 1:
                near = self._near(readings[at - 1], reading)
                ever = list(map(max, ever, map(add, of_people, near)))
        values = [rest + sign + word * share for rest, sign, word in zip(self._rest, signs.lanes(), words.lanes(), strict=True)]
        for lane, value in zip(self._lasting, ever, strict=True):
            values[lane] = value
        return dict(zip(self._names, values, strict=True))

    def _near(self, before: Reading, reading: Reading) -> Sequence[float]:
        """What two neighbours by themselves add to each lasting weighing; the later one remembers it."""
        kept = reading.notes.get(_NEAR)
        if kept is None or kept[0] is not before:
            signs, words = _Sum(self._signs, set()), _Sum(self._words, set())
            told_of = before.noted("second look", told), reading.noted("second look", told)
            for new in told_of:
                signs.add(new.signs)
                words.add(new.words)
            share = _share(sum(len(new.words) for new in told_of))
            kept = reading.notes[_NEAR] = before, [signs.lane(lane) + words.lane(lane) * share for lane in self._lasting]
        return cast("Sequence[float]", kept[1])

    def places(self, name: str, readings: Sequence[Reading]) -> tuple[Span, ...]:
        """Where the words and entries stand that say most, as code points of the conversation."""
        weights = next(one for one in self._all if one.id == name)
        heavy: dict[Span, float] = {}
        base = 0
        for reading in readings:
            new = reading.noted("second look", told)
            for known, scale, listed in ((weights.signs, 1.0, new.signs), (weights.words, LEAST ** -0.5, new.words)):
                for sign, (begin, end) in listed.items():
                    if end > begin and (value := known.get(sign, 0.0) * scale) > 0:
                        heavy[base + begin, base + end] = max(value, heavy.get((base + begin, base + end), 0.0))
            base += len(reading.text) + 1
        return tuple(sorted(sorted(heavy, key=lambda place: (-heavy[place], place))[:SHOWN]))

    def because(self, name: str) -> str:
        """What staff read."""
        return next(one.because for one in self._all if one.id == name)


# A sign has a value in each of the weighings. They lie side by side in one number, so that one addition adds them all.
_LANE, _CENTS, _ABOVE_ZERO = 64, 100, 1 << 32


def _lanes(weighings: Sequence[Mapping[str, float]]) -> "_Known":
    """In hundredths, as they are written, each in a lane of its own and lifted so that none is below zero."""
    lifted = sum(_ABOVE_ZERO << (_LANE * at) for at in range(len(weighings)))
    found: dict[str, int] = {}
    for at, weighing in enumerate(weighings):
        for sign, value in weighing.items():
            found[sign] = found.get(sign, lifted) + (round(value * _CENTS) << (_LANE * at))
    return _Known(found, Struct(f"<{len(weighings)}Q"))


class _Known(NamedTuple):
    """What has weights, and the shape of the number that they lie in."""

    values: Mapping[str, int]
    shape: Struct


class _Sum:
    """Values of the known signs told so far, each once."""

    def __init__(self, known: _Known, told: set[str]) -> None:
        self._known, self._told = known, told
        self._value = sum(map(known.values.__getitem__, told))

    def add(self, new: Iterable[str]) -> None:
        fresh = (self._known.values.keys() & new) - self._told
        self._told |= fresh
        self._value += sum(map(self._known.values.__getitem__, fresh))

    def lane(self, at: int) -> float:
        """The sum in one of the weighings."""
        return ((self._value >> (_LANE * at) & ((1 << _LANE) - 1)) - len(self._told) * _ABOVE_ZERO) / _CENTS

    def lanes(self) -> list[float]:
        """The sum in each of the weighings."""
        shape, above = self._known.shape, len(self._told) * _ABOVE_ZERO
        return [(lane - above) / _CENTS for lane in shape.unpack(self._value.to_bytes(shape.size, "little"))]
