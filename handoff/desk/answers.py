"""What staff write: answers to the resident, internal notes, drafts that outlive a session.

An answer goes the one way to residents (`intake.outbox.enqueue`), on the channel they came by, and makes staff the
holder of the conversation: from then on the bot keeps to its crisis lane.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.coordination import reporters
from handoff.desk import enclosures
from handoff.desk.access import held_by, hold_conversation, in_hand
from handoff.desk.staff import SignedIn
from handoff.intake import outbox
from handoff.intake.crisis import LIVELIHOOD
from handoff.intake.spoken import SPOKEN
from handoff.privacy import audit
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import Draft, Message, Note, Ticket

LONGEST_ANSWER = 5000
"""LINE's limit for one text message, in UTF-16 units; the same everywhere, so that no answer fails on its way."""
LONGEST_NOTE = 20_000


class BadText(ValueError):
    """Blank, too long, or with characters that no channel takes. The text says which, never the words."""


class Resolved(Exception):
    """The ticket is closed; a resolved ticket takes no answers."""


class SendsNothing(Exception):
    """They spoke to staff: there is nothing to send an answer over. Staff telephone, and note the call."""


async def reply(
    session: AsyncSession, staff: SignedIn, number: str, *, text: str, enclosed: bool = False, now: datetime
) -> Message:
    """Answer the resident. enclosed: with the files that lie beside the answer, for who sees them there.

    NotYours, OnlyAsked, BadText, Resolved, SendsNothing, NotEnclosed.
    """
    body = clean(text, longest=LONGEST_ANSWER)
    conversation = await hold_conversation(session, number)
    ticket = (await in_hand(session, staff, number)).ticket
    if ticket.status == "resolved":
        raise Resolved
    if conversation.channel in SPOKEN:
        raise SendsNothing
    if await reporters.would_tell(session, ticket, body):
        raise BadText(reporters.TOLD)
    files = await enclosures.ready(session, ticket, staff) if enclosed else ()
    conversation.holder = "staff"
    messages = await outbox.enqueue(
        session, conversation, [Outgoing(body)], sender="staff", staff_id=staff.id, files=[row.kind for row in files],
        quiet=bool(set(ticket.crisis) - LIVELIHOOD), now=now,
    )
    await enclosures.go_with(session, staff, ticket, files, messages[1:], now=now)
    note_answer(ticket, staff, now=now)
    await drop_draft(session, ticket, staff)
    await audit.record(session, action="replied", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await emit(session, kind="ticket_changed", conversation_id=conversation.id, ticket_id=ticket.id)
    return messages[0]


async def drop_draft(session: AsyncSession, ticket: Ticket, staff: SignedIn) -> None:
    """What was being written has been said."""
    await session.execute(delete(Draft).where(Draft.ticket_id == ticket.id, Draft.staff_id == staff.id))


def note_answer(ticket: Ticket, staff: SignedIn, *, now: datetime) -> None:
    """Who answers a ticket that nobody has taken, takes it."""
    ticket.status, ticket.last_staff_at = "in_progress", now
    ticket.first_answer_at = ticket.first_answer_at or now
    ticket.first_read_at = ticket.first_read_at or now
    ticket.assignee_id = ticket.assignee_id or staff.id
    ticket.state = {**ticket.state, "unread": False}


async def note(session: AsyncSession, staff: SignedIn, number: str, *, text: str, now: datetime) -> Note:
    """Add an internal note. NotYours, BadText."""
    body = clean(text, longest=LONGEST_NOTE)
    ticket = (await held_by(session, staff, number)).ticket
    row = Note(
        id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, data_key_id=ticket.data_key_id,
        data_key=ticket.data_key, ticket_id=ticket.id, staff_id=staff.id, body=body,
    )
    session.add(row)
    await audit.record(session, action="note_added", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await emit(session, kind="ticket_changed", ticket_id=ticket.id)
    return row


async def save_draft(session: AsyncSession, staff: SignedIn, number: str, *, text: str, now: datetime) -> None:
    """Keep an answer in the making, one for each ticket and member of staff; blank text drops it. NotYours, BadText."""
    ticket = (await held_by(session, staff, number)).ticket
    draft = await _draft(session, ticket, staff)
    if not text.strip():
        if draft is not None:
            await session.delete(draft)
        return
    body = clean(text, longest=LONGEST_NOTE, strip=False)
    if draft is None:
        draft = Draft(
            id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, data_key_id=ticket.data_key_id,
            data_key=ticket.data_key, ticket_id=ticket.id, staff_id=staff.id, saved_at=now, body=body,
        )
        session.add(draft)
    draft.body, draft.saved_at = body, now


async def draft_of(session: AsyncSession, ticket: Ticket, staff: SignedIn) -> str:
    """The draft of a ticket that they may see."""
    draft = await _draft(session, ticket, staff)
    return "" if draft is None else str(draft.body)


def clean(text: str, *, longest: int, strip: bool = True) -> str:
    """The text as it may be kept and sent. BadText."""
    body = text.replace("\r\n", "\n")
    body = body.strip() if strip else body
    if not body.strip():
        raise BadText("文が空です / The text is empty")
    if "\x00" in body or any("\ud800" <= char <= "\udfff" for char in body):
        raise BadText("使えない文字が入っています / The text has characters that cannot be sent")
    if len(body.encode("utf-16-le")) // 2 > longest:
        raise BadText(f"文が長すぎます（{longest}文字まで） / The text is over {longest} characters")
    return body


async def _draft(session: AsyncSession, ticket: Ticket, staff: SignedIn) -> Draft | None:
    return await session.scalar(select(Draft).where(Draft.ticket_id == ticket.id, Draft.staff_id == staff.id))
