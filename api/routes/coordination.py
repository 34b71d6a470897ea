"""多機関協働 in the console: the board, a case's page, and what is done with the case as a whole."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.acting import Acting, LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.routes.console import names_of_staff, newest_event
from api.session import require
from api.wiring import Services
from handoff.coordination import board, cases, course, partners, possible_days, recipients, schedule, slips, tasks
from handoff.coordination.access import (
    NotCoordinating,
    NotYours,
    coordinated_by,
    held_by,
    note_reading,
    note_refusal,
    person_of,
    seen_by,
)
from handoff.coordination.buttons import NotUnplaced
from handoff.coordination.cases import AlreadyInCase, KeptPerson, NoGroundYet, NoSuchAgency, NotFlagged, Persona
from handoff.coordination.consent import BadConsent, NotTheirs
from handoff.coordination.course import NoSuchStage
from handoff.coordination.documents import BadDocument
from handoff.coordination.eligibility import WITHOUT_MEETING, may_call
from handoff.coordination.meetings import BadPurpose, NotOpen
from handoff.coordination.outreach import BadAttempt
from handoff.coordination.papers import STOPPED, NoSuchMember, NotConvening, SecrecyFirst, Stopped
from handoff.coordination.participation import BadMatch, matches
from handoff.coordination.partners import NoSuchBody
from handoff.coordination.plans import NotReady, finality_of
from handoff.coordination.recipients import NotARecipient
from handoff.coordination.schedule import BadDay
from handoff.coordination.slips import BadSlip
from handoff.coordination.taxes import REFUSED, TaxSecret, TaxUnsaid
from handoff.coordination.view import look, words
from handoff.desk.answers import BadText
from handoff.desk.hours import TOKYO
from handoff.desk.staff import SignedIn, colleagues
from handoff.forms.assessment import NOT_AGREED, NotShared
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/cases", include_in_schema=False)
ShortText = Annotated[str, Form(max_length=400)]
Word = Annotated[str, Form(max_length=120)]
Watching = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin", background=True))]
"""Asked by an open page, not by a person."""
PARTS = ("summary", "people", "dated", "case-meetings", "case-course", "steered")
"""What of a case's page stays true while it is open."""

SPOKEN: dict[type[Exception], int] = dict.fromkeys(
    (BadConsent, BadDay, NotOpen, BadPurpose, NotReady, BadAttempt, BadMatch, BadDocument, BadSlip, BadText, NoSuchBody, NotARecipient, TaxUnsaid), 422
)
"""Their text is written for officials."""
TROUBLES: dict[type[Exception], str] = {
    NotShared: NOT_AGREED,
    AlreadyInCase: "すでにケースに入っています。ケースの一覧を確かめてください。",
    KeptPerson: "この人にはもう同意・申込・会議などの記録があるので、外せません。続柄や年齢がちがうときは「なおす」で書きなおしてください。",
    NotFlagged: "調整役の旗がついていない案件です。",
    NotCoordinating: "これは調整役（多機関協働の担当）がすることです。調整役に伝えてください。",
    NoSuchAgency: "その窓口か職員はいません。一覧から選ぶか、機関の名前を書いてください。",
    NoGroundYet: "その機関は町とは別の機関で、足すとケースを開けるようになります。先に本人の同意（渡してよい機関）を記録するか、"
                 "同意がなくても渡せる根拠（法令の名、会議の構成員など）を書いてください。",
    NoSuchStage: "段階を一覧から選んでください。終結はプランの終結で、中断は連絡を試したあとの中断で記録します。",
    NotUnplaced: "この答えは、もうだれのものか決まっています。ケースの画面を開きなおして確かめてください。",
    NotTheirs: "同意は本人ごとです。ほかの人の「はい」は、その人の分だけです。本人か、根拠のある法定代理人の答えを記録してください。",
    Stopped: STOPPED,
    TaxSecret: REFUSED,
    NotConvening: "構成員を加えられるのは、この会議を招集した窓口と調整役だけです。加えたい人がいるときは、招集した窓口に伝えてください。",
    NoSuchMember: "その職員はいないか、もう構成員です。",
    SecrecyFirst: "先に、守秘義務の説明を読んで「わかりました」を押してください。",
}


