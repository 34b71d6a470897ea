"""The list of tickets that a member of staff works through: plain lines, the most pressing first.

Only what they may see is read at all. Knows no screens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk import unjudged
from handoff.desk.confining import held
from handoff.desk.folding import folded
from handoff.desk.staff import SignedIn
from handoff.desk.standing import answered, mind_changed, standing_step
from handoff.desk.steps import call_step
from handoff.desk.summary import URGENCY_ORDER, Summary, one_line
from handoff.intake import callback
from handoff.intake.callback import Wish
from handoff.store.models import Message, StaffMember, Ticket, TicketStaff, TicketWindow
from knowledge.schema import Urgency

Status = Literal["active", "open", "in_progress", "resolved", "all"]
MOST = 500
WORDS_LONGEST = 80
RESTRICTED_LINE = "閲覧制限の案件です。開くと記録されます"
"""A restricted ticket says nothing of itself in lists, which others may see over a shoulder."""
HELD_LINE = "書きとめたことばを読みとっています。開くと記録されます"


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list. window: full id; coordinator: only those flagged for the coordinator; active: not yet resolved.

    follow_by: those whose next date has come by then. skip: how many of the first are left out, for a further page.
    """

    window: str | None = None
    mine: bool = False
    unassigned: bool = False
    coordinator: bool = False
    crisis: bool = False
    urgency: Urgency | None = None
    status: Status = "active"
    limit: int = 200
    skip: int = 0
    follow_by: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket in a list. windows: full ids, the main one first; assignee: login; unread: words nobody has read.

    offered: the window that is asked to take it over; retold, refused: how often, like moves.
    wish: how they would like to be telephoned, where they asked for it; wished_hidden: from staff who know them.
    asks_about_others: whether somebody else was here, or where they are. waits_since: since when they wait for our
    word; due_at: by when that is due. caller: who spoke, where staff took it down (`reception.Caller`).
    newest: what they wrote last, where they wrote after our answer and it is not restricted. named: windows of other
    bodies that may not read it; opened: those among `windows` that may, because of danger (`seating`). held: restricted only
    until triage has read what staff took down. mind_changed: when they wrote so, while nobody has answered it.
    """

    id: UUID
    number: str
    municipality_id: str
    conversation_id: UUID
    windows: tuple[str, ...]
    coordinator: bool
    restricted: bool
    urgency: str
    fields: tuple[str, ...]
    patterns: tuple[str, ...]
    crisis: tuple[str, ...]
    status: str
    summary: Summary
    line: str
    assignee_id: UUID | None
    assignee: str | None
    created_at: datetime
    due_at: datetime | None
    last_resident_at: datetime | None
    first_answer_at: datetime | None
    resolved_at: datetime | None
    outcome: str | None
    unread: bool
    moves: int
    previous: str | None
    offered: str | None = None
    retold: int = 0
    refused: int = 0
    follow_up_at: datetime | None = None
    reopened: int = 0
    inquiries: tuple[str, ...] = ()
    wished_hidden: bool = False
    asks_about_others: bool = False
    wish: Wish | None = None
    waits_since: datetime | None = None
    caller: str | None = None
    newest: str = ""
    named: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    held: bool = False
    mind_changed: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether an answer is late: the first, or the one to what they have written since."""
        return self.waits_since is not None and self.due_at is not None and self.due_at < now


async def list_for(session: AsyncSession, staff: SignedIn, filters: Filters = Filters()) -> list[TicketLine]:
    """Tickets that they may see, active before resolved, then by urgency, what waits for us first, deadline and age."""
    return await lines_of(session, await rows_for(session, staff, filters))


async def rows_for(session: AsyncSession, staff: SignedIn, filters: Filters = Filters()) -> list[Ticket]:
    """The rows behind the lines."""
    return list(await session.scalars(
        select(Ticket).where(visible(staff), _chosen(filters, staff)).order_by(*order(), Ticket.id)
        .offset(filters.skip).limit(min(filters.limit, MOST))
    ))


async def count_for(session: AsyncSession, staff: SignedIn, filters: Filters) -> int:
    """How many there are on all pages together."""
    counted = select(func.count(Ticket.id)).where(visible(staff), _chosen(filters, staff))
    return await session.scalar(counted) or 0


async def next_waiting(session: AsyncSession, staff: SignedIn, *, besides: UUID) -> Ticket | None:
    """The most pressing ticket that waits for a word of theirs: in their hand, or of their windows and in nobody's."""
    untaken = and_(Ticket.assignee_id.is_(None), _held_by(staff.windows))
    return await session.scalar(
        select(Ticket).where(
            visible(staff), Ticket.id != besides, Ticket.status != "resolved", ~folded(), ~_ours_was_last(),
            or_(Ticket.assignee_id == staff.id, untaken),
        ).order_by(*order(), Ticket.id).limit(1)
    )


