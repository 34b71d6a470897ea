"""Information, other business, small talk: what a message wants when it is no need of help.

Must not know: fields' meaning, rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.picture import Picture, Someone
from triage.reading import Reading
from triage.types import Action

# Needs that only name a service: asking about it is no trouble of one's own.
SERVICES = frozenset((
    "welfare_benefit", "disability_certificate", "disability_service", "child_allowance", "childcare_place", "care_needed",
    "guardianship", "sheltered_work", "disability_work", "low_income", "pregnancy", "young_child", "single_parent",
    "sensory_disability", "physical_disability", "intellectual_disability", "language_barrier", "caring_child", "withdrawn",
    "dementia", "transport", "end_of_life", "isolation", "disaster", "mental_illness", "developmental_disorder", "no_food",
    "neglect", "abuse", "suicidal", "postpartum", "legal_trouble", "human_rights", "addiction", "intractable_disease",
    "development_concern", "workless", "parenting_anxiety", "arrears", "unwanted_pregnancy",
))
_LONG = 70


@dataclass(frozen=True, slots=True)
class Intent:
    """What speaks for each intent and against all: own: words of one's own trouble; kin: persons with needs or ages."""

    info: int
    other: int
    chat: int
    thanks: bool
    asks: bool
    own: int
    trouble: int
    needs: int
    kin: int
    over: bool
    told: int       # content words
    length: int
    sentences: int

    @property
    def personal(self) -> bool:
        """True where somebody's life is meant, not a service as such."""
        return bool(self.own or self.kin or self.trouble)

    def action(self, fields: Sequence[str]) -> Action | None:
        """info, other or chat, where one of them is meant; None where help is wanted or nothing is clear."""
        if self.other and not self.trouble and self.kin == 0 and self.own <= 1 and self.needs <= 2:
            return "other"
        if (self.thanks or (self.over and not self.needs and not self.kin and not self.own)) and not self.asks and not self.trouble and (self.over or self.needs <= 1) and self.own <= 1:
            return "chat"
        short = self.length <= _LONG
        asked = self.info or (self.asks and fields and short and self.sentences == 1)
        calm = not self.trouble or (self.info and short and self.trouble == 1)
        if asked and calm and self.kin == 0 and self.own == 0:
            return "info"
        if fields:
            return None
        if self.other:
            return "other" if self.own <= 1 else None
        if self.info and self.own <= 1 and self.kin == 0:
            return "info"
        if self.chat and self.own == 0 and not self.kin and self.told <= (10 if not self.asks and not self.needs else 4):
            return "chat"
        if self.asks and self.sentences == 1 and self.told >= 3 and not self.personal and not self.needs:
            return "other"
        return None


def read(picture: Picture, readings: Sequence[Reading]) -> Intent:
    """Weigh the intents of a conversation."""
    found: dict[str, set[str]] = {"info": set(), "other": set(), "chat": set()}
    own = needs = trouble = 0
    over = False
    for spoken in picture.spoken:
        entry = spoken.found.hit.term.entry
        if entry.kind == "intent" and entry.intent:
            found[entry.intent].add(entry.id)
        elif entry.id in ("context_own", "help_wish"):
            own += 1
        elif entry.id == "context_over" or spoken.found.weakened == "past":
            over = True
        elif entry.kind in ("need", "crisis") and spoken.found.weakened is None:
            needs += 1
            if entry.need is not None and entry.need not in SERVICES and max(entry.fields.values(), default=0) >= 2:
                trouble += 1
    kin = sum(1 for someone in picture.people if someone.named and _has_a_story(someone))
    told = sum(reading.told for reading in readings)
    return Intent(
        len(found["info"]), len(found["other"]), len(found["chat"]), bool(found["chat"] & {"chat_thanks"}),
        any(reading.asks for reading in readings), min(own, 2), trouble, needs,
        kin + (1 if picture.me.age and not picture.me.minor() else 0) + (1 if picture.main and (trouble or picture.main.age) else 0), over, told,
        sum(len(reading.text) for reading in readings),
        sum(len(set(reading.clauses.sentence_of)) for reading in readings),
    )


def _has_a_story(someone: Someone) -> bool:
    return (not someone.deceased and (someone.age is not None or bool(set(someone.needs) - {"young_child"}))) or (
        someone.topical and someone.role not in ("child", "unknown"))
