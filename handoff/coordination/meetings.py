"""Meetings: asked for, called, held, called off. Who may call which, the pack says; people choose.

A meeting without consent needs its ground in the plan and a purpose that speaks of the person. Papers are `papers`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import consent, course, documents, papers, tasks, taxes
from handoff.coordination.access import Held, NotYours, person_of
from handoff.coordination.agenda import topics
from handoff.coordination.cases import add_agency
from handoff.coordination.eligibility import Offer, Situation, callers_of, may_call, offers, only_convenience
from handoff.coordination.taxes import TaxSecret, TaxUnsaid
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.hours import TOKYO
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.db import town_key
from handoff.store.ids import new_id
from handoff.store.models import (
    Case,
    CaseEntry,
    CasePerson,
    CaseTicket,
    MeetingMember,
    MeetingRecord,
    SupportPlan,
    Ticket,
)
from knowledge.schema import Meeting, Town

STATE_NAMES = {"asked": "招集を依頼中", "called": "予定", "held": "開催ずみ", "called_off": "とりやめ"}
PRESSING = ("emergency", "urgent")


class NotOpen(ValueError):
    """The meeting can't be had now, or not by this asker. The text says why."""


class BadPurpose(ValueError):
    """A meeting without consent needs a purpose. The text says what is missing."""


PURPOSE_NEEDED = "何のために開くか、本人の暮らしのどこを守るためかを書いてください。"
NOT_FOR_EASE = (
    "支援する側の事務を円滑にするためだけに、この会議は開けません（計画と社会福祉法第106条の6）。"
    "本人の暮らしの何を守るためか、なぜ同意を待てないかを書いてください。"
)

TO_COME = "開いた日が、まだ来ていない日になっています。開いた日を書いてください。"


async def situations(session: AsyncSession, case: Case, people: Sequence[CasePerson]) -> dict[UUID, Situation]:
    """Where each person's matter stands; what presses or endangers is read from the case's tickets."""
    answers = await consent.known(session, case)
    entries = await course.entries(session, case, "application", "assessment")
    drafted = set(await session.scalars(select(SupportPlan.person_id).where(SupportPlan.case_id == case.id)))
    tickets = list(await session.scalars(
        select(Ticket).join(CaseTicket, CaseTicket.ticket_id == Ticket.id).where(CaseTicket.case_id == case.id)
    ))
    pressing = any(ticket.urgency in PRESSING for ticket in tickets)
    crisis = frozenset(kind for ticket in tickets for kind in ticket.crisis)
    return {
        person.id: Situation(
            share=consent.holds(answers, person.id, "share"), drafted=person.id in drafted, pressing=pressing,
            crisis=crisis, applied=_has(entries, person.id, "application"),
            assessed=_has(entries, person.id, "assessment"),
        )
        for person in people
    }


def _has(entries: Sequence[CaseEntry], person_id: UUID, kind: documents.Document) -> bool:
    return documents.newest(entries, person_id, kind) is not None


async def ask(
    session: AsyncSession, staff: SignedIn, held: Held, person_id: UUID, *, meeting_id: str, purpose: str, town: Town,
    now: datetime,
) -> MeetingRecord:
    """Ask those who call a meeting to call it. They see the request and, as an agency, the case; no more.

    NotYours, NotOpen, BadPurpose, BadText, TaxSecret.
    """
    person = await person_of(session, held.case, person_id)
    offer = await _offered(session, staff, held.case, person, meeting_id=meeting_id, town=town)
    assert offer.meeting is not None
    why = _purpose(purpose) if offer.kind == "support" else clean(purpose, longest=LONGEST_NOTE)
    await _check_tax(session, held.case, person.id, why)
    for window in sorted(callers_of(town, offer.meeting)):
        if all(agency.window_id != window for agency in held.agencies):
            role = f"{offer.name}の招集"
            await add_agency(session, held, town=town, window=window, name="", role=role, ground=role, now=now)
    row = await _make(session, staff, held.case, person_id, meeting=offer.meeting, state="asked", now=now)
    row.body = {"purpose": why, "ground": None, "agenda": []}
    await audit.record(session, action="meeting_asked", staff_id=staff.id, reason=held.case.number, now=now)
    return row


