"""The crisis matcher for the web process: what staff take down is looked at before it is stored, without waiting for the worker.

Made when it is first needed: a quarter of a second and eleven megabytes, no SudachiPy. What judges is in `judging.py`.
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial

from handoff.desk.reception import Alarms
from knowledge.schema import LexiconFile
from knowledge.types import Knowledge
from triage.glance import Glance


@dataclass
class FirstLook:
    """One a process, over the knowledge that is served."""

    _knowledge: Knowledge | None = None
    _common: Glance | None = None
    _glance: Glance | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def of(self, knowledge: Knowledge, town: str) -> Alarms:
        """Kinds of danger that a text names, with the words of a town beside the common ones."""
        async with self._turn:
            if self._glance is None or self._knowledge is not knowledge:
                self._glance = await asyncio.to_thread(self._made, knowledge)
                self._knowledge = knowledge
        return partial(self._glance.kinds, town=town)

    def _made(self, knowledge: Knowledge) -> Glance:
        """Only what differs is compiled again."""
        if self._common is None or self._knowledge is None or self._knowledge.lexicon is not knowledge.lexicon:
            self._common = Glance(knowledge.lexicon)
        own: dict[str, LexiconFile] = {
            town.id: town.lexicon for town in knowledge.towns.values() if town.lexicon is not None
        }
        return self._common.over(own)
