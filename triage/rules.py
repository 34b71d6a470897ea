"""Rules over persons and needs, compiled from YAML.

`when` is a mapping; all its keys must hold. Keys:

* `marks: [ids]` — one of these needs or entries stands somewhere; `every: [ids]` — all of them do.
* `person: {role: [..], age: [low, high], has: [ids], every: [ids], lacks: [ids], kin: true}` — one living person fits all of it.
  A bound may be null or the name of a parameter of `let`. `unaged: true` lets an unknown age pass. `writer` is a role too: `self`.
* `two: [person, person]` — two different persons fit.
* `count: {role: [..], age: [low, high], least: 2}` — so many persons fit.
* `writer: [self|neighbour|client]`, `crisis: [kinds]`, `pattern: [names]`, `language: foreign`.
* `field: [names]` — one of these fields carries weight; `fields_at_least: 2`; `only_fields: [names]` — no other field carries any.
* `near: [[ids], [ids]]` — one of each list in one sentence.
* `least: {count: 2, of: [[ids], [ids], ..]}` — so many of the lists are told, each by a place of its own: two words for one thing count once.
* `any: [..]`, `all: [..]`, `none: [..]` — lists of further conditions.
* `let: {name: value}` — parameters of the rule; a town's `parameters` of the same name come before (thresholds with their source).

Stages: rules that add needs, then rules that add fields, then patterns, crises and urgency, at last those that count fields.
Must not know: text, tokens.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, cast

from knowledge.schema import CrisisKind, Rule, Urgency
from triage.picture import Picture, Someone
from triage.types import Span
from triage.waking import wanted

FIELD_FLOOR = 3.0
SECOND_FLOOR = 3.5   # a field beside a stronger one needs more than a hint


@dataclass(slots=True)
class Facts:
    """What rules look at. marks: id -> places; weights: field -> sum; sentences: for each sentence the ids in it."""

    picture: Picture
    marks: dict[str, Sequence[Span]]
    sentences: Sequence[frozenset[str]]
    weights: dict[str, float]
    crises: dict[CrisisKind, Urgency] = field(default_factory=dict)
    patterns: list[str] = field(default_factory=list)
    foreign: bool = False
    parameters: Mapping[str, int | None] = field(default_factory=dict)
    touched: list[Span] = field(default_factory=list)
    signs: set[str] = field(default_factory=set)     # ids by which rules are woken (`waking.py`)
    fields: list[str] = field(default_factory=list)  # those that carry enough weight
    everyone: Sequence[Someone] = ()
    here: list[str] = field(default_factory=list)    # those of the signs that no rule changes
    roles: dict[frozenset[str] | None, Sequence[Someone]] = field(default_factory=dict)

    def those(self, roles: frozenset[str] | None) -> Sequence[Someone]:
        """The living of these roles, all for None, in order of mention."""
        found = self.roles.get(roles)
        if found is None:
            found = self.roles[roles] = self.everyone if roles is None else [one for one in self.everyone if one.role in roles]
        return found

    def look(self) -> None:
        """See anew what is there, after something was applied: what the tests of a stage ask for again and again."""
        if not self.here:
            aged = [someone.role for someone in self.everyone if someone.age is not None]
            self.here = ["@writer " + self.picture.writer, *["@role " + someone.role for someone in self.everyone], *["@aged " + role for role in aged]]
            self.here.extend(sign for sign, holds in (("@foreign", self.foreign), ("@aged", bool(aged))) if holds)
        self.fields = [name for name, _ in standing(self.weights, SECOND_FLOOR)]
        self.signs = {*self.marks, *self.here, f"@fields {len(self.fields)}"}
        for kind, names in (("@crisis ", self.crises), ("@pattern ", self.patterns), ("@field ", self.fields)):
            for name in names:
                self.signs.add(kind + name)


def standing(weights: Mapping[str, float], second: float, first: float = FIELD_FLOOR) -> list[tuple[str, float]]:
    """Fields that count, the heaviest first: the first needs `first`, each further one `second`."""
    ordered = [(name, weight) for name, weight in weights.items() if weight >= first]
    if len(ordered) > 1:
        ordered.sort(key=lambda one: (-one[1], one[0]))
    return [one for one in ordered if one[1] == ordered[0][1] or one[1] >= second]


Test = Callable[[Facts], bool]
PersonTest = Callable[[Facts, Someone], bool]


class RuleError(ValueError):
    """A rule whose `when` can't be understood; the message says which and why."""


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A rule ready to run. first, beside: sets of ids, one of each must be there before the test can hold; order: place among all rules."""

    rule: Rule
    test: Test
    stage: int
    first: frozenset[str]
    beside: tuple[frozenset[str], ...]
    order: int = 0


class Rules:
    """All rules, by stage."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.borne = frozenset(mark for rule in rules for mark in marks_of_persons(rule.when))   # marks that rules ask for of persons
        compiled = [replace(compile_rule(rule), order=order) for order, rule in enumerate(rules)]
        self._stages = [_Stage([one for one in compiled if one.stage == stage]) for stage in sorted({one.stage for one in compiled})]

    def run(self, facts: Facts, apply: Callable[[Rule, tuple[Span, ...]], None]) -> None:
        """Stage by stage: `apply` what holds, in file order, with the places that made it hold. Later stages see what was applied."""
        changed = True
        for stage in self._stages:
            if changed:
                facts.look()
            fired = []
            for one in stage.woken(facts.signs):
                facts.touched = []
                if one.test(facts):
                    fired.append((one.rule, tuple(dict.fromkeys(facts.touched))))
            for rule, evidence in fired:
                apply(rule, evidence)
            changed = bool(fired)


