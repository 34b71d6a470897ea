"""What is done for one person of a case: consent, 利用申込, アセスメント, calling or asking for a meeting."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.routes.coordination import ShortText, Word, back, meeting_at, row_id, working
from handoff.coordination import buttons, consent, documents, meetings, recipients
from handoff.coordination.access import coordinated_by, held_by, person_of
from handoff.coordination.consent import Answer

router = APIRouter(prefix="/staff/cases/{number}/people/{person}", include_in_schema=False)


def _to(number: str, person: str) -> RedirectResponse:
    return back(number, anchor=f"#saved-{person}")


@router.post("/consent")
async def record_consent(
    number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, item: Word, status: Word, to_whom: ShortText = "",
    to: Annotated[list[ShortText], Form(max_length=60)] = [],  # noqa: B006 - FastAPI copies it
    how: Word = "", wording: Word = "", answered_by: Word = "", basis: ShortText = "",
) -> RedirectResponse:
    """One answer of one person; whoever has part in the case may write it down."""
    town, now = knowledge.towns[staff.municipality_id], services.clock()
    async with working(services, staff, number) as session:
        held = await held_by(session, staff, number)
        named = await recipients.picked(session, staff, to, to_whom, town=town, now=now)
        answer = Answer(item, status, how=how, wording=wording, answered_by=answered_by, basis=basis, **named)
        await consent.record(session, staff, held.case, row_id(person), answer=answer, now=now)
    return _to(number, person)


@router.post("/button")
async def place_button(number: str, person: str, services: ServicesDep, staff: Worker, question: Word) -> RedirectResponse:
    """The coordinator says that what was answered by button is this person's answer."""
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        theirs = await person_of(session, held.case, row_id(person))
        await buttons.place(session, staff, held.case, theirs, row_id(question), now=services.clock())
    return _to(number, person)


@router.post("/application")
async def apply(
    number: str, person: str, services: ServicesDep, staff: Worker, how: Word, wishes: LongText
) -> RedirectResponse:
    async with working(services, staff, number) as session:
        held = await held_by(session, staff, number)
        await documents.apply(
            session, staff, held.case, row_id(person), how=how, wishes=wishes, now=services.clock()
        )
    return _to(number, person)


@router.post("/assessment")
async def assess(
    number: str, person: str, services: ServicesDep, staff: Worker, text: LongText
) -> RedirectResponse:
    async with working(services, staff, number) as session:
        held = await held_by(session, staff, number)
        await documents.assess(session, staff, held.case, row_id(person), text=text, now=services.clock())
    return _to(number, person)


@router.post("/meetings")
async def call_meeting(
    number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, meeting: Word,
    occasion: Annotated[str, Form(max_length=200)] = "", purpose: LongText = "", at: Word = "", clock: Word = "",
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        held = await held_by(session, staff, number)
        row = await meetings.call(
            session, staff, held, row_id(person), meeting_id=meeting, occasion=occasion, purpose=purpose,
            at=meeting_at(at, clock), town=town, now=services.clock(),
        )
        to = row.id
    return RedirectResponse(f"/staff/meetings/{to}", 303)


@router.post("/requests")
async def ask_for_meeting(
    number: str, person: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, meeting: Word,
    purpose: LongText,
) -> RedirectResponse:
    town = knowledge.towns[staff.municipality_id]
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        await meetings.ask(
            session, staff, held, row_id(person), meeting_id=meeting, purpose=purpose, town=town, now=services.clock()
        )
    return _to(number, person)


@router.post("/no-meeting")
async def go_without(
    number: str, person: str, services: ServicesDep, staff: Worker, reason: LongText
) -> RedirectResponse:
    async with working(services, staff, number) as session:
        held = await coordinated_by(session, staff, number)
        await meetings.go_without(session, staff, held, row_id(person), reason=reason, now=services.clock())
    return _to(number, person)
