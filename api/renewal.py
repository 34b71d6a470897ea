"""The worker's part of editing knowledge: it takes up what goes live, and works out what a draft would change.

Both while residents are being answered: turns in hand end with what they began with, the next ones have the new.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from api.judging import Judging
from api.wiring import Services
from handoff.editing import drafts, foresight, own_cases
from handoff.editing.drafts import DRAFTED, Draft, NoSuchDraft
from handoff.editing.foresight import Judges, Practice
from handoff.editing.ground import Ground
from handoff.editing.versions import PUBLISHED
from knowledge.loader import Serving
from knowledge.parse import parse
from knowledge.schema import Case
from knowledge.schema.extras import CaseFile
from triage.check import check_own_words

log = structlog.get_logger()
LOOK_SECONDS = 5.0
"""How long a lost wake-up may go unnoticed."""


@dataclass
class Renewal:
    """Keeps `judging` at what is live. take_up: told of each new one; cases: those a draft is tried on, by town."""

    services: Services
    judging: Judging
    take_up: Callable[[Judging], None]
    cases: Callable[[Serving, str], Sequence[Case]] = field(default_factory=lambda: cases_of)
    _practice: dict[str, Practice] = field(default_factory=dict)

    async def follow(self) -> None:
        """For as long as the worker runs."""
        with self.services.wake.subscribe(kinds=(PUBLISHED, DRAFTED)) as bell:
            while True:
                try:
                    await self.renew_once()
                    await self.foresee_once()
                except Exception as why:
                    log.error("renewal_failed", exc_info=why)
                await bell.wait(LOOK_SECONDS)

    async def renew_once(self) -> bool:
        """Take up what went live. False when nothing did."""
        await self.services.live.renew()
        knowledge = await self.services.knowledge()
        if knowledge is self.judging.knowledge:
            return False
        self.judging = await asyncio.to_thread(self.judging.over, knowledge)
        self.take_up(self.judging)
        log.info("knowledge_renewed", version=knowledge.version)
        return True

    async def foresee_once(self) -> int:
        """Work out what waiting drafts would change; how many there were."""
        async with self.services.store.reading_everywhere() as session:
            asked = await foresight.asked(session)
        for town, number in asked:
            await self._foresee(town, number)
        return len(asked)

    async def _foresee(self, town: str, number: int) -> None:
        ground = await self.services.live.ground(town)
        await self.renew_once()
        try:
            async with self.services.store.reading(town) as session:
                draft = await drafts.read(session, number)
                turns = await foresight.heard(session)
                own = await own_cases.approved(session, town)
        except NoSuchDraft:
            return
        try:
            serving = await asyncio.shield(self.services.loaded)
            found = await asyncio.to_thread(self._worked_out, ground, draft, turns, serving, own)
        except Exception as why:
            log.error("foresight_failed", municipality=town, exc_info=why)
            found = None
        async with self.services.store.town(town) as session:
            await foresight.keep(session, draft, upon=ground.sequence, found=found)

    def _worked_out(
        self, ground: Ground, draft: Draft, turns: list[foresight.Heard], serving: Serving, own: list[Case]
    ) -> dict[str, Any]:
        """The slow part: both engines over messages and cases. own: those that the town's officials have written."""
        town, now = ground.town, self.judging
        changed = ground.served(ground.after(draft.change))
        after = now.over(replace(now.knowledge, towns={**now.knowledge.towns, town: changed}))
        before = Judges(now.knowledge.towns[town], now.triage, now.answers)
        return foresight.foreseen(
            before, Judges(changed, after.triage, after.answers), turns=turns,
            practice=self._practice_of(town, serving, own), today=self.services.clock().date(),
            problems=[fault.what.partition(" / ")[0] for fault in check_own_words(changed, after.triage)],
        )

    def _practice_of(self, town: str, serving: Serving, own: list[Case]) -> Practice:
        """Kept, with how its cases are judged, until the town has other cases of its own."""
        held = self._practice.get(town)
        if held is None or list(held.cases[len(held.cases) - len(own) :]) != own:
            held = self._practice[town] = Practice([*self.cases(serving, town), *own])
        return held


def cases_of(serving: Serving, town: str) -> list[Case]:
    """Our own labelled messages, the common ones and the town's."""
    wanted = ("base/cases/", f"municipalities/{town}/cases.yaml")
    raw = {file.path: file.raw for file in serving.files if file.path.startswith(wanted)}
    files = parse(raw, folder="knowledge").of(CaseFile, "")
    return [case for file in files.values() for case in file.cases]
