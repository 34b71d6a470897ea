"""A case as one member of staff may read it: plain values for a page.

Who is not the coordinator reads what a person has agreed to share; of the others, only that they are there and what
they answered. Tickets behind a case, and so who reported it, are the coordinator's to see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import (
    board,
    buttons,
    cases,
    consent,
    course,
    documents,
    meetings,
    outreach,
    participation,
    plans,
    recipients,
    slips,
    tasks,
)
from handoff.coordination.access import Held, coordinating, held_by, note_reading, seen_by
from handoff.coordination.consent import ITEMS, Standing
from handoff.coordination.eligibility import Offer, offers
from handoff.desk.queue import TicketLine, lines_of
from handoff.desk.staff import SignedIn
from handoff.store.models import (
    BodyQuestion,
    CaseEntry,
    CasePerson,
    CaseTask,
    CaseTicket,
    MeetingRecord,
    SupportPlan,
    Ticket,
)
from knowledge.schema import Meeting, Town


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person: open_to False means that only the label and the answers are shown. by_button: about each body the newest."""

    id: UUID
    label: str
    relation: str
    age: str
    name: str
    open_to: bool
    standings: tuple[Standing, ...]
    by_button: tuple[Standing, ...]
    history: tuple[Standing, ...]
    applied: CaseEntry | None
    assessed: CaseEntry | None
    offers: tuple[Offer, ...]
    plans: tuple[SupportPlan, ...]
    attempts: tuple[CaseEntry, ...]
    still_to_try: str | None
    places: tuple[CaseEntry, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """A ticket behind the case."""

    line: TicketLine
    reporter: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """unplaced: answers by button of which it is not plain whose they are; the coordinator says."""

    line: board.CaseLine
    why: tuple[str, ...]
    next_words: str
    planned_at: datetime | None
    coordinating: bool
    people: tuple[PersonView, ...]
    agencies: tuple[Mapping[str, str], ...]
    meetings: tuple[MeetingRecord, ...]
    tasks: tuple[CaseTask, ...]
    course: tuple[CaseEntry, ...]
    behind: tuple[Behind, ...]
    unplaced: tuple[BodyQuestion, ...]
    fields: tuple[str, ...]


async def view(
    session: AsyncSession, staff: SignedIn, number: str, *, town: Town, statutory: Sequence[Meeting], now: datetime
) -> CaseView:
    """Open a case; written down, with what else this transaction writes. NotYours."""
    found = await _whole(session, staff, await held_by(session, staff, number), town=town, statutory=statutory)
    await note_reading(session, staff, number, now=now)
    return found


async def look(
    session: AsyncSession, staff: SignedIn, number: str, *, town: Town, statutory: Sequence[Meeting]
) -> CaseView:
    """A case whose opening has just been written down for good, in a reading session. NotYours."""
    return await _whole(session, staff, await seen_by(session, staff, number), town=town, statutory=statutory)


async def _whole(
    session: AsyncSession, staff: SignedIn, held: Held, *, town: Town, statutory: Sequence[Meeting]
) -> CaseView:
    case, rights = held.case, coordinating(staff)
    people = list(await session.scalars(
        select(CasePerson).where(CasePerson.case_id == case.id).order_by(CasePerson.id)
    ))
    tickets = await _tickets(session, held)
    shown = await _people(session, staff, held, people, town=town, statutory=statutory)
    seen = {person.id for person in shown if person.open_to}
    due = await tasks.open_tasks(session, staff, case=case)
    return CaseView(
        line=board.line_of(case, held.agencies, min((task.due_at for task in due), default=None)),
        why=tuple(case.body["why"]) if rights or not any(one.reporter for one in tickets) else (), next_words=case.body["next"], planned_at=case.next_at, coordinating=rights,
        people=tuple(shown), agencies=tuple(agency.body for agency in held.agencies),
        meetings=tuple(await meetings.of_case(session, case)), tasks=tuple(due),
        course=tuple(entry for entry in await course.entries(session, case) if _readable(entry, seen)),
        behind=tuple(tickets) if rights else (),
        unplaced=tuple(await buttons.unplaced(session, case)) if rights else (),
        fields=tuple(dict.fromkeys(field for one in tickets for field in one.line.fields)),
    )


def _readable(entry: CaseEntry, seen: set[UUID]) -> bool:
    return entry.kind == "stage" if entry.person_id is None else entry.person_id in seen


async def _tickets(session: AsyncSession, held: Held) -> list[Behind]:
    links = {
        link.ticket_id: link.reporter
        for link in await session.scalars(select(CaseTicket).where(CaseTicket.case_id == held.case.id))
    }
    rows = list(await session.scalars(select(Ticket).where(Ticket.id.in_(list(links))).order_by(Ticket.created_at)))
    return [Behind(line, links[line.id]) for line in await lines_of(session, rows)]


async def _people(
    session: AsyncSession, staff: SignedIn, held: Held, people: Sequence[CasePerson], *, town: Town,
    statutory: Sequence[Meeting],
) -> list[PersonView]:
    answers = await consent.known(session, held.case)
    places = await meetings.situations(session, held.case, people)
    entries = await course.entries(session, held.case)
    drafted = await plans.of_case(session, held.case)
    found = []
    for person in people:
        share = consent.holds(answers, person.id, "share")
        open_to = coordinating(staff) or recipients.may_hear(staff, share, town)
        own = [entry for entry in entries if entry.person_id == person.id and open_to]
        found.append(PersonView(
            id=person.id, label=cases.label(person, open_to=open_to), relation=person.body["relation"],
            age=person.body["age"], name=person.body["name"] if open_to else "", open_to=open_to,
            standings=tuple(consent.holds(answers, person.id, item) for item in ITEMS),
            by_button=consent.by_button(answers, person.id), history=tuple(answers.get(person.id, ())),
            applied=documents.newest(own, person.id, "application"), assessed=documents.newest(own, person.id, "assessment"),
            offers=tuple(offers(town, statutory, places[person.id], staff=staff)),
            plans=tuple(plan for plan in drafted if plan.person_id == person.id and open_to),
            attempts=tuple(entry for entry in own if entry.kind == "outreach"),
            still_to_try=outreach.still_to_try(outreach.tried_in_vain(own, person.id)),
            places=tuple(entry for entry in own if entry.kind == "participation"),
        ))
    return found


def words() -> dict[str, object]:
    """How the closed lists of this room are called on its pages."""
    return {
        "stages": course.STAGE_NAMES, "closed": course.CLOSED, "statuses": consent.STATUS_NAMES,
        "items": consent.ITEM_NAMES, "hows": consent.HOW_NAMES, "told_how": consent.HOW_TOLD, "wordings": consent.WORDINGS,
        "plan_states": plans.STATE_NAMES, "programmes": plans.PROGRAMMES, "task_kinds": tasks.KIND_NAMES,
        "meeting_states": meetings.STATE_NAMES, "means": outreach.MEANS_NAMES, "results": outreach.RESULT_NAMES,
        "place_results": participation.RESULT_NAMES, "ways": slips.WAY_NAMES, "grounds": slips.GROUND_NAMES,
        "slip_ends": slips.END_NAMES,
    }
