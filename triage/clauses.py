"""Clauses and sentences of a line of words.

Must not know: what the words mean beyond the particles and stops that part them.
"""

from dataclasses import dataclass

from triage.tokenise import Line

SENTENCE_ENDS = frozenset(("。", "!", "?", "！", "？", "…", "笑", "w"))
BREAKING = frozenset(("が", "けど", "けれど", "けれども", "ので", "のに", "し", "から", "だけど", "ど"))


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
    for word in line.words:
        clause_of.append(clause)
        sentence_of.append(sentence)
        if word.kind in ("stop", "symbol"):
            if word.norm in SENTENCE_ENDS:
                sentence += 1
                clause += 1
            elif word.norm == "、":
                clause += 1
        elif word.kind == "conj_particle" and word.norm in BREAKING:
            clause += 1
    return Clauses(tuple(clause_of), tuple(sentence_of), clause + 1)
