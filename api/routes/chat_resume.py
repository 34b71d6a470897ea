"""Coming back to a conversation by its 合言葉, and how one wishes to be reached. JSON, under the web chat's rules.

A wrong phrase, an ended one and one that can be none get the same answer after the same work. How often somebody may try is
counted for the address and for everybody; few are tried at once, for each costs memory on purpose.
"""

import asyncio
from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, status
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import KnowledgeDep, ServicesDep, TownDep
from api.errors import Problem
from api.routes.chat import LimitsDep, VisitorDep, counted, own_origin, refused
from handoff.intake import resume, safety, webchat
from handoff.intake.safety import Wish
from handoff.store.models import Conversation

AT_ONCE = 4
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=safety.LONGEST_NAME, pattern=r"^[^\x00-\x1f]*$")]
router = APIRouter(prefix="/api/chat", tags=["web chat"], dependencies=[Depends(own_origin)])


class Typed(BaseModel):
    """What somebody types as their phrase, spaces and dots as they like."""

    model_config = ConfigDict(extra="forbid", strict=True)

    phrase: Annotated[str, StringConstraints(max_length=resume.LONGEST)]


class Made(BaseModel):
    """Shown once: it is kept nowhere."""

    phrase: str


class Reopened(BaseModel):
    """token: the only key from now on; where the conversation was open before, it is closed."""

    conversation: UUID
    token: str


class ContactWish(BaseModel):
    """quiet: night | morning | daytime | evening, with `_only` for "nothing outside it"; hide_from: who must not know;

    known_staff: no member of staff who knows them is to see it.
    """

    model_config = ConfigDict(extra="forbid")

    quiet: list[str] = Field(default=[], max_length=8)
    avoid: list[Literal["telephone", "post", "visit", "message"]] = Field(default=[], max_length=4)
    hide_from: list[Name] = Field(default=[], max_length=5)
    only_answers: bool = False
    known_staff: bool = False


class ContactTold(ContactWish):
    """told: the wish in one line, as staff read it."""

    told: str = ""


def gate(request: Request) -> asyncio.Semaphore:
    """Few slow hashes at once in a process."""
    state = request.app.state
    if not hasattr(state, "resume_gate"):
        state.resume_gate = asyncio.Semaphore(AT_ONCE)
    assert isinstance(state.resume_gate, asyncio.Semaphore)
    return state.resume_gate


GateDep = Annotated[asyncio.Semaphore, Depends(gate)]


@router.post("/{municipality}/resume")
async def come_back(
    request: Request, body: Typed, town: TownDep, services: ServicesDep, counters: LimitsDep, limited: GateDep
) -> Reopened:
    """Open the conversation of a phrase. 404 for every phrase that opens none."""
    await counters.resuming(request)
    async with limited:
        lookup = await asyncio.to_thread(resume.lookup_of, body.phrase, town.id, services.store.keys)
    async with services.store.town(town.id) as session:
        found = await resume.opened(session, town.id, lookup, now=services.clock())
    if found is None:
        raise Problem(404, "No such phrase", "合言葉がちがうか、もう使えません / the words are wrong or have ended")
    return Reopened(conversation=found.conversation_id, token=found.token)


@router.post("/conversations/{conversation_id}/phrase", status_code=status.HTTP_201_CREATED)
async def make_phrase(
    request: Request, who: VisitorDep, known: KnowledgeDep, services: ServicesDep, counters: LimitsDep, limited: GateDep
) -> Made:
    """Four words for this conversation; those before open nothing any more."""
    await counters.resuming(request)
    phrase = resume.spoken(resume.made_of(known.resume_words))
    async with limited:
        lookup = await asyncio.to_thread(resume.lookup_of, phrase, who.municipality_id, services.store.keys)
    async with services.store.town(who.municipality_id) as session:
        conversation = await _held(session, who.conversation_id)
        await resume.keep(session, conversation, lookup, now=services.clock())
    return Made(phrase=phrase)


@router.delete(
    "/conversations/{conversation_id}/phrase", status_code=status.HTTP_204_NO_CONTENT, dependencies=[Depends(counted)]
)
async def end_phrase(who: VisitorDep, services: ServicesDep) -> None:
    """End the phrase; the same answer when there is none."""
    async with services.store.town(who.municipality_id) as session:
        await resume.revoke(session, who.conversation_id)


@router.get("/conversations/{conversation_id}/contact")
async def read_contact(who: VisitorDep, known: KnowledgeDep, services: ServicesDep) -> ContactTold:
    """How this resident wishes to be reached."""
    async with services.store.reading(who.municipality_id) as session:
        wish = await safety.wish_of(session, who.conversation_id)
    told = safety.told(wish, known.safe_contact) if known.safe_contact else ""
    return ContactTold(
        quiet=list(wish.quiet), avoid=list(wish.avoid), hide_from=list(wish.hide_from),  # type: ignore[arg-type]
        only_answers=wish.only_answers, known_staff=wish.known_staff, told=told,
    )


@router.put("/conversations/{conversation_id}/contact", dependencies=[Depends(counted)])
async def write_contact(body: ContactWish, who: VisitorDep, known: KnowledgeDep, services: ServicesDep) -> ContactTold:
    """Put a wish in place of the one before; staff see it, and every channel keeps to it."""
    times = {time.id for time in known.safe_contact.times} if known.safe_contact else set()
    if any(one.removesuffix(safety.ONLY) not in times for one in body.quiet):
        raise Problem(422, "Unprocessable content", f"quiet: known are {', '.join(sorted(times))}, each also with _only")
    names = tuple(name for name in body.hide_from if name)
    wish = Wish(tuple(body.quiet), tuple(body.avoid), names, body.only_answers, body.known_staff)
    async with services.store.town(who.municipality_id) as session:
        conversation = await _held(session, who.conversation_id)
        before = await safety.wish_of(session, who.conversation_id)
        # That they have gone from somebody was told in the talk: it ends only with the name of who must not know.
        wish = replace(wish, hides=before.hides and bool(names))
        await safety.keep(session, conversation, wish, now=services.clock())
        await safety.hide(session, who.conversation_id, now=services.clock())
    return await read_contact(who, known, services)


async def _held(session: AsyncSession, conversation_id: UUID) -> Conversation:
    try:
        return await webchat.hold(session, conversation_id)
    except LookupError:  # deleted since the token was looked at
        raise refused() from None
