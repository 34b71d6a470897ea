"""ボタンでの答え: what a resident tapped in the talk about a body, in the consent list of the case that the ticket belongs to.

It is the answer of the one who writes and of nobody else of the household: where it is not plain which person of the case
that is, the coordinator says so, and until then it stands with nobody. It holds for that body and those things alone, so it
has an item of its own and never stands for the general answers (`consent.ITEMS`). `intake.agreeing` keeps the tap itself.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.ids import new_id
from handoff.store.models import BodyQuestion, Case, CasePerson, CaseTicket, ConsentRecord

BY_BUTTON = "by_button"
"""The item of such a record, and how it was given."""
Status = Literal["given", "refused", "withdrawn"]
KEPT: tuple[Status, ...] = get_args(Status)
WRITER = "self"
SAID_BY_HAND = ("本人", "書いた人")


class NotUnplaced(Exception):
    """No answer by button waits to be somebody's."""


async def hold(session: AsyncSession, ticket_id: UUID) -> Case | None:
    """The case of a ticket that its household wrote, locked; None for a reporter's ticket and one without a case."""
    return await session.scalar(
        select(Case).join(CaseTicket, CaseTicket.case_id == Case.id)
        .where(CaseTicket.ticket_id == ticket_id, CaseTicket.reporter.is_(False)).with_for_update(of=Case)
    )


async def note(session: AsyncSession, case: Case | None, question: BodyQuestion, *, now: datetime) -> None:
    """Write what was answered since into the case's list, where it is consent and plainly somebody's of the case."""
    person = await _whose(session, case, question) if case is not None and question.own else None
    if case is not None and person is not None:
        await _write(session, case, person, question, now=now)


async def bring(session: AsyncSession, case: Case, ticket_id: UUID, *, now: datetime) -> None:
    """A ticket joins a case: what was tapped on it before comes along, each answer at its own time."""
    await session.flush()
    for question in await _questions(session, [ticket_id]):
        await note(session, case, question, now=now)


async def unplaced(session: AsyncSession, case: Case) -> list[BodyQuestion]:
    """Answers that stand with nobody of the case: the coordinator says whose they are."""
    tickets = select(CaseTicket.ticket_id).where(CaseTicket.case_id == case.id, CaseTicket.reporter.is_(False))
    placed = {row.body["question"] for row in await _records(session, case)}
    questions = await _questions(session, (await session.scalars(tickets)).all())
    return [one for one in questions if str(one.id) not in placed]


async def place(
    session: AsyncSession, staff: SignedIn, case: Case, person: CasePerson, question_id: UUID, *, now: datetime
) -> None:
    """The coordinator says that an answer is this person's. NotUnplaced where it stands with somebody already, or is none."""
    question = next((one for one in await unplaced(session, case) if one.id == question_id), None)
    if question is None:
        raise NotUnplaced
    await _write(session, case, person.id, question, now=now)
    await audit.record(session, action="consent_recorded", staff_id=staff.id, reason=case.number, now=now)


async def stands(session: AsyncSession, case: Case, person_id: UUID) -> bool:
    """Whether a yes of theirs by button stands."""
    return bool(await _given(session, case, person_id))


async def stop(
    session: AsyncSession, case: Case, person_id: UUID, *, bodies: Collection[str], written: str, how: str, now: datetime
) -> None:
    """They said no to staff: their yes by button ends too, for the bodies that were named, for all where none was.

    bodies: ids; written: names besides; how: they said it. The caller holds the case's row.
    """
    for question in await _given(session, case, person_id):
        if (bodies or written) and question.body_id not in bodies and question.told["name"] not in written:
            continue
        answer(question, "withdrawn", now=now)
        await _write(session, case, person_id, question, now=now, how=how)


def answer(question: BodyQuestion, status: str, *, now: datetime) -> None:
    """What was answered now; what was answered before stays written."""
    question.status, question.answered_at = status, now
    question.body = {**question.told, "answers": [*question.told["answers"], [status, now.isoformat()]]}


async def _given(session: AsyncSession, case: Case, person_id: UUID) -> list[BodyQuestion]:
    mine = {UUID(row.body["question"]) for row in await _records(session, case) if row.person_id == person_id}
    return list(await session.scalars(
        select(BodyQuestion).where(BodyQuestion.id.in_(mine), BodyQuestion.status == "given").order_by(BodyQuestion.id)
    )) if mine else []


async def _questions(session: AsyncSession, tickets: Sequence[UUID]) -> list[BodyQuestion]:
    """Those of tickets that were answered by the person whom they are about."""
    rows = await session.scalars(
        select(BodyQuestion).where(BodyQuestion.ticket_id.in_(tickets), BodyQuestion.own.is_(True)).order_by(BodyQuestion.id)
    )
    return [one for one in rows if _answers(one)]


async def _records(session: AsyncSession, case: Case) -> list[ConsentRecord]:
    return list(await session.scalars(
        select(ConsentRecord).where(ConsentRecord.case_id == case.id, ConsentRecord.item == BY_BUTTON).order_by(ConsentRecord.id)
    ))


async def _whose(session: AsyncSession, case: Case, question: BodyQuestion) -> UUID | None:
    """Whose answers on this ticket are. Known from before; else who wrote the consultation from which the case was made.

    In a consultation that joined later 「書いた人」 is somebody else than in the first: that is for the coordinator to say.
    """
    known = {row.person_id for row in await _records(session, case) if row.body["ticket"] == str(question.ticket_id)}
    if known:
        return known.pop() if len(known) == 1 else None
    first = await session.scalar(
        select(CaseTicket.ticket_id).where(CaseTicket.case_id == case.id).order_by(CaseTicket.id).limit(1)
    )
    if first != question.ticket_id:
        return None
    people = list(await session.scalars(select(CasePerson).where(CasePerson.case_id == case.id)))
    own = [one for one in people if one.body.get("read", "").split(" ")[0] == WRITER]
    own = own or [one for one in people if not one.body.get("read") and one.body["relation"] in SAID_BY_HAND]
    return own[0].id if len(own) == 1 else None


def _answers(question: BodyQuestion) -> list[tuple[Status, datetime]]:
    """What was answered, as consent: a 「わからない」 after a yes takes it back, before one it is no answer."""
    found: list[tuple[Status, datetime]] = []
    for said, at in question.told["answers"]:
        stood: Status | None = found[-1][0] if found else None
        status = next((one for one in KEPT if one == said), "withdrawn" if stood == "given" else None)
        if status is not None and status != stood:
            found.append((status, datetime.fromisoformat(at)))
    return found


async def _write(
    session: AsyncSession, case: Case, person_id: UUID, question: BodyQuestion, *, now: datetime, how: str = BY_BUTTON
) -> None:
    """What was answered and is not in the list yet. staff_id: who asked."""
    written = [row for row in await _records(session, case) if row.body["question"] == str(question.id)]
    for status, at in _answers(question)[len(written) :]:
        session.add(ConsentRecord(
            id=new_id(now), municipality_id=case.municipality_id, created_at=now, data_key_id=case.data_key_id,
            data_key=case.data_key, case_id=case.id, person_id=person_id, item=BY_BUTTON, status=status, at=at,
            staff_id=question.staff_id, body=_body(question, how),
        ))
    await session.flush()


def _body(question: BodyQuestion, how: str) -> dict[str, Any]:
    """what: the things by name; of a question from before they were kept so, as it was asked."""
    told = question.told
    return {
        "what": told.get("what") or told["text"], "to_whom": told["name"], "how": how, "bodies": [question.body_id],
        "items": list(question.items), "question": str(question.id), "ticket": str(question.ticket_id),
    }
