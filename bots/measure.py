"""Lengths as the platforms count them, and cutting by them. Knows text only; it never drops a word.

LINE and Telegram count texts in UTF-16 code units and LINE counts labels in grapheme clusters
(LINE Developers, "Character counting in a text"). A family emoji is one grapheme and eleven units.
"""

import regex  # type: ignore[import-untyped]

_GRAPHEME = regex.compile(r"\X")
_SOFT_ENDS = ("\n\n", "\n", "。", "．", "！", "？", "、", " ", "\u3000")


def utf16_units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def graphemes(text: str) -> list[str]:
    """The grapheme clusters of a text, in order."""
    return [str(found) for found in _GRAPHEME.findall(text)]


def shorten(text: str, limit: int) -> str:
    """The text in at most limit graphemes on one line; what is cut is marked by 「…」."""
    line = " ".join(text.split())
    if len(line) <= limit:  # no code point makes two graphemes
        return line
    clusters = graphemes(line)
    return "".join(clusters) if len(clusters) <= limit else "".join(clusters[: limit - 1]) + "…"


def shorten_units(text: str, limit: int) -> str:
    """The text in at most limit UTF-16 units, cut between graphemes and marked by 「…」."""
    if utf16_units(text) <= limit:
        return text
    return text[: _fitting(text, limit - 1)[-1]] + "…"


def cut(text: str, limit: int) -> list[str]:
    """The text in pieces of at most limit UTF-16 units: at paragraphs, lines or sentences where one ends late enough.

    The pieces joined are the text, except that pieces of nothing but white space are left out (platforms refuse them).
    """
    pieces = []
    while utf16_units(text) > limit:
        end = _soft_end(text, _fitting(text, limit))
        pieces.append(text[:end])
        text = text[end:]
    return [piece for piece in (*pieces, text) if piece.strip()]


def _fitting(text: str, limit: int) -> list[int]:
    """Ends of the graphemes that fit, at least one; a single grapheme longer than limit is cut between code points."""
    ends, units = [], 0
    for cluster in _GRAPHEME.finditer(text):
        units += utf16_units(cluster.group())
        if units > limit:
            break
        ends.append(cluster.end())
    return ends or [_code_points_within(text, limit)]


def _code_points_within(text: str, limit: int) -> int:
    units = 0
    for index, char in enumerate(text):
        units += utf16_units(char)
        if units > limit:
            return max(index, 1)
    return len(text)


def _soft_end(text: str, ends: list[int]) -> int:
    last, allowed = ends[-1], set(ends)
    for mark in _SOFT_ENDS:
        end = text.rfind(mark, last // 2, last) + len(mark)
        if end > last // 2 and end in allowed:
            return end
    return last
