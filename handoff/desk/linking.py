"""つながり: tickets of one household side by side, tickets of one matter worked on as one, and parting them again.

Only between tickets that the asker may act on, never a restricted one; a report from outside the household is tied, and
seen as tied, by the coordinating desk alone. What might belong together is looked for in what the asker may see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import Held, in_hand, seen_by
from handoff.desk.folding import SAME
from handoff.desk.handover import seat, told
from handoff.desk.kinship import Trace, kin
from handoff.desk.outsiders import is_report
from handoff.desk.queue import TicketLine, lines_of, visible
from handoff.desk.seating import name_on
from handoff.desk.staff import SignedIn
from handoff.desk.summary import URGENCY_ORDER
from handoff.intake import callback, safety
from handoff.store.ids import new_id
from handoff.store.models import Contact, Conversation, Ticket, TicketLink, TicketWindow

HOUSEHOLD = "household"
KINDS = (HOUSEHOLD, SAME)
LOOK_BACK, LOOK_AT, SHOW = timedelta(days=365), 200, 3


class NotTogether(ValueError):
    """These two can't be tied. The text says why, in Japanese."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A tied ticket as it stands on the other's page. kept: it is the one in the lists."""

    id: UUID
    kind: str
    line: TicketLine
    kept: bool


@dataclass(frozen=True, slots=True)
class Suggested:
    """A ticket that might belong to the same household, and what speaks for it."""

    line: TicketLine
    why: tuple[str, ...]


async def tie(
    session: AsyncSession, staff: SignedIn, number: str, other: str, *, kind: str, now: datetime
) -> None:
    """Tie two tickets. Of one matter the graver one, else the first named, stays in the lists. NotYours, OnlyAsked,
    NotTogether.
    """
    if kind not in KINDS:
        raise NotTogether("つなぎ方を一覧から選んでください。")
    one, two = await _both(session, staff, number, other)
    _check(staff, one.ticket, two.ticket)
    if kind == SAME:
        await _check_matter(session, one.ticket, two.ticket)
        one, two = _graver_first(one, two)
    await session.execute(delete(TicketLink).where(_between(one.ticket.id, two.ticket.id)))
    came = [window for window in two.windows if window not in (*one.windows, *two.outside)] if kind == SAME else []
    for window in came:
        await seat(session, one.ticket, window, "second", now=now)
    bodies = sorted((two.outside | two.named) - one.outside - one.named) if kind == SAME else []
    name_on(session, one.ticket, bodies, now=now)  # what one body may read of the other matter, it may not of this one
    session.add(TicketLink(
        id=new_id(now), municipality_id=one.ticket.municipality_id, created_at=now, one_id=one.ticket.id,
        other_id=two.ticket.id, kind=kind, staff_id=staff.id, windows=[*came, *bodies], tied_at=now,
    ))
    for held in (one, two):
        await told(session, held.ticket, f"tied_{kind}", staff=staff, reason=None, now=now)


async def part(session: AsyncSession, staff: SignedIn, number: str, link_id: UUID, *, now: datetime) -> None:
    """Take a tie back; windows that came with it go again. NotYours, OnlyAsked, NotTogether."""
    held = await in_hand(session, staff, number)
    row = await session.get(TicketLink, link_id)
    if row is None or row.ended_at is not None or held.ticket.id not in (row.one_id, row.other_id):
        raise NotTogether("そのつながりは、もうありません。案件を開きなおして確かめてください。")
    row.ended_at, row.ended_by = now, staff.id
    for window in row.windows:
        await session.execute(delete(TicketWindow).where(
            TicketWindow.ticket_id == row.one_id, TicketWindow.window_id == window,
            TicketWindow.role.in_(["second", "named"]),
        ))
    for ticket_id in (row.one_id, row.other_id):
        ticket = await session.get_one(Ticket, ticket_id)
        await told(session, ticket, "parted", staff=staff, reason=None, now=now)


async def links_of(session: AsyncSession, staff: SignedIn, line: TicketLine) -> tuple[Linked, ...]:
    """The ties of a ticket that they see, as far as they see the other end. None on a restricted one."""
    if line.restricted:
        return ()
    rows = list(await session.scalars(
        select(TicketLink).where(or_(TicketLink.one_id == line.id, TicketLink.other_id == line.id))
        .where(TicketLink.ended_at.is_(None)).order_by(TicketLink.tied_at)
    ))
    others = {row.other_id if row.one_id == line.id else row.one_id: row for row in rows}
    tickets = list(await session.scalars(
        select(Ticket).where(Ticket.id.in_(list(others)), visible(staff), Ticket.restricted.is_(False))
    ))
    if staff.role != "coordinator":
        own = await session.get_one(Ticket, line.id)
        tickets = [] if is_report(own) else [one for one in tickets if not is_report(one)]
    return tuple(
        Linked(others[found.id].id, others[found.id].kind, found, others[found.id].one_id == found.id)
        for found in await lines_of(session, tickets)
    )


async def suggested(
    session: AsyncSession, staff: SignedIn, number: str, *, apart: frozenset[str], now: datetime
) -> tuple[Suggested, ...]:
    """What may belong to the same household, the likeliest first; nothing for a restricted ticket, and nothing of or for
    who has named somebody of `apart` that must not know: that may be the other. NotYours.
    """
    ticket = (await seen_by(session, staff, number)).ticket
    if ticket.restricted or (is_report(ticket) and staff.role != "coordinator"):
        return ()
    tied = select(TicketLink.id).where(TicketLink.ended_at.is_(None), _between(ticket.id, Ticket.id))
    rows = list(await session.scalars(
        select(Ticket).where(
            visible(staff), Ticket.restricted.is_(False), Ticket.id != ticket.id, Ticket.created_at > now - LOOK_BACK,
            ~tied.exists(),
        ).order_by(Ticket.created_at.desc()).limit(LOOK_AT)
    ))
    if staff.role != "coordinator":
        rows = [row for row in rows if not is_report(row)]
    secret = await safety.keeping_secret(session, [one.conversation_id for one in (ticket, *rows)], people=apart)
    if ticket.conversation_id in secret:
        return ()
    rows = [row for row in rows if row.conversation_id not in secret]
    traces = await _traces(session, [ticket, *rows])
    found = [(row, kin(traces[ticket.id], traces[row.id])) for row in rows]
    best = sorted((pair for pair in found if pair[1].likely), key=lambda pair: -pair[1].weight)[:SHOW]
    lines = {line.id: line for line in await lines_of(session, [row for row, _ in best])}
    return tuple(Suggested(lines[row.id], why.reasons) for row, why in best)


async def alike(
    session: AsyncSession, staff: SignedIn, line: TicketLine, *, apart: frozenset[str], now: datetime
) -> tuple[Suggested, ...]:
    """For the ticket's own page: of a report, to the coordinating desk, what may be the same household. Nothing to others."""
    if staff.role != "coordinator" or line.status == "resolved" or not is_report(await session.get_one(Ticket, line.id)):
        return ()
    return await suggested(session, staff, line.number, apart=apart, now=now)


