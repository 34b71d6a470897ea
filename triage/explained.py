"""What is said next tells what was meant: 「また殺されました」「碁の話です」, 「ガスつかへん」「押したら点いたわ、お騒がせしました」.

Which stretches of a conversation a later sentence or message puts in another light. A mere taking back or belittling is none (うそです、忘れて,
悪い人じゃないです): who is hurt and ashamed writes so. Must not know: which words are dangers, what becomes of them.
"""

from collections.abc import Sequence
from typing import NamedTuple

from triage.reading import Reading
from triage.types import Span

SUBJECT, MISTAKEN = "context_explained", "context_mistaken"   # another subject is named; or it is only said that it was a mistake
THINGS: frozenset[str] = frozenset(("lifeline_cut", "medical"))   # dangers about which one can be mistaken, and say so without shame


class Explained(NamedTuple):
    """Stretches, as code points of the conversation: of which another subject is named, of which a mistake is owned; and the messages that have another subject."""

    by_subject: tuple[Span, ...] = ()
    mistaken: tuple[Span, ...] = ()
    messages: frozenset[int] = frozenset()

    def holds(self, span: Span, kind: str | None) -> bool:
        """Whether a place lies in a stretch that explains a danger of this kind. What people do, and a wish to die, only another subject explains."""
        stretches = (*self.by_subject, *self.mistaken) if kind in THINGS else self.by_subject
        return any(begin <= span[0] and span[1] <= end for begin, end in stretches)


NOTHING = Explained()


def explained(readings: Sequence[Reading]) -> Explained:
    """All of them."""
    marks = [reading.noted("explains", _marks) for reading in readings]
    if not any(marks):
        return NOTHING
    stretches: dict[str, list[Span]] = {SUBJECT: [], MISTAKEN: []}
    messages: set[int] = set()
    starts = _starts(readings)
    for at, places in enumerate(marks):
        for name, begin, end in places:
            before = begin is None and at > 0
            stretches[name].append((starts[at - 1] if before else starts[at] + (begin or 0), starts[at] + end))
            if before and name == SUBJECT:
                messages.add(at - 1)
    return Explained(tuple(stretches[SUBJECT]), tuple(stretches[MISTAKEN]), frozenset(messages))


def _starts(readings: Sequence[Reading]) -> list[int]:
    starts, base = [], 0
    for reading in readings:
        starts.append(base)
        base += len(reading.text) + 1
    return starts


def _marks(reading: Reading) -> list[tuple[str, int | None, int]]:
    """(mark, where the sentence before its own begins, where the mark ends). None where it stands in the first two: of the message before."""
    found = []
    for one in reading.found:
        if one.id in (SUBJECT, MISTAKEN) and one.weakened is None:
            first = next((at for at, sentence in enumerate(reading.clauses.sentence_of) if sentence >= one.sentence - 1), 0)
            found.append((one.id, reading.line.begins[first] if one.sentence > 1 else None, one.hit.end))
    return found
