"""Builds what judges and answers: triage and the search over questions. Loads SudachiPy.

For the worker, the terminal and evaluation; never imported by the web process.
"""

from dataclasses import dataclass

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

    def over(self, knowledge: Knowledge) -> "Judging":
        """The same over other facts of the towns. Only what differs is compiled; rules and common words stay."""
        held = self.knowledge.towns
        kept = {name for name, town in knowledge.towns.items() if name in held and town.faq == held[name].faq}
        return Judging(knowledge, self.triage.over(knowledge), self.answers.over(knowledge, kept=kept))


def build_triage(knowledge: Knowledge) -> Engine:
    """The real triage over this knowledge."""
    return Engine(knowledge)


def build_answers(knowledge: Knowledge) -> Answers:
    """Search over the towns' questions and answers, on SudachiPy's A units (measured best on municipal questions)."""
    return Answers.of(knowledge, tokenise=lambda text: normal_forms(text, "A"))
