"""The web chat's JSON API: open a conversation, write, read, listen.

Bearer tokens only, no cookie. Knows HTTP and who may come in; what a message is, `handoff.intake.webchat` knows.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar, assert_never
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, status
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from api.deps import KnowledgeDep, ServicesDep, TownDep
from api.errors import Problem
from api.routes.chat_limits import ChatLimits
from api.routes.chat_stream import Streams, streams
from handoff.intake import webchat
from handoff.intake.voice import Voice

MOST_BYTES = 12 * webchat.LONGEST_TEXT + 1_024
"""20,000 characters outside the BMP, each written as two \\u escapes, and the rest of the document."""
Body = TypeVar("Body", bound=BaseModel)
LARGEST_SEQUENCE = 2**31 - 1
RETRY_MILLISECONDS = 2_000


class Opening(BaseModel):
    """Body of a new conversation; may be left out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    language: str = "ja"


class NewMessage(BaseModel):
    """client_message_id: made by the writer; sending the same one again stores nothing twice."""

    model_config = ConfigDict(extra="forbid")

    text: str
    client_message_id: UUID


class ChoiceOut(BaseModel):
    label: str
    value: str


class CardOut(BaseModel):
    title: str
    lines: list[str]
    telephone: str | None
    telephone_label: str | None
    place: str | None
    hours: str | None
    url: str | None


class FileOut(BaseModel):
    """A photo or PDF of staff: `GET …/files/{id}` hands it out. kept False: they have taken it back."""

    id: UUID
    name: str
    size: int
    kept: bool


