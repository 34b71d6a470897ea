"""Photos within a paper: a telephone's place, owner and remarks taken out of JPEG and PNG, every pixel as it was.

Pure. What is not shaped as its format says is left alone: the paper is looked at by its own room.
"""

import struct
from collections.abc import Iterator

_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_TALKING = {*range(0xE1, 0xEE), 0xEF, 0xFE} - {0xE2}
"""APP1 to APP15 and remarks. APP0 (density), APP2 (colours) and APP14 (how colours are laid) are needed to show it."""
_SCAN = 0xDA
_CHUNKS = {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"}


def bared(data: bytes) -> bytes:
    """The same picture; unchanged where it is no JPEG or PNG."""
    if data.startswith(_JPEG):
        return _JPEG + b"".join(_segments(data))
    if data.startswith(_PNG):
        return _PNG + b"".join(_chunks(data))
    return data


def _segments(data: bytes) -> Iterator[bytes]:
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != _SCAN:
        (length,) = struct.unpack_from(">H", data, place + 2)
        if data[place + 1] not in _TALKING:
            yield data[place : place + 2 + length]
        place += 2 + length
    yield data[place:]


def _chunks(data: bytes) -> Iterator[bytes]:
    place = len(_PNG)
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        if data[place + 4 : place + 8] not in _CHUNKS:
            yield data[place : place + 12 + length]
        place += 12 + length
    yield data[place:]
