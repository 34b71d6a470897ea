"""電話・来庁・訪問: what staff hear becomes a ticket like any other, and what they tell people stands in its thread.

Nothing can be sent over these ways, so an answer here is a note of who was told what, and how. Until triage has read
the words only who took them down and the coordinator see them; words of violence by somebody near restrict at once,
in the same transaction. Knows no screens.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.coordination import reporters
from handoff.desk import closing, tickets
from handoff.desk.access import hold_conversation, in_hand
from handoff.desk.answers import LONGEST_ANSWER, LONGEST_NOTE, BadText, Resolved, clean, drop_draft, note_answer
from handoff.desk.confining import GUARDED, confine, held, hold
from handoff.desk.handover import NoSuchWindow
from handoff.desk.queue import TicketLine
from handoff.desk.staff import SignedIn
from handoff.desk.summary import Summary
from handoff.intake import callback, contacts, heard, outbox, safety
from handoff.intake.callback import Wish
from handoff.intake.spoken import SPOKEN
from handoff.intake.state import State
from handoff.privacy import audit
from handoff.privacy.keys import KeyRing
from handoff.store.models import Contact, Conversation, StaffMember, Ticket
from knowledge.schema import CrisisKind, Town, Urgency
from knowledge.schema.contact_ways import SafeContact
from triage.types import Decision

Caller = Literal["self", "family", "neighbour", "supporter", "unknown"]
CALLERS: dict[Caller, str] = {
    "self": "本人", "family": "家族・親族", "neighbour": "近所・知人", "supporter": "民生委員・支援者", "unknown": "わからない・言わない",
}
LEVELS: dict[Urgency, str] = {
    "normal": "話の中身から判断する", "urgent": "急ぎ（今日か明日のうち）", "emergency": "いますぐ（命や安全）",
}
SAID_SO = "受けた職員が「{level}」としました。"
LONGEST_SHORT = 200
GUARD_SAID = "受けた職員が「見られる人をしぼる」としました"
GUARD_SEEN = "書かれたことばに、暴力・虐待・性被害にあたるものがあります"
Alarms = Callable[[str], Collection[CrisisKind]]
"""The crisis matcher of triage: kinds of danger that a text names, at once and without fail."""


class NoSuchWay(ValueError):
    """A way, a caller or a level that is not in the closed lists."""


class Written(Exception):
    """The resident wrote to us: they are answered in writing, and attempts are noted as such."""


@dataclass(frozen=True, slots=True)
class Report:
    """What staff fill in: ten fields, of which only the words are needed.

    words: what they heard, in the speaker's own words; how: good times, and whom it must be kept from; told: what they
    answered at once; window: full id of the one that takes it down; guarded: they say that it has to stay with few.
    """

    channel: str
    caller: str
    words: str
    window: str
    name: str = ""
    number: str = ""
    how: str = ""
    urgency: str = "normal"
    told: str = ""
    follow_up: datetime | None = None
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A later call or visit: by what means, with what result, what was heard and told, and the next date."""

    means: str
    result: str
    heard: str = ""
    told: str = ""
    follow_up: datetime | None = None
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who spoke, for the ticket's page. caller: "" where they did not say; by: login of who wrote it down."""

    way: str
    caller: str
    name: str
    by: str


async def take_down(
    session: AsyncSession, staff: SignedIn, report: Report, *, once: str, mine: bool, town: Town, keys: KeyRing,
    ways: SafeContact | None, alarms: Alarms, now: datetime,
) -> str:
    """A new ticket from what was heard; its number. The same `once` again gives the same ticket.

    mine: whoever wrote it down has it in hand. NoSuchWay, NoSuchWindow, BadText, NotYet (a date that is over).
    """
    words, told = _checked(report, town, now=now)
    before = await heard.known(session, town.id, once)
    if before is not None:
        return await _number_of(session, before)
    conversation = await _conversation(session, report, town, keys, now=now)
    message = await heard.keep(session, conversation, words, staff_id=staff.id, once=once, keys=keys, now=now)
    ticket = await _ticket(session, conversation, report, message.payload["text"], town=town, now=now)
    ticket.state = {**ticket.state, "caller": report.caller, "taken_by": str(staff.id)}
    ticket.follow_up_at = report.follow_up
    if told:
        await _tell(session, conversation, ticket, staff, told, now=now)
    ticket.assignee_id = staff.id if mine else None
    hold(ticket)
    by = staff if report.guarded else None
    await _guard(session, ticket, (report.words, report.how, report.told), by=by, alarms=alarms, now=now)
    await _reachable(session, conversation, report, ways, now=now)
    await audit.record(session, action="taken_down", staff_id=staff.id, ticket_id=ticket.id, now=now)
    return ticket.number


