"""The knowledge as the rest of the program holds it: frozen, looked up by id, nothing to load."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.schema import FaqEntry, LexiconFile, Meeting, NationalContact, Rule, Town
from knowledge.schema.answers import AnswerText
from knowledge.schema.contact_ways import Inquiry, SafeContact
from knowledge.schema.disclosure import DisclosureLaw
from knowledge.schema.extras import SearchWords
from knowledge.schema.weights import AboutWeights, Weights

HALLS = {"市": "市役所", "区": "区役所"}
"""What people call the seat of a municipality whose name ends so; 役場 for all others."""
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Glossary:
    """Closed lists, id -> short Japanese name. words also names the code's own vocabularies (`crisis_dv`)."""

    needs: Mapping[str, str]
    topics: Mapping[str, str]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything under `knowledge/`.

    version: 16 hex digits over all files; faq: the general entries, towns have theirs; search: words of the search;
    meetings: statutory ones, the same in every town; resume_words: of resume phrases; safe_contact: what people say about
    how to reach them; inquiry: how somebody asks about another person; disclosure: the law by which people see their own record; weights: of the second look; about: of signs of whose life
    a message is about; drafts: languages
    whose replies no native speaker has read yet; answers: texts that staff may put into theirs; troubles: ids of the words of
    need or danger and of all rules, which join such words.
    """

    towns: Mapping[str, Town]
    lexicon: tuple[LexiconFile, ...]
    rules: tuple[Rule, ...]
    contacts: tuple[NationalContact, ...]
    replies: Mapping[str, Mapping[str, str]]
    glossary: Glossary
    version: str
    faq: tuple[FaqEntry, ...] = ()
    search: SearchWords = SearchWords()
    meetings: tuple[Meeting, ...] = ()
    resume_words: tuple[str, ...] = ()
    safe_contact: SafeContact | None = None
    inquiry: Inquiry | None = None
    disclosure: DisclosureLaw | None = None
    weights: tuple[Weights, ...] = ()
    about: AboutWeights | None = None
    drafts: frozenset[str] = frozenset()
    answers: tuple[AnswerText, ...] = ()
    troubles: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words = (entry.id for file in self.lexicon for entry in file.entries if entry.kind in ("need", "crisis"))
        object.__setattr__(self, "troubles", frozenset((*words, *(rule.id for rule in self.rules))))

    def language(self, wanted: str | None, town: Town) -> str:
        """The language in which a town answers for a browser's tag (`en-GB`, `vi`); Japanese where the tag says nothing."""
        tag = wanted or ""
        found = next((one for one in (tag, tag.split("-")[0]) if one in self.replies), "ja")
        return town.speaks(found)

    def reply(self, reply_id: str, *, language: str = "ja", town: Town | None = None, **values: str) -> str:
        """The text of a reply: the town's own, else the language's, else the town's and the common Japanese one.

        A town also gives {town}, {operator}, {general_desk} and {hall} (市役所, 役場); `values` come before them. KeyError for an id that no
        set has and for a placeholder without a value; values not asked for are ignored.
        """
        own = town.replies if town else {}
        values = {**_of_town(town), **values}
        for source in (own.get(language, {}), self.replies.get(language, {}), own.get("ja", {})):
            if reply_id in source:
                return fill(source[reply_id], values)
        return fill(self.replies["ja"][reply_id], values)


def _of_town(town: Town | None) -> dict[str, str]:
    if town is None:
        return {}
    return {
        "town": town.name, "operator": town.municipality.operator, "general_desk": town.municipality.general_desk,
        "hall": HALLS.get(town.name[-1], "役場"),
    }


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into `{placeholders}` in one pass, so that a value with braces stays as it is."""
    return PLACEHOLDER.sub(lambda found: values[found.group(1)], template)


def placeholders(template: str) -> frozenset[str]:
    """Names of the placeholders of a reply."""
    return frozenset(PLACEHOLDER.findall(template))
