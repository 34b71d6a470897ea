"""What a turn's answer is thought out of, and what comes of it. Shapes only; `replies.py` thinks.

Knows no store and no channel's own shapes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bots.types import MediaKind, Outgoing
from handoff.intake.callback import Wish
from handoff.intake.state import State
from handoff.intake.taps import Door
from knowledge.loader import Knowledge
from knowledge.schema import Town

Why = Literal["triage", "media", "asked_enough", "parked"]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything beside the decision. texts: of this turn, which begins at `since` in the decision's text;

    fresh_crisis: crisis words in them; answer: from the FAQ.
    """

    town: Town
    knowledge: Knowledge
    windows: tuple[str, ...]
    channel: str
    texts: tuple[str, ...]
    media: tuple[MediaKind, ...]
    now: datetime
    zone: ZoneInfo
    since: int = 0
    fresh_crisis: bool = False
    answer: Outgoing | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to say and do. ticket: why staff are called; alarm: whoever is on duty is told; language: once known.

    call: how they would like to be telephoned, as far as told. LINE only: doors, the buttons under it (asked: the resident
    asked for them just now); quiet, no notification shows it; slight, an acknowledgement for which no push is paid.
    """

    bubbles: tuple[Outgoing, ...]
    state: State
    ticket: Why | None = None
    language: str | None = None
    doors: tuple[Door, ...] = ()
    asked: bool = False
    quiet: bool = False
    alarm: bool = False
    slight: bool = False
    call: Wish | None = None

    def also(self, said: Outgoing) -> tuple[Outgoing, ...]:
        """The bubbles with one more below the rest, above the question that its buttons belong to."""
        if not (said.text or said.cards):
            return self.bubbles
        if self.bubbles and self.bubbles[-1].choices:
            return (*self.bubbles[:-1], said, self.bubbles[-1])
        return (*self.bubbles, said)
