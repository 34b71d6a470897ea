"""Shapes of the knowledge files. Import names from here, not from the submodules."""

from knowledge.schema.common import (
    ABOUT,
    CRISIS_KINDS,
    FIELDS,
    PATTERNS,
    About,
    CrisisKind,
    Fact,
    Field,
    Language,
    Pattern,
    Sourced,
    Urgency,
)
from knowledge.schema.contacts import NationalContact, OpenHours
from knowledge.schema.faq import FaqEntry
from knowledge.schema.town import (
    Closed,
    Coordinator,
    Desk,
    Finality,
    GlossaryTerm,
    Hours,
    Indicator,
    Meeting,
    Municipality,
    Office,
    Parameter,
    Plan,
    Programme,
    Resource,
    SafetyCheck,
    Topic,
    Town,
    Window,
)
from knowledge.schema.words import Case, Entry, LexiconFile, ReplyFile, Rule, RuleFile

__all__ = [
    "ABOUT", "CRISIS_KINDS", "FIELDS", "PATTERNS",
    "About", "Case", "Closed", "Coordinator", "CrisisKind", "Desk", "Entry", "Fact", "FaqEntry", "Field", "Finality",
    "GlossaryTerm", "Hours", "Indicator", "Language", "LexiconFile", "Meeting", "Municipality", "NationalContact", "Office", "OpenHours",
    "Parameter", "Pattern", "Plan", "Programme", "ReplyFile", "Resource", "Rule", "RuleFile", "SafetyCheck", "Sourced",
    "Topic",
    "Town", "Urgency", "Window",
]