class MessageOut(BaseModel):
    """One message. Sequences start at 1 and have no gap; a choice is answered by sending its value as text.

    media: what it is when it is no text (image, file, audio …); then text is what was written with it. file: of staff only.
    """

    sequence: int
    sender: Literal["resident", "bot", "staff"] = Field(alias="from")
    text: str
    choices: list[ChoiceOut]
    cards: list[CardOut]
    media: str | None = None
    file: FileOut | None = None
    at: datetime

    @model_serializer(mode="wrap")
    def _without_nothing(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The contract's shape for words; `media` and `file` only where there is some."""
        shown: dict[str, Any] = handler(self)
        return {key: value for key, value in shown.items() if key not in ("media", "file") or value is not None}


class Opened(BaseModel):
    """token: the only key to the conversation, shown once."""

    conversation: UUID
    token: str
    messages: list[MessageOut]


class Accepted(BaseModel):
    sequence: int


class Thread(BaseModel):
    messages: list[MessageOut]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who has shown the token of a conversation."""

    municipality_id: str
    conversation_id: UUID


async def own_origin(request: Request, services: ServicesDep) -> None:
    """403 for a page of another origin. A request without Origin is no browser's cross-site one."""
    origin = request.headers.get("origin")
    if origin is None or origin == origin_of(services.settings.public_url):
        return
    if origin not in {f"{scheme}://{request.headers.get('host', '')}" for scheme in ("http", "https")}:
        raise Problem(403, "Foreign origin", "the web chat answers only pages of its own origin")


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers write them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def limits(request: Request, services: ServicesDep) -> ChatLimits:
    """The counters of this process, made at first use."""
    state = request.app.state
    if not hasattr(state, "chat_limits"):
        state.chat_limits = ChatLimits(services.settings)
    assert isinstance(state.chat_limits, ChatLimits)
    return state.chat_limits


LimitsDep = Annotated[ChatLimits, Depends(limits)]


def refused() -> Problem:
    """401, the same for a wrong token and for a conversation that never was."""
    return Problem(
        401, "Token needed", "send the conversation's token as Authorization: Bearer …",
        headers={"WWW-Authenticate": "Bearer"},
    )


async def visitor(
    conversation_id: str, services: ServicesDep, authorization: Annotated[str | None, Header()] = None
) -> Visitor:
    """401 unless the bearer token belongs to the conversation of the path; the same answer for an unknown one."""
    scheme, _, token = (authorization or "").partition(" ")
    municipality_id = webchat.town_of(token.strip())
    try:
        wanted = UUID(conversation_id)
    except ValueError:
        raise refused() from None
    if scheme.lower() != "bearer" or municipality_id is None:
        raise refused()
    if not await services.crowd.may_use(municipality_id, wanted, token.strip()):
        raise refused()
    return Visitor(municipality_id, wanted)


VisitorDep = Annotated[Visitor, Depends(visitor)]


async def counted(request: Request, who: VisitorDep, counters: LimitsDep) -> None:
    """429 for what changes something without words too often: each time is a write, and an event for others to read."""
    await counters.writing(request, who.conversation_id)


router = APIRouter(prefix="/api/chat", tags=["web chat"], dependencies=[Depends(own_origin)])


async def raw_body(request: Request) -> bytes:
    """The raw body, never more of it than a message can need."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise Problem(413, "Message too long", f"at most {webchat.LONGEST_TEXT:,} characters in one message")
    return bytes(body)


def parsed(kind: type[Body], body: bytes) -> Body:
    try:
        return kind.model_validate_json(body)
    except ValidationError as why:
        faults = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['type']}" for one in why.errors())
        raise Problem(422, "Unprocessable content", faults) from None


def takes(kind: type[BaseModel], *, required: bool) -> dict[str, Any]:
    """The body for the API documentation: it is read by hand, so that its size is bounded while it comes in."""
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": kind.model_json_schema()}}}}


@router.post(
    "/{municipality}/conversations", status_code=status.HTTP_201_CREATED, openapi_extra=takes(Opening, required=False)
)
async def open_conversation(
    request: Request, town: TownDep, known: KnowledgeDep, services: ServicesDep, counters: LimitsDep
) -> Opened:
    """A new, anonymous conversation and what the bot says first."""
    body = await raw_body(request)
    wanted = parsed(Opening, body) if body.strip() else Opening()
    await counters.opening(request)
    language = known.language(wanted.language, town)
    notice = webchat.notice(Voice(known, town, services.clock(), language))
    opened = await services.crowd.open(town.id, webchat.Entering(language, notice))
    messages = [MessageOut.model_validate(message) for message in opened.messages]
    return Opened(conversation=opened.conversation.id, token=opened.token, messages=messages)


@router.post(
    "/conversations/{conversation_id}/messages", status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=takes(NewMessage, required=True),
)
async def write(
    request: Request, who: VisitorDep, known: KnowledgeDep, services: ServicesDep, counters: LimitsDep
) -> Accepted:
    """Take a message in: 202 once it is stored for good. The same client_message_id again → the same answer."""
    message = parsed(NewMessage, await raw_body(request))
    try:
        webchat.refuse_unsayable(message.text)
    except webchat.Unsayable as why:
        raise _unsayable(why) from None
    await counters.writing(request, who.conversation_id)
    said = webchat.said(
        who.conversation_id, text=message.text, client_message_id=str(message.client_message_id), now=services.clock(),
        alarms=await services.first_look.of(known, who.municipality_id),
    )
    try:
        return Accepted(sequence=await services.crowd.accept(who.municipality_id, said))
    except LookupError:  # deleted since the token was looked at
        raise refused() from None


def _unsayable(why: webchat.Unsayable) -> Problem:
    match why.fault:
        case "too_long":
            return Problem(413, "Message too long", f"at most {webchat.LONGEST_TEXT:,} characters in one message")
        case "blank":
            return Problem(422, "Blank message", "text has no visible character")
        case "unstorable":
            return Problem(422, "Unprocessable content", "text has NUL or lone surrogates")
        case _:
            assert_never(why.fault)


@router.get("/conversations/{conversation_id}/messages")
async def read(
    who: VisitorDep, services: ServicesDep, after: Annotated[int, Query(ge=0, le=LARGEST_SEQUENCE)] = 0
) -> Thread:
    """The messages after a sequence, oldest first. A long thread comes in parts: ask again after the last."""
    messages = await services.crowd.read(who.municipality_id, who.conversation_id, after=after)
    if messages is None:  # deleted since the token was looked at
        raise refused()
    return Thread(messages=[MessageOut.model_validate(message) for message in messages])


async def room_to_listen(who: VisitorDep, all_streams: Annotated[Streams, Depends(streams)]) -> Streams:
    """429 when a conversation is listened to from too many tabs; those can still read by polling."""
    if not all_streams.may_open(who.conversation_id):
        raise Problem(429, "Too many streams", "read with ?after= instead", headers={"Retry-After": "30"})
    return all_streams


@router.get("/conversations/{conversation_id}/events", response_class=EventSourceResponse)
async def listen(
    who: VisitorDep, services: ServicesDep, all_streams: Annotated[Streams, Depends(room_to_listen)],
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """The messages after `Last-Event-ID` as server-sent events, for as long as the reader stays."""
    known = last_event_id or ""
    after = int(known) if known.isascii() and known.isdecimal() and len(known) < 10 else 0
    # Something goes out at once: a proxy that holds the stream back is noticed by the reader.
    yield ServerSentEvent(comment="listening", retry=RETRY_MILLISECONDS)
    async for message in all_streams.follow(services, who.municipality_id, who.conversation_id, after=after):
        data = MessageOut.model_validate(message).model_dump(mode="json", by_alias=True)
        yield ServerSentEvent(event="message", id=str(message["sequence"]), data=data)