async def call(
    session: AsyncSession, staff: SignedIn, held: Held, person_id: UUID, *, meeting_id: str, occasion: str,
    purpose: str, at: datetime | None, town: Town, now: datetime,
) -> MeetingRecord:
    """Call a meeting on one person's matter. occasion: one of the pack's triggers.

    NotYours, NotOpen, BadPurpose, BadText, TaxSecret.
    """
    person = await person_of(session, held.case, person_id)
    offer = await _offered(session, staff, held.case, person, meeting_id=meeting_id, town=town)
    meeting = offer.meeting
    if meeting is None or offer.state != "call":
        raise NotOpen(f"{offer.name}は、{'・'.join(offer.callers)}だけが招集できます。「依頼する」を使ってください。")
    if occasion not in meeting.triggers:
        raise NotOpen("どの場面の会議かを、一覧から選んでください。")
    why = _purpose(purpose) if meeting.kind == "support" else purpose.strip() and clean(purpose, longest=LONGEST_NOTE)
    await _check_tax(session, held.case, person.id, why)
    row = await _make(session, staff, held.case, person_id, meeting=meeting, state="called", now=now)
    row.occasion, row.held_at = occasion, at
    row.body = {"purpose": why, "ground": _ground(meeting, occasion), "agenda": list(topics(meeting, occasion))}
    await _seat_caller(session, staff, row, town=town, now=now)
    await _take_up_request(session, row, now=now)
    if meeting.kind == "plan":
        course.advance(session, held.case, staff, to="meeting", now=now)
        await tasks.settle(session, held.case, kind="meeting", person_id=person_id, occasion=occasion, now=now)
    await audit.record(session, action="meeting_called", staff_id=staff.id, reason=held.case.number, now=now)
    return row


async def call_without_case(
    session: AsyncSession, staff: SignedIn, *, meeting_id: str, at: datetime | None, agenda: str, town: Town,
    now: datetime,
) -> MeetingRecord:
    """A regular meeting on the work itself (事業の実施状況). NotOpen, BadText."""
    meeting = next((one for one in town.meetings if one.id == meeting_id and one.status == "running"), None)
    if meeting is None or not may_call(staff, town, meeting):
        raise NotOpen("この会議は、あなたの窓口からは招集できません。")
    key = await town_key(session)
    row = MeetingRecord(
        id=new_id(now), municipality_id=town.id, created_at=now, data_key_id=key.id, data_key=key,
        pack_meeting=meeting.id, kind=meeting.kind, occasion=meeting.regular, state="called", held_at=at,
        staff_id=staff.id,
        body={"purpose": "", "ground": None, "agenda": clean(agenda, longest=LONGEST_NOTE).splitlines()},
    )
    session.add(row)
    await session.flush()
    await _seat_caller(session, staff, row, town=town, now=now)
    await audit.record(session, action="meeting_called", staff_id=staff.id, reason=meeting.id, now=now)
    return row


async def go_without(
    session: AsyncSession, staff: SignedIn, held: Held, person_id: UUID, *, reason: str, now: datetime
) -> CaseEntry:
    """No meeting: those who have it go on between themselves. Always open, and written down. NotYours, BadText."""
    person = await person_of(session, held.case, person_id)
    body = {"reason": clean(reason, longest=LONGEST_NOTE)}
    return course.add(session, held.case, staff, kind="no_meeting", person_id=person.id, body=body, now=now)


async def of_case(session: AsyncSession, case: Case) -> list[MeetingRecord]:
    """The newest first."""
    wanted = select(MeetingRecord).where(MeetingRecord.case_id == case.id).order_by(MeetingRecord.created_at.desc())
    return list(await session.scalars(wanted))


async def _offered(
    session: AsyncSession, staff: SignedIn, case: Case, person: CasePerson, *, meeting_id: str, town: Town
) -> Offer:
    """The offer as it stands at this moment: what the page showed may have changed."""
    situation = (await situations(session, case, [person]))[person.id]
    for offer in offers(town, (), situation, staff=staff):
        if offer.meeting is not None and offer.meeting.id == meeting_id:
            if offer.state == "closed":
                raise NotOpen(f"{offer.name}には、まだ足りません: {'、'.join(offer.missing)}")
            return offer
    raise NotYours


def _purpose(text: str) -> str:
    if not text.strip():
        raise BadPurpose(PURPOSE_NEEDED)
    why = clean(text, longest=LONGEST_NOTE)
    if only_convenience(why):
        raise BadPurpose(NOT_FOR_EASE)
    return why


def _ground(meeting: Meeting, occasion: str) -> str:
    return f"{meeting.legal_basis or ''}（{occasion}）"


