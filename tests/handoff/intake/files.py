"""Files as people send them, made here."""

import base64
import io
import zipfile
import zlib

import pikepdf
from PIL import Image

from handoff.intake.imprint import bared

SECRET = "35.3606N 138.7274E"


def photo(*, size: tuple[int, int] = (1200, 800), form: str = "JPEG") -> bytes:
    """A photo that says where it was taken, in every place where a file may say it."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif[0x0112] = 6  # taken upright: to be turned by a quarter
    exif.get_ifd(0x8825)[2] = (35.0, 21.0, 38.2)
    out = io.BytesIO()
    more = {"comment": SECRET.encode()} if form == "JPEG" else {}
    image.save(out, form, exif=exif, **more)
    return out.getvalue()


def packed(*names: str) -> bytes:
    """A zip with files of these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return out.getvalue()


def bomb(side: int = 40_000) -> bytes:
    """A picture of a few bytes that claims side × side pixels."""
    out = io.BytesIO()
    Image.new("1", (16, 16)).save(out, "PNG")
    data = bytearray(out.getvalue())
    data[16:24] = side.to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


def paper() -> bytes:
    """A PDF of one blank page that says nothing of its writer: cleaned, it is the same again."""
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.save(out)
    return bared(out.getvalue(), "application/pdf").body


VOICE = b"\x00\x00\x00\x1cftypM4A \x00\x00\x00\x00M4A mp42isom" + b"\0" * 500
OPUS = b"OggS\x00\x02" + b"\0" * 20 + b"\x01\x13OpusHead\x01\x01" + b"\0" * 50
VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\0" * 500
PDF = paper()
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PROGRAM = b"MZ\x90\x00" + b"\0" * 300
DOCX = packed("[Content_Types].xml", "_rels/.rels", "word/document.xml")
MACROS = packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAaFtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAAAERAAAIA"
    "AQAAAAABxQABAAAAAAAAAFEAAgAAAAACFgABAAAAAAAAAEQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlm"
    "AAAAAA5waXRtAAAAAAABAAAA4GlwcnAAAADAaXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroC"
    "QGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoDyBRZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAA"
    "AAAAAAB4AAAAUAAAABBwaXhpAAAAAAMICAgAAAAJaXJvdAMAAAAYaXBtYQAAAAAAAAABAAEFgQIDBIUAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAJ1t"
    "ZGF0AAAATSgBrwngI77RIeZ+ZkbvCVuj8d37Dc2sBYKr9p457pchNqzN302WAMcJymcBglpSfjazbr9Fw0WUMd1LaqE+J30+6c5os8OXWCAkoATkAAAABkV4"
    "aWYAAE1NACoAAAAIAAIBDgACAAAAEwAAACYBEgADAAAAAQAGAAAAAAAAMzUuMzYwNk4gMTM4LjcyNzRFAAA="
)
"""An iPhone's photo, 80 × 120 once it stands upright, that says `SECRET` (made with pillow-heif 1.8: we carry no encoder)."""
