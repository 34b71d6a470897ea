"""PDF without its imprint: information, XMP, scripts, files within, earlier versions, photos' places. Pure.

Words, pictures, marks and remarks on the pages stay, a remark's writer too: that is what somebody says in it.
"""

import io
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from handoff.intake.imprint import Bared, Stays, photo

MOST_OBJECTS = 50_000
"""Looked through in some two seconds; a form has a few thousand."""
_OF_PROGRAMS = ("/Metadata", "/PieceInfo", "/LastModified", "/AA", "/AF", "/XFA", "/EF")
"""Keys of any object that programs fill in or run; pages are shown without them."""
_OF_ROOT = ("/OpenAction", "/Perms", "/DSS", "/SpiderInfo", "/Threads")
_OF_NAMES = ("/EmbeddedFiles", "/JavaScript")
_ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/Sound", "/Movie"}


def bared(data: bytes) -> Bared:
    """The paper as its pages show it. Stays."""
    try:
        with Pdf.open(io.BytesIO(data), attempt_recovery=True) as paper:
            return _rewritten(paper)
    except pikepdf.PasswordError:
        raise Stays("locked") from None
    except (pikepdf.PdfError, pikepdf.DataDecodingError, ValueError, TypeError, KeyError, RuntimeError, MemoryError, RecursionError):
        raise Stays("broken") from None


def _rewritten(paper: Pdf) -> Bared:
    if paper.is_encrypted:
        raise Stays("locked")
    if not len(paper.pages) or len(paper.objects) > MOST_OBJECTS:
        raise Stays("broken")
    if any(_is(one, "/Type", "/Sig") or (_is(one, "/FT", "/Sig") and "/V" in one) for one in _dictionaries(paper)):
        raise Stays("signed")
    if "/Collection" in paper.Root:  # a folder whose papers lie within it: emptied, nothing would be left
        raise Stays("broken")
    held = _empty(paper)
    out = io.BytesIO()
    paper.save(out, linearize=False, deterministic_id=True, fix_metadata_version=False)  # only what is reachable
    return Bared(out.getvalue(), "emptied" if held else "none")


def _empty(paper: Pdf) -> bool:
    """Take everything out of it; whether files lay within."""
    held = len(paper.attachments) > 0
    for key in _OF_ROOT:
        _drop(paper.Root, key)
    names = paper.Root.get("/Names")
    if isinstance(names, Dictionary):
        for key in _OF_NAMES:
            _drop(names, key)
    for one in _dictionaries(paper):
        for key in _OF_PROGRAMS:
            _drop(one, key)
        if _is(one.get("/A"), "/S", *_ACTIONS):
            _drop(one, "/A")
        if _is(one, "/S", *_ACTIONS):
            for key in ("/JS", "/F", "/Next"):
                _drop(one, key)
        held = _without_clips(one) or held
        _strip_photo(one)
    _drop(paper.trailer, "/Info")
    return held


def _dictionaries(paper: Pdf) -> Iterator[Object]:
    """Every dictionary there is, streams' and those within others too."""
    for one in paper.objects:
        yield from _within(one, depth=0)


def _within(one: Object, *, depth: int) -> Iterator[Object]:
    if depth > 50:
        return
    if isinstance(one, Dictionary | Stream):
        yield one
        inner = [value for value in one.values() if isinstance(value, Object) and not value.is_indirect]
    elif isinstance(one, Array):
        inner = [value for value in list(one) if isinstance(value, Object) and not value.is_indirect]
    else:
        return
    for value in inner:
        yield from _within(value, depth=depth + 1)


def _is(one: object, key: str, *values: str) -> bool:
    return isinstance(one, Dictionary | Stream) and str(one.get(key, "")) in values


def _drop(one: Object, key: str) -> None:
    if key in one:
        del one[key]


def _without_clips(page: Object) -> bool:
    """A page without the files that were clipped onto it; whether there were any."""
    marks = page.get("/Annots") if _is(page, "/Type", "/Page") else None
    if not isinstance(marks, Array):
        return False
    kept = [mark for mark in list(marks) if not _is(mark, "/Subtype", "/FileAttachment")]
    if len(kept) == len(marks):
        return False
    page[Name.Annots] = Array(kept)
    return True


def _strip_photo(one: Object) -> None:
    """A JPEG lies in a PDF as the telephone wrote it."""
    if not isinstance(one, Stream) or one.get("/Filter") not in (Name.DCTDecode, Array([Name.DCTDecode])):
        return
    how = one.get("/DecodeParms")
    bare = photo.bared(one.read_raw_bytes())
    one.write(bare, filter=Name.DCTDecode, decode_parms=how if isinstance(how, Dictionary | Array) else None)
