"""What the dialogue remembers between turns: small, without a resident's words. Kept as JSON on the conversation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from knowledge.schema import CrisisKind, Urgency

RANK: dict[Urgency, int] = {"normal": 0, "urgent": 1, "emergency": 2}


@dataclass(frozen=True, slots=True)
class State:
    """One episode of a conversation.

    since: triage reads resident messages after this sequence; asked: question ids in order; crises and urgency: what the
    crisis lane has already answered; windows: what has been named; told_until: ISO time of the opening up to which the
    resident knows that nobody reads; greeted: whether the notice was given; added: how many additions have been received
    since the first answer; noted: what has been said once and is not said so again (`invited`, `other`, `aside_call_me`);
    asked_us: what the resident asked about the front door last; private: a child writes, or of danger, so no notification
    shows what is said from now on, whoever says it; standby: another module has the talk (LINE), so the bot says nothing there.
    """

    since: int = 0
    asked: tuple[str, ...] = ()
    crises: tuple[CrisisKind, ...] = ()
    urgency: Urgency = "normal"
    windows: tuple[str, ...] = ()
    told_until: str | None = None
    greeted: bool = False
    ticket: bool = False
    added: int = 0
    noted: tuple[str, ...] = ()
    asked_us: tuple[str, ...] = ()
    private: bool = False
    standby: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "State":
        """Read leniently: a key of an older version is left out, a missing one has its default."""
        known: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items() if key in KEYS}
        return cls(**known)

    def next_episode(self, sequence: int) -> "State":
        """A closed matter is over: what comes after `sequence` is read afresh."""
        return State(since=sequence, greeted=self.greeted, noted=tuple(one for one in self.noted if one in KEPT))

    def noting(self, what: str) -> "State":
        return self if what in self.noted else replace(self, noted=(*self.noted, what))

    def with_question(self, question: str) -> "State":
        return replace(self, asked=(*self.asked, question))


KEPT = ("body_asked",)
"""Notes that outlive a matter: a yes may be taken back after it (`agreeing`)."""
KEYS = frozenset(State.__dataclass_fields__)

