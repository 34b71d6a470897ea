"""How residents may be reached again, and who must not learn of them: resume phrases, wishes, inquiries about others."""

import re
from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from knowledge.schema.common import Fact, Id, Sourced, Text
from knowledge.schema.contacts import Clock

LEAST_WORDS = 1_024
"""Four of them are then at least 40 bits."""
Kana = Annotated[str, StringConstraints(pattern=r"^[ぁ-ん]{2,8}$")]
Way = Literal["telephone", "post", "visit", "message"]


class ResumeWords(Sourced):
    """`base/resume_words.yaml`."""

    words: tuple[Kana, ...]

    @model_validator(mode="after")
    def enough_and_once(self) -> Self:
        if len(set(self.words)) < max(LEAST_WORDS, len(self.words)):
            raise ValueError(f"needs {LEAST_WORDS} different words, each once")
        if any(re.search("[ぢづ]", word) for word in self.words):
            raise ValueError("ぢ and づ are written in two ways; take words without them")
        return self


class QuietTime(Fact):
    """A time of day in which nothing is sent. start and end: Japanese time, may cross midnight; label: for staff."""

    id: Id
    label: Text
    words: tuple[Text, ...]
    start: Clock
    end: Clock


class WayWords(Fact):
    """A way to reach somebody, by the words for it. not_: the words with which it is declined, beside the common ones."""

    id: Way
    label: Text
    words: tuple[Text, ...]
    declined: tuple[Text, ...] = ()


class PersonWords(Fact):
    """Somebody who must not know, as staff read it, and how people call them. near: somebody whom one may have to hide from."""

    label: Text
    words: tuple[Text, ...]
    near: Literal["partner", "parent", "family"] | None = None


class KnownStaff(Fact):
    """「知り合いの職員に見せないで」: in one sentence the town hall or its staff, somebody known, and that they must not see."""

    offices: tuple[Text, ...]
    known: tuple[Text, ...]
    refused: tuple[Text, ...]


class Said(Fact):
    """An example: what is understood of a text. Nothing given = nothing is understood."""

    text: Text
    quiet: tuple[Id, ...] = ()
    avoid: tuple[Way, ...] = ()
    hide_from: tuple[Text, ...] = ()
    only_answers: bool = False
    known_staff: bool = False
    hides: bool = False


class SafeContact(Sourced):
    """`base/safe_contact.yaml`. declined: "don't"; only: "but then"; hidden: "must not know"; own_initiative: "I write"."""

    times: tuple[QuietTime, ...]
    ways: tuple[WayWords, ...]
    people: tuple[PersonWords, ...]
    declined: tuple[Text, ...]
    only: tuple[Text, ...]
    hidden: tuple[Text, ...]
    own_initiative: tuple[Text, ...]
    gone: tuple[Text, ...] = ()
    hearsay: tuple[Text, ...]
    known_staff: KnownStaff
    examples: tuple[Said, ...]


class Inquiry(Sourced):
    """`base/inquiry.yaml`: somebody asks whether another person was here, or where they are.

    In one sentence: a person, what they may have done here and a question about it; or a person, a whereabouts word
    and a wish to know. A sentence with a word of `own` is about the writer's own visit.
    """

    people: tuple[Text, ...]
    came: tuple[Text, ...]
    asked: tuple[Text, ...]
    whereabouts: tuple[Text, ...]
    wanted: tuple[Text, ...]
    own: tuple[Text, ...]
    examples: tuple[Text, ...]
    counterexamples: tuple[Text, ...]
