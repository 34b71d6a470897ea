"""What the end of a ticket rests on, the next date, attempts to reach somebody, and the gaps that ends show.

No outcome is free of charge: 連絡がとれない needs recorded attempts, 本人が望まない a person's check and the next date,
他機関へ the other body's yes, 受け皿がない a word about what is missing. Who ends a ticket is `custody`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import in_hand
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.hours import TOKYO
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import ContactAttempt, StaffMember, Ticket, TicketMove

Outcome = Literal["connected", "informed", "other_body", "unreachable", "not_wanted", "no_resource"]
Means = Literal["message", "telephone", "visit", "counter", "letter", "through"]
Result = Literal["reached", "no_answer", "left_word", "refused"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
OUTCOME_NAMES: dict[Outcome, str] = {
    "connected": "支援につながった",
    "informed": "情報提供で終了",
    "other_body": "他機関へつないだ",
    "unreachable": "連絡がとれない",
    "not_wanted": "本人が望まない",
    "no_resource": "受け皿がない",
}
MEANS: dict[Means, str] = {
    "message": "この会話で", "telephone": "電話", "visit": "訪問", "counter": "来庁", "letter": "手紙",
    "through": "関係機関をとおして",
}
RESULTS: dict[Result, str] = {
    "reached": "話ができた", "no_answer": "返事がない", "left_word": "伝言を残した", "refused": "会いたくない・話したくない",
}
ENOUGH_ATTEMPTS, ENOUGH_DAYS, ENOUGH_MEANS = 3, 2, 2
"""The product's own line before a case may end as unreachable; no law sets it."""
WITHOUT: dict[str, str] = {
    "attempts": f"「連絡がとれない」で終えるには、連絡の記録が{ENOUGH_ATTEMPTS}回（{ENOUGH_DAYS}日以上・{ENOUGH_MEANS}とおりの方法で）いります。",
    "attempts_restricted": f"「連絡がとれない」で終えるには、連絡の記録が{ENOUGH_ATTEMPTS}回（{ENOUGH_DAYS}日以上）いります。"
                           "閲覧制限の案件です。電話・訪問・手紙はしないでください。",
    "check": "本人のようすを人が確かめてから終えます。だれが・いつ・どのように確かめたかを書いてください。",
    "date": "次に連絡する日（あしたより後）を決めてください。",
    "confirmed": "「他機関へつないだ」で終えるには、先方が受けたことを先に記録してください。",
    "missing": "何が足りなかったかを書いてください。受け皿がないことの一覧に載ります。",
}


class NotYet(Exception):
    """The end lacks something. The text says what, in Japanese, for the officer."""

    def __init__(self, lacks: str) -> None:
        super().__init__(WITHOUT[lacks])
        self.lacks = lacks


class NoSuchAttempt(ValueError):
    """Means or result not in the closed lists."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What staff write at the end. note: what was found or is missing; check: who made sure, when and how."""

    note: str = ""
    check: str = ""
    follow_up: datetime | None = None


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt to reach somebody; by: login."""

    at: datetime
    by: str
    means: str
    result: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Gap:
    """受け皿がない: a matter that ended because nothing fits. Fields and the words of staff, no resident's words."""

    number: str
    at: datetime
    fields: tuple[str, ...]
    patterns: tuple[str, ...]
    missing: str


async def check(session: AsyncSession, ticket: Ticket, outcome: Outcome, ending: Ending, *, now: datetime) -> None:
    """NotYet when the end lacks what it rests on."""
    if (ticket.crisis or ticket.restricted or outcome == "not_wanted") and not ending.check.strip():
        raise NotYet("check")
    if outcome == "not_wanted" and (ending.follow_up is None or ending.follow_up <= now):
        raise NotYet("date")
    if outcome == "no_resource" and not ending.note.strip():
        raise NotYet("missing")
    if outcome == "unreachable" and not _enough(await _rows(session, ticket), restricted=ticket.restricted):
        raise NotYet("attempts_restricted" if ticket.restricted else "attempts")
    if outcome == "other_body" and not await _taken_elsewhere(session, ticket):
        raise NotYet("confirmed")


