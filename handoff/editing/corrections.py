"""「ちがう」: staff say that a judgement was wrong, and what would have been right; the review of what they said.

A correction refers to the message that was judged and goes when that goes. It changes nothing by itself: not the
ticket, not the lexicon. Who may review one may see its ticket. Knows no SudachiPy: words are proposed elsewhere.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import NotYours, held_by
from handoff.desk.answers import clean
from handoff.desk.queue import readable
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import AuditEntry, DecisionRecord, Message, Ticket, TriageCorrection
from knowledge.schema import FIELDS, Field, Town

FLAGS: dict[str, str] = {
    "complex": "調整役に伝えるべきだった", "not_complex": "調整役には伝えなくてよかった",
    "urgent": "急ぎだった", "not_urgent": "急ぎではなかった",
    "danger": "命や安全の危険を見のがしている", "no_danger": "危険の話ではなかった",
    "no_matter": "相談ではなかった（あいさつ・質問・ほかの課のこと）",
}
"""What else than the window may have been wrong."""
OPPOSED = {"complex": "not_complex", "urgent": "not_urgent", "danger": "no_danger"}
"""Of each pair only one can have been wrong."""
LONGEST_WORD = 60
MOST, LIKELY = 200, 7
OPENED = "correction_opened"
KIND = "correction"
"""The event that lets open pages of the queue know."""


class NoSuchRight(ValueError):
    """Neither a window of the town nor a flag."""


class NothingJudged(Exception):
    """The ticket has no judged words: it was made by hand, or they have been erased."""


class Settled(Exception):
    """Somebody has dealt with it already."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of a ticket, for its page. own: by the asker, and nobody has dealt with it yet: they may take it back."""

    right: str
    own: bool
    word: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """One as a reviewer sees it. texts: what the resident had written up to it, empty where they took it back."""

    id: UUID
    ticket: str
    right: str
    word: str
    at: datetime
    by: UUID
    status: str
    draft: int | None
    texts: tuple[str, ...] = ()


