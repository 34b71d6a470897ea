"""Photos and PDFs in the web chat, under the conversation's token: those of the resident in, those of staff out.

LINE's own browser saves no file: for it there is a way into the device's own.

What is stored, `handoff.intake.upload` knows; what staff have sent, `handoff.intake.enclosed`.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status
from pydantic import BaseModel

from api.deps import ServicesDep
from api.errors import Problem
from api.files import BODY, FileName, handed_out, uploaded
from api.routes.chat import Accepted, LimitsDep, VisitorDep, own_origin, refused
from handoff.intake import enclosed, entrance, upload


class Way(BaseModel):
    """url: of this town, with a code that opens once, within a day."""

    url: str


router = APIRouter(prefix="/api/chat", tags=["web chat"], dependencies=[Depends(own_origin)])


@router.post("/conversations/{conversation_id}/files", status_code=status.HTTP_202_ACCEPTED, openapi_extra=BODY)
async def send_file(
    request: Request, who: VisitorDep, services: ServicesDep, counters: LimitsDep,
    client_message_id: Annotated[UUID, Query()], x_file_name: FileName = None,
) -> Accepted:
    """Take a photo (JPEG, PNG, WebP, GIF) or PDF in: 202 once it is stored for good. The same id again → the same answer."""
    await counters.sending_file(request, who.conversation_id)
    file = await uploaded(request, x_file_name)
    async with services.store.town(who.municipality_id) as session:
        try:
            sequence = await upload.accept(
                session, who.conversation_id, data=file.data, kind=file.kind, name=file.name,
                client_message_id=str(client_message_id), keys=services.store.keys, now=services.clock(),
            )
        except LookupError:  # deleted since the token was looked at
            raise refused() from None
    return Accepted(sequence=sequence)


@router.get(
    "/conversations/{conversation_id}/files/{file_id}", response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def fetch_file(
    request: Request, file_id: UUID, who: VisitorDep, services: ServicesDep, counters: LimitsDep
) -> Response:
    """A file that staff sent in this conversation, as a download. 404 for any other, and for one that was taken back."""
    await counters.fetching_file(request, who.conversation_id)
    async with services.store.reading(who.municipality_id) as session:
        found = await enclosed.read(session, who.conversation_id, file_id)
    if found is None:
        raise Problem(404, "No such file", "このファイルは、もうありません / this file is not there any more")
    return handed_out(found.body, found.media_type, found.name)


@router.post("/conversations/{conversation_id}/outside", status_code=status.HTTP_201_CREATED)
async def way_outside(request: Request, who: VisitorDep, services: ServicesDep, counters: LimitsDep) -> Way:
    """The same conversation in the device's own browser, where a file can be saved; the page here is shut out by it."""
    await counters.fetching_file(request, who.conversation_id)
    async with services.store.town(who.municipality_id) as session:
        try:
            return Way(url=await entrance.way_outside(session, who.conversation_id, now=services.clock()))
        except LookupError:
            raise refused() from None
