"""電話・来庁・訪問: the form on which staff take down what they hear, and the note of a later call."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.routes.console_acts import back, working
from api.routes.console_closing import Day
from handoff.desk import reception
from handoff.desk.reception import Call, Report
from handoff.desk.staff import SignedIn
from handoff.intake.spoken import SPOKEN
from knowledge.schema import Town

router = APIRouter(prefix="/staff", include_in_schema=False)
Short = Annotated[str, Form(max_length=200)]
Once = Annotated[str, Form(pattern=r"^[0-9a-f-]{32,36}$")]


class Filled:
    """The form as it was sent."""

    def __init__(
        self, words: LongText, window: Short, on: Day, channel: Short = "phone", caller: Short = "unknown",
        name: Short = "", telephone: Short = "", how: Short = "", urgency: Short = "normal", told: LongText = "",
        guarded: Annotated[bool, Form()] = False,
    ) -> None:
        self.report = Report(
            channel=channel, caller=caller, words=words, window=window, name=name, number=telephone, how=how,
            urgency=urgency, told=told, follow_up=on, guarded=guarded,
        )


@router.get("/reception")
async def form(staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """Ten fields, of which one must be filled in."""
    shown = shell(staff, knowledge)
    return page("console/reception.html", {
        **shown, "ways": SPOKEN, "callers": reception.CALLERS, "levels": reception.LEVELS,
        "desks": windows_to_choose(staff, knowledge.towns[staff.municipality_id]), "once": str(uuid4()),
    })


@router.post("/reception")
async def take_down(
    services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, filled: Annotated[Filled, Depends()], once: Once,
    mine: Annotated[bool, Form()] = True,
) -> Response:
    town = knowledge.towns[staff.municipality_id]
    own = filled.report.window in staff.windows or staff.role == "coordinator"
    alarms = await services.first_look.of(knowledge, town.id)
    async with working(services, staff, "") as session:
        number = await reception.take_down(
            session, staff, filled.report, once=once, mine=mine or not own, town=town, keys=services.store.keys,
            ways=knowledge.safe_contact, alarms=alarms, now=services.clock(),
        )
    return back(number)


@router.post("/tickets/{number}/call")
async def call(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, means: Short, result: Short, on: Day,
    once: Once, heard: LongText = "", text: LongText = "", guarded: Annotated[bool, Form()] = False,
) -> Response:
    """What was said on a later call: heard, and told (text)."""
    made = Call(means=means, result=result, heard=heard, told=text, follow_up=on, guarded=guarded)
    if result == "reached" and not (heard.strip() or text.strip()):
        raise Problem(422, "聞いたことか、伝えたことを書いてください。")
    alarms = await services.first_look.of(knowledge, staff.municipality_id)
    async with working(services, staff, number) as session:
        await reception.note_call(
            session, staff, number, made, once=once, town=knowledge.towns[staff.municipality_id],
            keys=services.store.keys, alarms=alarms, now=services.clock(),
        )
    return back(number, anchor="#messages")


def windows_to_choose(staff: SignedIn, town: Town) -> list[tuple[str, str]]:
    """Their own windows; every window that takes residents where they have none, or coordinate."""
    own = [
        window for window in town.windows
        if f"{town.id}.{window.id}" in staff.windows and window.relation != "other_body"
    ]
    every = [window for window in town.windows if window.relation != "other_body" and window.intake]
    chosen = own if own and staff.role != "coordinator" else [*own, *(window for window in every if window not in own)]
    return [(f"{town.id}.{window.id}", window.name) for window in chosen]

