"""Papers are kept without what they say of who made them; what cannot be cleaned is as it came and says so."""

import io
import time
import zipfile
from typing import cast

import openpyxl
import pikepdf
import pytest

from handoff.intake.imprint import bared, has_imprint, photo
from handoff.intake.sniffing import PAPERS, PDF, media_type
from tests.handoff.intake import files, leaving

DOCX, XLSX = (next(kind for kind, ending in PAPERS.items() if ending == wanted) for wanted in ("docx", "xlsx"))


def _all_of(data: bytes) -> bytes:
    """Everything that a paper says anywhere, unpacked."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.comment + b"".join(name.encode() + archive.read(name) for name in archive.namelist())
    with pikepdf.open(io.BytesIO(data)) as paper:
        plain = io.BytesIO()
        decoded = pikepdf.StreamDecodeLevel.generalized
        paper.save(plain, compress_streams=False, stream_decode_level=decoded, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        return plain.getvalue()


def test_a_pdf_says_nothing_of_its_writer() -> None:
    came = leaving.pdf()
    assert leaving.AUTHOR.encode() in _all_of(came)
    kept = bared(came, PDF)
    said = _all_of(kept.body)
    assert kept.state == "none"
    for trace in (leaving.AUTHOR, files.SECRET, "JavaScript", "app.alert", "/Info", "/Metadata", "/PieceInfo"):
        assert trace.encode() not in said, trace
    for content in ("(kept) Tj", "a remark", "who remarks"):
        assert content.encode() in said, content


def test_the_photo_in_it_is_shown_as_before() -> None:
    with pikepdf.open(io.BytesIO(leaving.pdf())) as came, pikepdf.open(io.BytesIO(bared(leaving.pdf(), PDF).body)) as kept:
        before, after = (pikepdf.PdfImage(cast(pikepdf.Stream, one.pages[0].Resources.XObject.Photo)).as_pil_image() for one in (came, kept))
    assert before.tobytes() == after.tobytes()


def test_files_within_it_go_and_that_is_said() -> None:
    kept = bared(leaving.pdf(within=True), PDF)
    assert kept.state == "emptied"
    assert leaving.AUTHOR.encode() not in _all_of(kept.body)
    assert b"list.xlsx" not in _all_of(kept.body)


def test_an_earlier_version_goes_with_it() -> None:
    """Programs append what was changed; the writer before still stands in front."""
    came = leaving.pdf()
    appended = came + b"\n1000 0 obj\n<< /Nothing (Former Writer) >>\nendobj\n" + came[came.rindex(b"startxref"):]
    assert b"Former Writer" not in _all_of(bared(appended, PDF).body)


@pytest.mark.parametrize(("data", "state"), [
    (leaving.locked_pdf(), "locked"), (leaving.guarded_pdf(), "locked"), (leaving.signed_pdf(), "signed"), (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF", "broken"),
    (b"%PDF-1.7\n" + b"<<" * 5_000, "broken"),
], ids=["password", "not to be changed", "signed", "no pages", "deep"])
def test_a_pdf_that_stays_as_it_came(data: bytes, state: str) -> None:
    kept = bared(data, PDF)
    assert (kept.body, kept.state) == (data, state)


@pytest.mark.parametrize("core", ["docProps/core.xml", "package/services/metadata/core-properties/8f.psmdcp"])
def test_a_word_paper_says_nothing_of_its_writer(core: str) -> None:
    came = leaving.docx(core=core)
    assert leaving.AUTHOR.encode() in _all_of(came)
    kept = bared(came, DOCX)
    said = _all_of(kept.body)
    assert kept.state == "none"
    for trace in (leaving.AUTHOR, files.SECRET, "docProps", core):
        assert trace.encode() not in said, trace
    for content in ("kept &amp; whole", "who remarks", "word/document.xml"):
        assert content.encode() in said, content
    assert media_type(kept.body, kind="file") == DOCX


def test_an_excel_paper_opens_as_before() -> None:
    kept = bared(leaving.xlsx(), XLSX)
    assert leaving.AUTHOR.encode() not in _all_of(kept.body)
    sheet = openpyxl.load_workbook(io.BytesIO(kept.body)).active
    assert sheet is not None
    assert sheet["A1"].value == "kept"


ENTITY = b'<!DOCTYPE x [<!ENTITY a "b">]><Relationships>&a;</Relationships>'


def _with(name: str, body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(leaving.docx())) as read, zipfile.ZipFile(out, "w") as archive:
        for one in read.namelist():
            archive.writestr(one, body if one == name else read.read(one))
    return out.getvalue()


@pytest.mark.parametrize(("data", "state"), [
    (leaving.docx(flags=1), "locked"), (leaving.signed_docx(), "signed"), (_with("_rels/.rels", ENTITY), "broken"),
    (_with("_rels/.rels", b"no xml"), "broken"), (leaving.docx()[:-40], "broken"),
], ids=["password", "signed", "entity", "no xml", "cut"])
def test_an_office_paper_that_stays_as_it_came(data: bytes, state: str) -> None:
    kept = bared(data, DOCX)
    assert (kept.body, kept.state) == (data, state)


def test_a_paper_that_unpacks_to_too_much_stays() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"word/{number}.xml", bytes(50 * 1024 * 1024))
    began = time.perf_counter()
    assert bared(out.getvalue(), DOCX).state == "broken"
    assert time.perf_counter() - began < 1  # it was not unpacked to find out


def test_a_photo_keeps_its_pixels_and_loses_its_place() -> None:
    for form in ("JPEG", "PNG"):
        assert files.SECRET.encode() not in photo.bared(files.photo(size=(60, 40), form=form))
    assert photo.bared(b"\xff\xd8\xff\xe1") == b"\xff\xd8\xff\xe1"
    assert photo.bared(b"GIF89a") == b"GIF89a"


def test_which_papers_have_one() -> None:
    assert not has_imprint("text/plain")
    assert not has_imprint("image/jpeg")
    assert {kind for kind in PAPERS if has_imprint(kind)} == PAPERS.keys() - {"text/plain"}
