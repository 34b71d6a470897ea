"""Crisis by night: an alarm rings until somebody on duty has taken it, the office opens, or all were called in vain.

Rows with due times, so that a restart loses nothing; the clock is an argument. Rings only in towns with a watch at
night; nothing loops: two rounds through the rota, then it waits for the morning, and the record says so. Sending is
`calls`. Must not know channels, and no word of the matter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.desk.access import NotYours, held_by, hold_conversation, known_form
from handoff.desk.hours import is_open
from handoff.desk.staff import SignedIn
from handoff.desk.summary import URGENCY_ORDER
from handoff.intake import outbox
from handoff.intake.tokens import hash_token
from handoff.notices import rota
from handoff.privacy import audit
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import DutyCall, DutyPerson, NightAlarm, StaffMember, Ticket
from knowledge.schema import Town

ROUNDS = 2
"""How often each person is called for one alarm."""
REST = timedelta(hours=1)
"""No new alarm for the same ticket so soon after one has ended, unless the danger has grown."""
AT_ONCE = 20
State = Literal["acknowledged", "opened", "unanswered"]
STATE_NAMES = {
    "ringing": "当番を呼んでいます", "acknowledged": "受け取りました", "opened": "受け取る人がないまま開庁しました",
    "unanswered": "当番全員に知らせましたが、受け取る人がありませんでした",
}


class NothingRings(Exception):
    """No alarm rings: taken by somebody else, over, or never was."""


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call as the console shows it. status: as the row's, or acknowledged."""

    name: str
    at: datetime
    status: str
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """An alarm with its calls. by: login of the member of staff who took it on the console."""

    number: str
    began_at: datetime
    state: str
    ended_at: datetime | None
    by: str | None
    calls: tuple[CallLine, ...]


async def ring(session: AsyncSession, ticket: Ticket, *, town: Town, now: datetime) -> NightAlarm | None:
    """Begin to call for a ticket; None where nobody is called (open, no watch, told a moment ago)."""
    if town.municipality.night not in rota.WATCHED or is_open(town, now):
        return None
    last = await session.scalar(
        select(NightAlarm).where(NightAlarm.ticket_id == ticket.id).order_by(NightAlarm.created_at.desc()).limit(1)
    )
    if last is not None and not _again(last, ticket, now):
        return None
    alarm = NightAlarm(
        id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, ticket_id=ticket.id,
        urgency=ticket.urgency, state="ringing", called=0, due_at=now,
    )
    session.add(alarm)
    await emit(session, kind="alarm", conversation_id=ticket.conversation_id, ticket_id=ticket.id)
    return alarm


def _again(last: NightAlarm, ticket: Ticket, now: datetime) -> bool:
    order = list[str](URGENCY_ORDER)
    if last.ended_at is None:
        return False
    return now - last.ended_at >= REST or order.index(ticket.urgency) < order.index(last.urgency)


async def advance(store: Store, towns: Mapping[str, Town], *, now: datetime) -> int:
    """Call the next person of every alarm whose time is up, or end it; how many were looked at.

    An alarm of a town that is not served now waits until it is, and holds up nobody else's.
    """
    async with store.reading_everywhere() as session:
        due = (await session.execute(
            select(NightAlarm.municipality_id, NightAlarm.id)
            .where(NightAlarm.state == "ringing", NightAlarm.due_at <= now, NightAlarm.municipality_id.in_(list(towns)))
            .order_by(NightAlarm.due_at).limit(AT_ONCE)
        )).all()
    for town_id, alarm_id in due:
        async with store.town(town_id) as session:
            alarm = await session.scalar(
                select(NightAlarm).where(NightAlarm.id == alarm_id).with_for_update(of=NightAlarm)
            )
            if alarm is not None and alarm.state == "ringing" and alarm.due_at <= now:
                await _next(session, alarm, towns[town_id], now=now)
    return len(due)


async def _next(session: AsyncSession, alarm: NightAlarm, town: Town, *, now: datetime) -> None:
    on_duty = await rota.on_duty(session, town, now=now)
    if is_open(town, now):
        await _end(session, alarm, "opened", staff=None, now=now)
    elif alarm.called >= ROUNDS * len(on_duty):
        await _end(session, alarm, "unanswered", staff=None, now=now)
    else:
        person = on_duty[alarm.called % len(on_duty)]
        assert person.id is not None
        session.add(DutyCall(
            id=new_id(now), municipality_id=alarm.municipality_id, created_at=now, alarm_id=alarm.id,
            person_id=person.id, status="queued" if person.email else "console", attempts=0, due_at=now,
        ))
        alarm.called += 1
        alarm.due_at = now + timedelta(minutes=town.municipality.night_answer_minutes)
        await audit.record(session, action="duty_called", staff_id=person.staff_id, ticket_id=alarm.ticket_id, now=now)


async def acknowledge(session: AsyncSession, staff: SignedIn, number: str, *, now: datetime) -> None:
    """Taken on the console, by who may see the ticket or stands on the rota. NotYours, NothingRings."""
    if not any(one.staff_id == staff.id for one in await rota.people(session)):
        await held_by(session, staff, number)
    alarm = await _ringing(session, number)
    call = await session.scalar(
        select(DutyCall).join(DutyPerson, DutyPerson.id == DutyCall.person_id)
        .where(DutyCall.alarm_id == alarm.id, DutyPerson.staff_id == staff.id)
        .order_by(DutyCall.created_at.desc()).limit(1)
    )
    if call is not None:
        call.acknowledged_at = now
    await _end(session, alarm, "acknowledged", staff=staff.id, now=now)


