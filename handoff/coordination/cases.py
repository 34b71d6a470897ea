"""複合ケース: made from a flagged ticket by the coordinator; its people, its agencies, and what comes next.

A ticket by somebody outside the household is a report: it leads to the case, and nothing of its writer enters it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import buttons, course, partners, recipients
from handoff.coordination.access import Held, NotCoordinating, coordinating
from handoff.desk import access
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.outsiders import OUTSIDE, is_report
from handoff.desk.routing import coordinator_window
from handoff.desk.seating import is_outside
from handoff.desk.staff import SignedIn
from handoff.desk.summary import ROLES, Member, Summary
from handoff.desk.tickets import fiscal_year
from handoff.privacy import audit
from handoff.store.counters import next_value
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import (
    Case,
    CaseAgency,
    CaseEntry,
    CasePerson,
    CaseTask,
    CaseTicket,
    ConsentRecord,
    MeetingRecord,
    StaffMember,
    SupportPlan,
    Ticket,
)
from handoff.store.scope import scope_of
from knowledge.schema import Town

LONGEST_NAME = 200


class AlreadyInCase(Exception):
    """The ticket belongs to a case, or the agency to this one."""


class NotFlagged(Exception):
    """The ticket has no flag of the coordinator."""


class KeptPerson(Exception):
    """Something is kept about this person: they cannot be taken out as if they had never been there."""


class NoGroundYet(Exception):
    """Nobody of the case has agreed that another body opens it, and no ground was written."""


class NoSuchAgency(ValueError):
    """The town has no such window, and no name of an outside body was given."""


@dataclass(frozen=True, slots=True)
class Persona:
    """How a person is called in a case; what is not known stays empty. read: as which one of a consultation they were
    read, so that what is read of them is found again when people call them otherwise (母, and 親 in the words).
    """

    relation: str
    age: str = ""
    name: str = ""
    read: str = ""


async def open_from(session: AsyncSession, staff: SignedIn, number: str, *, town: Town, now: datetime) -> Case:
    """Take a flagged ticket on as a case. NotCoordinating, NotYours (of the ticket), NotFlagged, AlreadyInCase."""
    ticket, windows = await _free_ticket(session, staff, number)
    summary = Summary.from_json(ticket.summary)
    case = await _make(session, ticket, summary, town=town, now=now)
    await _link(session, case, ticket, now=now)
    for member in summary.household:
        if not member.deceased:
            add_person(session, case, _persona(member), now=now)
    for window in dict.fromkeys((*windows, coordinator_window(town))):
        role = "調整" if window == coordinator_window(town) else "相談を受けた窓口" if window == windows[0] else ""
        _seat(session, case, window=window, name=town.window(window).name, role=role, now=now)
    course.go_to(session, case, staff, to="intake", reason=None, now=now)
    await buttons.bring(session, case, ticket.id, now=now)
    await audit.record(session, action="case_made", staff_id=staff.id, ticket_id=ticket.id, reason=case.number, now=now)
    return case


async def attach(session: AsyncSession, staff: SignedIn, held: Held, number: str, *, now: datetime) -> None:
    """A second ticket about the same household. Its windows learn nothing of the case by it.

    NotCoordinating, NotYours, NotFlagged, AlreadyInCase.
    """
    ticket, _ = await _free_ticket(session, staff, number)
    await _link(session, held.case, ticket, now=now)
    held.case.restricted = held.case.restricted or ticket.restricted
    await buttons.bring(session, held.case, ticket.id, now=now)
    await audit.record(
        session, action="case_joined", staff_id=staff.id, ticket_id=ticket.id, reason=held.case.number, now=now
    )


async def take_flag_back(session: AsyncSession, staff: SignedIn, number: str, *, reason: str, now: datetime) -> Ticket:
    """The window says: this needs no coordinator. Kept with its reason. NotYours, NotFlagged, AlreadyInCase, BadText."""
    why = clean(reason, longest=LONGEST_NOTE)
    ticket = (await access.held_by(session, staff, number)).ticket
    if not ticket.coordinator:
        raise NotFlagged
    if await _case_of(session, ticket.id) is not None:
        raise AlreadyInCase
    ticket.coordinator = False
    ticket.state = {**ticket.state, "flag_taken_back": now.isoformat()}
    await audit.record(session, action="flag_taken_back", staff_id=staff.id, ticket_id=ticket.id, reason=why, now=now)
    await emit(session, kind="ticket_changed", conversation_id=ticket.conversation_id, ticket_id=ticket.id)
    return ticket


def add_person(session: AsyncSession, case: Case, persona: Persona, *, now: datetime) -> CasePerson:
    """BadText for a person of whom nothing is said."""
    row = CasePerson(
        id=new_id(now), municipality_id=case.municipality_id, created_at=now, data_key_id=case.data_key_id,
        data_key=case.data_key, case_id=case.id, body=_named(persona),
    )
    session.add(row)
    return row


def name_person(person: CasePerson, persona: Persona) -> None:
    person.body = {**_named(persona), "read": person.body.get("read", "")}


async def drop_person(session: AsyncSession, case: Case, person: CasePerson) -> None:
    """Take out somebody whom the reading of the words put there by mistake. KeptPerson once anything is kept about them."""
    for kind in (ConsentRecord, CaseEntry, SupportPlan, MeetingRecord, CaseTask):
        if await session.scalar(select(kind.id).where(kind.person_id == person.id).limit(1)) is not None:
            raise KeptPerson
    await session.delete(person)
    await session.flush()
    await tell_household(session, case)


async def tell_household(session: AsyncSession, case: Case) -> None:
    """The household's line on the board says what its people are called now, by kinship and age alone."""
    people = await session.scalars(select(CasePerson).where(CasePerson.case_id == case.id).order_by(CasePerson.id))
    told = "、".join(f"{one.body['relation']} {one.body['age']}".strip() for one in people)
    case.body = {**case.body, "household": told}


