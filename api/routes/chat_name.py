"""A name, given and taken back by the resident, in the web chat's settings. Staff read it; this page never shows it again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, status
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import ServicesDep
from api.routes.chat import LimitsDep, VisitorDep, counted, own_origin, refused
from handoff.intake import own_name, webchat
from handoff.store.models import Conversation

router = APIRouter(
    prefix="/api/chat/conversations/{conversation_id}/name", tags=["web chat"], dependencies=[Depends(own_origin)]
)
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=own_name.LONGEST, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class Called(BaseModel):
    """What staff may call the resident."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name


class NamedOut(BaseModel):
    """Whether there is a name; the name itself is shown to nobody here."""

    named: bool


@router.get("")
async def read(who: VisitorDep, services: ServicesDep) -> NamedOut:
    async with services.store.reading(who.municipality_id) as session:
        return NamedOut(named=bool(await own_name.name_of(session, who.conversation_id)))


@router.put("")
async def keep(request: Request, body: Called, who: VisitorDep, services: ServicesDep, counters: LimitsDep) -> NamedOut:
    """Named from now on."""
    await counters.writing(request, who.conversation_id)
    async with services.store.town(who.municipality_id) as session:
        conversation = await _held(session, who)
        await own_name.keep(session, conversation, body.name, now=services.clock())
    return NamedOut(named=True)


@router.delete("", status_code=status.HTTP_204_NO_CONTENT, dependencies=[Depends(counted)])
async def end(who: VisitorDep, services: ServicesDep) -> None:
    """Anonymous again: the name is gone. The same answer when there was none."""
    async with services.store.town(who.municipality_id) as session:
        await own_name.keep(session, await _held(session, who), "", now=services.clock())


async def _held(session: AsyncSession, who: VisitorDep) -> Conversation:
    try:
        return await webchat.hold(session, who.conversation_id)
    except LookupError:  # deleted since the token was looked at
        raise refused() from None
