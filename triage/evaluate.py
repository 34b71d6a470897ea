"""Evaluation as a tool: figures against gold labels, confusion tables, worst cases, two knowledge versions compared.

Definitions of the figures follow the labelling guide's scorer. Must not know: how decisions are made.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
_ALERT = frozenset(("urgent", "emergency"))
_LIFE = frozenset(("suicide", "self_harm"))
Pair = tuple[Row, Row]


def figures(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, float]:
    """All figures, 0 to 1 (`cases`: a count); NaN where nothing is to be counted. KeyError when a prediction is missing."""
    by_id = {row["id"]: row for row in predicted}
    pairs = [(row, by_id[row["id"]]) for row in gold]
    routed = [(g, p) for g, p in pairs if g["action"] == "route" and g["fields"]]
    found: dict[str, float] = {"cases": len(pairs)}
    found["action_accuracy"] = _share(g["action"] == p["action"] for g, p in pairs)
    found["primary_window"] = _share(primary_right(g, p) for g, p in routed)
    found["field_set_f1"] = _set_f1([(set(g["fields"]), set(p["fields"])) for g, p in routed])
    found["misrouted"] = _share(misrouted(g, p) for g, p in routed)
    found["asked_needlessly"] = _share(p["action"] == "clarify" for _, p in routed)
    for name in ("clarify", "info", "other", "chat"):
        found[f"{name}_recall"] = _share(p["action"] == name for g, p in pairs if g["action"] == name)
    found.update(_complex(pairs))
    found["pattern_f1"] = _set_f1([(set(g["patterns"]), set(p["patterns"])) for g, p in pairs])
    found.update(_danger(pairs))
    if all("about" in g and "about" in p for g, p in routed):
        found["about_f1"] = _set_f1([(set(g["about"]), set(p["about"])) for g, p in routed])
    calm = [(g, p) for g, p in pairs if not g["crisis"] and g["urgency"] == "normal"]
    found["false_alarms"] = _share(_alarmed(p) for _, p in calm)
    return found


def primary_right(gold: Row, predicted: Row) -> bool:
    """The first window named is the right one; in a complex case any of the right ones."""
    fields = predicted["fields"]
    return bool(fields) and (fields[0] in gold["fields"] if gold["complex"] else fields[0] == gold["fields"][0])


def misrouted(gold: Row, predicted: Row) -> bool:
    """Sent only where nobody can help, and nobody else told."""
    return bool(predicted["fields"]) and not set(predicted["fields"]) & set(gold["fields"]) and not predicted["complex"]


def _complex(pairs: Sequence[Pair]) -> dict[str, float]:
    hit = sum(g["complex"] and p["complex"] for g, p in pairs)
    over = sum(not g["complex"] and p["complex"] for g, p in pairs)
    missed = sum(g["complex"] and not p["complex"] for g, p in pairs)
    return {"complex_precision": _ratio(hit, hit + over), "complex_recall": _ratio(hit, hit + missed),
            "complex_f1": _ratio(2 * hit, 2 * hit + over + missed)}


def _danger(pairs: Sequence[Pair]) -> dict[str, float]:
    life = [(g, p) for g, p in pairs if _LIFE & set(g["crisis"])]
    raised = [(g, p) for g, p in pairs if p["urgency"] == "emergency"]
    return {
        "crisis_recall": _share(_alarmed(p) for g, p in pairs if g["crisis"]),
        "suicide_recall": _share(bool(_LIFE & set(p["crisis"])) for _, p in life),
        "crisis_kind_f1": _set_f1([(set(g["crisis"]), set(p["crisis"])) for g, p in pairs]),
        "emergency_recall": _share(p["urgency"] == "emergency" for g, p in pairs if g["urgency"] == "emergency"),
        "emergency_precision": _share(g["urgency"] == "emergency" for g, _ in raised),
    }


def _alarmed(row: Row) -> bool:
    return bool(row["crisis"]) or row["urgency"] in _ALERT


def _ratio(hit: float, total: float) -> float:
    return hit / total if total else float("nan")


def _share(hits: Iterable[bool]) -> float:
    listed = list(hits)
    return _ratio(sum(listed), len(listed))


def _set_f1(pairs: Iterable[tuple[set[str], set[str]]]) -> float:
    both = over = missed = 0
    for gold, predicted in pairs:
        both += len(gold & predicted)
        over += len(predicted - gold)
        missed += len(gold - predicted)
    return _ratio(2 * both, 2 * both + over + missed)


def confusion(gold: Sequence[Row], predicted: Sequence[Row], key: str) -> Counter[tuple[str, str]]:
    """(gold, predicted) -> count for `action`, `urgency`, or the first field (`primary`)."""
    by_id = {row["id"]: row for row in predicted}
    return Counter((_value(row, key), _value(by_id[row["id"]], key)) for row in gold)


def _value(row: Row, key: str) -> str:
    if key == "primary":
        return str(row["fields"][0]) if row["fields"] else "-"
    return str(row[key])


@dataclass(frozen=True, slots=True)
class Miss:
    """A case with its faults, the worst first: a missed crisis weighs most, then a wrong window, then the rest."""

    row: Row
    predicted: Row
    faults: tuple[str, ...]
    cost: int


def worst(gold: Sequence[Row], predicted: Sequence[Row], *, limit: int = 20) -> list[Miss]:
    """The cases that went most wrong."""
    by_id = {row["id"]: row for row in predicted}
    misses = [_miss(row, by_id[row["id"]]) for row in gold]
    return sorted((miss for miss in misses if miss.cost), key=lambda miss: -miss.cost)[:limit]


def _miss(gold: Row, predicted: Row) -> Miss:
    faults: list[tuple[str, int]] = []
    if gold["crisis"] and not _alarmed(predicted):
        faults.append(("missed crisis", 20))
    if not gold["crisis"] and gold["urgency"] == "normal" and _alarmed(predicted):
        faults.append(("false alarm", 6))
    if gold["action"] == "route" and gold["fields"] and not primary_right(gold, predicted):
        faults.append(("primary window", 8 if misrouted(gold, predicted) else 5))
    for key, cost in (("action", 3), ("complex", 3), ("urgency", 2)):
        if gold[key] != predicted[key]:
            faults.append((key, cost))
    for key in ("fields", "patterns", "crisis"):
        faults.extend((key, 1) for _ in set(gold[key]) ^ set(predicted[key]))
    return Miss(gold, predicted, tuple(dict.fromkeys(name for name, _ in faults)), sum(cost for _, cost in faults))


@dataclass(frozen=True, slots=True)
class Change:
    """A message that two knowledge versions judge differently. better: positive where the new one is nearer to gold."""

    id: str
    text: str
    keys: tuple[str, ...]
    better: int | None


COMPARED = ("action", "fields", "complex", "patterns", "urgency", "crisis", "about")


def compare(
    messages: Sequence[Row], old: Sequence[Row], new: Sequence[Row], *, keys: Sequence[str] = COMPARED
) -> list[Change]:
    """Which decisions change from `old` to `new` on the same messages; where labels exist, for better or worse.

    keys: what is compared.
    """
    before = {row["id"]: row for row in old}
    after = {row["id"]: row for row in new}
    changes = []
    for row in messages:
        one, other = before[row["id"]], after[row["id"]]
        differing = tuple(key for key in keys if one[key] != other[key])
        if differing:
            better = _miss(row, one).cost - _miss(row, other).cost if "action" in row else None
            changes.append(Change(str(row["id"]), str(row.get("text", "")), differing, better))
    return changes
