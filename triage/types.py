"""What triage takes and gives. Frozen; nothing here knows how it is computed.

All offsets are half-open ranges of Unicode code points of the conversation text, that is the utterances joined by
one newline each (`Decision.text`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from knowledge.schema import About, CrisisKind, Field, Pattern, Town, Urgency

Action = Literal["route", "clarify", "info", "other", "chat"]
Programme = Literal["coordination", "outreach", "participation"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: the rule or entry that spoke, in Japanese, and where it read it. weakened says what took force from it.

    gave: the pattern or kind of crisis that it spoke for; who is there to be hurt may settle a kind on its neighbour.
    """

    rule: str
    because: str
    evidence: tuple[Span, ...] = ()
    weakened: str | None = None
    gave: tuple[Pattern | CrisisKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the picture. age is (low, high) in years, None unknown; needs from the glossary's closed list."""

    role: About
    age: tuple[int, int] | None = None
    needs: tuple[str, ...] = ()
    evidence: tuple[Span, ...] = ()
    deceased: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """聞き返し: one closed question. text and labels are reply ids (`replies/*.yaml`); value is what a button posts.

    Typed answers come back through the ordinary reading of the conversation, so a value is plain Japanese.
    """

    id: str
    choices: tuple[tuple[str, str], ...]  # (label reply id, value as the resident's own words)


@dataclass(frozen=True, slots=True)
class Decision:
    """判定 for the whole conversation so far."""

    action: Action
    text: str
    fields: tuple[Field, ...] = ()
    complex: bool = False
    patterns: tuple[Pattern, ...] = ()
    urgency: Urgency = "normal"
    crisis: tuple[CrisisKind, ...] = ()
    about: tuple[About, ...] = ("unknown",)
    household: tuple[Person, ...] = ()
    needs: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    unknown: tuple[str, ...] = ()
    question: Question | None = None
    programme: Programme | None = None
    language: str = "ja"
    summary: str = ""
    knowledge: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the dialogue has already asked: question ids in order. At most three are ever asked."""

    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalWords:
    """What one town adds: parameters (thresholds), its prefecture (dialect words), its id (words of its own)."""

    parameters: Mapping[str, int | None] = field(default_factory=dict)
    prefecture: str | None = None
    town: str | None = None

    @classmethod
    def of(cls, town: Town) -> "LocalWords":
        """Those of a town's pack."""
        parameters = {one.id: one.value for one in town.municipality.parameters}
        return cls(parameters, prefecture=town.municipality.prefecture, town=town.id)


class Triage(Protocol):
    """What the dialogue needs of triage; `triage.engine.Engine` is the real one."""

    def decide(
        self, utterances: Sequence[str], *, today: date, asked: Asked = Asked(), local: LocalWords = LocalWords()
    ) -> Decision:
        """Judge the conversation. Never raises on any text; always gives a reason. Thread-safe."""
        ...

    def glance(self, text: str, town: str | None = None) -> CrisisKind | None:
        """The crisis matcher alone over raw text, with the words of a town: microseconds, cannot fail, recall first.

        For queue priority.
        """
        ...

    def kinds(self, text: str, town: str | None = None) -> tuple[CrisisKind, ...]:
        """All that it sees, the gravest first."""
        ...
