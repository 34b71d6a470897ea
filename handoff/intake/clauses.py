"""The clause that words stand in, and how much stands beside them there: whether they are all that it says. Pure."""

import re

from triage.types import Decision, Span

ERASE, ERASE_ROOM = "aside_erase_wish", 5
"""With more letters beside it the clause is about something else (部屋の電気を消したい)."""
_CLAUSE = re.compile(r"[^。．.！!？?\n、，,\s]+")


def clause_of(text: str, span: Span) -> Span:
    """The clauses that the words of a span stand in."""
    around = [found.span() for found in _CLAUSE.finditer(text) if found.start() < span[1] and span[0] < found.end()]
    return (min(span[0], around[0][0]), max(span[1], around[-1][1])) if around else span


def beside(text: str, clause: Span, span: Span) -> int:
    """How many letters of the clause are not the span's."""
    return sum(is_letter(text[at]) for at in range(*clause) if not span[0] <= at < span[1])


def is_letter(character: str) -> bool:
    """A number to be telephoned on is no story."""
    return character.isalpha() and character != "ー"


def wishes_erased(decision: Decision) -> bool:
    """They asked that what they wrote be removed."""
    spans = [span for reason in decision.reasons if reason.rule == ERASE and reason.weakened is None for span in reason.evidence]
    return any(beside(decision.text, clause_of(decision.text, span), span) <= ERASE_ROOM for span in spans)
