"""Opening a case: who may, and the record of who did. A case that is not theirs and one that is none look the same.

A coordinator sees every case of the town. Others see those their window holds a part of; a restricted one only where
they are named themselves. Who knows somebody of its tickets (知り合い), or is an auditor, sees none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import NotYours
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.db import Store
from handoff.store.models import Case, CaseAgency, CasePerson, CaseTicket, TicketStaff
from knowledge.schema import Town

NUMBER = re.compile(r"[a-z][a-z0-9_]{0,39}-case-[0-9]{4}-[0-9]{4,9}", re.ASCII)

__all__ = ["NUMBER", "Held", "NotCoordinating", "NotYours", "coordinating", "held_by", "may_see", "of_the_town"]


class NotCoordinating(Exception):
    """Only the coordinator may do this."""


@dataclass(frozen=True, slots=True)
class Held:
    """A case with its agencies. The rows belong to the session they came from."""

    case: Case
    agencies: tuple[CaseAgency, ...]


def coordinating(staff: SignedIn) -> bool:
    """Whether they hold the threads: only here are the reports of a household seen together."""
    return staff.role == "coordinator"


def of_the_town(staff: SignedIn, town: Town) -> bool:
    """Whether they work for the town itself, not for a body it has consigned something to."""
    known = {f"{town.id}.{window.id}": window for window in town.windows}
    return any(known[window].relation == "same_body" for window in staff.windows if window in known)


class Standing(Protocol):
    """Of a case, or of its row, what says who may see it."""

    @property
    def municipality_id(self) -> str: ...
    @property
    def restricted(self) -> bool: ...


class Part(Protocol):
    """The same of an agency."""

    @property
    def window_id(self) -> str | None: ...
    @property
    def staff_id(self) -> UUID | None: ...


def may_see(staff: SignedIn, case: Standing, agencies: Sequence[Part]) -> bool:
    if staff.municipality_id != case.municipality_id or staff.role == "auditor":
        return False
    if coordinating(staff) or any(agency.staff_id == staff.id for agency in agencies):
        return True
    return not case.restricted and any(agency.window_id in staff.windows for agency in agencies)


def kept_out(staff: SignedIn) -> Select[UUID]:
    """Ids of the cases with a ticket that they are kept out of."""
    known = and_(TicketStaff.staff_id == staff.id, TicketStaff.kind == "known")
    return select(CaseTicket.case_id).join(TicketStaff, TicketStaff.ticket_id == CaseTicket.ticket_id).where(known)


async def held_by(session: AsyncSession, staff: SignedIn, number: str) -> Held:
    """The case, locked for a change. NotYours."""
    return await _held(session, staff, _numbered(staff, number).with_for_update(of=Case))


async def seen_by(session: AsyncSession, staff: SignedIn, number: str) -> Held:
    """The same to look at only, in a reading session: nobody who writes waits for it. NotYours."""
    return await _held(session, staff, _numbered(staff, number))


def _numbered(staff: SignedIn, number: str) -> Select[Case]:
    if not NUMBER.fullmatch(number):
        raise NotYours
    return select(Case).where(Case.number == number, Case.id.not_in(kept_out(staff)))


async def _held(session: AsyncSession, staff: SignedIn, wanted: Select[Case]) -> Held:
    case = await session.scalar(wanted)
    if case is None:
        raise NotYours
    agencies = tuple(await session.scalars(
        select(CaseAgency).where(CaseAgency.case_id == case.id).order_by(CaseAgency.id)
    ))
    if not may_see(staff, case, agencies):
        raise NotYours
    return Held(case, agencies)


async def coordinated_by(session: AsyncSession, staff: SignedIn, number: str) -> Held:
    """The case for an act that is the coordinator's. NotYours, NotCoordinating."""
    held = await held_by(session, staff, number)
    if not coordinating(staff):
        raise NotCoordinating
    return held


async def person_of(session: AsyncSession, case: Case, person_id: UUID) -> CasePerson:
    """A person of this case. NotYours."""
    person = await session.get(CasePerson, person_id)
    if person is None or person.case_id != case.id:
        raise NotYours
    return person


async def note_reading(session: AsyncSession, staff: SignedIn, number: str, *, now: datetime) -> None:
    await audit.record(session, action="case_opened", staff_id=staff.id, reason=number, now=now)


async def note_refusal(store: Store, staff: SignedIn, number: str, *, now: datetime) -> None:
    """Somebody asked for a case that is not theirs. Its own transaction: the asking one was rolled back."""
    reason = number if NUMBER.fullmatch(number) else None
    async with store.town(staff.municipality_id) as session:
        await audit.record(session, action="case_refused", staff_id=staff.id, reason=reason, now=now)
