"""Shapes of the glossary and of the files that only wrap a list.

A file may give `checked` once at its top; entries without their own take that day.
"""

from datetime import date
from typing import Literal

from knowledge.schema.common import Fact, Id, Sourced, Text
from knowledge.schema.contacts import NationalContact
from knowledge.schema.faq import FaqEntry
from knowledge.schema.town import Meeting, Resource, Window
from knowledge.schema.words import Case

Language = Literal["ja", "ja-easy", "en", "zh", "vi", "pt", "tl", "ko", "es", "ne", "id"]


class GlossarySection(Sourced):
    """One closed list: id -> short plain Japanese name, usable in a summary for staff."""

    terms: dict[Id, Text]


class GlossaryFile(Fact):
    """`glossary.yaml`. words also names the closed vocabularies of the code: `field_child`, `crisis_dv`, `pattern_8050`."""

    needs: GlossarySection
    topics: GlossarySection
    words: GlossarySection


class FaqFile(Fact):
    """`base/faq/<subject>.yaml` and `municipalities/<id>/faq.yaml`."""

    checked: date | None = None
    faq: tuple[FaqEntry, ...]


class ContactFile(Fact):
    """`base/contacts.yaml`."""

    checked: date | None = None
    contacts: tuple[NationalContact, ...]


class WindowFile(Fact):
    """`municipalities/<id>/windows.yaml`."""

    checked: date | None = None
    windows: tuple[Window, ...]


class MeetingFile(Fact):
    """`municipalities/<id>/meetings.yaml`."""

    checked: date | None = None
    meetings: tuple[Meeting, ...]


class ResourceFile(Fact):
    """`municipalities/<id>/resources.yaml`."""

    checked: date | None = None
    resources: tuple[Resource, ...]


class TownReplyFile(Fact):
    """`municipalities/<id>/replies.yaml`: what this town says in its own words. language -> reply id -> template."""

    source: Text | None = None
    checked: date | None = None
    replies: dict[Language, dict[Id, Text]]


class CaseFile(Fact):
    """`cases/<subject>.yaml`: labelled messages of our own."""

    source: Text | None = None
    checked: date | None = None
    cases: tuple[Case, ...]