def keep(ticket: Ticket, ending: Ending) -> None:
    """Write the end's words on the ticket. BadText."""
    words = {"note": ending.note, "check": ending.check}
    ticket.closing = {name: clean(text, longest=LONGEST_NOTE) for name, text in words.items() if text.strip()}
    ticket.follow_up_at = ending.follow_up


async def attempt(
    session: AsyncSession, staff: SignedIn, number: str, *, means: str, result: str, note: str,
    follow_up: datetime | None, now: datetime,
) -> None:
    """Write down that somebody tried; the next date goes with it. NotYours, OnlyAsked, NoSuchAttempt, NotYet, BadText."""
    if means not in MEANS or result not in RESULTS:
        raise NoSuchAttempt
    ticket = (await in_hand(session, staff, number)).ticket
    if result != "reached" and (follow_up is None or follow_up <= now):
        raise NotYet("date")
    session.add(ContactAttempt(
        id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, data_key_id=ticket.data_key_id,
        data_key=ticket.data_key, ticket_id=ticket.id, staff_id=staff.id, at=now, means=means, result=result,
        note=clean(note, longest=LONGEST_NOTE) if note.strip() else None,
    ))
    ticket.follow_up_at = follow_up or ticket.follow_up_at
    await audit.record(session, action="attempted", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await emit(session, kind="ticket_changed", conversation_id=ticket.conversation_id, ticket_id=ticket.id)


async def follow_up(
    session: AsyncSession, staff: SignedIn, number: str, *, on: datetime | None, now: datetime
) -> None:
    """Set the next date (つながり続ける), or take it away; also after the end. NotYours, OnlyAsked, NotYet."""
    if on is not None and on <= now:
        raise NotYet("date")
    ticket = (await in_hand(session, staff, number)).ticket
    ticket.follow_up_at = on
    await audit.record(session, action="follow_up_set", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await emit(session, kind="ticket_changed", conversation_id=ticket.conversation_id, ticket_id=ticket.id)


async def attempts(session: AsyncSession, ticket_id: UUID) -> tuple[AttemptLine, ...]:
    """Of a ticket that they may see, oldest first."""
    rows = await session.execute(
        select(ContactAttempt, StaffMember.login)
        .join(StaffMember, StaffMember.id == ContactAttempt.staff_id)
        .where(ContactAttempt.ticket_id == ticket_id).order_by(ContactAttempt.at, ContactAttempt.id)
    )
    return tuple(AttemptLine(row.at, login, row.means, row.result, row.note) for row, login in rows)


def gaps(tickets: Sequence[Ticket]) -> tuple[Gap, ...]:
    """The gaps of tickets that ended without a place to go, newest first. What ended with another is that one's gap."""
    return tuple(
        Gap(row.number, row.resolved_at, tuple(row.fields), tuple(row.patterns), (row.closing or {}).get("note", ""))
        for row in tickets
        if row.outcome == "no_resource" and row.resolved_at is not None and "ended_with" not in row.state
    )


async def _rows(session: AsyncSession, ticket: Ticket) -> list[ContactAttempt]:
    return list(await session.scalars(select(ContactAttempt).where(ContactAttempt.ticket_id == ticket.id)))


def _enough(rows: Sequence[ContactAttempt], *, restricted: bool) -> bool:
    """Several times, on several days, by several means; by one means where others would be a danger."""
    in_vain = [row for row in rows if row.result != "reached"]
    days = {row.at.astimezone(TOKYO).date() for row in in_vain}
    means = 1 if restricted else ENOUGH_MEANS
    return len(in_vain) >= ENOUGH_ATTEMPTS and len(days) >= ENOUGH_DAYS and len({row.means for row in in_vain}) >= means


async def _taken_elsewhere(session: AsyncSession, ticket: Ticket) -> bool:
    found = await session.scalar(select(TicketMove.id).where(
        TicketMove.ticket_id == ticket.id, TicketMove.basis.is_not(None), TicketMove.basis != "own", TicketMove.status == "accepted"
    ).limit(1))
    return found is not None
