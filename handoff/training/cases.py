"""Cases of the training town, made from a seed: each field, pattern, urgency and stage, spread over half a year.

What stands there as history is written as rows, dated in the past; from then on staff work with it as with any other.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal, Self
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk import tickets
from handoff.desk.closing import OUTCOMES
from handoff.desk.outsiders import writer
from handoff.desk.routing import windows_for
from handoff.intake import contacts
from handoff.intake.spoken import SPOKEN
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import Conversation, DecisionRecord, Note, Ticket
from handoff.store.saying import next_message
from knowledge.schema import Town
from triage.types import Decision, Person, Reason

FILE = Path(__file__).parent / "stories.yaml"
SEED, DAYS = 20261122, 180
Stage = Literal["new", "read", "answered", "ended"]
STAGES: tuple[Stage, ...] = ("new", "read", "answered", "ended")
WAYS = ("web", "web", "phone", "web", "counter", "web", "visit")
"""In turn: as many stories as there are, a story comes by another way in each stage."""
RECEIVED = "書いてくださってありがとうございます。職員にお伝えします。（れんしゅう用の町です）"


class Story(BaseModel):
    """One invented message and how it is judged."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    fields: tuple[str, ...]
    patterns: tuple[str, ...]
    urgency: str
    crisis: tuple[str, ...]
    about: tuple[str, ...]
    needs: tuple[str, ...]
    household: tuple[tuple[str, int | Literal["age", "years"] | None, tuple[str, ...]], ...]
    answer: str
    note: str

    def told(self, **numbers: int) -> Self:
        """The same with its `age` and `years`, in the message and of whoever they are."""
        household = tuple((role, numbers[age] if isinstance(age, str) else age, needs) for role, age, needs in self.household)
        return self.model_copy(update={"text": self.text.format(**numbers), "household": household})

    def decision(self) -> Decision:
        """The judgement of this story once it is told, with the whole message as its evidence."""
        whole = ((0, len(self.text)),)
        given: dict[str, Any] = {
            "action": "route", "text": self.text, "fields": self.fields, "patterns": self.patterns, "urgency": self.urgency,
            "crisis": self.crisis, "about": self.about, "needs": self.needs, "complex": len(self.fields) > 1,
            "household": tuple(
                Person(role, None if age is None else (age, age), needs)  # type: ignore[arg-type]
                for role, age, needs in self.household
            ),
            "reasons": (Reason("training", "れんしゅう用のつくった話です。", whole),), "knowledge": "training",
        }
        return Decision(**given)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    checked: date
    stories: tuple[Story, ...]


@cache
def stories() -> tuple[Story, ...]:
    """The stories beside this module."""
    return _File.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8"))).stories


@dataclass(frozen=True, slots=True)
class Plan:
    """One case to be made: what is told, how far it has come, when it began, and by which way it came."""

    story: Story
    stage: Stage
    began: datetime
    channel: str


def planned(now: datetime, *, seed: int = SEED) -> tuple[Plan, ...]:
    """All cases, oldest first. The same seed and time make the same cases. Each story stands once in every stage."""
    chance = Random(seed)
    made: list[Plan] = []
    for story in stories():
        for stage in STAGES:
            told = story.told(age=chance.randrange(70, 90), years=chance.randrange(2, 9))
            days = chance.uniform(0.05, 4) if stage in ("new", "read") else chance.uniform(5, DAYS)
            made.append(Plan(told, stage, now - timedelta(days=days), WAYS[len(made) % len(WAYS)]))
    return tuple(sorted(made, key=lambda plan: plan.began))


async def ensure_training(store: Store, town: Town, *, staff_id: UUID, now: datetime, seed: int = SEED) -> int:
    """Make the cases where the town has none yet; how many were made. staff_id: who answered in the past."""
    chance = Random(seed)
    async with store.town(town.id) as session:
        if await session.scalar(select(func.count(Ticket.id))):
            return 0
        plans = planned(now, seed=seed)
        for plan in plans:
            await _make(session, store, town, plan, staff_id=staff_id, chance=chance, now=now)
        return len(plans)


async def _make(
    session: AsyncSession, store: Store, town: Town, plan: Plan, *, staff_id: UUID, chance: Random, now: datetime
) -> None:
    conversation = await contacts.make(
        session, municipality_id=town.id, channel=plan.channel, account_id=None, address=None, lookup=None, keys=store.keys,
        now=plan.began,
    )
    decision = plan.story.decision()
    _say(session, conversation, "resident", plan.story.text, at=plan.began)
    if plan.channel not in SPOKEN:
        _say(session, conversation, "bot", RECEIVED, at=plan.began + timedelta(seconds=2))
    session.add(DecisionRecord(
        id=new_id(plan.began), municipality_id=town.id, created_at=plan.began, data_key_id=conversation.data_key_id,
        data_key=conversation.data_key, conversation_id=conversation.id, upto_sequence=1, action="route",
        urgency=decision.urgency, knowledge="training",
        body={"needs": list(decision.needs), "topics": [], "fields": list(decision.fields)},
    ))
    ticket = await tickets.open_or_update(
        session, conversation, decision, town=town, windows=windows_for(decision, town), why="triage", now=plan.began
    )
    if plan.channel in SPOKEN:  # as `desk.reception` leaves it behind
        ticket.state = {**ticket.state, "caller": writer(plan.story.about), "taken_by": str(staff_id)}
        conversation.holder = "staff"
    _advance(session, conversation, ticket, plan, staff_id=staff_id, chance=chance, now=now)
    await session.flush()


def _advance(
    session: AsyncSession, conversation: Conversation, ticket: Ticket, plan: Plan, *, staff_id: UUID, chance: Random,
    now: datetime,
) -> None:
    """Bring a case to its stage: read, then answered with a note, then ended."""
    if plan.stage == "new":
        return
    ticket.first_read_at = min(now, plan.began + timedelta(hours=1))
    ticket.state = {**ticket.state, "unread": False}
    if plan.stage == "read":
        return
    answered = plan.began + timedelta(hours=chance.uniform(2, 90))
    _say(session, conversation, "staff", plan.story.answer, at=answered, staff_id=staff_id)
    conversation.holder = "staff"
    ticket.status, ticket.assignee_id = "in_progress", staff_id
    ticket.first_answer_at = ticket.last_staff_at = answered
    session.add(Note(
        id=new_id(answered), municipality_id=ticket.municipality_id, created_at=answered,
        data_key_id=ticket.data_key_id, data_key=ticket.data_key, ticket_id=ticket.id, staff_id=staff_id,
        body=plan.story.note,
    ))
    if plan.stage == "ended":
        ticket.status, ticket.outcome = "resolved", chance.choice(OUTCOMES)
        ticket.resolved_at = min(now, answered + timedelta(days=chance.uniform(0.2, 20)))
        conversation.holder = "bot"


def _say(
    session: AsyncSession, conversation: Conversation, sender: str, text: str, *, at: datetime,
    staff_id: UUID | None = None,
) -> None:
    conversation.last_at = at
    payload = {"text": text, "choices": [], "cards": []}
    next_message(session, conversation, sender=sender, payload=payload, now=at, staff_id=staff_id)
