"""Word, Excel and PowerPoint papers without their imprint: properties, preview, place on the writer's disk, times. Pure.

What the paper says stays, remarks and who made them too. Source: ECMA-376 part 2 (packages, relationships).
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from handoff.intake.imprint import Bared, Stays, photo
from handoff.intake.sniffing import MEBIBYTE

MOST_UNPACKED = 200 * MEBIBYTE
_TYPES, _RELATIONS = "[Content_Types].xml", "_rels/.rels"
_ABOUT = ("/core-properties", "/extended-properties", "/custom-properties", "/thumbnail")
"""How the types of relations end that lead to what a paper says of itself; where its parts lie differs by program."""
_SIGNED = "/digital-signature/origin"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_WHERE = re.compile(rb'(<[\w:]*absPath\b[^>]*?\burl=)("[^"]*"|\'[^\']*\')')
_LOCKED_BY = re.compile(rb'(<[\w:]*fileSharing\b[^>]*?\buserName=)("[^"]*"|\'[^\']*\')')


def bared(data: bytes) -> Bared:
    """The paper with all it shows. Stays."""
    try:
        parts = _unpacked(data)
        return Bared(_packed(_without(parts)), "none")
    except (zipfile.BadZipFile, DefusedXmlException, ParseError, ValueError, KeyError, OSError, EOFError, NotImplementedError):
        raise Stays("broken") from None


def _unpacked(data: bytes) -> dict[str, bytes]:
    """Its parts by name. ValueError where one name stands twice, or it is too large unpacked."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if any(info.flag_bits & 1 for info in infos):
            raise Stays("locked")
        if len({info.filename for info in infos}) != len(infos) or sum(info.file_size for info in infos) > MOST_UNPACKED:
            raise ValueError
        return {info.filename: archive.read(info) for info in infos}  # reads no more than it declares


def _without(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    relations = fromstring(parts[_RELATIONS])
    if any(one.get("Type", "").endswith(_SIGNED) for one in relations):
        raise Stays("signed")
    about = [one for one in relations if one.get("Type", "").endswith(_ABOUT)]
    gone = {posixpath.normpath("/" + one.get("Target", "")).lstrip("/") for one in about}
    for one in about:
        relations.remove(one)
    types = fromstring(parts[_TYPES])
    for one in [one for one in types if one.get("PartName", "").lstrip("/") in gone]:
        types.remove(one)
    kept = {name: _part(name, body) for name, body in parts.items() if name not in gone and not name.startswith("docProps/")}
    return kept | {_RELATIONS: _flat(relations), _TYPES: _flat(types)}


def _part(name: str, body: bytes) -> bytes:
    if name == "xl/workbook.xml":
        return _LOCKED_BY.sub(rb'\1""', _WHERE.sub(rb'\1""', body))
    return photo.bared(body) if "/media/" in name else body


def _flat(root: Element) -> bytes:
    """A list of elements with nothing in them, written plainly: programs read it more surely than with prefixes."""
    space, _, tag = root.tag.lstrip("{").partition("}")
    rows = "".join(
        f"<{one.tag.rpartition('}')[2]}{''.join(f' {key}={quoteattr(value)}' for key, value in one.items())}/>" for one in root
    )
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<{tag} xmlns={quoteattr(space)}>{rows}</{tag}>'.encode()


def _packed(parts: Mapping[str, bytes]) -> bytes:
    """Types first, as readers expect; no times, remarks or owners of the zip itself."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda name: name != _TYPES):
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, parts[name])
    return out.getvalue()
