"""Builds what judges and answers: triage and the search over questions. Loads SudachiPy.

For the worker, the terminal and evaluation; never imported by the web process.
"""

from handoff.intake.answers import Answers
from knowledge.loader import Knowledge
from triage.engine import Engine
from triage.tokenise import normal_forms


def build_triage(knowledge: Knowledge) -> Engine:
    """The real triage over this knowledge."""
    return Engine(knowledge)


def build_answers(knowledge: Knowledge) -> Answers:
    """Search over the towns' questions and answers, on SudachiPy's A units (measured best on municipal questions)."""
    return Answers.of(knowledge, tokenise=lambda text: normal_forms(text, "A"))
