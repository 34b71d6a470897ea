"""Papers that say who made them in every place where a paper may say it, made here."""

import io
import zipfile

import openpyxl
import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

from tests.handoff.intake import files

AUTHOR = "Shirabe Tsukasa"
_RELATION = "http://schemas.openxmlformats.org/package/2006/relationships"
_CORE = f"{_RELATION}/metadata/core-properties"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(*, within: bool = False, **more: object) -> bytes:
    """One page with a photo and a form field's script. within: with a file in it, and one clipped onto the page."""
    paper = pikepdf.new()
    paper.add_blank_page()
    page = paper.pages[0].obj
    picture = Stream(paper, files.photo(size=(60, 40)), Subtype=Name.Image, Type=Name.XObject, Width=60, Height=40)
    picture.Filter, picture.ColorSpace, picture.BitsPerComponent = Name.DCTDecode, Name.DeviceRGB, 8
    page.Resources = Dictionary(XObject=Dictionary(Photo=picture))
    page.Contents = Stream(paper, b"BT (kept) Tj ET /Photo Do")
    page.PieceInfo = Dictionary(Writer=Dictionary(Private=String(AUTHOR)))
    remark = Dictionary(Type=Name.Annot, Subtype=Name.Text, Contents=String("a remark"), T=String("who remarks"), Rect=[0, 0, 9, 9])
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, A=Dictionary(S=Name.JavaScript, JS=String("app.alert()")), Rect=[0, 0, 9, 9])
    page.Annots = Array([paper.make_indirect(remark), paper.make_indirect(link)])
    page.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String("app.alert()")))
    paper.docinfo["/Author"] = AUTHOR
    with paper.open_metadata(set_pikepdf_as_editor=False) as about:
        about["dc:creator"] = [AUTHOR]
    paper.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert()"))
    paper.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), Dictionary(S=Name.JavaScript, JS=String("app.alert()"))])))
    if within:
        paper.attachments["list.xlsx"] = AUTHOR.encode()
        clip = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, FS=paper.attachments["list.xlsx"].obj, Rect=[0, 0, 9, 9])
        page.Annots.append(paper.make_indirect(clip))
    out = io.BytesIO()
    paper.save(out, compress_streams=False, **more)  # type: ignore[arg-type]
    return out.getvalue()


def locked_pdf() -> bytes:
    """A PDF that asks for a password."""
    return pdf(encryption=pikepdf.Encryption(owner="o", user="u"))


def guarded_pdf() -> bytes:
    """A PDF that anybody reads and nobody may change."""
    return pdf(encryption=pikepdf.Encryption(owner="o", user=""))


def signed_pdf() -> bytes:
    """A PDF with a signature in a form field."""
    paper = pikepdf.open(io.BytesIO(pdf()))
    value = Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), Contents=String("x" * 40))
    field = paper.make_indirect(Dictionary(FT=Name.Sig, T=String("Signature1"), V=paper.make_indirect(value)))
    paper.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def docx(*, core: str = "docProps/core.xml", relation: str = _CORE, flags: int = 0) -> bytes:
    """A Word paper. core: where its properties lie: programs differ."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{core}" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
        "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{_RELATION}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="rId2" Type="{relation}" Target="/{core}"/></Relationships>',
        core: f"<creator>{AUTHOR}</creator>",
        "docProps/custom.xml": f"<p>{AUTHOR}</p>",
        "word/document.xml": "<w>kept &amp; whole</w>",
        "word/comments.xml": "<c author='who remarks'/>",
        "word/media/image1.jpeg": files.photo(size=(60, 40)),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = AUTHOR.encode()
        for name, body in parts.items():
            archive.writestr(name, body)
    data = bytearray(out.getvalue())
    if flags:
        data[data.index(b"PK\x01\x02") + 8] |= flags
    return bytes(data)


def signed_docx() -> bytes:
    """A Word paper with a signature of its own."""
    return docx(core="_xmlsignatures/origin.sigs", relation=f"{_RELATION}/digital-signature/origin")


def xlsx() -> bytes:
    """An Excel paper as openpyxl makes it, with the place where Excel notes it was saved."""
    book = openpyxl.Workbook()
    book.properties.creator = AUTHOR
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "kept"
    made = io.BytesIO()
    book.save(made)
    out = io.BytesIO()
    with zipfile.ZipFile(made) as read, zipfile.ZipFile(out, "w") as archive:
        for name in read.namelist():
            body = read.read(name)
            if name == "xl/workbook.xml":
                where = f'<x15ac:absPath xmlns:x15ac="x" url="C:\\Users\\{AUTHOR}\\"/></workbook>'
                body = body.replace(b"</workbook>", where.encode())
            archive.writestr(name, body)
    return out.getvalue()