async def add_agency(
    session: AsyncSession, held: Held, *, town: Town, window: str, name: str, role: str, login: str = "",
    ground: str = "", now: datetime,
) -> CaseAgency:
    """A window of the town (full id), or a body outside by name. login: who holds it there; ground: why the staff of
    another body's window may open the case where nobody in it has agreed.

    NoSuchAgency, AlreadyInCase, NoGroundYet, NotARecipient, BadText.
    """
    known = {f"{town.id}.{one.id}": one.name for one in town.windows}
    if window not in known and (window or not name.strip()):
        raise NoSuchAgency(window)
    if any(agency.window_id == window for agency in held.agencies if window):
        raise AlreadyInCase
    called = known.get(window) or clean(name, longest=LONGEST_NAME)
    why = clean(ground, longest=LONGEST_NOTE) if ground.strip() else ""
    if not why and window and is_outside(window, town):
        await _check_agreed(session, held.case, partners.called(window, town), window)
    row = _seat(session, held.case, window=window or None, name=called, role=role.strip()[:LONGEST_NAME], now=now)
    row.body = {**row.body, "ground": why}
    if login.strip():
        row.staff_id = await _staff_id(session, login)
    await session.flush()
    return row


async def _check_agreed(session: AsyncSession, case: Case, names: Sequence[str], body: str) -> None:
    standing = await recipients.of_case(session, case)
    recipients.check(standing, names, body=body)
    if not any(one.given for one in standing):
        raise NoGroundYet


def plan_next(case: Case, *, what: str, at: datetime | None) -> None:
    """The next thing to do in a case, and when. BadText."""
    case.body = {**case.body, "next": clean(what, longest=LONGEST_NOTE)}
    case.next_at = at


def label(person: CasePerson, *, open_to: bool) -> str:
    """How a person is called on a page; without their name where they have not agreed that it is shared."""
    return called(person.body, open_to=open_to)


def called(body: Mapping[str, str], *, open_to: bool) -> str:
    """The same of what is kept of a person."""
    relation = f"{body['relation']} {body['age']}".strip()
    return f"{body['name']}（{relation}）" if open_to and body["name"] else relation


