"""Answers to questions about information: the town's own entries first, quoted with their source, or none at all."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from bots.types import Outgoing
from handoff.intake.voice import Voice
from knowledge.loader import Knowledge
from knowledge.schema import FaqEntry
from knowledge.search import FaqIndex, Phrases

Tokenise = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Answers:
    """One index a town, built once. Thread-safe."""

    indexes: Mapping[str, FaqIndex]
    phrases: Phrases

    @classmethod
    def of(cls, knowledge: Knowledge, *, tokenise: Tokenise) -> "Answers":
        return cls({}, Phrases(knowledge.search, tokenise=tokenise)).over(knowledge, kept=())

    def over(self, knowledge: Knowledge, *, kept: Collection[str]) -> "Answers":
        """The same words of the search over other entries. kept: towns whose entries are as they were."""
        made = {
            town.id: self.indexes[town.id] if town.id in kept else FaqIndex((*town.faq, *knowledge.faq), phrases=self.phrases)
            for town in knowledge.towns.values()
        }
        return Answers(made, self.phrases)

    def entry(self, question: str, town: str) -> str | None:
        """The id of the entry that answers in a town; None when nothing fits."""
        entry = self.indexes[town].best(question)
        return None if entry is None else entry.id

    def to(self, question: str, voice: Voice) -> Outgoing | None:
        """The entry that answers, in its own words, with where it comes from; None when nothing fits."""
        entry = self.indexes[voice.town.id].best(question)
        if entry is None:
            return None
        return Outgoing("\n".join((voice.say("info_answer", answer=entry.answer), source_of(entry, voice), voice.say("info_more"))))


def source_of(entry: FaqEntry, voice: Voice) -> str:
    """Where an answer comes from; a day only where somebody read it there on that day."""
    if entry.confidence == "recalled":
        return voice.say("info_source_recalled", source=entry.source)
    return voice.say("info_source", source=entry.source, checked=entry.checked.isoformat())
