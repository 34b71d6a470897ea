"""A disk that loses power: SQLite writes through a VFS that remembers what was synced and what only seemed written.

`Disk.after` makes the files as they may be found after a cut: all that was synced, and of the rest any part, in sectors.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import apsw

SECTOR = 512


@dataclass(frozen=True)
class Act:
    """One thing that SQLite did to a file."""

    file: str
    kind: Literal["write", "truncate", "sync"]
    offset: int = 0
    data: bytes = b""


@dataclass
class Disk:
    """All that was done, in order, to the files of one database that was at rest before."""

    path: Path
    acts: list[Act] = field(default_factory=list)
    before: bytes = b""

    def __post_init__(self) -> None:
        self.before = self.path.read_bytes()

    def after(self, cut: int, chance: random.Random) -> dict[str, bytes]:
        """What is found when power fails after so many acts: name → content."""
        files = {self.path.name: bytearray(self.before)}
        for name in {act.file for act in self.acts[:cut]}:
            content = files.setdefault(name, bytearray())
            own = [act for act in self.acts[:cut] if act.file == name]
            synced = max((place for place, act in enumerate(own) if act.kind == "sync"), default=-1)
            for act in own[: synced + 1]:
                _apply(content, act)
            for act in own[synced + 1 :]:
                for part in _torn(act):
                    if chance.random() < 0.5:
                        _apply(content, part)
        return {name: bytes(content) for name, content in files.items()}


def _torn(act: Act) -> list[Act]:
    if act.kind != "write":
        return [act]
    starts = range(0, len(act.data), SECTOR)
    return [Act(act.file, "write", act.offset + start, act.data[start : start + SECTOR]) for start in starts]


def _apply(content: bytearray, act: Act) -> None:
    if act.kind == "truncate":
        del content[act.offset :]
    elif act.kind == "write":
        content.extend(bytes(max(0, act.offset - len(content))))
        content[act.offset : act.offset + len(act.data)] = act.data


class Watched(apsw.VFS):
    """The system's files, with every write and sync told to a disk."""

    def __init__(self, disk: Disk) -> None:
        self.vfs_name = f"watched-{id(disk)}"
        self.disk = disk
        super().__init__(self.vfs_name, "unix")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return _File(self.disk, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        whole = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        self.told, self.own = disk.acts, Path(whole).name

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self.told.append(Act(self.own, "write", offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self.told.append(Act(self.own, "truncate", newsize))

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self.told.append(Act(self.own, "sync"))
