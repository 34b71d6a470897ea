"""Clauses and sentences of a line of words.

Must not know: what the words mean beyond the particles and stops that part them.
"""

from dataclasses import dataclass

from triage.tokenise import Line

SENTENCE_ENDS = frozenset(("。", "!", "?", "！", "？", "…", "笑", "w"))
BREAKING = frozenset(("が", "けど", "けれど", "けれども", "ので", "のに", "し", "から", "だけど", "ど"))

_PARTING = frozenset(("stop", "symbol", "conj_particle"))
_COMMA = ("、",)


@dataclass(frozen=True, slots=True)
class Clauses:
    """For each word its clause and its sentence, counted from 0."""

    clause_of: tuple[int, ...]
    sentence_of: tuple[int, ...]
    count: int


def clauses(line: Line) -> Clauses:
    """Part a line: sentences at stops, clauses also at commas and at particles that join clauses."""
    clause_of: list[int] = []
    sentence_of: list[int] = []
    clause = sentence = 0
    for at, word in enumerate(line.words, 1):
        if word.kind not in _PARTING:
            continue
        ends = word.kind != "conj_particle" and word.norm in SENTENCE_ENDS
        if ends or word.norm in (BREAKING if word.kind == "conj_particle" else _COMMA):
            clause_of.extend([clause] * (at - len(clause_of)))
            clause += 1
        if ends:
            sentence_of.extend([sentence] * (at - len(sentence_of)))
            sentence += 1
    rest = len(line.words)
    clause_of.extend([clause] * (rest - len(clause_of)))
    sentence_of.extend([sentence] * (rest - len(sentence_of)))
    return Clauses(tuple(clause_of), tuple(sentence_of), clause + 1)
