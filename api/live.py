"""The knowledge as it is served now: the files, and over them what each town's officials have put live.

Every process has one. It looks when the store says that something went live, and now and then without being told. What
can't be taken up leaves the town as it was. No SudachiPy here: what judges is renewed by `judging.py`.
"""

import asyncio
from dataclasses import dataclass, field, replace

import structlog

from handoff.editing import versions
from handoff.editing.ground import Ground
from handoff.editing.versions import PUBLISHED, Standing
from handoff.store.db import Store
from knowledge.loader import Serving
from knowledge.overlay import Edit
from knowledge.shared import laid_over
from knowledge.types import Knowledge

log = structlog.get_logger()
LOOK_SECONDS = 15.0
"""How long a lost wake-up may go unnoticed."""


@dataclass
class Live:
    """Files and live versions together. loaded: the files, which arrive a moment after the process has begun."""

    store: Store
    loaded: asyncio.Future[Serving] = field(repr=False)
    _standing: dict[str, Standing] = field(default_factory=dict)
    _left_out: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    _grounds: dict[str, Ground] = field(default_factory=dict, repr=False)
    _knowledge: Knowledge | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def knowledge(self) -> Knowledge:
        """What is served, waiting for it where it is still being read."""
        if self._knowledge is None:
            await self.renew()
        assert self._knowledge is not None
        return self._knowledge

    async def renew(self) -> bool:
        """Take up what went live meanwhile. False when nothing did."""
        serving = await asyncio.shield(self.loaded)
        async with self._turn:
            wanted = await self._wanted()
            if self._knowledge is not None and wanted == self._standing:
                return False
            self._knowledge = await asyncio.to_thread(self._laid, serving, wanted)
            self._standing = wanted
        return True

    async def ground(self, town: str) -> Ground:
        """What a change of this town would stand on; the same one for as long as nothing goes live."""
        await self.renew()
        serving = await asyncio.shield(self.loaded)
        standing = self._standing.get(town, Standing())
        held = self._grounds.get(town)
        if held is None or held.sequence != standing.sequence:
            held = Ground(town, serving.of_town(town), serving.knowledge, standing.sequence, standing.edits)
            self._grounds[town] = held
        return held

    def left_out(self, town: str) -> tuple[Edit, ...]:
        """Live edits that today's files don't bear: they wait, and the files speak."""
        return self._left_out.get(town, ())

    async def follow(self) -> None:
        """Renew for as long as the process runs."""
        with self.store.wake.subscribe(kinds=(PUBLISHED,)) as bell:
            while True:
                try:
                    await self.renew()
                except Exception as why:
                    log.error("renewal_failed", exc_info=why)
                await bell.wait(LOOK_SECONDS)

    async def _wanted(self) -> dict[str, Standing]:
        """The live versions, those known already not read again."""
        async with self.store.reading_everywhere() as session:
            found = {}
            for town, sequence in (await versions.newest(session)).items():
                held = self._standing.get(town)
                known = held is not None and held.sequence == sequence
                found[town] = held if held and known else await versions.standing(session, town, sequence)
            return found

    def _laid(self, serving: Serving, wanted: dict[str, Standing]) -> Knowledge:
        made = serving.knowledge
        for town, standing in wanted.items():
            if town not in made.towns:
                continue
            try:
                result = laid_over(made, town, serving.of_town(town), standing.edits)
            except Exception as why:  # a town is never taken off the air by what somebody typed
                log.error("version_not_taken_up", municipality=town, version=str(standing.sequence), exc_info=why)
                made = self._as_before(made, town)
                continue
            made, self._left_out[town] = result.knowledge, result.left_out
            if result.left_out:
                log.warning("edits_left_out", municipality=town, count=len(result.left_out))
        return made

    def _as_before(self, made: Knowledge, town: str) -> Knowledge:
        if self._knowledge is None:
            return made
        return replace(made, towns={**made.towns, town: self._knowledge.towns[town]})
