"""The staff console: the list of tickets, and what changes while a page is open.

Pages are rendered here; who may see what, `handoff.desk` knows. Signing in is `console_login`, a ticket's own page
`console_ticket`, errors `console_errors`.
"""

import time
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import KnowledgeDep, ServicesDep
from api.pages import QUEUES, Queue, page, shell
from api.session import require
from api.wiring import Services
from handoff.desk import accounts, unsent
from handoff.desk.organisations import called
from handoff.desk.queue import Filters, Status, count_for, list_for, visible
from handoff.desk.staff import SignedIn
from handoff.desk.threshold import for_reader
from handoff.intake import inbox
from handoff.notices import watch
from handoff.store.models import Event, StaffMember, Ticket
from knowledge.loader import Knowledge
from knowledge.schema import Urgency

router = APIRouter(prefix="/staff", include_in_schema=False)

WATCHING = require("staff", "coordinator", "admin", "auditor", background=True)
Anyone = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin", "auditor"))]
Watching = Annotated[SignedIn, Depends(WATCHING)]

ON_A_SHEET = 100
"""Tickets on one page of the list: more is slow to load and slower to read."""
TOLD_OF_ACCOUNTS = frozenset({"admin", "coordinator"})
PULSE_SECONDS = 20.0
"""Long polling: one open request a page, no stream that a proxy might hold back."""
LOOK_AGAIN_SECONDS = 2.5
"""A waiting request of a session that has ended is answered within this time."""


@router.get("")
async def home() -> RedirectResponse:
    return RedirectResponse("/staff/tickets", 303)


class Chosen:
    """What the list's address asks for. An empty value chooses nothing."""

    def __init__(
        self, queue: Queue = "all", window: Annotated[str | None, Query(max_length=100)] = None,
        urgency: Urgency | Literal[""] | None = None, sheet: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> None:
        self.queue, self.window, self.urgency, self.sheet = queue, window or None, urgency or None, sheet

    def filters(self, now: datetime) -> Filters:
        status: Status = "resolved" if self.queue == "resolved" else "all" if self.queue == "follow" else "active"
        return Filters(
            window=self.window, mine=self.queue == "mine", unassigned=self.queue == "unassigned",
            coordinator=self.queue == "coordinator", crisis=self.queue == "crisis", urgency=self.urgency, status=status,
            follow_by=now if self.queue == "follow" else None, limit=ON_A_SHEET, skip=(self.sheet - 1) * ON_A_SHEET,
        )


ChosenDep = Annotated[Chosen, Depends()]


@router.get("/tickets")
async def tickets(services: ServicesDep, staff: Anyone, knowledge: KnowledgeDep, chosen: ChosenDep) -> HTMLResponse:
    """The list."""
    return page("console/tickets.html", await _listed(services, staff, knowledge, chosen))


@router.get("/rows")
async def rows(services: ServicesDep, staff: Watching, knowledge: KnowledgeDep, chosen: ChosenDep) -> HTMLResponse:
    """Only what is in the list, for refreshing an open page."""
    return page("console/rows.html", await _listed(services, staff, knowledge, chosen))


async def _listed(services: Services, staff: SignedIn, knowledge: Knowledge, chosen: Chosen) -> dict[str, Any]:
    filters = chosen.filters(services.clock())
    async with services.store.reading(staff.municipality_id) as session:
        lines = await for_reader(session, staff, await list_for(session, staff, filters))
        total = await count_for(session, staff, filters) if filters.skip or len(lines) == ON_A_SHEET else len(lines)
        people = await names_of_staff(session)
        cursor = await newest_event(session)
        ringing = await watch.ringing(session) if staff.role != "auditor" else ()
        stuck = await unsent.count(session, staff, now=services.clock()) if staff.role != "auditor" else 0
        silent = await inbox.silent_since(session, now=services.clock())
        told = await accounts.lines(session, now=services.clock()) if staff.role in TOLD_OF_ACCOUNTS else ()
    return {
        "accounts": told, "silent_since": silent, "stuck": stuck, "ringing": ringing, **shell(staff, knowledge), "lines": lines, "people": people,
        "queues": QUEUES, "queue": chosen.queue, "total": total, "before": filters.skip, "sheet": chosen.sheet,
        "each": ON_A_SHEET, "window": chosen.window, "urgency": chosen.urgency, "now": services.clock(),
        "cursor": cursor,
    }


async def names_of_staff(session: AsyncSession) -> dict[str, str]:
    """How colleagues are called, by login: those who have left too, for what they once wrote. With the body, if another."""
    rows = await session.scalars(select(StaffMember))
    return {row.login: called(row.name or row.login, row.organisation) for row in rows}


async def newest_event(session: AsyncSession) -> int:
    """The town's last event sequence: a page shows it, and asks for what came after."""
    return cast(int, await session.scalar(select(func.coalesce(func.max(Event.sequence), 0))))


@router.get("/pulse")
async def pulse(
    request: Request, services: ServicesDep, staff: Watching, after: Annotated[int, Query(ge=0)] = 0,
    ticket: Annotated[str | None, Query(max_length=60)] = None,
) -> JSONResponse:
    """Whether anything changed in the town, or on one ticket: answers at once, or waits up to 20 s for it. Ids stay here.

    Who waits is looked at again and again: after a logout elsewhere, or 30 idle minutes, the answer is 401.
    """
    end = time.monotonic() + PULSE_SECONDS
    with services.wake.subscribe(municipality_id=staff.municipality_id) as bell:
        newest, changed = await _newest(services, staff, after=after, ticket=ticket)
        while not changed and (left := end - time.monotonic()) > 0:
            await bell.wait(min(left, LOOK_AGAIN_SECONDS))
            await WATCHING(request, services)
            newest, changed = await _newest(services, staff, after=newest, ticket=ticket)
    return JSONResponse({"sequence": newest, "changed": changed})


async def _newest(services: Services, staff: SignedIn, *, after: int, ticket: str | None) -> tuple[int, bool]:
    """The town's last event, and whether what was asked for is among those after it. A ticket that they may not see, or

    see no more, is answered like the whole town: the page will be told that it is gone.
    """
    async with services.store.reading(staff.municipality_id) as session:
        newest = await newest_event(session)
        asked = select(Ticket.id, Ticket.conversation_id).where(Ticket.number == ticket, visible(staff))
        found = (await session.execute(asked)).one_or_none() if ticket and newest > after else None
        if found is None:
            return max(newest, after), newest > after
        of_it = or_(Event.ticket_id == found.id, Event.conversation_id == found.conversation_id)
        hit = await session.scalar(select(Event.sequence).where(Event.sequence > after, of_it).limit(1))
    return newest, hit is not None