async def note_call(
    session: AsyncSession, staff: SignedIn, number: str, call: Call, *, once: str, town: Town, keys: KeyRing,
    alarms: Alarms, now: datetime,
) -> None:
    """Write a later call or visit down: what they said is judged like the first, what they were told counts as an answer.

    NotYours, OnlyAsked, Resolved, Written, NoSuchAttempt, NotYet, BadText.
    """
    conversation = await hold_conversation(session, number)
    ticket = (await in_hand(session, staff, number)).ticket
    if conversation.channel not in SPOKEN:
        raise Written
    if ticket.status == "resolved":
        raise Resolved
    await closing.attempt(
        session, staff, number, means=call.means, result=call.result, note="", follow_up=call.follow_up, now=now
    )
    by = staff if call.guarded else None
    await _guard(session, ticket, (call.heard, call.told), by=by, alarms=alarms, now=now)
    if call.heard.strip():
        words = clean(call.heard, longest=LONGEST_NOTE)
        await heard.keep(session, conversation, words, staff_id=staff.id, once=once, keys=keys, now=now)
        tickets.wait_again(ticket, town=town, now=now)
        ticket.last_resident_at = now
    if call.told.strip():
        told = clean(call.told, longest=LONGEST_ANSWER)
        if await reporters.would_tell(session, ticket, told):
            raise BadText(reporters.TOLD)
        await _tell(session, conversation, ticket, staff, told, now=now)
        await drop_draft(session, ticket, staff)
    elif call.result == "reached":
        note_answer(ticket, staff, now=now)


async def speaker(session: AsyncSession, line: TicketLine) -> Speaker | None:
    """Who spoke, of a ticket that they may see; None where it came in writing."""
    if line.summary.channel not in SPOKEN:
        return None
    conversation = await session.get_one(Conversation, line.conversation_id)
    contact = await session.get_one(Contact, conversation.contact_id)
    ticket = await session.get_one(Ticket, line.id)
    told = ticket.state.get("caller")
    caller = next((label for one, label in CALLERS.items() if one == told and one != "unknown"), "")
    logins = {str(row.id): row.login for row in await session.scalars(select(StaffMember))}
    return Speaker(SPOKEN[line.summary.channel], caller, contact.name or "", logins.get(ticket.state.get("taken_by", ""), ""))


def _checked(report: Report, town: Town, *, now: datetime) -> tuple[str, str]:
    """Words and answer as they are kept."""
    if report.channel not in SPOKEN or report.caller not in get_args(Caller) or report.urgency not in LEVELS:
        raise NoSuchWay
    if report.window not in {f"{town.id}.{window.id}" for window in town.windows if window.relation != "other_body"}:
        raise NoSuchWindow(report.window)
    if report.follow_up is not None and report.follow_up <= now:
        raise closing.NotYet("date")
    for text in (report.name, report.number, report.how):
        if text.strip():
            clean(text, longest=LONGEST_SHORT)
    told = clean(report.told, longest=LONGEST_ANSWER) if report.told.strip() else ""
    return clean(report.words, longest=LONGEST_NOTE), told


async def _number_of(session: AsyncSession, conversation_id: Any) -> str:
    found = await session.scalar(
        select(Ticket.number).where(Ticket.conversation_id == conversation_id).order_by(Ticket.created_at).limit(1)
    )
    assert found is not None
    return found


async def _conversation(
    session: AsyncSession, report: Report, town: Town, keys: KeyRing, *, now: datetime
) -> Conversation:
    conversation = await contacts.make(
        session, municipality_id=town.id, channel=report.channel, account_id=None, address=None, lookup=None, keys=keys,
        now=now,
    )
    conversation.holder = "staff"
    conversation.dialogue = State(greeted=True, ticket=True).as_json()
    contact = await session.get_one(Contact, conversation.contact_id)
    contact.name = report.name.strip() or None
    await session.flush()
    return conversation


async def _ticket(
    session: AsyncSession, conversation: Conversation, report: Report, words: str, *, town: Town, now: datetime
) -> Ticket:
    """Open at once, with what staff know; the triage adds its part when it has read the words."""
    level = next(level for level in LEVELS if level == report.urgency)
    ticket = await tickets.open_or_update(
        session, conversation, Decision(action="route", text=words, urgency=level), town=town, windows=(report.window,),
        why="triage", now=now,
    )
    if level != "normal":
        because = SAID_SO.format(level=LEVELS[level])
        ticket.summary = replace(Summary.from_json(ticket.summary), urgency_because=because).as_json()
    return ticket


async def _guard(
    session: AsyncSession, ticket: Ticket, texts: Sequence[str], *, by: SignedIn | None, alarms: Alarms,
    now: datetime,
) -> None:
    """閲覧制限 before anybody else can read it. What is seen by words alone stays until a coordinator takes it back.

    by: who said that it has to be so; None: nobody has.
    """
    seen = any(not GUARDED.isdisjoint(alarms(text)) for text in texts if text.strip())
    if not (by or seen) or (ticket.restricted and not held(ticket)):
        return
    await confine(session, ticket)
    reason, who = (GUARD_SAID, by.id) if by is not None else (GUARD_SEEN, None)
    await audit.record(session, action="restricted", staff_id=who, ticket_id=ticket.id, reason=reason, now=now)


async def _tell(
    session: AsyncSession, conversation: Conversation, ticket: Ticket, staff: SignedIn, told: str, *, now: datetime
) -> None:
    await outbox.enqueue(session, conversation, [Outgoing(told)], sender="staff", staff_id=staff.id, now=now)
    note_answer(ticket, staff, now=now)


async def _reachable(
    session: AsyncSession, conversation: Conversation, report: Report, ways: SafeContact | None, *, now: datetime
) -> None:
    number, how = report.number.strip(), report.how.strip()
    if number or how:
        await callback.keep(session, conversation, Wish(number=number, time=how), now=now)
    wish = safety.understood(how, ways) if ways is not None and how else safety.Wish()
    if wish:
        await safety.keep(session, conversation, wish, now=now)
