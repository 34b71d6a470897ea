"""The page behind the link of a night call: a number and one button. Who holds the link needs no account.

Opening it takes nothing: mail scanners open links. Nothing of the matter stands here.
"""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from api.deps import KnowledgeDep, ServicesDep
from api.pages import page
from api.routes.console_night import taken_line
from api.session import refuse_foreign
from api.wiring import Services
from handoff.desk.access import NotYours
from handoff.notices import watch
from handoff.notices.watch import NothingRings
from handoff.store.models import NightAlarm
from knowledge.loader import Knowledge

router = APIRouter(prefix="/duty", include_in_schema=False)
TOKEN = re.compile(r"(?P<town>[a-z][a-z0-9_]{0,39})\.[A-Za-z0-9_-]{20,100}")
Token = Annotated[str, Path(max_length=200)]


@router.get("/{token}")
async def look(token: Token, services: ServicesDep, knowledge: KnowledgeDep) -> HTMLResponse:
    """Whether somebody still has to take it."""
    town = _town(token, knowledge)
    if town is None:
        return _page(None, "gone", status=404)
    try:
        async with services.store.reading(town) as session:
            call = await watch.call_of(session, token)
            alarm = await session.get_one(NightAlarm, call.alarm_id)
            number = await watch.number_of(session, call)
    except NotYours:
        return _page(None, "gone", status=404)
    waits = alarm.state in ("ringing", "unanswered")
    return _page(number, "mine" if call.acknowledged_at else "waits" if waits else "taken", token=token)


@router.post("/{token}")
async def take(token: Token, request: Request, services: ServicesDep, knowledge: KnowledgeDep) -> HTMLResponse:
    """受け取りました."""
    refuse_foreign(request, services.settings, strict=False)
    town = _town(token, knowledge)
    if town is None:
        return _page(None, "gone", status=404)
    return await _take(services, knowledge, town, token)


async def _take(services: Services, knowledge: Knowledge, town: str, token: str) -> HTMLResponse:
    try:
        async with services.store.reading(town) as session:  # who only guesses keeps nobody from writing
            await watch.call_of(session, token)
        async with services.store.town(town) as session:
            number = await watch.acknowledge_by_link(session, token, now=services.clock())
            await watch.tell_resident(session, number, taken_line(knowledge, town), now=services.clock())
    except NotYours:
        return _page(None, "gone", status=404)
    except NothingRings:
        return _page(None, "taken", status=409)
    return _page(number, "mine")


def _town(token: str, knowledge: Knowledge) -> str | None:
    found = TOKEN.fullmatch(token)
    return found["town"] if found and found["town"] in knowledge.towns else None


def _page(number: str | None, state: str, *, token: str = "", status: int = 200) -> HTMLResponse:
    return page("duty.html", {"number": number, "state": state, "token": token}, status=status)
