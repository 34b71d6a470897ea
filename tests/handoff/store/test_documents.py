"""A document is what `dataclasses.asdict` makes of the same thing, and shares nothing that can change."""

from dataclasses import asdict, dataclass, field

import pytest

from handoff.store.documents import document


@dataclass(frozen=True, slots=True)
class Inner:
    name: str
    age: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner
    several: tuple[Inner, ...]
    marks: dict[str, list[int]] = field(default_factory=dict)
    weight: float = 0.5


def test_as_asdict_has_it() -> None:
    outer = Outer(Inner("母", (80, 89)), (Inner("兄", None),), {"a": [1, 2]})
    made = document(outer)
    assert made == asdict(outer)
    made["marks"]["a"].append(3)
    assert outer.marks == {"a": [1, 2]}


def test_only_a_dataclass_is_a_document() -> None:
    with pytest.raises(AttributeError):
        document("words")
