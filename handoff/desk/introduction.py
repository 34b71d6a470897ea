"""What goes out on paper: to another body (`relation: other_body`), which is 提供 and needs a ground, or as a つなぐシート
to a window of the town's own. Item by item, recorded with whom it went to and why.

With the person's consent or a legal basis the chosen items go on one sheet; without, staff and resident telephone
together and nothing goes in writing. The ticket stays with the window until it has heard that the other body took
the matter on. Consents of coordinated cases are kept by `coordination`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import partners, recipients
from handoff.coordination.consent import Standing
from handoff.coordination.partners import Body
from handoff.desk.access import held_by, read_by
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.handover import NoSuchWindow, OfferOpen, move_of, offered_to, told, unresolved
from handoff.desk.outsiders import is_report
from handoff.desk.seating import SETTLED, held_at
from handoff.desk.staff import SignedIn
from handoff.desk.summary import Summary
from handoff.desk.thread import ThreadMessage, thread
from handoff.desk.veil import Veil, of_writer
from handoff.privacy import audit
from handoff.store.models import Contact, Conversation, Ticket, TicketMove
from knowledge.schema import Town

Basis = Literal["consent", "law", "telephone", "own"]
Item = Literal["name", "concerns", "words", "household", "thread"]
BASES: tuple[Basis, ...] = get_args(Basis)
ITEMS: tuple[Item, ...] = get_args(Item)
BASIS_NAMES: dict[Basis, str] = {
    "consent": "本人の同意がある", "law": "法令の根拠がある", "telephone": "電話で紹介だけする（書いたものは渡さない）",
    "own": "町の窓口・委託先へ（町の仕事として使う）",
}
ON_PAPER: tuple[Basis, ...] = ("consent", "law", "own")
"""Grounds on which something written goes; to another body never as the town's own use."""
TO_OTHERS: tuple[Basis, ...] = ("consent", "law", "telephone")
ITEM_NAMES: dict[Item, str] = {
    "name": "名前（本人が書いたもの）", "concerns": "お困りごとの印", "words": "困りごと（書かれたまま）", "household": "世帯のようす", "thread": "やりとりの全部",
}
"""What may leave. Internal notes, the triage's reasons and other people's tickets never do."""
ON_SHEET: tuple[Item, ...] = ("name", "words", "household", "thread")
ON_REFERRAL: tuple[Item, ...] = ("name", "concerns", "words", "household")
"""What the plain sheet, and the つなぐシート, have room for."""


class NoGround(Exception):
    """Without consent, a legal basis or the telephone nothing goes to another body; and items need a written ground."""


class OwnWindow(NoSuchWindow):
    """A window of the town's own is offered the ticket (`handover`), or gets a つなぐシート as the town's own use."""


class NothingToConfirm(Exception):
    """No introduction of this ticket waits for its end."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one introduction hands over: only what was chosen is filled in. reported: by somebody whom nothing names."""

    number: str
    at: datetime
    from_window: str
    to_window: str
    to_name: str
    reason: str
    basis: str
    ground: str | None
    items: tuple[str, ...]
    name: str | None = None
    summary: Summary | None = None
    messages: tuple[ThreadMessage, ...] = ()
    reported: bool = False


async def introduce(
    session: AsyncSession, staff: SignedIn, number: str, *, to_window: str, reason: str, basis: str, ground: str,
    items: Sequence[str], town: Town, now: datetime, other: str = "",
) -> TicketMove:
    """Record what goes out and why it may. to_window: the body's id (`coordination.partners`), or other: its name, where no
    list has it. ground: whose consent, when and how; or which law. Not needed for a window of the town's own (basis "own").

    NotYours, OnlyAsked, Resolved, BadText, NoSuchBody, NoSuchWindow, OwnWindow, OfferOpen, NoGround, NotARecipient (a
    recorded consent does not name this body, or not these items).
    """
    why = clean(reason, longest=LONGEST_NOTE)
    _check(basis, ground, items)
    held = await unresolved(session, staff, number)
    body = await partners.picked(session, staff, to_window, other, town=town, now=now)
    if body.own and basis != "own":
        raise OwnWindow(body.id)
    if not body.own and basis == "own":
        raise NoGround
    if body.id == held.windows[0]:
        raise NoSuchWindow(body.id)
    if offered_to(held.ticket) is not None:
        raise OfferOpen
    if basis == "consent":
        await _check_agreed(session, held.ticket, body, items)
    row = move_of(held.ticket, from_window=held.windows[0], to_window=body.id, staff=staff, reason=why, now=now)
    row.status, row.basis, row.items = "introduced", basis, list(dict.fromkeys(items))
    row.ground = clean(ground, longest=LONGEST_NOTE) if ground.strip() else None
    session.add(row)
    if row.to_window in held.named:
        await _settle(session, held.ticket, row.to_window)
    left = f"{body.name}／{BASIS_NAMES[_basis(basis)]}／{named(row.items) or 'なし'}／{why}"
    await told(session, held.ticket, "introduced", staff=staff, reason=left, now=now)
    return row


async def _check_agreed(session: AsyncSession, ticket: Ticket, body: Body, items: Sequence[str]) -> None:
    """NotARecipient where a recorded answer does not name this body, or not these items."""
    recipients.check(await recipients.of_ticket(session, ticket.id), body.names, body=body.id, items=items)


