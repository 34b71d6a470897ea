"""Words that a text has and the lexicon has not, and those that counted, asked of a process that can read Japanese.

For a page, never kept.

The text goes through a pipe: it stands in no argument, no file and no log.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.settings import ROOT
from knowledge.schema import Town

SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Sense:
    """A word as written, the entries of the lexicon that it counted for, why, and phrases in which it stood."""

    word: str
    entries: tuple[str, ...]
    because: tuple[str, ...]
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """words: in dictionary form; names: what looks like somebody's or some place's name; senses: words that counted."""

    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    senses: tuple[Sense, ...] = ()


class NotProposed(Exception):
    """The other process failed or took too long. Says nothing of the text."""


async def proposed(texts: Sequence[str], town: Town, *, senses: bool = False) -> Proposed:
    """Ask. senses: for the words that counted too, which takes seconds. NotProposed."""
    if not texts:
        return Proposed()
    question = json.dumps(asked(texts, town, senses=senses)).encode()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api.commands.unheard", cwd=ROOT, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        answer, _ = await asyncio.wait_for(child.communicate(question), SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()
        raise NotProposed from None
    if child.returncode:
        raise NotProposed
    return read(json.loads(answer))


def asked(texts: Sequence[str], town: Town, *, senses: bool) -> dict[str, Any]:
    """What the other process is asked."""
    return {"texts": list(texts), "own": town.lexicon.model_dump(mode="json") if town.lexicon else None, "senses": senses}


def read(found: Mapping[str, Any]) -> Proposed:
    """What it answered."""
    counted = (Sense(one["word"], *(tuple(one[key]) for key in ("entries", "because", "phrases"))) for one in found["senses"])
    return Proposed(tuple(found["words"]), tuple(found["names"]), tuple(counted))
