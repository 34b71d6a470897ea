"""What is wrong with the knowledge files, said so that a town official can put it right.

Must not know how the files are read; it only carries the finding.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


def both(japanese: str, english: str) -> str:
    """One text in the two languages of the contract: Japanese first."""
    return f"{japanese} / {english}"


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)), None)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. file is relative to the parent of the knowledge folder; line counts from 1, None = the whole file.

    what, why and fix are "日本語 / English".
    """

    file: str
    line: int | None
    what: str
    why: str
    fix: str

    @property
    def place(self) -> str:
        """`file:line`, as editors open it."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"{self.place}: {self.what}（{self.why}）→ {self.fix}"


class KnowledgeError(Exception):
    """The files cannot be used. problems holds every finding, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