async def acknowledge_by_link(session: AsyncSession, token: str, *, now: datetime) -> str:
    """Taken by the link of a message: any call of the alarm, also an earlier one. The number. NotYours, NothingRings."""
    call = await call_of(session, token)
    alarm = await session.scalar(select(NightAlarm).where(NightAlarm.id == call.alarm_id).with_for_update(of=NightAlarm))
    if alarm is None or alarm.state not in ("ringing", "unanswered"):
        raise NothingRings
    person = await session.get_one(DutyPerson, call.person_id)
    call.acknowledged_at = now
    await _end(session, alarm, "acknowledged", staff=person.staff_id, now=now)
    return await number_of(session, call)


async def call_of(session: AsyncSession, token: str) -> DutyCall:
    """The call whose message held this token. NotYours."""
    call = await session.scalar(select(DutyCall).where(DutyCall.token_hash == hash_token(token)))
    if call is None:
        raise NotYours
    return call


async def number_of(session: AsyncSession, call: DutyCall) -> str:
    """Of the ticket that somebody was called for."""
    return (await session.execute(
        select(Ticket.number).join(NightAlarm, NightAlarm.ticket_id == Ticket.id).where(NightAlarm.id == call.alarm_id)
    )).scalar_one()


async def _ringing(session: AsyncSession, number: str) -> NightAlarm:
    """The alarm of a ticket that somebody can still take, also after all were called in vain. NotYours, NothingRings."""
    alarm = await session.scalar(
        select(NightAlarm).join(Ticket, Ticket.id == NightAlarm.ticket_id)
        .where(Ticket.number == known_form(number), NightAlarm.state.in_(("ringing", "unanswered")))
        .order_by(NightAlarm.created_at.desc()).limit(1).with_for_update(of=NightAlarm)
    )
    if alarm is None:
        raise NothingRings
    return alarm


async def _end(session: AsyncSession, alarm: NightAlarm, state: State, *, staff: UUID | None, now: datetime) -> None:
    alarm.state, alarm.ended_at, alarm.acknowledged_by = state, now, staff
    for call in await session.scalars(
        select(DutyCall).where(DutyCall.alarm_id == alarm.id, DutyCall.status == "queued")
    ):
        call.status, call.error = "failed", "over"
    ticket = await session.get_one(Ticket, alarm.ticket_id)
    await audit.record(session, action=f"alarm_{state}", staff_id=staff, ticket_id=ticket.id, now=now)
    await emit(session, kind="alarm_ended", conversation_id=ticket.conversation_id, ticket_id=ticket.id)


async def ringing(session: AsyncSession) -> tuple[str, ...]:
    """Numbers of the tickets for which somebody is being called now, oldest first."""
    rows = await session.scalars(
        select(Ticket.number).join(NightAlarm, NightAlarm.ticket_id == Ticket.id)
        .where(NightAlarm.state == "ringing").order_by(NightAlarm.created_at)
    )
    return tuple(dict.fromkeys(rows))


async def story(session: AsyncSession, *, ticket_id: UUID | None = None, most: int = 50) -> tuple[AlarmLine, ...]:
    """Alarms, newest first, with everybody who was called: of one ticket, or of the town."""
    asked = select(NightAlarm, Ticket.number, StaffMember.login).join(Ticket, Ticket.id == NightAlarm.ticket_id)
    asked = asked.outerjoin(StaffMember, StaffMember.id == NightAlarm.acknowledged_by)
    if ticket_id is not None:
        asked = asked.where(NightAlarm.ticket_id == ticket_id)
    found = (await session.execute(asked.order_by(NightAlarm.created_at.desc()).limit(most))).all()
    ids = [alarm.id for alarm, _, _ in found]
    calls = list(await session.scalars(
        select(DutyCall).where(DutyCall.alarm_id.in_(ids)).order_by(DutyCall.created_at, DutyCall.id)
    ))
    called = await rota.names(session, [call.person_id for call in calls])
    return tuple(
        AlarmLine(number, alarm.created_at, alarm.state, alarm.ended_at, login, tuple(
            CallLine(called.get(call.person_id, ""), call.created_at, call.status, call.acknowledged_at)
            for call in calls if call.alarm_id == alarm.id
        ))
        for alarm, number, login in found
    )


async def tell_resident(session: AsyncSession, number: str, say: Callable[[str], str], *, now: datetime) -> None:
    """One line to who wrote, once somebody has it; never where the matter is restricted: a screen may be looked at.

    say: the line in a language.
    """
    conversation = await hold_conversation(session, number)
    ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
    if not ticket.restricted and ticket.status != "resolved" and not outbox.stands_by(conversation):
        await outbox.enqueue(session, conversation, [Outgoing(say(conversation.language))], sender="bot", quiet=True, now=now)


def unseen(ticket: Ticket, town: Town) -> tuple[datetime, datetime | None] | None:
    """From when until when nobody had opened a ticket that came while the town hall was closed; None by day.

    The end is None as long as nobody has.
    """
    if is_open(town, ticket.created_at):
        return None
    return ticket.created_at, ticket.first_read_at
