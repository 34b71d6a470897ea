"""Shapes of the glossary and of the files that only wrap a list."""

from datetime import date

from pydantic import Field

from knowledge.schema.common import Confidence, Fact, Id, Language, Sourced, Text
from knowledge.schema.contacts import NationalContact
from knowledge.schema.faq import FaqEntry
from knowledge.schema.town import Meeting, Resource, SafetyCheck, Window
from knowledge.schema.words import Case


class Dated(Fact):
    """A file that may give the day of checking once; its entries without their own take it."""

    checked: date | None = None


class GlossarySection(Sourced):
    """One closed list: id -> short plain Japanese name, usable in a summary for staff."""

    terms: dict[Id, Text]


class GlossaryFile(Fact):
    """`glossary.yaml`. words also names the vocabularies of the code: `field_child`, `crisis_dv`, `pattern_8050`."""

    needs: GlossarySection
    topics: GlossarySection
    words: GlossarySection


class FaqFile(Dated):
    """`base/faq/<subject>.yaml` and `municipalities/<id>/faq.yaml`. confidence: of entries that don't give their own."""

    confidence: Confidence | None = None
    faq: tuple[FaqEntry, ...]


class ContactFile(Dated):
    """`base/contacts.yaml`."""

    contacts: tuple[NationalContact, ...]


class WindowFile(Dated):
    """`municipalities/<id>/windows.yaml`."""

    windows: tuple[Window, ...]


class MeetingFile(Dated):
    """`municipalities/<id>/meetings.yaml`, `base/meetings.yaml`. confidence: of entries that don't give their own."""

    confidence: Confidence | None = None
    meetings: tuple[Meeting, ...]


class SafetyCheckFile(Fact):
    """`base/safety_checks.yaml`: what authorities of the country name for all towns."""

    safety_checks: tuple[SafetyCheck, ...]


class ResourceFile(Dated):
    """`municipalities/<id>/resources.yaml`."""

    resources: tuple[Resource, ...]


class TownReplyFile(Fact):
    """`municipalities/<id>/replies.yaml`: what this town says in its own words. language -> reply id -> template."""

    source: Text | None = None
    checked: date | None = None
    replies: dict[Language, dict[Id, Text]]


class Lead(Fact):
    """What people say and what an office writes for it. One way only: whoever writes 相続 does not ask about 遺言."""

    said: tuple[Text, ...] = Field(min_length=1)
    written: tuple[Text, ...] = Field(min_length=1)


class SearchWords(Fact):
    """What the search over questions and answers knows of words.

    stop: normal forms that say nothing; asking: those that ask rather than name, and only count inside a phrase;
    weak: those that name little; synonyms: groups of ways to say one thing.
    """

    stop: frozenset[Text] = frozenset()
    asking: frozenset[Text] = frozenset()
    weak: frozenset[Text] = frozenset()
    synonyms: tuple[tuple[Text, ...], ...] = ()
    leads: tuple[Lead, ...] = ()


class SearchFile(SearchWords, Sourced):
    """`base/search/<subject>.yaml`."""


class CaseFile(Fact):
    """`cases/<subject>.yaml`: labelled messages of our own."""

    source: Text | None = None
    checked: date | None = None
    cases: tuple[Case, ...]
