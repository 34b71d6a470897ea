"""The engine: compiled knowledge and the path of one conversation through triage. Read this first."""

from collections.abc import Sequence
from datetime import date

from knowledge.loader import Knowledge
from knowledge.schema import CrisisKind
from triage.types import Asked, Decision, LocalWords, Reason, Triage


class Engine(Triage):
    """Compiles lexicon and rules once; thread-safe; pure."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def decide(
        self, utterances: Sequence[str], *, today: date, asked: Asked = Asked(), local: LocalWords = LocalWords()
    ) -> Decision:
        """Judge the conversation so far."""
        return Decision(action="clarify", text="\n".join(utterances), reasons=(Reason("nothing", "読み取れる言葉がありません"),))

    def glance(self, text: str) -> CrisisKind | None:
        """The crisis matcher alone."""
        return None