class _Stage:
    """Rules that are tried side by side, by what wakes them: one of the first set that a rule wants."""

    def __init__(self, rules: Sequence[Compiled]) -> None:
        self._always = [one for one in rules if not one.first]
        self._by_sign: dict[str, list[Compiled]] = {}
        for one in rules:
            for sign in one.first:
                self._by_sign.setdefault(sign, []).append(one)

    def woken(self, signs: AbstractSet[str]) -> list[Compiled]:
        """Rules of which everything wanted is there, in file order: most rules end here, before anybody is looked at."""
        missing = signs.isdisjoint
        found = set(self._always)   # one may be woken by several signs
        for sign in self._by_sign.keys() & signs:
            for one in self._by_sign[sign]:
                if not any(map(missing, one.beside)):
                    found.add(one)
        return sorted(found, key=_ORDER)


_ORDER = attrgetter("order")


def marks_of_persons(when: Any) -> Iterator[str]:
    """What a condition asks of persons, and with it what it wants `every` one of."""
    if isinstance(when, Mapping):
        for key in ("has", "every", "lacks"):
            yield from when.get(key, ())
    for part in when.values() if isinstance(when, Mapping) else when if isinstance(when, list | tuple) else ():
        yield from marks_of_persons(part)


def compile_rule(rule: Rule) -> Compiled:
    """Turn `when` into a test. RuleError when a key is unknown or a value has the wrong shape."""
    when = dict(rule.when)
    let = cast("dict[str, int | None]", when.pop("let", {}))
    try:
        test = _all(when, let)
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        raise RuleError(f"規則 {rule.id} の when が読めません: {why} / rule {rule.id}: cannot read `when`: {why}") from why
    first, *beside = wanted(when) or (frozenset[str](),)
    return Compiled(rule, test, _stage(rule), first, tuple(beside))


def _stage(rule: Rule) -> int:
    text = str(rule.when)
    if "fields_at_least" in text or "only_fields" in text or "'pattern'" in text:
        return 3 if rule.pattern else 4   # a pattern that others exclude comes before what counts patterns and fields
    if rule.needs:
        return 0
    if rule.fields and not (rule.pattern or rule.crisis or "'crisis'" in text or "'field'" in text):
        return 1
    return 2


def _all(when: Mapping[str, Any], let: Mapping[str, int | None]) -> Test:
    tests = [_KEYS[key](value, let) if key in _KEYS else _unknown(key) for key, value in when.items()]
    return tests[0] if len(tests) == 1 else _each(tests)


def _each(tests: Sequence[Test]) -> Test:
    def holds(facts: Facts) -> bool:
        for test in tests:   # noqa: SIM110 - rules are asked often, and a generator for each costs more than most answers
            if not test(facts):
                return False
        return True

    return holds


def _unknown(key: str) -> Test:
    raise ValueError(f"知らない条件 {key}")


def _any_of(value: Sequence[Mapping[str, Any]], let: Mapping[str, int | None]) -> Test:
    """The first that holds. One of which something wanted is missing isn't tried, and what failed leaves no evidence behind."""
    ways = [(wanted(one), _all(one, let)) for one in value]

    def test(facts: Facts) -> bool:
        missing, kept = facts.signs.isdisjoint, len(facts.touched)
        for needed, holds in ways:
            if not any(map(missing, needed)):
                if holds(facts):
                    return True
                del facts.touched[kept:]
        return False

    return test


def _all_of(value: Sequence[Mapping[str, Any]], let: Mapping[str, int | None]) -> Test:
    return _each([_all(one, let) for one in value])


def _none_of(value: Sequence[Mapping[str, Any]], let: Mapping[str, int | None]) -> Test:
    some = _any_of(value, let)

    def test(facts: Facts) -> bool:
        kept = len(facts.touched)
        hit = some(facts)
        del facts.touched[kept:]
        return not hit

    return test


def _marks(value: Sequence[str], _: Mapping[str, int | None]) -> Test:
    wanted = tuple(value)

    def test(facts: Facts) -> bool:
        hit = False
        for mark in wanted:
            if mark in facts.marks:
                facts.touched.extend(facts.marks[mark][:2])
                hit = True
        return hit

    return test


def _every(value: Sequence[str], _: Mapping[str, int | None]) -> Test:
    wanted = tuple(value)

    def test(facts: Facts) -> bool:
        if not all(mark in facts.marks for mark in wanted):
            return False
        for mark in wanted:
            facts.touched.extend(facts.marks[mark][:1])
        return True

    return test