def named(items: Sequence[str]) -> str:
    """What left, in words."""
    return "、".join(ITEM_NAMES[item] for item in ITEMS if item in items)


def _basis(value: str) -> Basis:
    return next(one for one in BASES if one == value)


async def agreed(session: AsyncSession, ticket: Ticket) -> tuple[Standing, ...]:
    """What people of the ticket's case have answered about being passed on: what a form begins with."""
    return tuple(one for one in await recipients.of_ticket(session, ticket.id) if one.at is not None)


async def set_aside(
    session: AsyncSession, staff: SignedIn, number: str, *, window: str, reason: str, now: datetime
) -> None:
    """Another body that the decision named is not told, or reads no more what it could because of danger.

    NotYours, OnlyAsked, Resolved, BadText (a reason is needed), NoSuchWindow.
    """
    why = clean(reason, longest=LONGEST_NOTE)
    held = await unresolved(session, staff, number)
    if window not in held.named | held.outside:
        raise NoSuchWindow(window)
    await _settle(session, held.ticket, window)
    await told(session, held.ticket, "body_set_aside", staff=staff, reason=why, now=now)


async def _settle(session: AsyncSession, ticket: Ticket, window: str) -> None:
    """People have decided about this body: no later decision of triage names it again."""
    for row in await held_at(session, ticket):
        if row.window_id == window:
            await session.delete(row)
    ticket.state = {**ticket.state, SETTLED: [*ticket.state.get(SETTLED, ()), window]}


def _check(basis: str, ground: str, items: Sequence[str]) -> None:
    written = basis in ON_PAPER
    if basis not in BASES or not set(items) <= set(ITEMS):
        raise NoGround
    if (written and not items) or (basis in ("consent", "law") and not ground.strip()) or (not written and items):
        raise NoGround


async def confirm(
    session: AsyncSession, staff: SignedIn, number: str, *, move_id: UUID, taken: bool, text: str, now: datetime
) -> None:
    """What the other body said: taken on, or not. Not taken needs a word why. NotYours, BadText, NothingToConfirm."""
    said = clean(text, longest=LONGEST_NOTE) if text.strip() or not taken else None
    ticket = (await unresolved(session, staff, number)).ticket
    row = await session.scalar(select(TicketMove).where(
        TicketMove.id == move_id, TicketMove.ticket_id == ticket.id, TicketMove.status == "introduced"
    ))
    if row is None:
        raise NothingToConfirm
    row.status, row.answer, row.answered_at, row.answered_by = "accepted" if taken else "declined", said, now, staff.id
    key = "moves" if taken else "refused"
    ticket.state = {**ticket.state, key: int(ticket.state.get(key, 0)) + 1}
    await told(session, ticket, f"introduction_{row.status}", staff=staff, reason=said, now=now)


async def note_sheet(session: AsyncSession, staff: SignedIn, number: str, found: Sheet, *, now: datetime) -> None:
    """That the sheet of an introduction was opened for printing. NotYours."""
    ticket = (await held_by(session, staff, number)).ticket
    await audit.record(
        session, action="sheet_printed", staff_id=staff.id, ticket_id=ticket.id, reason=found.to_window, now=now
    )


async def handed(session: AsyncSession, staff: SignedIn, number: str, *, move_id: UUID, town: Town) -> Sheet:
    """What one introduction hands over on paper; who shows it records that. A yes that was taken back, or now names
    others, makes no further copy. NotYours, NothingToConfirm, NotARecipient.
    """
    ticket = (await read_by(session, staff, number)).ticket
    row = await session.scalar(select(TicketMove).where(
        TicketMove.id == move_id, TicketMove.ticket_id == ticket.id, TicketMove.basis.in_(ON_PAPER)
    ))
    if row is None:
        raise NothingToConfirm
    body = await partners.body_of(session, row.to_window, town)
    if row.basis == "consent":
        await _check_agreed(session, ticket, body, row.items)
    report = is_report(ticket)
    veil = await of_writer(session, ticket.conversation_id) if report else Veil()
    return veil.through(Sheet(
        number=ticket.number, at=row.created_at, from_window=row.from_window, to_window=row.to_window, to_name=body.called_at(row.created_at),
        reason=row.reason, basis=row.basis or "", ground=row.ground, items=tuple(row.items), reported=report,
        name=await _name(session, ticket) if "name" in row.items and not report else None,
        summary=_chosen(Summary.from_json(ticket.summary), row.items),
        messages=await _words(session, ticket) if "thread" in row.items else (),
    ))


async def _name(session: AsyncSession, ticket: Ticket) -> str | None:
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    name: str | None = (await session.get_one(Contact, conversation.contact_id)).name
    return name


def _chosen(summary: Summary, items: Sequence[str]) -> Summary | None:
    """The summary with nothing in it but what was chosen."""
    if not {"words", "household"} & set(items):
        return None
    bare = replace(summary, patterns=(), reasons=(), told=(), unknown=(), next_step="", urgency_because="")
    bare = bare if "words" in items else replace(bare, quotes=())
    return bare if "household" in items else replace(bare, household=(), about=())


async def _words(session: AsyncSession, ticket: Ticket) -> tuple[ThreadMessage, ...]:
    """What was said to and fro, as far as it still stands."""
    return tuple(one for one in await thread(session, ticket.conversation_id) if not one.unsent and one.text)
