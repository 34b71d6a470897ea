"""Every decision ends at a person: each field, topic and kind of crisis of each town has somebody who takes it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from knowledge.errors import Problem
from knowledge.parse import Parsed
from knowledge.schema import CRISIS_KINDS, FIELDS, Municipality, Window
from knowledge.schema.extras import GlossaryFile, WindowFile
from knowledge.source import Step


def takers(municipality: Municipality, windows: Sequence[Window], topic: str) -> tuple[str, ...]:
    """Local ids of the windows that a topic leads to: `topic_windows`, else windows and desks that name the topic."""
    named = municipality.topic_windows.get(topic, ())
    found = named or tuple(
        window.id for window in windows if topic in window.topics or any(topic in desk.topics for desk in window.desks)
    )
    return tuple(window for window in found if window in reachable(municipality, windows))


def reachable(municipality: Municipality, windows: Sequence[Window]) -> frozenset[str]:
    """Windows at which a resident's matter may end: those with intake, and the coordinator's."""
    return frozenset({window.id for window in windows if window.intake} | {municipality.coordinator.window})


def check_coverage(parsed: Parsed) -> Iterator[Problem]:
    """Findings over the towns whose two main files have the right shape."""
    for town in parsed.towns():
        start = f"municipalities/{town}/"
        path = start + "municipality.yaml"
        municipality = parsed.of(Municipality, start).get(path)
        windows = parsed.of(WindowFile, start).get(start + "windows.yaml")
        if municipality is not None and windows is not None:
            yield from _town(parsed, path, municipality, windows.windows)


def _town(parsed: Parsed, path: str, town: Municipality, windows: Sequence[Window]) -> Iterator[Problem]:
    # Ids of no window are told by references.py; here they count as ends, so that one slip is told once.
    known = {window.id for window in windows}
    named = {
        window
        for table in (town.field_windows, town.topic_windows, town.crisis_windows)
        for ids in table.values()
        for window in ids
    }
    ends = reachable(town, windows) | (named | {town.general_desk_window or ""}) - known
    yield from _table(parsed, path, "field_windows", FIELDS, town.field_windows, ends)
    yield from _table(parsed, path, "crisis_windows", CRISIS_KINDS, town.crisis_windows, ends)
    glossary = parsed.of(GlossaryFile, "glossary").get("glossary.yaml")
    fallback = town.general_desk_window or town.coordinator.window
    for topic in glossary.topics.terms if glossary else ():
        # A topic that nobody names goes to the general desk or the coordinator; one that leads only to closed doors
        # does not.
        if not takers(town, windows, topic) and (topic in town.topic_windows or fallback not in ends):
            yield _nobody(parsed, path, ("topic_windows", topic), topic)
    yield from _desks(parsed, path.replace("municipality.yaml", "windows.yaml"), town, windows)


def _desks(parsed: Parsed, path: str, town: Municipality, windows: Sequence[Window]) -> Iterator[Problem]:
    """A desk's topic must lead to its window, or residents are sent past the desk that takes them."""
    for at, window in enumerate(windows):
        for number, desk in enumerate(window.desks):
            for topic in desk.topics:
                if topic not in window.topics and window.id not in town.topic_windows.get(topic, ()):
                    yield parsed.problem(
                        path,
                        ("windows", at, "desks", number, "topics"),
                        (
                            f"係「{desk.name}」の話題 {topic} が窓口にありません",
                            f"`{topic}` of desk `{desk.id}` is no topic of its window",
                        ),
                        ("この話題の人が、この係のある窓口へ案内されません", "nobody with this topic is sent to the window of this desk"),
                        (
                            f"窓口「{window.id}」の topics にも {topic} を書いてください",
                            f"add `{topic}` to the topics of window `{window.id}`",
                        ),
                    )


def _table(
    parsed: Parsed,
    path: str,
    name: str,
    kinds: Sequence[str],
    table: Mapping[Any, Sequence[str]],
    ends: frozenset[str],
) -> Iterator[Problem]:
    for kind in kinds:
        where: tuple[Step, ...] = (name, kind) if kind in table else (name,)
        if not any(window in ends for window in table.get(kind, ())):
            yield _nobody(parsed, path, where, f"{name}.{kind}")


def _nobody(parsed: Parsed, path: str, where: tuple[Step, ...], kind: str) -> Problem:
    return parsed.problem(
        path,
        where,
        (f"「{kind}」を受ける窓口がありません", f"nobody takes `{kind}`"),
        ("住民の相談が行き止まりになります", "a resident would reach a dead end"),
        (
            "住民を受ける窓口（intake: false でないもの）か調整役の窓口を1つ以上書いてください",
            "name at least one window with intake, or the coordinator's",
        ),
    )
