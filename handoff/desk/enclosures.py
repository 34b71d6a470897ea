"""Files that staff lay beside an answer: looked through like residents' own, seen again before they go, taken back after.

A paper whose imprint could not be taken out goes only if who laid it there says so.
They belong to one draft of one person and survive logout with it; nothing leaves before the worker has drawn a picture anew
and scanned what it can. What a platform is told of them (that there is something to fetch, never the file) the outbox knows.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import reporters
from handoff.desk.access import NotYours, OnlyAsked, hold_conversation, in_hand, seen_by
from handoff.desk.files import FileLine, line_of
from handoff.desk.staff import SignedIn
from handoff.intake import media
from handoff.intake.enclosed import named
from handoff.intake.imprint import CLEANED
from handoff.intake.spoken import SPOKEN
from handoff.privacy import audit
from handoff.store import chunks
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import Attachment, Enclosure, Message, Ticket

MOST = 5
STILL_SAYS = (
    "作った人の名前などを消せなかった書類がそえてあります。中を確かめて「このまま送る」を押すか、はずしてから、もう一度送ってください。"
    "文は下書きに残っています。"
)
SOURCE = "staff"


class NotEnclosed(Exception):
    """A file cannot be laid beside this answer, or cannot go with it yet. The text says why and what to do."""


async def add(
    session: AsyncSession, staff: SignedIn, number: str, *, data: bytes, kind: str, name: str | None, now: datetime
) -> UUID:
    """Lay a file beside their answer; its id. NotYours, OnlyAsked, NotEnclosed."""
    conversation = await hold_conversation(session, number)
    ticket = (await in_hand(session, staff, number)).ticket
    if ticket.status == "resolved" or conversation.channel in SPOKEN:
        raise NotEnclosed("この案件からは送れません（終わっているか、電話・来庁で受けた相談です）。")
    await refuse_reporter(session, ticket)
    if len(await _lying(session, ticket, staff)) >= MOST:
        raise NotEnclosed(f"ファイルは1つの返事に{MOST}つまでです。分けて送ってください。")
    attachment = media.expect(
        session, conversation, None, kind=kind, source=SOURCE, account_id=None, handle=None, name=name, now=now
    )
    session.add(Enclosure(
        id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, ticket_id=ticket.id, staff_id=staff.id,
        attachment_id=attachment.id,
    ))
    await session.flush()
    await chunks.write(session, attachment, "raw", data, now=now)
    await audit.record(session, action="file_enclosed", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await emit(session, kind="inbox", conversation_id=conversation.id)
    return attachment.id


async def refuse_reporter(session: AsyncSession, ticket: Ticket) -> None:
    """NotEnclosed where they reported somebody: what a paper says of the case cannot be looked through before it goes."""
    if await reporters.case_behind(session, ticket.id) is not None:
        raise NotEnclosed("知らせてくれた人に、ファイルは送れません。お礼などは文で書いてください。")


async def beside_draft(session: AsyncSession, ticket: Ticket, staff: SignedIn) -> tuple[FileLine, ...]:
    """What lies beside their draft, in the order in which it was laid there; once it is kept, as the resident will see it."""
    let_go = set(await session.scalars(select(Enclosure.attachment_id).where(
        Enclosure.ticket_id == ticket.id, Enclosure.staff_id == staff.id, Enclosure.as_it_came.is_(True)
    )))
    return tuple(
        replace(
            line_of(row), name=named(row.name, row.media_type, kind=row.kind) if row.status == "kept" else row.name,
            goes_as_it_came=row.id in let_go,
        )
        for row in await session.scalars(_beside(ticket, staff))
    )


async def lying(session: AsyncSession, staff: SignedIn, number: str) -> tuple[FileLine, ...]:
    """The same by the ticket's number, in a reading session. NotYours, OnlyAsked."""
    held = await seen_by(session, staff, number)
    if not held.in_hands_of(staff):
        raise OnlyAsked
    return await beside_draft(session, held.ticket, staff)


