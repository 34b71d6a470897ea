"""How far the words of a web chat have come, for the resident who wrote them. JSON, under the web chat's rules."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from api.deps import KnowledgeDep, ServicesDep
from api.routes.chat import VisitorDep, own_origin
from handoff.intake.passing import passing_of
from handoff.intake.voice import Voice
from handoff.store.models import Conversation

router = APIRouter(prefix="/api/chat", tags=["web chat"], dependencies=[Depends(own_origin)])


class PassingOut(BaseModel):
    """upto: the last of the resident's sequences that staff have; reading: when they read, while one waits for them."""

    upto: int
    reading: str | None
    ahead: int


@router.get("/conversations/{conversation_id}/passing")
async def passing(who: VisitorDep, known: KnowledgeDep, services: ServicesDep) -> PassingOut:
    """What staff have before them, and when they will read it."""
    async with services.store.reading(who.municipality_id) as session:
        conversation = await session.get_one(Conversation, who.conversation_id)
        town = known.towns[who.municipality_id]
        voice = Voice(known, town, services.clock(), conversation.language)
        found = await passing_of(session, who.conversation_id, voice)
    return PassingOut(upto=found.upto, reading=found.reading, ahead=found.ahead)
