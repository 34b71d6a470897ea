"""「電話がほしい」 of the web chat: the form as far as it is filled in, kept as it is written.

The ticket stays whatever is missing; where there is none yet, something written opens one.
"""

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import select

from api.deps import KnowledgeDep, ServicesDep
from api.routes.chat import LimitsDep, VisitorDep, own_origin, parsed, raw_body, takes
from handoff.desk import tickets
from handoff.desk.routing import windows_for
from handoff.intake import callback
from handoff.intake.callback import LONGEST, Wish
from handoff.store.models import Conversation
from triage.types import Decision, Reason

router = APIRouter(prefix="/api/chat", tags=["web chat"], dependencies=[Depends(own_origin)])
ASKED = Decision(
    action="route", text="", reasons=(Reason("callback", "「電話がほしい」に書きました"),), unknown=("kind",)
)


class CallbackForm(BaseModel):
    """Each may be left out."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(default="", max_length=LONGEST)
    time: str = Field(default="", max_length=LONGEST)
    secret: str = Field(default="", max_length=LONGEST)

    @field_validator("number", "time", "secret")
    @classmethod
    def storable(cls, value: str) -> str:
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("NUL or a lone surrogate")
        return value.strip()


@router.post(
    "/conversations/{conversation_id}/callback", status_code=204, openapi_extra=takes(CallbackForm, required=True)
)
async def keep(
    request: Request, who: VisitorDep, services: ServicesDep, known: KnowledgeDep, counters: LimitsDep
) -> Response:
    """Keep the form as it stands. Sending it again replaces it."""
    form = parsed(CallbackForm, await raw_body(request))
    await counters.writing(request, who.conversation_id)
    now, town = services.clock(), known.towns[who.municipality_id]
    wish = Wish(form.number, form.time, form.secret)
    async with services.store.town(town.id) as session:
        conversation = await session.scalar(
            select(Conversation).where(Conversation.id == who.conversation_id).with_for_update(of=Conversation)
        )
        if conversation is not None:
            await callback.keep(session, conversation, wish, now=now)
            if wish.told and await tickets.attach(session, conversation, town=town, now=now) is None:
                await tickets.open_or_update(
                    session, conversation, ASKED, town=town, windows=windows_for(ASKED, town), why="call_me", now=now
                )
    return Response(status_code=204)