def rights(town: Town) -> dict[str, str]:
    """All that may have been right, by id, as people read it."""
    windows = {f"window:{town.id}.{window.id}": window.name for window in town.windows}
    return windows | {f"flag:{flag}": name for flag, name in FLAGS.items()}


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be pressed on a ticket, id and label. windows: the likely ones; further: the rest of the town."""

    windows: tuple[tuple[str, str], ...]
    further: tuple[tuple[str, str], ...]
    flags: tuple[tuple[str, str], ...]


def choices(
    town: Town, *, held: str, fields: Collection[str], complex_: bool, urgency: str, danger: bool, told: Collection[str]
) -> Choices:
    """All that may have been right of a ticket in the hands of `held`, but for what has been told already."""
    coordinator = town.municipality.coordinator.window
    windows = [
        window for window in town.windows
        if (window.intake or window.id == coordinator) and f"{town.id}.{window.id}" != held
    ]
    near = sorted(windows, key=lambda window: set(fields).isdisjoint(window.fields))  # stable: the town's order otherwise
    named = [(f"window:{town.id}.{window.id}", window.short or window.name) for window in near]
    flags = [(f"flag:{flag}", FLAGS[flag]) for flag in likely_flags(complex_=complex_, urgency=urgency, danger=danger)]
    open_ = [one for one in named if one[0] not in told]
    return Choices(tuple(open_[:LIKELY]), tuple(open_[LIKELY:]), tuple(one for one in flags if one[0] not in told))


def likely_flags(*, complex_: bool, urgency: str, danger: bool) -> tuple[str, ...]:
    """Flags that can be right of a ticket as it was judged: what is flagged already was not left out."""
    judged = {"complex": complex_, "urgent": urgency != "normal", "danger": danger}
    return (*(OPPOSED[flag] if judged[flag] else flag for flag in OPPOSED), "no_matter")


def fields_of(right: str, town: Town) -> tuple[Field, ...]:
    """The fields of the window that would have been right; none for a flag."""
    kind, _, rest = right.partition(":")
    known = {f"{town.id}.{window.id}": window for window in town.windows}
    named = known[rest].fields if kind == "window" and rest in known else ()
    return tuple(field for field in FIELDS if field in named)


async def mark(
    session: AsyncSession, staff: SignedIn, number: str, *, right: str, word: str, town: Town, now: datetime
) -> None:
    """Keep it; the same said again is one. NotYours, NoSuchRight, NothingJudged, BadText."""
    if right not in rights(town):
        raise NoSuchRight(right)
    said = clean(word, longest=LONGEST_WORD) if word.strip() else None
    ticket = (await held_by(session, staff, number)).ticket
    message = await _judged(session, ticket)
    known = await session.scalar(select(TriageCorrection).where(
        TriageCorrection.message_id == message, TriageCorrection.right == right
    ))
    if known is not None:
        known.word = said or known.word
        return
    session.add(TriageCorrection(
        id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, data_key_id=ticket.data_key_id,
        data_key=ticket.data_key, conversation_id=ticket.conversation_id, message_id=message, ticket_id=ticket.id,
        staff_id=staff.id, right=right, word=said,
    ))
    await audit.record(session, action="triage_corrected", staff_id=staff.id, ticket_id=ticket.id, reason=right, now=now)
    await emit(session, kind=KIND, conversation_id=ticket.conversation_id, ticket_id=ticket.id)


async def take_back(session: AsyncSession, staff: SignedIn, number: str, *, right: str, now: datetime) -> None:
    """What they have said themselves, pressed by mistake or thought better of. NotYours, Settled."""
    ticket = (await held_by(session, staff, number)).ticket
    row = await session.scalar(select(TriageCorrection).where(
        TriageCorrection.ticket_id == ticket.id, TriageCorrection.right == right, TriageCorrection.staff_id == staff.id,
        TriageCorrection.status == "waiting",
    ).with_for_update(of=TriageCorrection))
    if row is None:
        raise Settled
    await session.delete(row)
    await audit.record(session, action="correction_taken_back", staff_id=staff.id, ticket_id=ticket.id, reason=right, now=now)
    await emit(session, kind=KIND, conversation_id=ticket.conversation_id, ticket_id=ticket.id)


async def said_of(session: AsyncSession, staff: SignedIn, ticket: UUID) -> tuple[Told, ...]:
    """What was said to be right of a ticket that the asker has open."""
    rows = select(TriageCorrection).where(TriageCorrection.ticket_id == ticket).order_by(TriageCorrection.created_at)
    return tuple(_told(row, staff) for row in await session.scalars(rows))


def _told(row: TriageCorrection, staff: SignedIn) -> Told:
    own = row.staff_id == staff.id and row.status == "waiting"
    return Told(row.right, own, (row.word or "") if own else "")


async def waiting(session: AsyncSession, staff: SignedIn) -> list[Correction]:
    """Those that wait, oldest first, without words: of tickets that they may see."""
    rows = await session.execute(
        select(TriageCorrection, Ticket.number).join(Ticket, Ticket.id == TriageCorrection.ticket_id)
        .where(TriageCorrection.status == "waiting", readable(staff)).order_by(TriageCorrection.created_at).limit(MOST)
    )
    return [_shown(row, number) for row, number in rows]


async def read(session: AsyncSession, staff: SignedIn, correction: UUID, *, now: datetime) -> Correction:
    """One with its words; written down as a reading. NotYours."""
    row, ticket = await _held(session, staff, correction)
    await audit.record(session, action=OPENED, staff_id=staff.id, ticket_id=ticket.id, now=now)
    return _shown(row, ticket.number, texts=await _texts(session, row))


async def glance(session: AsyncSession, staff: SignedIn, correction: UUID, *, texts: bool = False) -> Correction:
    """One to look at what comes of it; texts: with its words, for who has opened it and is on the record for that. NotYours."""
    row, ticket = await _held(session, staff, correction, lock=False)
    if texts and not await session.scalar(select(AuditEntry.id).where(
        AuditEntry.action == OPENED, AuditEntry.ticket_id == ticket.id, AuditEntry.staff_id == staff.id
    ).limit(1)):
        raise NotYours
    return _shown(row, ticket.number, texts=await _texts(session, row) if texts else ())


async def settle(
    session: AsyncSession, staff: SignedIn, correction: UUID, *, draft: int | None, now: datetime
) -> None:
    """Dealt with: by a draft, or set aside as not to be followed. NotYours, Settled."""
    row, ticket = await _held(session, staff, correction)
    if row.status != "waiting":
        raise Settled
    row.status, row.draft = "aside" if draft is None else "drafted", draft
    row.settled_by, row.settled_at = staff.id, now
    await emit(session, kind=KIND, conversation_id=ticket.conversation_id, ticket_id=ticket.id)
    reason = f"{row.right} {'' if draft is None else f'下書き{draft}'}".strip()
    await audit.record(session, action=f"correction_{row.status}", staff_id=staff.id, ticket_id=ticket.id, reason=reason, now=now)


async def forget(session: AsyncSession, messages: Sequence[UUID]) -> None:
    """The resident took these back: what was said about their judgement goes too."""
    await session.execute(delete(TriageCorrection).where(TriageCorrection.message_id.in_(messages)))


async def _held(
    session: AsyncSession, staff: SignedIn, correction: UUID, *, lock: bool = True
) -> tuple[TriageCorrection, Ticket]:
    asked = select(TriageCorrection).where(TriageCorrection.id == correction)
    row = await session.scalar(asked.with_for_update(of=TriageCorrection) if lock else asked)
    if row is None:
        raise NotYours
    ticket = await session.scalar(select(Ticket).where(and_(Ticket.id == row.ticket_id, readable(staff))))
    if ticket is None:
        raise NotYours
    return row, ticket


async def _judged(session: AsyncSession, ticket: Ticket) -> UUID:
    """The last of the resident's messages that a decision has read."""
    upto = await session.scalar(
        select(DecisionRecord.upto_sequence).where(DecisionRecord.conversation_id == ticket.conversation_id)
        .order_by(DecisionRecord.upto_sequence.desc()).limit(1)
    )
    said = select(Message.id).where(
        Message.conversation_id == ticket.conversation_id, Message.sender == "resident", Message.unsent_at.is_(None)
    )
    if upto is not None:
        said = said.where(Message.sequence <= upto)
    found = await session.scalar(said.order_by(Message.sequence.desc()).limit(1))
    if found is None:
        raise NothingJudged
    return found


async def _texts(session: AsyncSession, row: TriageCorrection) -> tuple[str, ...]:
    last = await session.get_one(Message, row.message_id)
    said = await session.scalars(select(Message).where(
        Message.conversation_id == row.conversation_id, Message.sender == "resident",
        Message.sequence <= last.sequence, Message.payload_sealed.is_not(None),
    ).order_by(Message.sequence))
    return tuple(text for message in said if (text := message.payload.get("text")))


def _shown(row: TriageCorrection, ticket: str, *, texts: tuple[str, ...] = ()) -> Correction:
    return Correction(
        row.id, ticket, row.right, row.word or "", row.created_at, row.staff_id, row.status, row.draft, texts
    )