def is_member(person: CasePerson, member: Member, among: Sequence[Member]) -> bool:
    """Whether a consultation speaks of this person: as it was read, or of the only one of that kinship in it."""
    persona, body = _persona(member), person.body
    read = body.get("read", "")
    if not read:  # written down by hand, or from before this was kept
        return (body["relation"], body["age"]) == (persona.relation, persona.age)
    if read == persona.read:
        return True
    alone = sum(one.role == member.role for one in among) == 1
    either_ageless = not member.age or " " not in read
    return alone and either_ageless and bool(persona.read) and read.split(" ")[0] == member.role


async def _free_ticket(session: AsyncSession, staff: SignedIn, number: str) -> tuple[Ticket, Sequence[str]]:
    if not coordinating(staff):
        raise NotCoordinating
    held = await access.held_by(session, staff, number)
    if not held.ticket.coordinator:
        raise NotFlagged
    if await _case_of(session, held.ticket.id) is not None:
        raise AlreadyInCase
    return held.ticket, [window for window in held.windows if window not in held.outside]


async def _case_of(session: AsyncSession, ticket_id: UUID) -> UUID | None:
    return await session.scalar(select(CaseTicket.case_id).where(CaseTicket.ticket_id == ticket_id))


async def _make(session: AsyncSession, ticket: Ticket, summary: Summary, *, town: Town, now: datetime) -> Case:
    """With a data key of its own: a case ends, and is forgotten, at another time than its tickets."""
    key = scope_of(session).keys.new_data_key(town.id, now=now)
    session.add(key)
    year = fiscal_year(now)
    number = await next_value(session, town.id, f"case:{year}")
    case = Case(
        id=new_id(now), municipality_id=town.id, created_at=now, data_key_id=key.id, data_key=key,
        number=f"{town.id}-case-{year}-{number:04d}", stage="intake", restricted=ticket.restricted,
        next_at=ticket.due_at, body=_first_body(summary),
    )
    session.add(case)
    await session.flush()
    return case


def _first_body(summary: Summary) -> dict[str, Any]:
    people = [_persona(member) for member in summary.household if not member.deceased]
    household = "、".join(f"{one.relation} {one.age}".strip() for one in people)
    why = [one.because or one.what for one in summary.patterns] or [one.because for one in summary.reasons]
    return {"household": household, "why": list(dict.fromkeys(why)), "next": "利用申込と同意を、本人に確かめる"}


async def _link(session: AsyncSession, case: Case, ticket: Ticket, *, now: datetime) -> None:
    session.add(CaseTicket(
        id=new_id(now), municipality_id=case.municipality_id, created_at=now, case_id=case.id, ticket_id=ticket.id,
        reporter=is_report(ticket),
    ))
    await session.flush()


def _seat(
    session: AsyncSession, case: Case, *, window: str | None, name: str, role: str, now: datetime
) -> CaseAgency:
    row = CaseAgency(
        id=new_id(now), municipality_id=case.municipality_id, created_at=now, data_key_id=case.data_key_id,
        data_key=case.data_key, case_id=case.id, window_id=window, body={"name": name, "role": role},
    )
    session.add(row)
    return row


async def _staff_id(session: AsyncSession, login: str) -> UUID:
    known = select(StaffMember.id).where(StaffMember.login == login.strip().lower(), StaffMember.disabled_at.is_(None))
    found = await session.scalar(known)
    if found is None:
        raise NoSuchAgency(login)
    return found


def _persona(member: Member) -> Persona:
    """Seen from the household: what a report calls 近所の人 would tell where it came from."""
    relation = ROLES["unknown"] if member.role in OUTSIDE else ROLES.get(member.role, member.role)
    read = "" if member.role in OUTSIDE else f"{member.role} {_age(member)}".strip()
    return Persona(relation, _age(member), read=read)


def _age(member: Member) -> str:
    if member.age is None:
        return ""
    low, high = member.age
    return f"{low}歳" if low == high else f"{low}〜{high}歳"


def _named(persona: Persona) -> dict[str, str]:
    kept = {
        "relation": clean(persona.relation, longest=LONGEST_NAME), "age": persona.age.strip()[:LONGEST_NAME],
        "name": persona.name.strip()[:LONGEST_NAME], "read": persona.read,
    }
    for text in (kept["age"], kept["name"]):
        if text:
            clean(text, longest=LONGEST_NAME)
    return kept