working = Acting(unseen=NotYours, title="No such case", record=note_refusal, spoken=SPOKEN, troubles=TROUBLES)


def back(number: str, *, anchor: str = "#saved") -> RedirectResponse:
    """To the page, where it says that this is done (as `console_acts.back`)."""
    return RedirectResponse(f"/staff/cases/{number}{anchor}", 303)


def day_of(text: str, *, hour: int = 12) -> datetime | None:
    """A date field as a moment of that day in Japan; None for an empty one. Problem for what is none."""
    try:
        return datetime.combine(date.fromisoformat(text), time(hour), TOKYO) if text else None
    except ValueError:
        raise Problem(422, "日付は年・月・日で入れてください。") from None


def meeting_at(day: str, clock: str) -> datetime | None:
    """A meeting's day with its hour; midnight where no hour is set, which calendars take for the whole day."""
    start = day_of(day, hour=0)
    try:
        set_for = time.fromisoformat(clock) if clock else None
    except ValueError:
        raise Problem(422, "時刻は 13:30 のように入れてください。まだ決まっていないときは空のままにします。") from None
    if start is None and set_for is not None:
        raise Problem(422, "時刻だけで日がありません。会議の日も入れるか、時刻を空にしてください。")
    return start if start is None or set_for is None else start.replace(hour=set_for.hour, minute=set_for.minute)


@router.get("")
async def cases_board(services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """All cases by stage, flags that wait, and the dated tasks."""
    async with services.store.town(staff.municipality_id) as session:
        await tasks.ensure_rounds(session, knowledge.towns[staff.municipality_id], now=services.clock())
        await session.flush()
        context = await _board(session, services, staff, knowledge)
    return page("coordination/board.html", {**context, "alone": False})


@router.get("/rows")
async def board_rows(services: ServicesDep, staff: Watching, knowledge: KnowledgeDep) -> HTMLResponse:
    """What stands on it now, for a page that is open."""
    async with services.store.reading(staff.municipality_id) as session:
        context = await _board(session, services, staff, knowledge)
    return page("coordination/board.html", {**context, "alone": True})


async def _board(session: AsyncSession, services: Services, staff: SignedIn, knowledge: Knowledge) -> dict[str, object]:
    town, now = knowledge.towns[staff.municipality_id], services.clock()
    stages = await board.board(session, staff)
    return {
        **shell(staff, knowledge), **words(), "board": stages, "flagged": await board.flagged(session, staff),
        "people": await names_of_staff(session), "seats": await schedule.seats(session, staff, now=now), "waits_for": possible_days.waits_for,
        "due": await board.due(session, staff, [line for lines in stages.values() for line in lines]), "now": now,
        "callable": [one for one in town.meetings if one.status == "running" and may_call(staff, town, one)],
        "meetings": {one.id: one for one in town.meetings}, "cursor": await newest_event(session),
    }


@router.post("")
async def open_case(services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, ticket: Word) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, ticket) as session:
        case = await cases.open_from(session, staff, ticket, town=town, now=services.clock())
        number = case.number
    return back(number, anchor="")


@router.post("/flags")
async def take_flag_back(services: ServicesDep, staff: Worker, ticket: Word, reason: LongText) -> RedirectResponse:
    async with working(services, staff, ticket) as session:
        await cases.take_flag_back(session, staff, ticket, reason=reason, now=services.clock())
    return RedirectResponse("/staff/cases#saved", 303)


