"""The end of a ticket over HTTP, attempts to reach somebody, and the next date."""

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Response

from api.acting import LongText, Worker
from api.deps import ServicesDep
from api.errors import Problem
from api.routes.console_acts import back, working
from handoff.desk import closing, custody
from handoff.desk.closing import Ending
from handoff.desk.hours import TOKYO

router = APIRouter(prefix="/staff", include_in_schema=False)
Short = Annotated[str, Form(max_length=40)]


def day(on: Annotated[str, Form(max_length=10)] = "") -> datetime | None:
    """The form's date, from its first minute in Japan; empty is none."""
    try:
        return datetime.combine(date.fromisoformat(on), time(), TOKYO) if on else None
    except ValueError:
        raise Problem(422, "日づけを 2026-11-27 の形で書いてください。") from None


Day = Annotated[datetime | None, Depends(day)]


@router.post("/tickets/{number}/resolve")
async def resolve(
    number: str, services: ServicesDep, staff: Worker, outcome: Short, on: Day, note: LongText = "",
    check: LongText = "",
) -> Response:
    async with working(services, staff, number) as session:
        ending = Ending(note=note, check=check, follow_up=on)
        await custody.resolve(session, staff, number, outcome=outcome, ending=ending, now=services.clock())
    return back(number)


@router.post("/tickets/{number}/reopen")
async def reopen(number: str, services: ServicesDep, staff: Worker) -> Response:
    async with working(services, staff, number) as session:
        await custody.reopen(session, staff, number, now=services.clock())
    return back(number)


@router.post("/tickets/{number}/attempt")
async def attempt(
    number: str, services: ServicesDep, staff: Worker, means: Short, result: Short, on: Day, note: LongText = ""
) -> Response:
    async with working(services, staff, number) as session:
        await closing.attempt(
            session, staff, number, means=means, result=result, note=note, follow_up=on, now=services.clock()
        )
    return back(number, anchor="#saved-attempts")


@router.post("/tickets/{number}/follow")
async def follow(number: str, services: ServicesDep, staff: Worker, on: Day) -> Response:
    """Set the next date; an empty one takes it away."""
    async with working(services, staff, number) as session:
        await closing.follow_up(session, staff, number, on=on, now=services.clock())
    return back(number, anchor="#saved-attempts")
