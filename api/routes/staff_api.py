"""The staff JSON API of the contract: list tickets, open one, answer. Shapes only; what is allowed the desk decides."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ServicesDep
from api.errors import Problem
from api.session import require
from handoff.desk import answers
from handoff.desk.access import NotYours, OnlyAsked, Unnamed, open_for, record_refusal
from handoff.desk.files import FileLine
from handoff.desk.queue import Filters, Status, TicketLine, list_for
from handoff.desk.staff import SignedIn
from handoff.desk.thread import ThreadMessage, look
from handoff.desk.threshold import for_reader, listed
from handoff.desk.veil import of_reporter, veiled
from knowledge.schema import Urgency

router = APIRouter(prefix="/api/staff", tags=["staff"])

Reader = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin", scope="tickets:read"))]
Writer = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin", scope="replies:write"))]
WindowId = Annotated[str, Query(pattern=r"^[a-z][a-z0-9_.]{0,79}$", description="full id, such as taiki.fukushi")]


class TicketOut(BaseModel):
    """A ticket in the list. windows: full ids, the main one first, those of other bodies that may not open it last; summary: next step, deadline, first words."""

    number: str
    municipality: str
    windows: list[str]
    coordinator: bool
    urgency: str
    fields: list[str]
    patterns: list[str]
    status: str
    summary: str
    conversation: UUID

    @classmethod
    def of(cls, line: TicketLine) -> Self:
        return cls(**_shared(line))


class FileOut(BaseModel):
    """What came with a message. status: waiting | working | kept | failed | erased | withheld; href: of what is kept."""

    kind: str
    status: str
    media_type: str | None
    size: int
    scan: str
    href: str | None


class MessageOut(BaseModel):
    """One message of the conversation, in the shape of the web chat, with what came with it."""

    sequence: int
    sender: str = Field(alias="from")
    text: str
    choices: list[dict[str, Any]]
    cards: list[dict[str, Any]]
    at: datetime
    file: FileOut | None

    @classmethod
    def of(cls, message: ThreadMessage, number: str) -> Self:
        return cls.model_validate({
            "file": _file(message.file, number) if message.file else None, "sequence": message.sequence, "from": message.sender, "text": message.text, "at": message.at,
            "choices": [dict(choice) for choice in message.choices], "cards": [dict(card) for card in message.cards],
        })


def _file(file: FileLine, number: str) -> FileOut:
    href = f"/staff/tickets/{number}/files/{file.id}" if file.status == "kept" else None
    return FileOut(
        kind=file.kind, status=file.status, media_type=file.media_type, size=file.size, scan=file.scan, href=href
    )


class TicketWithMessages(TicketOut):
    """A ticket opened, with its conversation."""

    messages: list[MessageOut]


class TicketList(BaseModel):
    tickets: list[TicketOut]


class ReplyIn(BaseModel):
    """An answer to the resident."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str


class ReplyTaken(BaseModel):
    """The answer is stored and on its way. sequence: its place in the conversation."""

    sequence: int


def _shared(line: TicketLine) -> dict[str, Any]:
    return {
        "number": line.number, "municipality": line.municipality_id, "windows": [*line.windows, *line.named],
        "coordinator": line.coordinator, "urgency": line.urgency, "fields": list(line.fields),
        "patterns": list(line.patterns), "status": line.status, "summary": line.line,
        "conversation": line.conversation_id,
    }


def chosen(
    window: WindowId | None = None, mine: bool = False, unassigned: bool = False, coordinator: bool = False,
    urgency: Urgency | None = None, status: Status = "all", limit: Annotated[int, Query(ge=1, le=500)] = 200,
    skip: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Filters:
    """The filters of the list, from the query."""
    return Filters(
        window=window, mine=mine, unassigned=unassigned, coordinator=coordinator, urgency=urgency, status=status,
        limit=limit, skip=skip,
    )


@router.get("/tickets")
async def tickets(
    staff: Reader, services: ServicesDep, filters: Annotated[Filters, Depends(chosen)]
) -> TicketList:
    """Tickets that you may see: not yet resolved first, then by urgency and deadline.

    A restricted one that is only offered to you, or that a colleague took down, says no fields and no patterns.
    """
    async with services.store.reading(staff.municipality_id) as session:
        lines = await for_reader(session, staff, await list_for(session, staff, filters), waiting=True)
        lines = await veiled(session, lines)
    return TicketList(tickets=[TicketOut.of(line) for line in lines])


@router.get("/tickets/{number}")
async def ticket(number: str, staff: Reader, services: ServicesDep) -> TicketWithMessages:
    """Open a ticket with its conversation; recorded. 404 when it is not yours to see.

    A restricted one that is only offered to you, or that a colleague took down, gives no messages, no fields and no patterns.
    One that waits for your window in nobody's hand is read, on record: another system has no door at which to take it.
    """
    try:
        async with services.store.town(staff.municipality_id) as session:
            await open_for(session, staff, number, now=services.clock(), waiting=True)
        async with services.store.reading(staff.municipality_id) as session:
            found = await look(session, staff, number)
            found = (await of_reporter(session, found.ticket)).through(found)
    except Unnamed:
        async with services.store.reading(staff.municipality_id) as session:
            return TicketWithMessages(**_shared(await listed(session, staff, number)), messages=[])
    except NotYours:
        raise await _refused(services, staff, number) from None
    return TicketWithMessages(
        **_shared(found.ticket), messages=[MessageOut.of(message, number) for message in found.messages]
    )


@router.post("/tickets/{number}/replies", status_code=202)
async def reply(number: str, body: ReplyIn, staff: Writer, services: ServicesDep) -> ReplyTaken:
    """Answer the resident on the channel they came by. 404 when it is not yours, 409 when it is resolved."""
    try:
        async with services.store.town(staff.municipality_id) as session:
            message = await answers.reply(session, staff, number, text=body.text, now=services.clock())
            sequence = message.sequence
    except NotYours:
        raise await _refused(services, staff, number) from None
    except answers.BadText as why:
        raise Problem(422, "Unprocessable content", str(why)) from None
    except OnlyAsked:
        raise Problem(409, "Ticket is only offered to you", "answer the offer in the console first") from None
    except answers.SendsNothing:
        raise Problem(409, "They spoke to staff", "telephone, and note the call in the console") from None
    except answers.Resolved:
        raise Problem(409, "Ticket is resolved", "it takes no more answers") from None
    return ReplyTaken(sequence=sequence)


async def _refused(services: ServicesDep, staff: SignedIn, number: str) -> Problem:
    """404, the same for a ticket of others and for none at all; the attempt is recorded."""
    await record_refusal(services.store, staff, number, now=services.clock())
    return Problem(404, "No such ticket")
