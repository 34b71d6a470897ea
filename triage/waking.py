"""What must be there before a rule's `when` can hold, read off the rule once: most rules are never tried on a message.

Ids are marks, and for the rest `@role parent`, `@aged` (somebody's age is told), `@aged parent`, `@writer neighbour`, `@crisis dv`, `@pattern 8050`,
`@field child`, `@fields 2`, `@foreign` (`Facts.look`).
Must not know: persons, ages, how conditions are tested.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from knowledge.schema import Field

MOST_FIELDS = len(get_args(Field))


def wanted(when: Mapping[str, Any]) -> tuple[frozenset[str], ...]:
    """Sets of ids, one of each must be there; the rarest first, none where nothing is known."""
    return tuple(sorted(_wanted(when), key=_rarest))


def _wanted(when: Mapping[str, Any]) -> set[frozenset[str]]:
    """Sets of ids of each of which one must be present for `when` to hold; none where nothing is known."""
    found: set[frozenset[str]] = set()
    for key, value in when.items():
        if key in _WANTED:
            found |= _WANTED[key](value)
        elif key in ("writer", "crisis", "pattern"):
            found.add(frozenset(f"@{key} {name}" for name in value))
    return found


def _rarest(ids: frozenset[str]) -> tuple[int, int, list[str]]:
    """Rules are woken by the narrowest set they want; who is there says least, and that an age is told of them little more."""
    return max(_COMMON.get(one.partition(" ")[0], 0) for one in ids), len(ids), sorted(ids)


_COMMON = {"@role": 2, "@writer": 2, "@aged": 1}


def _wanted_of_person(value: Mapping[str, Any]) -> set[frozenset[str]]:
    found = {frozenset((mark,)) for mark in value.get("every", ())}
    if "has" in value:
        found.add(frozenset(value["has"]))
    if "age" in value and not value.get("unaged"):
        found.add(frozenset(f"@aged {role}" for role in value["role"]) if "role" in value else frozenset(("@aged",)))
    elif "role" in value:
        found.add(frozenset(f"@role {role}" for role in value["role"]))
    return found


def _wanted_of_any(value: Sequence[Mapping[str, Any]]) -> set[frozenset[str]]:
    """One of the narrowest sets of each, where each has one."""
    each = [_wanted(one) for one in value]
    return {frozenset().union(*(min(sets, key=_rarest) for sets in each))} if all(each) else set()


_WANTED: dict[str, Callable[[Any], set[frozenset[str]]]] = {
    "marks": lambda value: {frozenset(value)},
    "every": lambda value: {frozenset((mark,)) for mark in value},
    "person": _wanted_of_person,
    "two": lambda value: set().union(*map(_wanted_of_person, value)),
    "near": lambda value: set(map(frozenset, value)),
    "least": lambda value: {frozenset(mark for ids in value["of"] for mark in ids)} if value["count"] else set(),
    "count": lambda value: _wanted_of_person(value) if value["least"] else set(),
    "field": lambda value: {frozenset(f"@field {name}" for name in value)},
    "only_fields": lambda value: {frozenset(f"@field {name}" for name in value)},
    "fields_at_least": lambda value: {frozenset(f"@fields {count}" for count in range(value, MOST_FIELDS + 1))} if value else set(),
    "language": lambda value: {frozenset(("@foreign",))} if value == "foreign" else set(),
    "all": lambda value: set().union(*map(_wanted, value)),
    "any": _wanted_of_any,
}
