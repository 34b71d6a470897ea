"""わたしへの知らせ: mail that says only that there is something, and the own meetings as a calendar."""

import re
from secrets import token_urlsafe
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.routes.console import newest_event
from api.session import require
from api.wiring import Services
from handoff.desk.access import NotYours
from handoff.desk.staff import SignedIn
from handoff.notices import calendars, digest
from handoff.notices.rota import BadPerson
from knowledge.loader import Knowledge

router = APIRouter(include_in_schema=False)
Watching = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin", background=True))]
CALENDAR = "text/calendar; charset=utf-8"
FEED = re.compile(r"(?P<town>[a-z][a-z0-9_]{0,39})\.[A-Za-z0-9_-]{20,100}")


@router.get("/staff/own")
async def own(services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    return await _page(services, staff, knowledge)


@router.get("/staff/own/state")
async def state(services: ServicesDep, staff: Watching, knowledge: KnowledgeDep) -> HTMLResponse:
    """Whether mail arrives and the calendar is read, for a page that is open: nothing that is being typed."""
    return page("console/own_state.html", await _state(services, staff, knowledge))


async def _page(
    services: Services, staff: SignedIn, knowledge: Knowledge, *, address: str = "", problem: str = "", status: int = 200
) -> HTMLResponse:
    """address: of the calendar that was opened just now, shown this once."""
    found = await _state(services, staff, knowledge)
    return page("console/own.html", {**found, "kinds": digest.KIND_NAMES, "address": address, "problem": problem}, status=status)


async def _state(services: Services, staff: SignedIn, knowledge: Knowledge) -> dict[str, Any]:
    async with services.store.reading(staff.municipality_id) as session:
        wanted, feed = await digest.wanted(session, staff), await calendars.has_feed(session, staff)
        cursor = await newest_event(session)
    return {
        **shell(staff, knowledge), "wanted": wanted, "feed": feed, "mail": services.settings.smtp_url is not None,
        "cursor": cursor,
    }


@router.post("/staff/own/mail")
async def mail(
    services: ServicesDep, staff: Worker, knowledge: KnowledgeDep,
    to: Annotated[str, Form(max_length=300)] = "",
    kinds: Annotated[list[str], Form()] = [],  # noqa: B006 (FastAPI copies it)
) -> Response:
    """Ask for mail, or no more; without an address and without a kind there is none."""
    try:
        async with services.store.town(staff.municipality_id) as session:
            await digest.want(session, staff, to=to, kinds=kinds, now=services.clock())
    except BadPerson as why:
        return await _page(services, staff, knowledge, problem=str(why), status=422)
    return RedirectResponse("/staff/own#saved", 303)


@router.post("/staff/own/calendar")
async def open_calendar(services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """A new secret address, shown once."""
    token = f"{staff.municipality_id}.{token_urlsafe(32)}"
    async with services.store.town(staff.municipality_id) as session:
        await calendars.open_feed(session, staff, token, now=services.clock())
    address = f"{services.settings.public_url.rstrip('/')}/calendar/{token}.ics"
    return await _page(services, staff, knowledge, address=address)


@router.post("/staff/own/calendar/close")
async def close_calendar(services: ServicesDep, staff: Worker) -> Response:
    async with services.store.town(staff.municipality_id) as session:
        await calendars.close_feed(session, staff, now=services.clock())
    return RedirectResponse("/staff/own#saved", 303)


@router.get("/staff/meetings/{meeting}/calendar.ics")
async def one(meeting: UUID, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> Response:
    """One meeting for the asker's own calendar."""
    town = knowledge.towns[staff.municipality_id]
    try:
        async with services.store.reading(staff.municipality_id) as session:
            lines = await calendars.one(session, staff, meeting, town)
    except NotYours:
        raise Problem(404, "No such meeting") from None
    site = services.settings.public_url.rstrip("/")
    file = calendars.written(lines, town, site=site, now=services.clock())
    return Response(file, media_type=CALENDAR, headers={"content-disposition": 'attachment; filename="meeting.ics"'})


@router.get("/calendar/{token}.ics")
async def feed(
    token: Annotated[str, Path(max_length=200)], services: ServicesDep, knowledge: KnowledgeDep
) -> Response:
    """What a calendar program asks for: no sign-in but the address itself."""
    found = FEED.fullmatch(token)
    town = knowledge.towns.get(found["town"]) if found else None
    if town is None:
        raise Problem(404, "No such calendar")
    try:
        async with services.store.town(town.id) as session:
            lines = await calendars.of_feed(session, token, town, now=services.clock())
    except NotYours:
        raise Problem(404, "No such calendar") from None
    site = services.settings.public_url.rstrip("/")
    return Response(calendars.written(lines, town, site=site, now=services.clock()), media_type=CALENDAR)
