"""Which changes need a second pair of eyes: what is said and done in a crisis, and the telephones that take reports.

Pure. Everything else needs a reason, and nothing more.
"""

from collections.abc import Sequence

from handoff.editing.ground import Change, Ground
from knowledge.overlay import Edit, Kind, Values

DELICATE_REPLIES = (
    "crisis_", "call_", "safe_", "ask_safe", "ask_tonight", "choice_tonight", "report", "contact_", "held_lifeline",
)
"""Beginnings of ids of replies that speak in danger."""
DELICATE_FACTS = frozenset({"night", "report_telephones", "languages", "crisis_windows"})
"""Of the town itself: who reads at night, where reports of abuse are taken, in which languages danger is answered, by whom."""


def needs_second(change: Change, ground: Ground) -> bool:
    """Whether somebody else has to approve it."""
    about = change.about
    if about is not None:
        now = ground.of(about) or {}
        return _delicate(*about, names=change.values, states=(now, {**now, **change.values}))
    older, newer = _by_thing(ground.edits), _by_thing(change.edits)
    differing = [key for key in {**older, **newer} if older.get(key) != newer.get(key)]
    return any(_edited(key, older.get(key), newer.get(key), ground) for key in differing)


def _by_thing(edits: Sequence[Edit]) -> dict[tuple[Kind, str], Edit]:
    return {edit.about: edit for edit in edits}


def _edited(about: tuple[Kind, str], older: Edit | None, newer: Edit | None, ground: Ground) -> bool:
    in_files = ground.in_files(about) or {}
    states = [{**in_files, **edit.values} for edit in (older, newer) if edit is not None]
    touched = {name: value for edit in (older, newer) if edit is not None for name, value in edit.values.items()}
    return _delicate(*about, names=touched, states=states)


def _delicate(kind: Kind, key: str, *, names: Values, states: Sequence[Values]) -> bool:
    match kind:
        case "reply":
            return key.partition(".")[2].startswith(DELICATE_REPLIES)
        case "town":
            return not DELICATE_FACTS.isdisjoint(names)
        case "word":
            return any(one.get("kind") in ("crisis", "idiom") or one.get("crisis") or one.get("level") for one in states)
        case "window" | "faq":
            return False
