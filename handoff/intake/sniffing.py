"""What a file is, by its bytes alone: what it was called or declared as is never believed. Pure.

Only what people send to a town hall is taken: pictures, voices, videos, PDF, plain text and Office papers without
macros. Web pages, drawings with scripts, programs and archives are not.
"""

import io
import zipfile

import puremagic

MEBIBYTE = 1024 * 1024
MOST_BYTES = {"image": 12 * MEBIBYTE, "audio": 20 * MEBIBYTE, "video": 60 * MEBIBYTE, "file": 20 * MEBIBYTE}
"""By what it was sent as. LINE takes pictures up to 10 MB; a voice of ten minutes is about 5 MB."""

PICTURES = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "image/heic": "heic", "image/avif": "avif",
}
PDF = "application/pdf"
_AUDIO = {"audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/wav": "wav", "audio/amr": "amr", "audio/mp4": "m4a"}
_VIDEO = {"video/mp4": "mp4", "video/3gpp": "3gp", "video/quicktime": "mov", "video/webm": "webm"}
_OOXML = "application/vnd.openxmlformats-officedocument."
PAPERS = {
    PDF: "pdf", "text/plain": "txt", f"{_OOXML}wordprocessingml.document": "docx",
    f"{_OOXML}spreadsheetml.sheet": "xlsx", f"{_OOXML}presentationml.presentation": "pptx",
}
EXTENSIONS = {**PICTURES, **_AUDIO, **_VIDEO, **PAPERS}
_FITTING = {
    "image": frozenset(PICTURES), "audio": frozenset(_AUDIO), "video": frozenset(_VIDEO), "file": frozenset(EXTENSIONS),
}
_OTHER_NAMES = {"application/ogg": "audio/ogg", "audio/wave": "audio/wav", "audio/x-wav": "audio/wav"}
_FOLDERS = {"word/": "wordprocessingml.document", "xl/": "spreadsheetml.sheet", "ppt/": "presentationml.presentation"}
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1"), "image/heic"), **dict.fromkeys((b"avif", b"avis"), "image/avif"),
}
"""Photos of telephones in the container of videos; taken for a video they would keep the place where they were taken."""
_MARKUP = ("html", "svg", "xml")
_MOST_ENTRIES = 2_000
_HEAD = 64 * 1024


class Unfit(Exception):
    """Bytes that are not kept. code: type | unreadable_image | bomb | infected; a short word, never content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def media_type(data: bytes, *, kind: str) -> str:
    """The type of bytes that were sent as `kind`. Unfit("type") for what is not taken as such."""
    found = _sniffed(data)
    if kind == "audio" and found == "video/mp4":
        found = "audio/mp4"  # one container; LINE's voices come in it
    if found is None or found not in _FITTING[kind]:
        raise Unfit("type")
    return found


def _sniffed(data: bytes) -> str | None:
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    if data[4:8] == b"ftyp" and data[8:12] in _BRANDS:
        return _BRANDS[data[8:12]]
    if data.startswith(b"#!AMR"):
        return "audio/amr"
    try:
        guesses = [guess.mime_type for guess in puremagic.magic_string(data[:_HEAD])]
    except (puremagic.PureError, ValueError):
        return "text/plain" if _is_text(data) else None
    names = [_OTHER_NAMES.get(guess, guess) for guess in guesses if guess]
    if any(mark in name for name in names for mark in _MARKUP):
        return None
    known = next((name for name in names if name in EXTENSIONS), None)
    return None if known == PDF and not data.startswith(b"%PDF-") else known


def _office(data: bytes) -> str | None:
    """The Office paper that a zip is; None for any other archive, and for one with macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    if len(names) > _MOST_ENTRIES or "[Content_Types].xml" not in names:
        return None
    if any(name.lower().endswith((".bin", ".exe", ".js", ".vbs")) and "printersettings" not in name.lower() for name in names):
        return None
    kind = next((kind for folder, kind in _FOLDERS.items() if any(name.startswith(folder) for name in names)), None)
    return f"{_OOXML}{kind}" if kind else None


def _is_text(data: bytes) -> bool:
    """Words in UTF-8 or Shift_JIS, without control characters and without anything that looks like markup."""
    for encoding in ("utf-8", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        plain = all(character >= " " or character in "\r\n\t" for character in text)
        return plain and "<" not in text[:1_000].lstrip()[:1] and bool(text.strip())
    return False
