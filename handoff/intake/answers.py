"""Answers to questions about information: the town's own entries first, quoted with their source, or none at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bots.types import Outgoing
from handoff.intake.voice import Voice
from knowledge.loader import Knowledge
from knowledge.search import FaqIndex, Phrases

Tokenise = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Answers:
    """One index a town, built once. Thread-safe."""

    indexes: Mapping[str, FaqIndex]

    @classmethod
    def of(cls, knowledge: Knowledge, *, tokenise: Tokenise) -> "Answers":
        phrases = Phrases(knowledge.search, tokenise=tokenise)
        return cls({
            town.id: FaqIndex((*town.faq, *knowledge.faq), phrases=phrases) for town in knowledge.towns.values()
        })

    def entry(self, question: str, town: str) -> str | None:
        """The id of the entry that answers in a town; None when nothing fits."""
        entry = self.indexes[town].best(question)
        return None if entry is None else entry.id

    def to(self, question: str, voice: Voice) -> Outgoing | None:
        """The entry that answers, in its own words, with where it comes from; None when nothing fits."""
        entry = self.indexes[voice.town.id].best(question)
        if entry is None:
            return None
        source = voice.say("info_source", source=entry.source, checked=entry.checked.isoformat())
        return Outgoing("\n".join((voice.say("info_answer", answer=entry.answer), source, voice.say("info_more"))))
