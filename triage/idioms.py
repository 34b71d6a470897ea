"""What an idiom silences, told by the data alone. No tokeniser: the crisis matcher, which cannot fail, reads it too."""

from collections.abc import Iterable, Mapping

from knowledge.schema import Entry


def crisis_kinds(entries: Iterable[Entry]) -> dict[str, str]:
    """Entry id -> kind of crisis."""
    return {entry.id: entry.crisis for entry in entries if entry.crisis is not None}


def covered(idiom: Entry, kinds: Mapping[str, str]) -> frozenset[str]:
    """What an idiom silences: the entries it names, and with a crisis word every other word of that crisis."""
    return frozenset((*idiom.covers, *(f"@{kinds[name]}" for name in idiom.covers if name in kinds)))
