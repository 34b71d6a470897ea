"""Which windows hear a resident's matter. Pure: a decision and the town's pack in, full window ids out.

The order is what the resident reads: who owns the danger, then each field, most responsible first, then further
subjects, then the coordinator of tangled cases.
"""

from collections.abc import Iterable, Iterator

from knowledge.schema import Pattern, Town, Window
from triage.types import Decision

SUBJECT_OF: dict[Pattern, str] = {
    "young_carer": "young_carer", "hikikomori": "withdrawn", "foreign_resident": "foreign", "ex_offender": "release",
    "single_parent": "single_parent", "disaster": "disaster", "care_leaver": "youth",
}
"""Patterns that are a window's subject under another name (`topics` of knowledge/glossary.yaml)."""
ANYTHING = "general"


def windows_for(decision: Decision, town: Town) -> tuple[str, ...]:
    """Full ids (`taiki.fukushi`), each once. Never empty when the action is `route` or there is a crisis."""
    named = [window.id for window in _named(decision, town) if window.intake]
    coordinator = town.municipality.coordinator.window
    if needs_coordinator(decision, town) or (not named and decision.action == "route"):
        named.append(coordinator)
    return tuple(f"{town.id}.{window}" for window in dict.fromkeys(named or _owner_of_danger(decision, coordinator)))


def needs_coordinator(decision: Decision, town: Town) -> bool:
    """Whether the coordinator is to know: a tangled case, or a danger that the pack puts before the coordinator too."""
    return decision.complex or town.municipality.coordinator.window in _of_crisis(decision, town)


def _owner_of_danger(decision: Decision, coordinator: str) -> tuple[str, ...]:
    """No danger is without an owner, even where a pack names only windows that take no residents."""
    return (coordinator,) if decision.crisis else ()


def coordinator_window(town: Town) -> str:
    """Full id of the window that holds tangled cases."""
    return f"{town.id}.{town.municipality.coordinator.window}"


def _named(decision: Decision, town: Town) -> Iterator[Window]:
    yield from _windows(town, _of_crisis(decision, town))
    by_subject = list(_windows(town, _of_subjects(decision, town)))
    for field in decision.fields:
        special = [window for window in by_subject if field in window.fields]
        special.sort(key=lambda window: len(window.fields))  # who is there for this field alone, before who is there for many
        yield from special
        if not special:  # a window for the very subject stands for its field
            yield from _windows(town, town.municipality.field_windows.get(field, ()))
    yield from by_subject
    if decision.action == "other" and town.municipality.general_desk_window:
        yield town.window(town.municipality.general_desk_window)


def _of_crisis(decision: Decision, town: Town) -> Iterator[str]:
    for kind in decision.crisis:
        yield from town.municipality.crisis_windows.get(kind, ())


def _of_subjects(decision: Decision, town: Town) -> Iterator[str]:
    """Windows of the subjects: those that topic_windows names, else those that list the subject themselves."""
    of_patterns = (SUBJECT_OF[pattern] for pattern in decision.patterns if pattern in SUBJECT_OF)
    named = dict.fromkeys((*decision.topics, *of_patterns))
    if decision.fields or decision.crisis or len(named) > 1:
        named.pop(ANYTHING, None)  # only where nothing else says whose it is
    for topic in named:
        if topic in town.municipality.topic_windows:
            yield from town.municipality.topic_windows[topic]
        else:
            yield from (window.id for window in town.windows if topic in window.topics)


def _windows(town: Town, ids: Iterable[str]) -> Iterator[Window]:
    return (town.window(window) for window in dict.fromkeys(ids))
