"""Who still points to a thing that is to go: the town's own knowledge, and for a window the records of the desk.

What the knowledge says would be refused by the check too, one place at a time and as a place in a file; here all of it is
told at once, in words and with the thing to be changed. Of records it is only told that there are some: a restricted
matter must not show in a count.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.models import CaseAgency, StaffMember, StaffWindow, TicketMove, TicketWindow
from knowledge.overlay import Kind
from knowledge.schema import Town
from knowledge.types import Glossary

WAYS: tuple[Kind, str] = ("town", "ways")
TOPICS: tuple[Kind, str] = ("town", "topics")


class StillHeld(Exception):
    """Records of the desk or colleagues hold a window that would go."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """One place that points to it. about: the thing that officials can change here; None: only a file can."""

    name: str
    about: tuple[Kind, str] | None = None


def pointers(about: tuple[Kind, str], town: Town, glossary: Glossary) -> tuple[Pointer, ...]:
    """Places in the town's knowledge, in the order of its pages."""
    match about[0]:
        case "window":
            return tuple(_to_window(about[1], town, glossary))
        case "word":
            entries = town.lexicon.entries if town.lexicon else ()
            return tuple(
                Pointer(f"言葉「{entry.because}」が打ち消している", ("word", entry.id))
                for entry in entries if about[1] in entry.covers
            )
        case "town" | "reply" | "faq":
            return ()


def _to_window(key: str, town: Town, glossary: Glossary) -> Iterator[Pointer]:
    facts, words = town.municipality, glossary.words
    for field in _naming(key, facts.field_windows):
        yield Pointer(f"分野「{words.get(f'field_{field}', field)}」の案内の先", WAYS)
    for crisis in _naming(key, facts.crisis_windows):
        yield Pointer(f"危険「{words.get(f'crisis_{crisis}', crisis)}」の担当", WAYS)
    for topic in _naming(key, facts.topic_windows):
        yield Pointer(f"話題「{glossary.topics.get(topic, topic)}」の案内の先", TOPICS)
    if facts.coordinator.window == key:
        yield Pointer(f"調整役（{facts.coordinator.title}）の窓口")
    if facts.general_desk_window == key:
        yield Pointer("福祉でない話を案内する先")
    for programme in facts.programmes:
        if key in programme.windows:
            yield Pointer(f"事業「{programme.name}」")
    for meeting in town.meetings:
        if key in meeting.conveners:
            yield Pointer(f"会議「{meeting.name}」を招集する窓口")
    for entry in town.faq:
        if key in entry.windows:
            yield Pointer(f"質問「{entry.question}」の窓口", ("faq", entry.id))


def _naming(key: str, table: Mapping[Any, tuple[str, ...]]) -> Iterable[Any]:
    return (name for name, windows in table.items() if key in windows)


async def records(session: AsyncSession, window: str) -> tuple[str, ...]:
    """What of the desk holds a window (`taiki.fukushi`), in words; empty = nothing."""
    found = []
    held = select(TicketWindow.id).where(TicketWindow.window_id == window).limit(1)
    moved = select(TicketMove.id).where(or_(TicketMove.from_window == window, TicketMove.to_window == window)).limit(1)
    if await session.scalar(held) or await session.scalar(moved):
        found.append("この窓口の案件の記録")
    if await session.scalar(select(CaseAgency.id).where(CaseAgency.window_id == window).limit(1)):
        found.append("この窓口が入った多機関のケースの記録")
    colleagues = select(StaffMember).join(StaffWindow, StaffWindow.staff_id == StaffMember.id).where(
        StaffWindow.window_id == window, StaffMember.disabled_at.is_(None)
    )
    names = [row.name or row.login for row in await session.scalars(colleagues)]
    if names:
        found.append(f"この窓口の職員: {'、'.join(sorted(names))}")
    return tuple(found)


def gone(before: Town, after: Town) -> tuple[str, ...]:
    """Full ids of the windows that go: by a removal, or by the return to a version that had none of them."""
    kept = {window.id for window in after.windows}
    return tuple(f"{before.id}.{window.id}" for window in before.windows if window.id not in kept)


async def none_held(session: AsyncSession, windows: Iterable[str]) -> None:
    """StillHeld where one of them is: nothing that people have worked with loses its window."""
    for window in windows:
        if await records(session, window):
            raise StillHeld(window)
