"""Who is called at night and who took it: the rota and its record, 「受け取りました」, and the safety check of a 通告."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.routes.console import names_of_staff
from api.routes.console_acts import back, working
from api.session import require
from handoff.desk import checking
from handoff.desk.hours import KANJI, WEEKDAYS, is_open
from handoff.desk.queue import TicketLine
from handoff.desk.staff import SignedIn, colleagues
from handoff.notices import rota, watch
from handoff.notices.rota import BadPerson, Person
from handoff.notices.watch import NothingRings
from handoff.store.models import Ticket
from knowledge.loader import Knowledge
from knowledge.schema import Town

router = APIRouter(prefix="/staff", include_in_schema=False)

Anyone = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin", "auditor"))]
Admin = Annotated[SignedIn, Depends(require("admin"))]
Short = Annotated[str, Form(max_length=300)]
NIGHTS = {
    None: "まだ決めていません", "none": "時間外はだれも読みません", "duty_desk": "宿直が受けます", "on_call": "呼び出しの当番が受けます",
}
DAYS = dict(zip(WEEKDAYS, KANJI, strict=True))
CALLED = {
    "queued": "送るところ", "sending": "送っています", "sent": "メールを送りました", "failed": "届きませんでした",
    "console": "この画面に出しました",
}
TAKEN_ALREADY = "この知らせは、もうほかの人が受け取ったか、開庁して終わりました。"


@router.get("/night")
async def night(services: ServicesDep, staff: Anyone, knowledge: KnowledgeDep) -> HTMLResponse:
    """The setting, who is on duty now, what rang and who took it; for admins the rota itself."""
    town, now = knowledge.towns[staff.municipality_id], services.clock()
    async with services.store.reading(staff.municipality_id) as session:
        context = {
            "on_duty": await rota.on_duty(session, town, now=now), "alarms": await watch.story(session),
            "people_on_rota": await rota.people(session) if staff.role == "admin" else (),
            "colleagues": await colleagues(session), "people": await names_of_staff(session),
        }
    return page("console/watch.html", {
        **shell(staff, knowledge), **context, **_words(town), "open": is_open(town, now),
        "mail": services.settings.smtp_url is not None, "days": DAYS,
    })


def _words(town: Town) -> dict[str, Any]:
    return {
        "setting": NIGHTS[town.municipality.night], "watched": town.municipality.night in rota.WATCHED,
        "called": CALLED, "states": watch.STATE_NAMES, "minutes": town.municipality.night_answer_minutes,
    }


@router.post("/night/people")
async def add_person(
    services: ServicesDep, staff: Admin, name: Short, email: Short = "", login: Short = "",
    days: Annotated[list[str], Form()] = [],  # noqa: B006 (FastAPI copies it)
    first: Short = "", last: Short = "",
) -> Response:
    """Put somebody on the rota, last in the order."""
    try:
        person = Person(name, email, tuple(days), _day(first), _day(last))
        async with services.store.town(staff.municipality_id) as session:
            await rota.add(session, staff, person, login=login, now=services.clock())
    except BadPerson as why:
        raise Problem(422, str(why)) from None
    return RedirectResponse("/staff/night#saved-rota", 303)


@router.post("/night/people/{person}/remove")
async def remove_person(person: UUID, services: ServicesDep, staff: Admin) -> Response:
    async with services.store.town(staff.municipality_id) as session:
        await rota.remove(session, staff, person, now=services.clock())
    return RedirectResponse("/staff/night#saved-rota", 303)


@router.post("/night/people/{person}/earlier")
async def call_earlier(person: UUID, services: ServicesDep, staff: Admin) -> Response:
    async with services.store.town(staff.municipality_id) as session:
        await rota.earlier(session, staff, person, now=services.clock())
    return RedirectResponse("/staff/night#saved-rota", 303)


@router.post("/tickets/{number}/received")
async def received(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> Response:
    """受け取りました: who may see the ticket, or stands on the rota. The rest of the rota is left in peace."""
    try:
        async with working(services, staff, number) as session:
            await watch.acknowledge(session, staff, number, now=services.clock())
            await watch.tell_resident(session, number, taken_line(knowledge, staff.municipality_id), now=services.clock())
    except NothingRings:
        raise Problem(409, TAKEN_ALREADY) from None
    return RedirectResponse("/staff/night#saved", 303)


@router.post("/tickets/{number}/safety")
async def safety(
    number: str, services: ServicesDep, staff: Worker, check: Short, how: LongText = "",
) -> Response:
    """安全を確かめた: who, whom, how."""
    try:
        async with working(services, staff, number) as session:
            await checking.checked(session, staff, number, check=check, how=how, now=services.clock())
    except checking.NoSuchCheck:
        raise Problem(409, "この確認は、もう記録されているか、この案件にはありません。") from None
    return back(number)


async def night_of(session: AsyncSession, line: TicketLine, knowledge: Knowledge) -> dict[str, Any]:
    """What a ticket's page says about the night in which it came, and about the safety check that is due."""
    town = knowledge.towns[line.municipality_id]
    ticket = await session.get_one(Ticket, line.id)
    alarms = await watch.story(session, ticket_id=line.id)
    pressing = bool(line.crisis) or line.urgency != "normal"
    return {
        **_words(town), "alarms": alarms, "unseen": watch.unseen(ticket, town) if pressing else None,
        "checks": checking.checks_of(ticket, town),
    }


def taken_line(knowledge: Knowledge, town: str) -> Callable[[str], str]:
    """What the resident hears once somebody has it, in their language."""
    def said(language: str) -> str:
        return knowledge.reply("crisis_staff_acknowledged", language=language, town=knowledge.towns[town])

    return said


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadPerson("日づけを 2026-11-27 の形で書いてください。") from None