async def _both(session: AsyncSession, staff: SignedIn, number: str, other: str) -> tuple[Held, Held]:
    """Both, locked in one order whoever asks, so that two who tie at once don't wait for each other."""
    held = {name: await in_hand(session, staff, name) for name in sorted({number, other})}
    return held[number], held[other]


def _check(staff: SignedIn, one: Ticket, two: Ticket) -> None:
    if one.id == two.id:
        raise NotTogether("同じ案件です。別の案件の番号を書いてください。")
    if one.restricted or two.restricted:
        raise NotTogether("閲覧制限の案件は、ほかの案件とつなげません。")
    if staff.role != "coordinator" and (is_report(one) or is_report(two)):
        raise NotTogether("外の人からの知らせは、調整役だけがほかの案件とつなげます。調整役に伝えてください。")


async def _check_matter(session: AsyncSession, one: Ticket, two: Ticket) -> None:
    if "resolved" in (one.status, two.status):
        raise NotTogether("終わった案件は、いっしょにできません。同じ世帯としてつなぐことはできます。")
    if one.state.get("offered") or two.state.get("offered"):
        raise NotTogether("引き継ぎの相談中の案件は、返事を待ってからいっしょにしてください。")
    ids = [one.id, two.id]
    known = await session.scalar(
        select(TicketLink.id).where(
            or_(TicketLink.one_id.in_(ids), TicketLink.other_id.in_(ids)), TicketLink.kind == SAME,
            TicketLink.ended_at.is_(None),
        ).limit(1)
    )
    if known is not None:
        raise NotTogether("どちらかが、もうほかの案件といっしょになっています。先に分けてください。")


def _graver_first(one: Held, two: Held) -> tuple[Held, Held]:
    ranks = list[str](URGENCY_ORDER)
    return (two, one) if ranks.index(two.ticket.urgency) < ranks.index(one.ticket.urgency) else (one, two)


def _between(one: Any, two: Any) -> ColumnElement[bool]:
    """A tie of the two (ids or columns), whichever was named first."""
    return or_(
        (TicketLink.one_id == one) & (TicketLink.other_id == two), (TicketLink.one_id == two) & (TicketLink.other_id == one)
    )


async def _traces(session: AsyncSession, tickets: Sequence[Ticket]) -> Mapping[UUID, Trace]:
    """What each ticket knows of its people."""
    conversations = [ticket.conversation_id for ticket in tickets]
    wishes = await callback.of(session, conversations)
    rows = await session.execute(
        select(Conversation.id, Contact).join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.id.in_(conversations))
    )
    contacts: dict[UUID, Contact] = {row[0]: row[1] for row in rows}
    return {
        ticket.id: replace(
            Trace.of(
                contacts[ticket.conversation_id].id, contacts[ticket.conversation_id].name,
                wishes[ticket.conversation_id].number if ticket.conversation_id in wishes else "",
                (ticket.summary or {}).get("household", ()),
            ),
            report=is_report(ticket), at=ticket.created_at, fields=frozenset(ticket.fields),
            patterns=frozenset(ticket.patterns),
        )
        for ticket in tickets
    }
