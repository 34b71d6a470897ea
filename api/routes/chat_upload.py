"""A photo or PDF from the web chat: the raw body, bounded while it comes in, under the conversation's token.

The name comes percent-encoded in a header, for an address would stand in logs. What is stored, `handoff.intake.upload` knows.
"""

from typing import Annotated
from urllib.parse import unquote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, status

from api.deps import ServicesDep
from api.errors import Problem
from api.routes.chat import Accepted, LimitsDep, VisitorDep, own_origin, refused
from bots.raw import storable
from handoff.intake import upload
from handoff.intake.sniffing import MEBIBYTE, Unfit

router = APIRouter(prefix="/api/chat", tags=["web chat"], dependencies=[Depends(own_origin)])
BODY = {"requestBody": {"required": True, "content": {
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
}}}
TOO_LARGE = "1つ{most}MBまで送れます。写真を小さくするか、分けて送ってください / at most {most} MB each"


@router.post("/conversations/{conversation_id}/files", status_code=status.HTTP_202_ACCEPTED, openapi_extra=BODY)
async def send_file(
    request: Request, who: VisitorDep, services: ServicesDep, counters: LimitsDep,
    client_message_id: Annotated[UUID, Query()], x_file_name: Annotated[str | None, Header()] = None,
) -> Accepted:
    """Take a photo (JPEG, PNG, WebP, GIF) or PDF in: 202 once it is stored for good. The same id again → the same answer."""
    await counters.sending_file(request, who.conversation_id)
    data = await _body(request)
    kind = _kind(data)
    async with services.store.town(who.municipality_id) as session:
        try:
            sequence = await upload.accept(
                session, who.conversation_id, data=data, kind=kind, name=_name(x_file_name),
                client_message_id=str(client_message_id), keys=services.store.keys, now=services.clock(),
            )
        except LookupError:  # deleted since the token was looked at
            raise refused() from None
    return Accepted(sequence=sequence)


async def _body(request: Request) -> bytes:
    """All of it, or 413 as soon as it is too much."""
    too_large = Problem(413, "File too large", TOO_LARGE.format(most=upload.LONGEST // MEBIBYTE))
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared) > upload.LONGEST:
        raise too_large
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > upload.LONGEST:
            raise too_large
    return bytes(body)


def _kind(data: bytes) -> str:
    if not data:
        raise Problem(422, "Empty file", "中身のないファイルです。もう一度えらんでください / choose another file")
    try:
        return upload.kind_of(data)
    except Unfit:
        detail = "写真（JPEG・PNG・WebP・GIF）かPDFを送れます / send a photo or a PDF"
        raise Problem(415, "Unsupported file", detail) from None


def _name(header: str | None) -> str | None:
    """What the resident calls it, without folders and control characters; for the staff's screen only."""
    name = storable(unquote(header or "", errors="replace")).replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in name if character.isprintable()).strip() or None