@router.get("/{number}")
async def case_page(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """The page. Opening it is recorded for good before anything of it is read."""
    async with working(services, staff, number) as session:
        await held_by(session, staff, number)
        await note_reading(session, staff, number, now=services.clock())
    async with working.looking(services, staff, number) as session:
        context = await _case(session, services, staff, knowledge, number)
    return page("coordination/case.html", {**context, "alone": False})


@router.get("/{number}/rows")
async def case_rows(number: str, services: ServicesDep, staff: Watching, knowledge: KnowledgeDep) -> HTMLResponse:
    """What is true of it now, for a page that is open: it was recorded when it was opened."""
    try:
        async with services.store.reading(staff.municipality_id) as session:
            context = await _case(session, services, staff, knowledge, number)
    except NotYours:
        return page("coordination/gone.html", {**shell(staff, knowledge), "parts": PARTS})
    return page("coordination/case.html", {**context, "alone": True})


async def _case(
    session: AsyncSession, services: Services, staff: SignedIn, knowledge: Knowledge, number: str
) -> dict[str, object]:
    town, now = knowledge.towns[staff.municipality_id], services.clock()
    found = await look(session, staff, number, town=town, statutory=knowledge.meetings)
    rights, bodies = found.coordinating, await partners.outside(session, town)
    return {
        **shell(staff, knowledge), **words(), "case": found, "people": await names_of_staff(session),
        "colleagues": await colleagues(session), "now": now, "cursor": await newest_event(session),
        "others": await board.flagged(session, staff) if rights else [],
        "slips": await slips.of_case(session, (await seen_by(session, staff, number)).case) if rights else [],
        "next_week": (now.astimezone(TOKYO) + timedelta(days=7)).date().isoformat(),
        "without_meeting": WITHOUT_MEETING, "finality": finality_of(town), "places": matches(town, found.fields),
        "meetings": {one.id: one for one in town.meetings},
        "bodies": bodies, "receivers": recipients.choices([one["name"] for one in found.agencies], bodies),
    }


@router.post("/{number}/tickets")
async def attach(number: str, services: ServicesDep, staff: Worker, ticket: Word) -> RedirectResponse:
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        await cases.attach(session, staff, held, ticket, now=services.clock())
    return back(number)


@router.post("/{number}/people")
async def add_person(
    number: str, services: ServicesDep, staff: Worker, relation: ShortText, age: ShortText = "", name: ShortText = ""
) -> RedirectResponse:
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        cases.add_person(session, held.case, Persona(relation, age, name), now=services.clock())
        await session.flush()
        await cases.tell_household(session, held.case)
    return back(number)


@router.post("/{number}/people/{person}")
async def name_person(
    number: str, person: str, services: ServicesDep, staff: Worker, relation: ShortText, age: ShortText = "",
    name: ShortText = "",
) -> RedirectResponse:
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        cases.name_person(await person_of(session, held.case, row_id(person)), Persona(relation, age, name))
        await session.flush()
        await cases.tell_household(session, held.case)
    return back(number)


@router.post("/{number}/people/{person}/drop")
async def drop_person(number: str, person: str, services: ServicesDep, staff: Worker) -> RedirectResponse:
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        await cases.drop_person(session, held.case, await person_of(session, held.case, row_id(person)))
    return back(number)


@router.post("/{number}/agencies")
async def add_agency(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, window: Word = "",
    name: ShortText = "", role: ShortText = "", login: Word = "", ground: ShortText = "",
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        await cases.add_agency(
            session, held, town=town, window=window, name=name, role=role, login=login, ground=ground,
            now=services.clock(),
        )
    return back(number)


@router.post("/{number}/stage")
async def stage(number: str, services: ServicesDep, staff: Worker, to: Word, reason: LongText) -> RedirectResponse:
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        course.choose(session, held.case, staff, to=to, reason=reason, now=services.clock())
    return back(number)


@router.post("/{number}/next")
async def next_step(
    number: str, services: ServicesDep, staff: Worker, what: LongText, at: Word = ""
) -> RedirectResponse:
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        cases.plan_next(held.case, what=what, at=day_of(at))
    return back(number)


def row_id(text: str) -> UUID:
    """The id of a row in an address or a form; what can be none is not there."""
    try:
        return UUID(text)
    except ValueError:
        raise NotYours from None
