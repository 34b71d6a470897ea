"""The pieces of a case (多機関協働) that belong to a request: what was done, plans, consents, meetings.

A reporter's ticket leads to somebody else's case: nothing of it belongs to what they may ask to see. Whoever decides reads only
what they may read on the case's own pages; the rest stands there closed, for somebody who may. Opening is recorded as there.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import cases, consent, course, meetings, papers, plans, schedule
from handoff.coordination.access import NotYours, coordinating, held_by, note_reading
from handoff.desk.staff import SignedIn
from handoff.disclosure.items import Piece
from handoff.forms.coordination import told
from handoff.store.models import Case, CasePerson, CaseTicket, ConsentRecord, MeetingRecord, SupportPlan, Ticket
from knowledge.schema import Meeting


@dataclass(frozen=True, slots=True)
class Reading:
    """A case as somebody goes through it. people: labels; open_to: of whom they may read; upto: when it was asked for."""

    staff: SignedIn
    people: Mapping[UUID, str]
    open_to: frozenset[UUID]
    all_of_it: bool
    upto: datetime
    laws: Mapping[str, str]

    def closed(self, person_id: UUID | None) -> bool:
        return not (self.all_of_it or person_id in self.open_to)

    def about(self, person_id: UUID | None, text: str) -> str:
        """With whose it is: each piece is decided by itself."""
        label = self.people.get(person_id) if person_id is not None else None
        return f"（{label}のこと）{text}" if label else text


async def pieces_of(
    session: AsyncSession, staff: SignedIn, ticket: Ticket, *, whose: str, meetings_of_town: Iterable[Meeting], upto: datetime,
    now: datetime,
) -> tuple[Piece, ...]:
    """Everything of the ticket's case, in no order; () where it has none, or where its writer only reported."""
    link = await session.scalar(select(CaseTicket).where(CaseTicket.ticket_id == ticket.id))
    if link is None or (link.reporter and whose == "writer"):
        return ()
    case = await session.get_one(Case, link.case_id)
    laws = {meeting.id: meeting.basis or meeting.name for meeting in meetings_of_town}
    reading = await _reading(session, staff, case, upto=upto, laws=laws)
    if reading.all_of_it or reading.open_to:
        await note_reading(session, staff, case.number, now=now)
    found = [*await _course(session, case, reading), *await _plans(session, case, reading), *await _consents(session, case, reading)]
    return (*found, *[piece async for piece in _meetings(session, case, reading, now=now)])


async def _reading(
    session: AsyncSession, staff: SignedIn, case: Case, *, upto: datetime, laws: Mapping[str, str]
) -> Reading:
    people = list(await session.scalars(select(CasePerson).where(CasePerson.case_id == case.id).order_by(CasePerson.id)))
    rights = coordinating(staff)
    try:
        await held_by(session, staff, case.number)
        answers = await consent.known(session, case)
        shared = frozenset(one.id for one in people if rights or consent.holds(answers, one.id, "share").given)
    except NotYours:
        rights, shared = False, frozenset()
    labels = {one.id: cases.label(one, open_to=one.id in shared) for one in people}
    return Reading(staff, labels, shared, rights, upto, laws)


async def _course(session: AsyncSession, case: Case, reading: Reading) -> Sequence[Piece]:
    return [
        Piece(f"e{one.id}", one.created_at, "course", reading.about(one.person_id, told(one)), closed=reading.closed(one.person_id))
        for one in await course.entries(session, case)
    ]


async def _plans(session: AsyncSession, case: Case, reading: Reading) -> Sequence[Piece]:
    return [
        Piece(f"p{one.id}", one.created_at, "plan", reading.about(one.person_id, _planned(one)), closed=reading.closed(one.person_id))
        for one in await plans.of_case(session, case)
    ]


def _planned(plan: SupportPlan) -> str:
    actions = (f"{one['agency']}: {one['what']}" for one in plan.body["actions"])
    return "\n".join(part for part in (f"第{plan.version}版 目標: {plan.body['goal']}", *actions, plan.body.get("reason") or "") if part)


async def _consents(session: AsyncSession, case: Case, reading: Reading) -> Sequence[Piece]:
    rows = await session.scalars(select(ConsentRecord).where(ConsentRecord.case_id == case.id).order_by(ConsentRecord.id))
    return [
        Piece(f"c{one.id}", one.at, "consent", reading.about(one.person_id, _answered(one)), closed=reading.closed(one.person_id))
        for one in rows
    ]


def _answered(row: ConsentRecord) -> str:
    status = next((name for key, name in consent.STATUS_NAMES.items() if key == row.status), row.status)
    return "\n".join(part for part in (f"{row.body['what']}: {status}", row.body.get("to_whom"), row.body.get("wording")) if part)


async def _meetings(session: AsyncSession, case: Case, reading: Reading, *, now: datetime) -> AsyncIterator[Piece]:
    """Those that were called by then. Papers only for members, by the door by which they read them, which writes it down."""
    for row in await meetings.of_case(session, case):
        if row.created_at > reading.upto:
            continue
        basis = reading.laws.get(row.pack_meeting, "")
        if not await papers.members(session, row):  # nobody is a member of what was only asked for
            yield Piece(f"g{row.id}", row.created_at, "meeting", _held(row, reading.upto), closed=reading.closed(row.person_id), basis=basis)
            continue
        try:
            opened = await papers.open_papers(session, reading.staff, row.id, now=now)
        except (NotYours, papers.SecrecyFirst):
            yield Piece(f"g{row.id}", row.created_at, "meeting", "x", closed=True)
            continue
        yield Piece(f"g{row.id}", row.created_at, "meeting", reading.about(row.person_id, _held(row, reading.upto)), basis=basis)
        for item in opened.items:
            text = f"{papers.source_name(item.source)}（{item.body['agency']}）: {item.body['text']}"
            yield Piece(f"x{item.id}", item.created_at, "meeting", text, basis=basis)


def _held(row: MeetingRecord, upto: datetime) -> str:
    """What it was for, why its day was changed; what came of it, where it was held by then."""
    after = ("minutes", "decisions") if row.held_at is not None and row.held_at <= upto else ()
    whys = [f"日を変えたわけ: {one['why']}" for one in schedule.changes_by(row, upto) if one["why"]]
    return "\n".join([*(row.body[name] for name in ("purpose", "ground", *after) if row.body.get(name)), *whys]) or "会議"
