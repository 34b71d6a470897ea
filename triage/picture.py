"""The picture of a household that grows while a conversation is read. Mutable inside one decision only.

Must not know: how it is filled (`people.py`), what follows from it (`rules.py`).
"""

from dataclasses import dataclass, field
from typing import Literal

from knowledge.schema import About
from triage.context import Found
from triage.types import Span

CHILDHOOD_END = 18
Link = Literal["topic", "of", "owner", "bare", "object", "dative", "other"]


@dataclass(slots=True, eq=False)
class Someone:
    """A person of the picture, equal to nobody else. key: which mother, which son; marks: ids of needs and entries that hold for them."""

    role: About
    key: str
    age: tuple[int, int] | None = None
    marks: dict[str, list[Span]] = field(default_factory=dict)
    needs: dict[str, list[Span]] = field(default_factory=dict)
    evidence: list[Span] = field(default_factory=list)
    deceased: bool = False
    named: bool = False
    topical: bool = False

    def may_be(self, low: int, high: int) -> bool:
        """True where the age, if known, lies in low..high at least in part."""
        return self.age is not None and self.age[0] <= high and self.age[1] >= low

    def minor(self) -> bool:
        """Surely under 18."""
        return self.age is not None and self.age[0] < CHILDHOOD_END and self.age[1] <= CHILDHOOD_END

    def old(self) -> bool:
        """65 or more."""
        return self.age is not None and self.age[1] >= 65 and self.age[0] >= 60


@dataclass(slots=True, eq=False)
class Mention:
    """Somebody named at words first..last; link: how the sentence uses the name; aside: only standing by (出張が多い夫)."""

    someone: Someone
    first: int
    last: int
    link: Link
    clause: int
    sentence: int
    aside: bool = False


@dataclass(slots=True, eq=False)
class Spoken:
    """A match with its place in the conversation and the person it was given to."""

    found: Found
    begin: int
    end: int
    utterance: int
    holder: Someone | None


@dataclass(slots=True)
class Picture:
    """Everybody named, the writer's own part, and the matches that are somebody's, in order."""

    me: Someone
    writer: About = "self"
    people: list[Someone] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    mentions: list[list[Mention]] = field(default_factory=list)   # for each utterance
    main: Someone | None = None      # whom a neighbour or a professional writes about
    adult: bool = False              # the writer is surely grown up

    def living(self) -> list[Someone]:
        """All who live, the writer included."""
        return [self.me, *[someone for someone in self.people if not someone.deceased]]

    def of_role(self, role: About) -> list[Someone]:
        """All of a role, in order of mention."""
        return [someone for someone in self.people if someone.role == role]