async def remove(session: AsyncSession, staff: SignedIn, number: str, attachment_id: UUID, *, now: datetime) -> None:
    """Take a file away from their draft: erased. NotYours, OnlyAsked."""
    ticket = (await in_hand(session, staff, number)).ticket
    row = next((one for one in await _lying(session, ticket, staff) if one.id == attachment_id), None)
    if row is None:
        raise NotYours
    await chunks.drop(session, row.id)
    await session.execute(delete(Enclosure).where(Enclosure.attachment_id == row.id))
    await session.delete(row)
    await audit.record(session, action="enclosure_removed", staff_id=staff.id, ticket_id=ticket.id, now=now)


async def let_go(session: AsyncSession, staff: SignedIn, number: str, attachment_id: UUID, *, now: datetime) -> None:
    """A paper that still says who made it goes as it came, by their decision. NotYours, OnlyAsked."""
    ticket = (await in_hand(session, staff, number)).ticket
    row = await session.scalar(
        select(Enclosure).join(Attachment, Attachment.id == Enclosure.attachment_id)
        .where(Enclosure.ticket_id == ticket.id, Enclosure.staff_id == staff.id, Enclosure.attachment_id == attachment_id)
        .where(Attachment.status == "kept", Attachment.imprint.not_in(CLEANED)).with_for_update(of=Enclosure)
    )
    if row is None:
        raise NotYours
    row.as_it_came = True
    await audit.record(session, action="enclosure_let_go", staff_id=staff.id, ticket_id=ticket.id, now=now)


async def ready(session: AsyncSession, ticket: Ticket, staff: SignedIn) -> Sequence[Attachment]:
    """What goes with their answer now. NotEnclosed while something is still looked through, or cannot be sent."""
    rows = await _lying(session, ticket, staff)
    if rows:
        await refuse_reporter(session, ticket)
    if any(row.status in ("waiting", "working") for row in rows):
        raise NotEnclosed("そえたファイルを調べています。少し待ってから、もう一度送ってください。文は下書きに残っています。")
    if any(row.status != "kept" for row in rows):
        raise NotEnclosed("送れないファイルがそえてあります。はずしてから、もう一度送ってください。文は下書きに残っています。")
    if any(one.still_says and not one.goes_as_it_came for one in await beside_draft(session, ticket, staff)):
        raise NotEnclosed(STILL_SAYS)
    return rows


async def go_with(
    session: AsyncSession, staff: SignedIn, ticket: Ticket, rows: Sequence[Attachment], messages: Sequence[Message], *, now: datetime
) -> None:
    """They are sent: each belongs to its message from now on."""
    for row, message in zip(rows, messages, strict=True):
        row.message_id = message.id
        await audit.record(session, action="file_sent", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await session.execute(delete(Enclosure).where(Enclosure.attachment_id.in_([row.id for row in rows])))


async def take_back(session: AsyncSession, staff: SignedIn, number: str, attachment_id: UUID, *, now: datetime) -> None:
    """Erase a file that was sent by mistake: from then on nobody can fetch it. NotYours, OnlyAsked.

    Whoever has fetched it already, has it; the page says so.
    """
    ticket = (await in_hand(session, staff, number)).ticket
    row = await session.scalar(
        select(Attachment).join(Message, Message.id == Attachment.message_id)
        .where(Attachment.id == attachment_id, Attachment.conversation_id == ticket.conversation_id)
        .where(Attachment.source == SOURCE, Attachment.status == "kept").with_for_update(of=Attachment)
    )
    if row is None or row.message_id is None:
        raise NotYours
    await media.take_back(session, row.message_id, withhold=False)
    await audit.record(session, action="file_taken_back", staff_id=staff.id, ticket_id=ticket.id, now=now)
    await emit(session, kind="message", conversation_id=ticket.conversation_id)


async def _lying(session: AsyncSession, ticket: Ticket, staff: SignedIn) -> Sequence[Attachment]:
    """Locked: something is about to become of them."""
    return (await session.scalars(_beside(ticket, staff).with_for_update(of=Attachment))).all()


def _beside(ticket: Ticket, staff: SignedIn) -> Select[Attachment]:
    return (
        select(Attachment).join(Enclosure, Enclosure.attachment_id == Attachment.id)
        .where(Enclosure.ticket_id == ticket.id, Enclosure.staff_id == staff.id, Attachment.message_id.is_(None))
        .order_by(Attachment.id)
    )