async def _make(
    session: AsyncSession, staff: SignedIn, case: Case, person_id: UUID, *, meeting: Meeting, state: str, now: datetime
) -> MeetingRecord:
    body: dict[str, Any] = {}
    row = MeetingRecord(
        id=new_id(now), municipality_id=case.municipality_id, created_at=now, data_key_id=case.data_key_id,
        data_key=case.data_key, pack_meeting=meeting.id, kind=meeting.kind, case_id=case.id, person_id=person_id,
        state=state, staff_id=staff.id, body=body,
    )
    session.add(row)
    await session.flush()
    return row


async def _seat_caller(
    session: AsyncSession, staff: SignedIn, row: MeetingRecord, *, town: Town, now: datetime
) -> None:
    window = next((one for one in town.windows if f"{town.id}.{one.id}" in staff.windows), None)
    session.add(MeetingMember(
        id=new_id(now), municipality_id=row.municipality_id, created_at=now, data_key_id=row.data_key_id,
        data_key=row.data_key, meeting_id=row.id, staff_id=staff.id, secrecy_at=now,
        body={"name": staff.name or staff.login, "agency": staff.organisation or (window.name if window else town.name)},
    ))


async def _take_up_request(session: AsyncSession, row: MeetingRecord, *, now: datetime) -> None:
    """A request for this very meeting is answered by it."""
    asked = await session.scalars(select(MeetingRecord).where(
        MeetingRecord.case_id == row.case_id, MeetingRecord.person_id == row.person_id,
        MeetingRecord.pack_meeting == row.pack_meeting, MeetingRecord.state == "asked",
    ))
    for one in asked:
        one.state = "called_off"


async def hold(
    session: AsyncSession, staff: SignedIn, row: MeetingRecord, *, minutes: str, decisions: str,
    present: Sequence[UUID], town: Town, now: datetime, on: datetime | None = None, tax: str = "",
) -> None:
    """It took place: who was there, what was said and settled. By those who call it.

    on: when; without it the day that was set, where that is not to come, else now. tax: whether what the tax office knows
    stands in it: "holds" | "none" | "" where nobody of it was there. NotOpen, BadText, TaxSecret, TaxUnsaid.
    """
    meeting = next((one for one in town.meetings if one.id == row.pack_meeting), None)
    if row.state != "called" or meeting is None or not may_call(staff, town, meeting):
        raise NotOpen("予定の会議を、招集した窓口が「開催ずみ」にします。")
    there = list(await session.scalars(select(MeetingMember).where(MeetingMember.meeting_id == row.id)))
    for member in there:
        member.attended = member.id in present
    kept = {"minutes": clean(minutes, longest=LONGEST_NOTE), "decisions": clean(decisions, longest=LONGEST_NOTE)}
    holds = await _holds_tax(session, staff, row, there, words="\n".join(kept.values()), tax=tax, town=town)
    row.body = {**row.body, **kept, "tax": holds}
    row.state, row.held_at = "held", _held_on(row, on, now)
    if row.case_id is None:
        await tasks.settle_round(session, town, meeting, now=now)
    await audit.record(session, action="meeting_held", staff_id=staff.id, now=now)


def _held_on(row: MeetingRecord, on: datetime | None, now: datetime) -> datetime:
    """A day that was written down keeps the hour that was set for it; NotOpen for one that is to come."""
    if on is None:
        return row.held_at if row.held_at and row.held_at <= now else now
    day = on.astimezone(TOKYO).date()
    if day > now.astimezone(TOKYO).date():
        raise NotOpen(TO_COME)
    return row.held_at if row.held_at and row.held_at.astimezone(TOKYO).date() == day else on


async def _holds_tax(
    session: AsyncSession, staff: SignedIn, row: MeetingRecord, there: Sequence[MeetingMember], *, words: str, tax: str,
    town: Town,
) -> bool:
    """Whether what the tax office knows stands in the words: then only with the person's consent. TaxSecret, TaxUnsaid.

    In a meeting on nobody's matter the office may explain its work: there the answer alone says what it is.
    """
    office = [one for one in there if taxes.is_tax_office(one.body["agency"])]
    writes = any(one.staff_id == staff.id for one in office) or taxes.speaks_for_it(staff, "", town)
    holds = tax == "holds" or writes or (row.case_id is not None and taxes.told_by_it(words))
    if holds and not await papers.tax_is_given(session, row):
        raise TaxSecret
    if office and not holds and tax != "none":
        raise TaxUnsaid(taxes.UNSAID)
    return holds


async def _check_tax(session: AsyncSession, case: Case, person_id: UUID, words: str) -> None:
    """The purpose of a meeting stands on its paper. TaxSecret."""
    if taxes.told_by_it(words) and not consent.holds(await consent.known(session, case), person_id, "tax").given:
        raise TaxSecret
