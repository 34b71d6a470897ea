"""What a file is, by its bytes: what it was sent as opens no door."""

import pytest

from handoff.intake.sniffing import Unfit, media_type
from tests.handoff.intake import files

OOXML = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(("data", "kind", "found"), [
    (files.photo(), "image", "image/jpeg"), (files.photo(form="PNG"), "image", "image/png"),
    (files.photo(form="WEBP"), "file", "image/webp"), (files.VOICE, "audio", "audio/mp4"),
    (files.HEIC, "image", "image/heic"), (files.HEIC, "file", "image/heic"), (files.photo(form="AVIF"), "file", "image/avif"),
    (files.OPUS, "audio", "audio/ogg"), (files.VIDEO, "video", "video/mp4"), (files.PDF, "file", "application/pdf"),
    (files.DOCX, "file", OOXML), ("水道の紙です\r\nまえの分".encode("cp932"), "file", "text/plain"),
    ("家賃の手紙".encode(), "file", "text/plain"), (b"#!AMR\n" + b"\0" * 30, "audio", "audio/amr"),
])
def test_what_people_send(data: bytes, kind: str, found: str) -> None:
    assert media_type(data, kind=kind) == found


@pytest.mark.parametrize(("data", "kind"), [
    (files.HTML, "file"), (files.SVG, "file"), (files.SVG, "image"), (files.PROGRAM, "file"), (files.MACROS, "file"),
    (files.packed("a.txt"), "file"), (files.packed("[Content_Types].xml", "a.exe"), "file"), (b"\0" * 64, "file"),
    (files.PDF, "image"), (files.PDF, "audio"), (files.VIDEO, "image"), (files.VOICE, "image"), (files.HEIC, "video"), (b"PK\x03\x04", "file"),
    (b"<svg onload=alert(1)>", "file"), (b"  <script>alert(1)</script>", "file"), (b"   ", "file"),
])
def test_what_is_not_taken(data: bytes, kind: str) -> None:
    with pytest.raises(Unfit) as refusal:
        media_type(data, kind=kind)
    assert refusal.value.code == "type"
