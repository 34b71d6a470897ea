"""Whether two tickets may speak of one household: the same writer, telephone, name, the same ages side by side, or a
report from outside that sees, in the same weeks, what the other tells.

Pure. It only suggests; people tie.
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

SHORTEST_NUMBER, SHORTEST_NAME, PEOPLE = 9, 2, 2
LIKELY = 3
NEAR, FIELDS = timedelta(days=30), 2
"""Who reports knows no name and no exact age; that what they see is alike counts within these days, over these fields."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What a ticket knows of its people. ages: those told exactly; report: by somebody outside the household; decades:
    of everybody whose age is told to ten years; fields, patterns: what was read of the matter.
    """

    contact: UUID
    name: str
    number: str
    ages: tuple[int, ...]
    report: bool = False
    at: datetime | None = None
    decades: frozenset[int] = frozenset()
    fields: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()

    @classmethod
    def of(cls, contact: UUID, name: str | None, number: str, household: Sequence[Mapping[str, Any]]) -> Self:
        """household: as the summary keeps it."""
        ages = [one["age"] for one in household if one.get("age") and not one.get("deceased")]
        decades = frozenset(age[0] // 10 * 10 for age in ages if age[0] // 10 == age[1] // 10)
        exact = tuple(age[0] for age in ages if age[0] == age[1])
        return cls(contact, _plain(name or ""), _digits(number), exact, decades=decades)


@dataclass(frozen=True, slots=True)
class Kin:
    """How much speaks for it, and what, in Japanese."""

    weight: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def likely(self) -> bool:
        return self.weight >= LIKELY


def kin(one: Trace, other: Trace) -> Kin:
    """What the two have in common."""
    found: list[tuple[int, str]] = []
    if one.contact == other.contact:
        found.append((5, "同じ人が書いています"))
    if len(one.number) >= SHORTEST_NUMBER and one.number == other.number:
        found.append((5, "電話番号が同じです"))
    if len(one.name) >= SHORTEST_NAME and one.name == other.name:
        found.append((3, "名前が同じです"))
    shared = sorted((Counter(one.ages) & Counter(other.ages)).elements(), reverse=True)
    if len(shared) >= PEOPLE:
        found.append((3, f"年齢の組み合わせが同じです（{'・'.join(f'{age}歳' for age in shared)}）"))
    decades = _seen_alike(one, other)
    if decades and not found:
        told = "・".join(f"{decade}代" for decade in sorted(decades, reverse=True))
        found.append((3, f"近い日の知らせで、世帯のようすが似ています（{told}、同じ重なり）"))
    return Kin(sum(weight for weight, _ in found), tuple(reason for _, reason in found))


def _seen_alike(one: Trace, other: Trace) -> frozenset[int]:
    """The decades that both tell of, where one is a report and the rest fits; empty where it does not."""
    if not (one.report or other.report) or one.at is None or other.at is None or abs(one.at - other.at) > NEAR:
        return frozenset()
    fits = one.patterns & other.patterns and len(one.fields & other.fields) >= FIELDS
    return one.decades & other.decades if fits else frozenset()


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _digits(number: str) -> str:
    """81-90-… and 090-… are one number."""
    digits = "".join(char for char in unicodedata.normalize("NFKC", number) if char.isdecimal())
    return f"0{digits[2:]}" if digits.startswith("81") and len(digits) > 10 else digits
