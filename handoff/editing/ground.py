"""What a change stands on: the town's files, what is live over them, and what becomes of both with the change.

Pure: knows no database and no pages. A change of one thing and the return to an older version are both changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from handoff.desk.proof import proof
from knowledge.errors import KnowledgeError, Problem
from knowledge.loader import File
from knowledge.overlay import KINDS, Edit, Kind, Values, as_data, from_data, laid, merged, overtaken, said
from knowledge.schema import Town
from knowledge.shared import by_field, laid_over, problems_of
from knowledge.source import Data
from knowledge.types import Knowledge

ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Change:
    """What a draft holds. before and files: what was live, and what the files said, of the touched fields when it was
    written (None: there was no such thing). edits: of the version that a rollback brings back.
    """

    kind: Kind | None
    key: str
    values: Values
    removed: bool = False
    before: Values | None = None
    files: Values | None = None
    edits: tuple[Edit, ...] = ()

    @property
    def about(self) -> tuple[Kind, str] | None:
        """The thing it changes; None for a rollback."""
        return None if self.kind is None else (self.kind, self.key)

    def as_content(self) -> dict[str, Any]:
        """For keeping."""
        return {
            "values": dict(self.values), "removed": self.removed, "edits": as_data(self.edits),
            "before": None if self.before is None else dict(self.before),
            "files": None if self.files is None else dict(self.files),
        }

    @classmethod
    def from_content(cls, kind: str, key: str, content: Mapping[str, Any]) -> "Change":
        """What `as_content` made."""
        known = next((one for one in KINDS if one == kind), None)
        return cls(
            known, key, content["values"], content["removed"], content["before"], content["files"],
            from_data(content["edits"]),
        )


@dataclass(frozen=True)
class Ground:
    """A town as it is served. shared: the knowledge of the files alone; sequence: of the live version, 0 = files."""

    town: str
    files: tuple[File, ...]
    shared: Knowledge
    sequence: int = 0
    edits: tuple[Edit, ...] = ()
    _told: dict[date, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def live(self) -> tuple[File, ...]:
        """The files with what is live in them."""
        return laid(self.town, self.files, self.edits)

    def of(self, about: tuple[Kind, str]) -> Values | None:
        """What is live of a thing."""
        return said(self.town, self.live, about)

    def in_files(self, about: tuple[Kind, str]) -> Values | None:
        """What the files alone say of it."""
        return said(self.town, self.files, about)

    def change(self, about: tuple[Kind, str], values: Values, *, removed: bool = False) -> Change:
        """A change as it is written now: only the fields that differ from what is live."""
        now, in_files = self.of(about), self.in_files(about)
        touched: dict[str, Data] = {name: value for name, value in values.items() if value != (now or {}).get(name)}
        names = list(now or {}) if removed else list(touched)
        return Change(
            *about, {} if removed else touched, removed,
            before=None if now is None else {name: now.get(name) for name in names},
            files=None if in_files is None else {name: in_files.get(name) for name in names},
        )

    def rollback(self, sequence: int, edits: Sequence[Edit]) -> Change:
        """Back to a version; 0 = the files alone."""
        return Change(None, str(sequence), {"sequence": self.sequence}, edits=tuple(edits))

    def after(self, change: Change) -> tuple[Edit, ...]:
        """All edits of the town with this change among them."""
        about = change.about
        if about is None:
            return change.edits
        return merged(self.edits, Edit(*about, change.values, removed=change.removed), self.in_files(about))

    def served(self, edits: Sequence[Edit]) -> Town:
        """The town with these edits, as far as the files bear them."""
        return laid_over(self.shared, self.town, self.files, edits).knowledge.towns[self.town]

    def knowledge(self, edits: Sequence[Edit]) -> Knowledge:
        """All the knowledge with these edits of this town."""
        return laid_over(self.shared, self.town, self.files, edits).knowledge

    def moved(self, change: Change) -> dict[str, str]:
        """Fields that are no longer what they were when the change was written, and by whom: `files` or `version`."""
        about = change.about
        if about is None:
            return {} if change.values.get("sequence") == self.sequence else {"": "version"}
        by_files = overtaken(Edit(*about, {}, change.files), _narrow(self.in_files(about), change.files))
        live = overtaken(Edit(*about, {}, change.before), _narrow(self.of(about), change.before))
        return {name: "files" if name in by_files else "version" for name in live}

    def outdated(self) -> list[tuple[Edit, tuple[str, ...]]]:
        """Live edits that the files have overtaken, and in which fields."""
        found = [(edit, overtaken(edit, self.in_files(edit.about))) for edit in self.edits]
        return [(edit, fields) for edit, fields in found if fields]

    def problems(self, change: Change, *, today: date) -> dict[str, list[Problem]]:
        """What `tsunagu check` says of the change and did not say before, by field; "" for the rest of the town."""
        edits = self.after(change)
        try:
            files = laid(self.town, self.files, edits)
        except KnowledgeError as error:
            return {"": list(error.problems)}
        if today not in self._told:
            self._told[today] = frozenset(problem.what for problem in self._check(self.live, today))
        found = [problem for problem in self._check(files, today) if problem.what not in self._told[today]]
        about = change.about
        if about is None:
            return {"": found} if found else {}
        places = by_field(found, self.town, files, Edit(*about, change.values))
        # What can't be read takes everything that leads to it with it: the cause is told, not its followers.
        return {name: told for name, told in places.items() if name} or places

    def _check(self, files: Sequence[File], today: date) -> list[Problem]:
        return problems_of(self.town, files, self.shared, today=today, looks=[proof(today=today)])


def _narrow(values: Values | None, like: Values | None) -> Values | None:
    """Only the fields that are compared."""
    return values if values is None or like is None else {name: values.get(name) for name in like}