async def _newest(session: AsyncSession, tickets: Sequence[Ticket]) -> dict[UUID, str]:
    """By conversation: the last words of those who wrote after our answer. Most have not, and cost nothing."""
    again = [
        ticket.conversation_id for ticket in tickets
        if ticket.first_answer_at is not None and _waits_since(ticket) is not None and not ticket.restricted
    ]
    if not again:
        return {}
    last = (
        select(Message.conversation_id, func.max(Message.sequence).label("sequence"))
        .where(Message.conversation_id.in_(again), Message.sender == "resident")
        .group_by(Message.conversation_id).subquery()
    )
    rows = await session.scalars(select(Message).join(
        last, and_(Message.conversation_id == last.c.conversation_id, Message.sequence == last.c.sequence)
    ))
    found = rows.all()
    unread = await unjudged.hidden(session, found)
    return {row.conversation_id: clipped((row.payload or {}).get("text") or "") for row in found if row.id not in unread}


def clipped(text: str) -> str:
    """Words on one line of a list."""
    line = " ".join(text.split())
    return line if len(line) <= WORDS_LONGEST else line[: WORDS_LONGEST - 1] + "…"


async def lines_of(session: AsyncSession, tickets: Sequence[Ticket]) -> list[TicketLine]:
    """The lines of rows, order kept; a handful of queries for all of them."""
    ids = [ticket.id for ticket in tickets]
    people = {ticket.assignee_id for ticket in tickets} - {None}
    windows: dict[UUID, list[TicketWindow]] = {ticket_id: [] for ticket_id in ids}
    for row in await session.scalars(select(TicketWindow).where(TicketWindow.ticket_id.in_(ids))):
        windows[row.ticket_id].append(row)
    members = await session.scalars(select(StaffMember).where(StaffMember.id.in_(people)))
    logins = {member.id: member.login for member in members}
    wishes = await callback.of(session, [ticket.conversation_id for ticket in tickets])
    newest = await _newest(session, tickets)
    return [
        replace(
            _line(ticket, windows[ticket.id], logins, wishes.get(ticket.conversation_id)),
            newest=newest.get(ticket.conversation_id, ""),
        )
        for ticket in tickets
    ]


def _line(ticket: Ticket, windows: list[TicketWindow], logins: dict[UUID, str], wish: Wish | None) -> TicketLine:
    summary = Summary.from_json(ticket.summary)
    first = summary.next_step
    if wish is not None and not ticket.crisis:  # in danger the first step stays what the danger asks for
        first = call_step(wish)
    summary = replace(summary, next_step=standing_step(ticket, first))
    known = sorted(windows, key=lambda row: (row.role != "main", row.id))
    holding = [row for row in known if row.role not in ("asked", "named")]
    return TicketLine(
        id=ticket.id, number=ticket.number, municipality_id=ticket.municipality_id,
        conversation_id=ticket.conversation_id, windows=tuple(row.window_id for row in holding),
        coordinator=ticket.coordinator, restricted=ticket.restricted, urgency=ticket.urgency,
        fields=tuple(ticket.fields), patterns=tuple(ticket.patterns), crisis=tuple(ticket.crisis),
        status=ticket.status, summary=summary, line=_first_line(ticket, summary), assignee_id=ticket.assignee_id,
        assignee=logins.get(ticket.assignee_id) if ticket.assignee_id else None, created_at=ticket.created_at,
        due_at=_due(ticket), last_resident_at=ticket.last_resident_at, first_answer_at=ticket.first_answer_at,
        resolved_at=ticket.resolved_at, outcome=ticket.outcome, unread=bool(ticket.state.get("unread")),
        moves=int(ticket.state.get("moves", 0)), previous=ticket.state.get("previous"),
        offered=ticket.state.get("offered"), retold=int(ticket.state.get("retold", 0)),
        refused=int(ticket.state.get("refused", 0)), follow_up_at=ticket.follow_up_at,
        reopened=len(ticket.state.get("ended", ())), inquiries=tuple(ticket.state.get("inquiries", ())),
        wished_hidden=bool(ticket.state.get("wished_hidden")),
        asks_about_others=bool(ticket.state.get("asks_about_others")),
        wish=wish, waits_since=_waits_since(ticket), caller=ticket.state.get("caller"),
        named=tuple(row.window_id for row in known if row.role == "named"),
        opened=tuple(row.window_id for row in known if row.role == "outside"), held=held(ticket),
        mind_changed=mind_changed(ticket),
    )


def _first_line(ticket: Ticket, summary: Summary) -> str:
    if not ticket.restricted:
        return one_line(summary)
    return HELD_LINE if held(ticket) else RESTRICTED_LINE


def _waits_since(ticket: Ticket) -> datetime | None:
    """None where the last word was ours, or the matter has ended."""
    if ticket.status == "resolved" or answered(ticket):
        return None
    return ticket.created_at if ticket.last_staff_at is None else ticket.last_resident_at


def _due(ticket: Ticket) -> datetime | None:
    again = ticket.state.get("due_again")
    return datetime.fromisoformat(again) if again and ticket.first_answer_at is not None else ticket.due_at


