"""The resident's own words, cut out by evidence offsets: never altered, never shortened inside.

Offsets are code points of `Decision.text`. A quote is the sentence around the evidence, or the clause where the
sentence is long; its marks say what in it was the evidence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triage.types import Decision, Span

SENTENCE_ENDS = "。！？!?\n"
CLAUSE_ENDS = "、,，　 "
LONGEST = 80
MOST_KEPT = 40
MOST_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim piece of the conversation text, where it begins, and the marks inside it (offsets of the piece)."""

    text: str
    start: int
    marks: tuple[Span, ...] = ()


def quotes_of(decision: Decision) -> tuple[Quote, ...]:
    """Pieces around the evidence, the weightiest reason first and of its pieces those that tell most (「82です」 tells little);
    without any evidence, the beginning of the text.
    """
    groups = list(_evidence(decision))
    evidence = [span for spans in groups for span in spans]
    pieces = dict.fromkeys(piece for spans in groups for piece in _telling_first(decision.text, spans, groups))
    chosen = _outermost(list(pieces))[:MOST_KEPT] or _beginning(decision.text)
    return tuple(_quote(decision.text, piece, evidence) for piece in chosen)


def shown(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Those that are read in ten seconds, in the order in which they were written."""
    return tuple(sorted(quotes[:MOST_SHOWN], key=lambda quote: quote.start))


def marks_in(text: str, quotes: Iterable[Quote]) -> tuple[Span, ...]:
    """What to highlight in a message: the marks of the quotes that stand in it, merged."""
    found = []
    for quote in quotes:
        at = text.find(quote.text)
        if at >= 0:
            found += [(at + start, at + end) for start, end in quote.marks]
    return _merged(found)


def pieces_of(text: str, spans: Sequence[Span], *, most: int = 6) -> tuple[str, ...]:
    """The evidence itself, verbatim, each piece once and none inside another, in the order of the text.

    A number is never cut: 「年家にいて」 says nothing where 「20年家にいて」 was written.
    """
    merged = _outermost(sorted({_whole_numbers(text, span) for span in _inside(text, spans)}))
    return tuple(dict.fromkeys(text[start:end] for start, end in merged))[:most]


def _evidence(decision: Decision) -> Iterable[list[Span]]:
    """Of each reason that stands, then of each person."""
    for reason in decision.reasons:
        if reason.weakened is None:
            yield list(_inside(decision.text, reason.evidence))
    for person in decision.household:
        yield list(_inside(decision.text, person.evidence))


def _telling_first(text: str, spans: Iterable[Span], groups: Sequence[Sequence[Span]]) -> list[Span]:
    """The pieces around the spans of one reason, those first that most reasons rest on."""
    pieces = dict.fromkeys(piece for span in spans if (piece := _piece(text, span)) is not None)

    def told(piece: Span) -> int:
        return sum(any(piece[0] <= start < piece[1] for start, _ in group) for group in groups)

    return sorted(pieces, key=told, reverse=True)


def _inside(text: str, spans: Iterable[Span]) -> Iterable[Span]:
    cut = ((max(0, start), min(len(text), end)) for start, end in spans)
    return (span for span in cut if span[0] < span[1])


def _whole_numbers(text: str, span: Span) -> Span:
    start, end = span
    while start > 0 and text[start - 1].isdigit():
        start -= 1
    while end < len(text) and text[end - 1].isdigit() and text[end].isdigit():
        end += 1
    return start, end


def _quote(text: str, piece: Span, evidence: Iterable[Span]) -> Quote:
    start, end = piece
    inside = [(max(start, a) - start, min(end, b) - start) for a, b in evidence if a < end and start < b]
    return Quote(text[start:end], start, _merged(inside))


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _outermost(pieces: Sequence[Span]) -> list[Span]:
    """Pieces that lie in no other one, order kept."""
    return [
        one for one in pieces
        if not any(other != one and other[0] <= one[0] and one[1] <= other[1] for other in pieces)
    ]


def _piece(text: str, span: Span) -> Span | None:
    """The sentence around a span; where that is long, the clauses around it. None for nothing but white space."""
    for ends in (SENTENCE_ENDS, SENTENCE_ENDS + CLAUSE_ENDS):
        start, end = _around(text, span, ends=ends)
        if end - start <= LONGEST:
            return _trimmed(text, (start, end))
    spare = max(0, LONGEST - (span[1] - span[0])) // 2
    return _trimmed(text, (max(start, span[0] - spare), min(end, span[1] + spare)))


def _around(text: str, span: Span, *, ends: str) -> Span:
    start, end = span
    while start > 0 and text[start - 1] not in ends:
        start -= 1
    while end < len(text) and text[end - 1] not in ends:
        end += 1
    return start, end


def _trimmed(text: str, span: Span) -> Span | None:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] == "、"):
        end -= 1
    return (start, end) if start < end else None


def _beginning(text: str) -> list[Span]:
    """The first words, where no evidence points anywhere."""
    piece = _trimmed(text, (0, len(text)))
    return [] if piece is None else [(piece[0], min(piece[1], piece[0] + 2 * LONGEST))]
