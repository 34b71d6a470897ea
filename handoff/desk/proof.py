"""Proof that every road ends at a person: the real routing, run over every field, need, topic and danger of a town.

`knowledge/check.py` looks at the tables; this looks at what a resident would really be told, so that neither a table
nor the routing itself can lead nowhere. Pure. Part of `tsunagu check`, which hands it what was read.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from handoff.desk.routing import windows_for
from knowledge.errors import Problem
from knowledge.parse import Bundle, Parsed
from knowledge.schema import CRISIS_KINDS, FIELDS, Town
from knowledge.source import Step
from triage.types import Decision

Route = Callable[[Decision, Town], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Road:
    """One decision to be followed to its end. name and where are for the finding: what it is, where it is said."""

    name: tuple[str, str]
    decision: Decision
    where: tuple[Step, ...]


def proof(*, today: date | None = None, route: Route = windows_for) -> Callable[[Parsed], Iterator[Problem]]:
    """A look for `knowledge.check.check(looks=…)`. today None: periods of windows are not held against the calendar."""

    def look(parsed: Parsed) -> Iterator[Problem]:
        for town in parsed.bundle.towns.values() if parsed.bundle else ():
            for road in _once(roads(parsed.bundle, town)) if parsed.bundle else ():
                if not _ends(road.decision, town, today=today, route=route):
                    yield _dead_end(parsed, town, road)

    return look


def roads(bundle: Bundle, town: Town) -> Iterator[Road]:
    """Every field, kind of danger, topic and need; needs through the topics and fields of the words that give them."""
    words = bundle.glossary.words.terms
    for field in FIELDS:
        name = words.get(f"field_{field}", field)
        yield Road((f"分野「{name}」", f"field `{field}`"), _decision(fields=(field,)), ("field_windows", field))
    for kind in CRISIS_KINDS:
        name = words.get(f"crisis_{kind}", kind)
        yield Road((f"危機「{name}」", f"crisis `{kind}`"), _decision(crisis=(kind,)), ("crisis_windows", kind))
    for topic, label in bundle.glossary.topics.terms.items():
        yield Road((f"話題「{label}」", f"topic `{topic}`"), _decision(topics=(topic,)), ("topic_windows", topic))
    yield from _of_needs(bundle, town)


def _of_needs(bundle: Bundle, town: Town) -> Iterator[Road]:
    lexicons = [*bundle.lexicon, *((town.lexicon,) if town.lexicon else ())]
    entries = [entry for file in lexicons for entry in file.entries if entry.need]
    for need, label in bundle.glossary.needs.terms.items():
        name = (f"困りごと「{label}」", f"need `{need}`")
        yield Road(name, _decision(needs=(need,)), ("coordinator",))
        for entry in entries:
            if entry.need == need:
                topics = (entry.topic,) if entry.topic else ()
                crisis = (entry.crisis,) if entry.crisis else ()
                found = _decision(needs=(need,), topics=topics, fields=tuple(entry.fields), crisis=crisis)
                yield Road(name, found, ("topic_windows", entry.topic) if entry.topic else ("field_windows",))
        for rule in bundle.rules:
            if need in rule.needs:
                yield Road(name, _decision(needs=(need,), fields=rule.fields), ("field_windows",))


def _decision(
    *, fields: tuple[str, ...] = (), crisis: tuple[str, ...] = (), topics: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
) -> Decision:
    return Decision("route", "", fields=fields, crisis=crisis, topics=topics, needs=needs)  # type: ignore[arg-type]


def _once(found: Iterable[Road]) -> Iterator[Road]:
    """Many words give the same need, topic and fields; one road of each is enough."""
    seen: set[tuple[object, ...]] = set()
    for road in found:
        decision = road.decision
        key = (road.name, decision.topics, decision.fields, decision.crisis)
        if key not in seen:
            seen.add(key)
            yield road


def _ends(decision: Decision, town: Town, *, today: date | None, route: Route) -> bool:
    """True when somebody takes it: a window that takes residents in, or the coordinator's, that exists today."""
    try:
        windows = [town.window(window) for window in route(decision, town)]
    except KeyError:
        return True  # an id that leads nowhere is told by knowledge/references.py, with its own line
    coordinator = town.municipality.coordinator.window
    return any(
        (window.intake or window.id == coordinator)
        and (today is None or window.valid is None or window.valid[0] <= today <= window.valid[1])
        for window in windows
    )


def _dead_end(parsed: Parsed, town: Town, road: Road) -> Problem:
    path = f"municipalities/{town.id}/municipality.yaml"
    return parsed.problem(
        path,
        road.where,
        (f"{road.name[0]}の相談が、人のいる窓口に着きません", f"{road.name[1]} does not end at a person"),
        (
            "案内の結果をたどると、いま住民を受ける窓口も調整役もありませんでした",
            "followed to its end, no window that takes residents today and no coordinator was there",
        ),
        (
            "ここに住民を受ける窓口を書くか、その窓口の valid と intake を確かめてください",
            "name a window that takes residents here, or check its `valid` and `intake`",
        ),
    )