def visible(staff: SignedIn) -> ColumnElement[bool]:
    """`staff.may_see` as a condition; a test holds the two together."""
    match staff.role:
        case "coordinator":
            return ~_person(staff, "known")
        case "auditor":
            return false()
        case "staff" | "admin":
            return and_(~_person(staff, "known"), or_(
                Ticket.assignee_id == staff.id,
                and_(Ticket.restricted.is_(False), _held_by(staff.windows)),
                and_(Ticket.restricted.is_(True), _by_name(staff)),
            ))
        case _:
            assert_never(staff.role)


def readable(staff: SignedIn) -> ColumnElement[bool]:
    """`Held.reads` as a condition: of a restricted ticket what is theirs by name. A test holds the two together."""
    if staff.role == "coordinator":
        return visible(staff)
    return and_(visible(staff), or_(
        Ticket.restricted.is_(False), Ticket.assignee_id == staff.id, _person(staff, "named"),
        Ticket.state["taken_by"].as_string() == str(staff.id),
    ))


async def read_among(session: AsyncSession, staff: SignedIn, tickets: Sequence[UUID]) -> frozenset[UUID]:
    """Those of them whose content they may read."""
    return frozenset(await session.scalars(select(Ticket.id).where(Ticket.id.in_(list(tickets)), readable(staff))))


def elsewhere(staff: SignedIn) -> ColumnElement[bool]:
    """The others: neither theirs nor restricted, and of nobody they know."""
    own = func.coalesce(visible(staff), false())  # a ticket without assignee makes SQL's "unknown" of it
    return and_(~own, Ticket.restricted.is_(False), ~_person(staff, "known"))


def _by_name(staff: SignedIn) -> ColumnElement[bool]:
    """A restricted ticket: the named, a window that is asked, and all its windows as long as nobody has it in hand."""
    untaken = and_(Ticket.assignee_id.is_(None), ~_person(None, "named"))
    return or_(
        _person(staff, "named"), _held_by(staff.windows, role="asked"), and_(untaken, _held_by(staff.windows))
    )


def _person(staff: SignedIn | None, kind: str) -> ColumnElement[bool]:
    """Whether they, or anybody, are named for the ticket, or kept out."""
    found = select(TicketStaff.id).where(TicketStaff.ticket_id == Ticket.id, TicketStaff.kind == kind)
    return (found if staff is None else found.where(TicketStaff.staff_id == staff.id)).exists()


def _held_by(windows: frozenset[str], *, role: str | None = None) -> ColumnElement[bool]:
    found = _at(windows)
    return found.where(TicketWindow.role == role if role is not None else TicketWindow.role != "named").exists()


def _at(windows: frozenset[str]) -> Select[UUID]:
    return select(TicketWindow.id).where(
        TicketWindow.ticket_id == Ticket.id, TicketWindow.window_id.in_(sorted(windows))
    )


def _chosen(filters: Filters, staff: SignedIn) -> ColumnElement[bool]:
    chosen: list[ColumnElement[bool]] = [_of_status(filters.status)]
    if filters.status == "active":
        chosen.append(~folded())
    if filters.window is not None:
        chosen.append(_at(frozenset({filters.window})).exists())  # another body's too: what waits to be introduced to it
    if filters.mine:
        chosen.append(Ticket.assignee_id == staff.id)
    if filters.unassigned:
        chosen.append(Ticket.assignee_id.is_(None))
    if filters.coordinator:
        chosen.append(Ticket.coordinator.is_(True))
    if filters.crisis:
        chosen.append(Ticket.urgency != "normal")
    if filters.follow_by is not None:
        chosen.append(Ticket.follow_up_at <= filters.follow_by)
    if filters.outcome is not None:
        chosen.append(Ticket.outcome == filters.outcome)
    if filters.urgency is not None:
        chosen.append(Ticket.urgency == filters.urgency)
    return and_(*chosen)


def _of_status(status: Status) -> ColumnElement[bool]:
    match status:
        case "active":
            return Ticket.status != "resolved"
        case "all":
            return true()
        case "open" | "in_progress" | "resolved":
            return Ticket.status == status
        case _:
            assert_never(status)


def _ours_was_last() -> ColumnElement[bool]:
    """`standing.answered` as a condition: nobody waits for a word from us."""
    return and_(Ticket.last_staff_at.is_not(None), or_(
        Ticket.last_resident_at.is_(None), Ticket.last_staff_at >= Ticket.last_resident_at
    ))


def order() -> tuple[ColumnElement[Any], ...]:
    graveness = {urgency: rank for rank, urgency in enumerate(URGENCY_ORDER)}
    return (
        case((Ticket.status == "resolved", 1), else_=0),
        Ticket.resolved_at.desc(),
        case(graveness, value=Ticket.urgency, else_=len(graveness)),
        case((_ours_was_last(), 1), else_=0),
        Ticket.due_at.asc(),
        Ticket.created_at.asc(),
    )
