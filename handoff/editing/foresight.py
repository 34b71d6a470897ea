"""What a draft would change: judgements of the town's last messages and of all own cases, before and after.

Runs where the words are judged. Only what the change can touch is judged again. Keeps ids, counts and the names of what
changes, never a word that somebody wrote. Restricted matters are neither listed nor counted.
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
from triage.types import Decision, LocalWords, Triage

LAST = 200
"""Turns of conversations that are judged again."""
LISTED = 50
"""Changes that are named one by one; the rest is counted."""
SEEN = (*COMPARED, "windows", "answer")
Row = Mapping[str, Any]


class FindsAnswers(Protocol):
    """Which question and answer fits best (`handoff.intake.answers.Answers`)."""

    def entry(self, question: str, town: str) -> str | None: ...


class Compares(Triage, Protocol):
    """Triage that knows what another one, over other words of a town, would find in a message (`triage.engine.Engine`)."""

    def reads_alike(self, other: Any, text: str, *, today: date, local: LocalWords) -> bool: ...


@dataclass(frozen=True, slots=True)
class Said:
    """A conversation to be judged. name: its id, which is all that is kept of it."""

    name: str
    texts: tuple[str, ...]
    day: date


@dataclass(frozen=True, slots=True)
class Judges:
    """A town with what judges and answers there."""

    town: Town
    triage: Compares
    answers: FindsAnswers

    def decided(self, said: Said) -> Decision:
        """One conversation, judged."""
        return self.triage.decide(said.texts, today=said.day, local=LocalWords.of(self.town))

    def row(self, said: Said, decision: Decision, *, answered: bool) -> Row:
        """A judgement to be compared. answered: with the entry that answers; finding it costs more than all the rest."""
        row = {key: getattr(decision, key) for key in COMPARED}
        asked = answered and decision.action == "info"
        answer = self.answers.entry(said.texts[-1], self.town.id) if asked else None
        return {**row, "id": said.name, "windows": windows_for(decision, self.town), "answer": answer}

    def judge_like(self, other: "Judges", said: Said) -> bool:
        """Whether both decide the same, without deciding: neither thresholds nor words of the town differ in it."""
        local = LocalWords.of(self.town)
        return local == LocalWords.of(other.town) and all(
            self.triage.reads_alike(other.triage, text, today=said.day, local=local) for text in said.texts
        )


class Practice:
    """Our own cases. How they are judged as things stand is worked out when first asked for, and kept while it holds."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.cases = tuple(cases)
        self._by: tuple[object, ...] = ()
        self._judged: tuple[tuple[Said, Decision], ...] = ()

    def judged(self, judges: Judges, *, today: date) -> tuple[tuple[Said, Decision], ...]:
        """Each with its decision; worked out anew where the town's words, its thresholds or the year have changed."""
        by = (judges.town.lexicon, LocalWords.of(judges.town), today.year)
        if by != self._by:
            said = [Said(case.id, (case.text,), today) for case in self.cases]
            self._judged, self._by = tuple((one, judges.decided(one)) for one in said), by
        return self._judged


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
    """Whether every message is judged and led the same in both: then nothing has to be judged at all."""
    return _judged_by(one) == _judged_by(other)


def _judged_by(town: Town) -> tuple[object, ...]:
    facts = town.municipality
    tables = (facts.field_windows, facts.topic_windows, facts.crisis_windows, facts.general_desk_window)
    led = [(one.id, one.fields, one.topics, one.intake) for one in town.windows]
    return town.lexicon, town.faq, led, tables, facts.coordinator, facts.parameters, facts.prefecture


def foreseen(
    before: Judges, after: Judges, *, turns: Sequence[Heard], practice: Practice, today: date,
    problems: Iterable[str] = (),
) -> dict[str, Any]:
    """The picture that is kept with the draft: pure, for a thread."""
    names = {str(turn.message): turn for turn in turns}
    alike = judges_alike(before.town, after.town)
    of_cases = [] if alike else _of_cases(practice, before, after, today)
    of_turns = [] if alike else _of_turns(names, before, after)
    return {
        "messages": len(names), "messages_changed": len(of_turns),
        "cases": len(practice.cases), "cases_changed": len(of_cases),
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


def _of_cases(practice: Practice, before: Judges, after: Judges, today: date) -> list[Change]:
    rows = [{"id": case.id, **case.model_dump(exclude={"id", "text", "style", "note"})} for case in practice.cases]
    return _compared(rows, before, after, practice.judged(before, today=today))


def _of_turns(names: Mapping[str, Heard], before: Judges, after: Judges) -> list[Change]:
    said = [Said(name, turn.texts, turn.day) for name, turn in names.items()]
    return _compared([{"id": name} for name in names], before, after, [(one, before.decided(one)) for one in said])


def _compared(
    rows: Sequence[Row], before: Judges, after: Judges, judged: Sequence[tuple[Said, Decision]]
) -> list[Change]:
    other_answers = before.town.faq != after.town.faq
    old, new = [], []
    for said, was in judged:
        becomes = was if before.judge_like(after, said) else after.decided(said)
        answered = other_answers or becomes is not was
        old.append(before.row(said, was, answered=answered))
        new.append(after.row(said, becomes, answered=answered))
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