def _near(value: Sequence[Sequence[str]], _: Mapping[str, int | None]) -> Test:
    wanted = [frozenset(ids) for ids in value]

    def test(facts: Facts) -> bool:
        for sentence in facts.sentences:
            if not any(map(sentence.isdisjoint, wanted)):
                for ids in wanted:
                    for mark in sorted(ids & sentence):   # the same order in every process
                        facts.touched.extend(facts.marks.get(mark, [])[:1])
                return True
        return False

    return test


def _least(value: Mapping[str, Any], _: Mapping[str, int | None]) -> Test:
    wanted, count = tuple(tuple(ids) for ids in value["of"]), int(value["count"])

    def test(facts: Facts) -> bool:
        places: list[Span] = []
        for ids in wanted:
            own = next((span for mark in ids for span in facts.marks.get(mark, ()) if not any(_overlap(span, other) for other in places)), None)
            if own is not None:
                places.append(own)
        if len(places) < count:
            return False
        facts.touched.extend(places)
        return True

    return test


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _person_test(value: Mapping[str, Any], let: Mapping[str, int | None]) -> PersonTest:
    known = {"role", "age", "has", "every", "lacks", "unaged", "named"}
    if set(value) - known:
        raise ValueError(f"知らない条件 {sorted(set(value) - known)}")
    bounds = value.get("age")
    has, every, lacks = value.get("has"), value.get("every", ()), value.get("lacks", ())
    one_of, all_of, none_of = frozenset(has or ()), frozenset(every), frozenset(lacks)
    unaged, named = bool(value.get("unaged")), bool(value.get("named"))
    ranked = tuple(dict.fromkeys((*(has or ()), *every)))

    def test(facts: Facts, someone: Someone) -> bool:
        if named and not someone.named:
            return False
        marks = someone.marks
        if (has is not None and one_of.isdisjoint(marks)) or not all_of <= marks.keys() or not none_of.isdisjoint(marks):
            return False
        if bounds is not None:
            if someone.age is None:
                if not unaged:
                    return False
            elif not _within(someone.age, bounds, facts, let):
                return False
        facts.touched.extend(someone.evidence[:2])
        for mark in ranked:
            if mark in marks:
                facts.touched.extend(marks[mark][:2])
        return True

    return test


def _within(age: tuple[int, int], bounds: Sequence[Any], facts: Facts, let: Mapping[str, int | None]) -> bool:
    low, high = (_bound(bound, facts, let) for bound in bounds)
    return (low is None or (age[1] >= low and (age[0] >= low or age[1] - age[0] < 15 or age[0] >= low - 5))) and (high is None or age[0] <= high)


def _bound(bound: Any, facts: Facts, let: Mapping[str, int | None]) -> int | None:
    if isinstance(bound, str):
        return facts.parameters[bound] if bound in facts.parameters else let[bound]
    return cast("int | None", bound)


def _roles(value: Mapping[str, Any]) -> frozenset[str] | None:
    return frozenset(value["role"]) if "role" in value else None


def _person(value: Mapping[str, Any], let: Mapping[str, int | None]) -> Test:
    test, roles = _person_test(value, let), _roles(value)

    def somebody(facts: Facts) -> bool:
        for someone in facts.those(roles):   # noqa: SIM110 - as in `_each`
            if test(facts, someone):
                return True
        return False

    return somebody


def _two(value: Sequence[Mapping[str, Any]], let: Mapping[str, int | None]) -> Test:
    one, other = (_person_test(person, let) for person in value)
    first, second = (_roles(person) for person in value)

    def test(facts: Facts) -> bool:
        partners, kept = facts.those(second), len(facts.touched)
        for a in facts.those(first):
            if one(facts, a):
                for b in partners:
                    if b is not a and other(facts, b):
                        return True
                del facts.touched[kept:]
        return False

    return test


def _count(value: Mapping[str, Any], let: Mapping[str, int | None]) -> Test:
    least = int(value["least"])
    test = _person_test({key: part for key, part in value.items() if key != "least"}, let)
    roles = _roles(value)
    return lambda facts: sum(test(facts, someone) for someone in facts.those(roles)) >= least


_KEYS: dict[str, Callable[[Any, Mapping[str, int | None]], Test]] = {
    "any": _any_of, "all": _all_of, "none": _none_of, "marks": _marks, "every": _every, "near": _near, "least": _least,
    "person": _person, "two": _two, "count": _count,
    "writer": lambda value, _: lambda facts: facts.picture.writer in value,
    "crisis": lambda value, _: lambda facts: any(kind in facts.crises for kind in value),
    "pattern": lambda value, _: lambda facts: any(name in facts.patterns for name in value),
    "language": lambda value, _: lambda facts: facts.foreign is (value == "foreign"),
    "field": lambda value, _: lambda facts: not set(value).isdisjoint(facts.fields),
    "fields_at_least": lambda value, _: lambda facts: len(facts.fields) >= value,
    "only_fields": lambda value, _: lambda facts: bool(facts.fields) and set(facts.fields) <= set(value),
}
