"""Plans, attempts to reach somebody, and places to take part: what is done for one person over the months."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.routes.coordination import ShortText, Word, back, day_of, row_id, working
from handoff.coordination import outreach, participation, plans
from handoff.coordination.access import coordinated_by, held_by
from handoff.coordination.agenda import MOMENTS
from handoff.coordination.plans import Action

router = APIRouter(prefix="/staff/cases/{number}", include_in_schema=False)
Rows = Annotated[list[str], Form(max_length=40)]
NO_DAY = "日付を入れてください。"


def _to(number: str, person: str) -> RedirectResponse:
    return back(number, anchor=f"#saved-{person}")


def _actions(agencies: list[str], whats: list[str], programmes: list[str]) -> list[Action]:
    """Rows that say something; a row with only half of it is one that plans refuse."""
    rows = zip(agencies, whats, programmes, strict=False)
    return [Action(agency, what, programme) for agency, what, programme in rows if agency.strip() or what.strip()]


@router.post("/people/{person}/plans")
async def draft_plan(
    number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, goal: LongText, at: Word,
    agency: Rows, what: Rows, programme: Rows, reason: LongText = "",
) -> RedirectResponse:
    town, monitor_at = knowledge.towns[staff.municipality_id], day_of(at)
    if monitor_at is None:
        raise Problem(422, NO_DAY)
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        await plans.draft(
            session, staff, held, row_id(person), goal=goal, actions=_actions(agency, what, programme),
            monitor_at=monitor_at, reason=reason, town=town, now=services.clock(),
        )
    return _to(number, person)


@router.post("/plans/{plan}/approve")
async def approve(
    number: str, plan: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        case = (await held_by(session, staff, number)).case
        row = await plans.plan_of(session, case, row_id(plan))
        await plans.approve(session, staff, case, row, town=town, now=services.clock())
        person = str(row.person_id)
    return _to(number, person)


@router.post("/plans/{plan}/decide")
async def decide(
    number: str, plan: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, confirmed_rest: Word = ""
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        case = (await held_by(session, staff, number)).case
        row = await plans.plan_of(session, case, row_id(plan))
        await plans.decide(
            session, staff, case, row, confirmed_rest=confirmed_rest == "yes", town=town, now=services.clock()
        )
        person = str(row.person_id)
    return _to(number, person)


@router.post("/plans/{plan}/report")
async def report(number: str, plan: str, services: ServicesDep, staff: Worker) -> RedirectResponse:
    async with working(services, staff, number) as session:
        case = (await coordinated_by(session, staff, number)).case
        row = await plans.plan_of(session, case, row_id(plan))
        await plans.report(session, staff, case, row, now=services.clock())
        person = str(row.person_id)
    return _to(number, person)


@router.post("/plans/{plan}/monitoring")
async def monitor(
    number: str, plan: str, services: ServicesDep, staff: Worker, text: LongText, at: Word
) -> RedirectResponse:
    next_at = day_of(at)
    if next_at is None:
        raise Problem(422, NO_DAY)
    async with working(services, staff, number) as session:
        case = (await coordinated_by(session, staff, number)).case
        row = await plans.plan_of(session, case, row_id(plan))
        await plans.monitor(session, staff, case, row, text=text, next_at=next_at, now=services.clock())
        person = str(row.person_id)
    return _to(number, person)


@router.post("/plans/{plan}/consider")
async def consider(
    number: str, plan: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, moment: Word
) -> RedirectResponse:
    """Somebody thinks of an end or a pause: the meeting for it becomes a dated task."""
    if moment not in MOMENTS:
        raise Problem(422, "終結か中断かを選んでください。")
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        case = (await coordinated_by(session, staff, number)).case
        row = await plans.plan_of(session, case, row_id(plan))
        await plans.want_end(session, case, row, moment=moment, town=town, now=services.clock())
        person = str(row.person_id)
    return _to(number, person)


@router.post("/plans/{plan}/end")
async def end(
    number: str, plan: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, reached: LongText,
    follow_up: LongText,
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        case = (await coordinated_by(session, staff, number)).case
        row = await plans.plan_of(session, case, row_id(plan))
        await plans.end(
            session, staff, case, row, reached=reached, follow_up=follow_up, town=town, now=services.clock()
        )
        person = str(row.person_id)
    return _to(number, person)


@router.post("/people/{person}/suspend")
async def suspend(
    number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, reason: LongText
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        await outreach.suspend(
            session, staff, held, row_id(person), reason=reason, town=town, now=services.clock()
        )
    return _to(number, person)


@router.post("/people/{person}/outreach")
async def attempt(
    number: str, person: str, services: ServicesDep, staff: Worker, means: Word, result: Word, words: ShortText = "",
    at: Word = "",
) -> RedirectResponse:
    """Whoever has part in the case may write an attempt down."""
    async with working(services, staff, number) as session:
        held = await held_by(session, staff, number)
        await outreach.attempt(
            session, staff, held, row_id(person), means=means, result=result, words=words, next_at=day_of(at),
            now=services.clock(),
        )
    return _to(number, person)


@router.post("/people/{person}/participation")
async def follow_place(
    number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, resource: Word,
    result: Word, words: ShortText = "", at: Word = "", company: ShortText = "",
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        held = await held_by(session, staff, number)
        await participation.follow(
            session, staff, held, row_id(person), resource_id=resource, result=result, words=words,
            next_at=day_of(at), town=town, company=company, now=services.clock(),
        )
    return _to(number, person)
