"""What a draft would change: judgements of the town's last messages and of all own cases, before and after.

Runs where the words are judged. Keeps ids, counts and the names of what changes, never a word that somebody wrote.
Restricted matters are neither listed nor counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.routing import windows_for
from handoff.editing.drafts import Draft
from handoff.store.models import DecisionRecord, KnowledgeDraft, Message, Ticket
from knowledge.schema import Case, Town
from triage.evaluate import COMPARED, Change, compare
from triage.types import LocalWords, Triage

LAST = 200
"""Turns of conversations that are judged again."""
LISTED = 50
"""Changes that are named one by one; the rest is counted."""
SEEN = (*COMPARED, "windows", "answer")
Row = Mapping[str, Any]


class FindsAnswers(Protocol):
    """Which question and answer fits best (`handoff.intake.answers.Answers`)."""

    def entry(self, question: str, town: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Judges:
    """A town with what judges and answers there."""

    town: Town
    triage: Triage
    answers: FindsAnswers

    def judged(self, name: str, texts: Sequence[str], *, today: date) -> Row:
        """One conversation as a row to be compared."""
        decision = self.triage.decide(texts, today=today, local=LocalWords.of(self.town))
        row = {key: getattr(decision, key) for key in COMPARED}
        answer = self.answers.entry(texts[-1], self.town.id) if decision.action == "info" else None
        return {**row, "id": name, "windows": windows_for(decision, self.town), "answer": answer}


@dataclass(frozen=True, slots=True)
class Heard:
    """A turn that was judged: its last message, the words so far, and the ticket it led to."""

    message: UUID
    texts: tuple[str, ...]
    ticket: str | None
    day: date


async def asked(session: AsyncSession) -> list[tuple[str, int]]:
    """Town and number of the drafts that wait to be looked at."""
    rows = select(KnowledgeDraft.municipality_id, KnowledgeDraft.number).where(
        KnowledgeDraft.foresight_state == "asked", KnowledgeDraft.status == "draft"
    )
    return [(town, number) for town, number in await session.execute(rows.order_by(KnowledgeDraft.saved_at))]


async def heard(session: AsyncSession) -> list[Heard]:
    """The last turns of the session's town, newest first, restricted matters left out."""
    rows = await session.scalars(select(DecisionRecord).order_by(DecisionRecord.created_at.desc()).limit(LAST))
    turns = list(rows)
    tickets = await _tickets(session, {row.conversation_id for row in turns})
    found = []
    for row in turns:
        of_matter = tickets.get(row.conversation_id, [])
        if any(ticket.restricted for ticket in of_matter):
            continue
        said = await _said(session, row)
        if said:
            number = of_matter[-1].number if of_matter else None
            found.append(Heard(said[-1][0], tuple(text for _, text in said), number, row.created_at.date()))
    return found


async def _tickets(session: AsyncSession, conversations: set[UUID]) -> dict[UUID, list[Ticket]]:
    rows = select(Ticket).where(Ticket.conversation_id.in_(conversations)).order_by(Ticket.created_at)
    found: dict[UUID, list[Ticket]] = {}
    for ticket in await session.scalars(rows):
        found.setdefault(ticket.conversation_id, []).append(ticket)
    return found


async def _said(session: AsyncSession, row: DecisionRecord) -> list[tuple[UUID, str]]:
    """What the resident had written up to a decision; nothing where it has been erased."""
    rows = select(Message).where(
        Message.conversation_id == row.conversation_id, Message.sender == "resident",
        Message.sequence <= row.upto_sequence, Message.payload_sealed.is_not(None),
    )
    messages = await session.scalars(rows.order_by(Message.sequence))
    return [(one.id, text) for one in messages if (text := one.payload.get("text"))]


def judges_alike(one: Town, other: Town) -> bool:
    """Whether every message is judged and led the same in both: then there is nothing to be worked out."""
    return _judged_by(one) == _judged_by(other)


def _judged_by(town: Town) -> tuple[object, ...]:
    facts = town.municipality
    tables = (facts.field_windows, facts.topic_windows, facts.crisis_windows, facts.general_desk_window)
    led = [(one.id, one.fields, one.topics, one.intake) for one in town.windows]
    return town.lexicon, town.faq, led, tables, facts.coordinator, facts.parameters, facts.prefecture


def foreseen(
    before: Judges, after: Judges, *, turns: Sequence[Heard], cases: Sequence[Case], today: date,
    problems: Iterable[str] = (),
) -> dict[str, Any]:
    """The picture that is kept with the draft: pure, slow, for a thread."""
    own = [{"id": case.id, **case.model_dump(exclude={"id", "text", "style", "note"})} for case in cases]
    of_cases = _compared(own, before, after, [(case.id, (case.text,), today) for case in cases])
    names = {str(turn.message): turn for turn in turns}
    listed = [{"id": name} for name in names]
    of_turns = _compared(listed, before, after, [(name, turn.texts, turn.day) for name, turn in names.items()])
    return {
        "messages": len(names), "messages_changed": len(of_turns), "cases": len(own), "cases_changed": len(of_cases),
        "better": sum((one.better or 0) > 0 for one in of_cases), "worse": sum((one.better or 0) < 0 for one in of_cases),
        "changed_messages": [
            {"message": one.id, "ticket": names[one.id].ticket, "keys": list(one.keys)} for one in of_turns[:LISTED]
        ],
        "changed_cases": [
            {"case": one.id, "keys": list(one.keys), "better": one.better}
            for one in sorted(of_cases, key=lambda one: one.better or 0)[:LISTED]
        ],
        "problems": list(problems),
    }


def _compared(
    rows: Sequence[Row], before: Judges, after: Judges, texts: Sequence[tuple[str, Sequence[str], date]]
) -> list[Change]:
    if judges_alike(before.town, after.town):
        return []
    old = [before.judged(name, said, today=day) for name, said, day in texts]
    new = [after.judged(name, said, today=day) for name, said, day in texts]
    return compare(rows, old, new, keys=SEEN)


async def keep(session: AsyncSession, draft: Draft, *, upon: int, found: Mapping[str, Any] | None) -> bool:
    """The picture to its draft, if that has not been saved again meanwhile. found None: it could not be worked out."""
    row = await session.scalar(select(KnowledgeDraft).where(
        KnowledgeDraft.number == draft.number, KnowledgeDraft.version == draft.version
    ).with_for_update(of=KnowledgeDraft))
    if row is None:
        return False
    row.foresight_state = "failed" if found is None else "done"
    row.foresight, row.foresight_of = dict(found or {}), draft.stands_on(upon)
    return True


