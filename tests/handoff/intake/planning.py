"""Plans of the bot without a database: a decision in, reply ids or words out."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from handoff.intake.contacts import Snapshot
from handoff.intake.replies import plan
from handoff.intake.scene import Plan, Scene
from knowledge.loader import Knowledge
from knowledge.schema import CrisisKind, Town
from tests.handoff.intake.talk import SATURDAY_NIGHT, TOKYO, TUESDAY
from triage.types import Decision, Reason

NIGHT = datetime(2026, 11, 21, 2, 31, tzinfo=TOKYO)
__all__ = ["NIGHT", "SATURDAY_NIGHT", "TUESDAY", "Stage", "danger", "ids", "marked", "words"]


def marked(knowledge: Knowledge) -> Knowledge:
    """The same knowledge whose replies are their own ids, so that a plan shows which ones it took, in order."""
    names = {name: f"[{name}]" for name in knowledge.replies["ja"]}
    towns = {town.id: town.model_copy(update={"replies": {}}) for town in knowledge.towns.values()}
    return replace(knowledge, replies=dict.fromkeys(knowledge.replies, names), towns=towns)


@dataclass
class Stage:
    """One town at one hour."""

    knowledge: Knowledge
    town: str = "yokkaichi"
    now: datetime = TUESDAY
    channel: str = "line"
    windows: tuple[str, ...] = ()
    night: str | None = None

    def plan(self, decision: Decision, before: Snapshot = Snapshot(), **scene: Any) -> Plan:
        town = self._town()
        text = scene.pop("texts", ("話",))
        decision = replace(decision, text="\n".join(text)) if not decision.text else decision
        return plan(decision, before, Scene(
            town=town, knowledge=self.knowledge, windows=self.windows or (f"{self.town}.{town.windows[0].id}",),
            channel=self.channel, texts=text, media=scene.pop("media", ()), now=self.now, zone=TOKYO, **scene,
        ))

    def _town(self) -> Town:
        town = self.knowledge.towns[self.town]
        return town.model_copy(update={"municipality": town.municipality.model_copy(update={"night": self.night})})


def danger(*kinds: CrisisKind, **more: Any) -> Decision:
    given: dict[str, Any] = {"urgency": "urgent", "about": ("self",), "action": "route", **more}
    return Decision(text="", crisis=kinds, reasons=(Reason("x", "x"),), **given)


def ids(found: Plan) -> list[list[str]]:
    """Reply ids of each bubble, in order (knowledge made with `marked`)."""
    return [re.findall(r"\[(\w+)\]", bubble.text) for bubble in found.bubbles]


def words(found: Plan) -> str:
    return "\n".join(bubble.text for bubble in found.bubbles)
