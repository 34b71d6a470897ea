"""Information, other business, small talk: what a message wants when it is no need of help.

Must not know: fields' meaning, persons beyond their presence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from triage.picture import Picture

Kind = Literal["info", "other", "chat"]
_OWN = frozenset(("context_own",))


@dataclass(frozen=True, slots=True)
class Intent:
    """The strongest intent and what speaks against it. own: signs that somebody's life is meant; over: it is past."""

    kind: Kind | None
    strength: int
    own: int
    needs: int
    kin: int
    over: bool

    def sure(self, fields: Sequence[str], weights: Mapping[str, float]) -> bool:
        """True where the intent stands although words of need occur."""
        if self.kind is None:
            return False
        if not fields:
            return self.strength >= 1 and self.own <= 1
        if self.kind == "other":
            return self.own <= 1 and self.kin == 0 and self.needs <= 1 and max(weights.values()) <= 5
        return self.strength > self.own


def read(picture: Picture) -> Intent:
    """Weigh the intents of a conversation."""
    counts: dict[str, set[str]] = {"info": set(), "other": set(), "chat": set()}
    own = needs = 0
    over = False
    for spoken in picture.spoken:
        entry = spoken.found.hit.term.entry
        if entry.kind == "intent" and entry.intent:
            counts[entry.intent].add(entry.id)
        elif entry.id in _OWN:
            own += 1
        elif entry.id == "context_over" or spoken.found.weakened == "past":
            over = True
        elif entry.kind in ("need", "crisis") and spoken.found.weakened is None:
            needs += 1
    kin = [someone for someone in picture.people if someone.named and (someone.needs or someone.age)]
    own = min(own, 2) + min(len(kin), 2) + (1 if picture.me.age else 0)
    order: tuple[Kind, ...] = ("other", "info", "chat")
    kind = next((name for name in order if counts[name]), None)
    return Intent(kind, len(counts[kind]) if kind else 0, own, needs, len(kin), over)
