"""Files over HTTP: taken in as a raw body that is bounded while it comes, handed out as downloads that nothing runs in.

The name comes percent-encoded in a header, for an address would stand in logs. No form: its parser lays large parts on the
disk in clear. What is stored and who may read it, others know.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import unquote

from fastapi import Header, Request, Response

from api.errors import Problem
from handoff.intake import upload
from handoff.intake.sniffing import MEBIBYTE, Unfit

BODY: Final[dict[str, Any]] = {"requestBody": {"required": True, "content": {
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
}}}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin",
}
TOO_LARGE = "1つ{most}MBまで送れます。写真を小さくするか、分けて送ってください / at most {most} MB each"
FileName = Annotated[str | None, Header(alias="x-file-name")]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What has come in. kind: image | file; name: what its sender calls it, for screens only."""

    data: bytes
    kind: str
    name: str | None


async def uploaded(request: Request, name: str | None) -> Uploaded:
    """Read it. Problem 413 as soon as it is too much, 422 when it is empty, 415 for what is neither photo nor PDF."""
    data = await _body(request)
    return Uploaded(data, _kind(data), name_of(name))


async def _body(request: Request) -> bytes:
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


def name_of(header: str | None) -> str | None:
    """The name in the header, without folders and control characters."""
    return upload.called(unquote(header or "", errors="replace"))


def handed_out(body: bytes, media_type: str, name: str, *, inline: bool = False) -> Response:
    """Never a page of ours. name: ASCII, of our own making."""
    way = "inline" if inline else "attachment"
    return Response(body, media_type=media_type, headers={**HEADERS, "Content-Disposition": f'{way}; filename="{name}"'})
