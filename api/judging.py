"""Builds what judges and answers: triage and the search over questions. Loads SudachiPy.

For the worker, the terminal and evaluation; never imported by the web process.
"""

from dataclasses import dataclass, replace

from handoff.intake.answers import Answers
from knowledge.loader import Knowledge
from triage.engine import Engine
from triage.tokenise import normal_forms


@dataclass(frozen=True, slots=True)
class Judging:
    """Knowledge with what judges and answers by it."""

    knowledge: Knowledge
    triage: Engine
    answers: Answers

    @classmethod
    def of(cls, knowledge: Knowledge) -> "Judging":
        """Everything compiled: a second or two."""
        return cls(knowledge, build_triage(knowledge), build_answers(knowledge))

    def over(self, knowledge: Knowledge, *, lasting: bool = True) -> "Judging":
        """The same over other facts of the towns. Only what differs is compiled; rules and common words stay."""
        same_words = _own_words(knowledge) == _own_words(self.knowledge)
        triage = self.triage.over(knowledge) if same_words else Engine(knowledge, lasting=lasting)
        held = self.knowledge.towns
        changed = {name: town for name, town in knowledge.towns.items() if name not in held or town.faq != held[name].faq}
        fresh = build_answers(replace(knowledge, towns=changed)).indexes
        kept = {name: index for name, index in self.answers.indexes.items() if name in knowledge.towns}
        return Judging(knowledge, triage, Answers({**kept, **fresh}))


def _own_words(knowledge: Knowledge) -> dict[str, object]:
    return {town.id: town.lexicon for town in knowledge.towns.values() if town.lexicon is not None}


def build_triage(knowledge: Knowledge) -> Engine:
    """The real triage over this knowledge."""
    return Engine(knowledge)


def build_answers(knowledge: Knowledge) -> Answers:
    """Search over the towns' questions and answers, on SudachiPy's A units (measured best on municipal questions)."""
    return Answers.of(knowledge, tokenise=lambda text: normal_forms(text, "A"))
