"""The list of data keys that were destroyed on purpose, kept beside the key file: a restored backup must not bring back
what was erased after it was made.

One id a line, nothing else; it tells nobody's name and no word. Must not know sessions or what the keys sealed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

NAME = "erased-keys.txt"


class Erasures:
    """The ids of destroyed data keys, on disk before the database forgets them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def beside(cls, key_file: Path) -> Erasures:
        """The list that belongs to a key file."""
        return cls(key_file.with_name(NAME))

    def known(self) -> frozenset[UUID]:
        """All ids so far. ValueError for a line that is none: a list cut or changed must not pass for whole."""
        if not self.path.exists():
            return frozenset()
        lines = self.path.read_text("ascii").splitlines()
        try:
            return frozenset(UUID(line) for line in lines if line)
        except ValueError:
            raise ValueError(f"{self.path}: 読めない行があります。控えから戻してください。 / a line is no id; restore it.") from None

    def note(self, ids: Iterable[UUID]) -> int:
        """Add those that are not there yet, durably; how many were new."""
        fresh = sorted(set(ids) - self.known())
        if fresh:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.writelines(f"{one}\n" for one in fresh)
                file.flush()
                os.fsync(file.fileno())
        return len(fresh)
