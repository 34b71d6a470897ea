"""Words and rules: lexicon entries, rules, replies, cases.

A lexicon entry is a concept and all the ways in which people write it. Two ways of matching:

* `words`: compared on SudachiPy normal forms (modes C and A), so 引きこもり, ひきこもり, 引き籠もり are one.
  `A~B` lets up to four tokens stand between A and B in one clause (お金~ない); `!A` matches A only where the
  context denies it (ご飯~!食べる). Write dictionary forms.
* `raw`: compared over the folded shadow text (NFKC, katakana to hiragana, small kana and long marks folded,
  spaces dropped): kana spellings, slang, set phrases of four characters or more.

Both may hold alternatives: `(a|b|)` and `<group>`, spelled out by `knowledge/phrases.py`.
"""

from typing import Literal

from pydantic import Field as Default

from knowledge.schema.common import (
    About,
    CrisisKind,
    Fact,
    Field,
    Id,
    Pattern,
    Sourced,
    Text,
    Urgency,
)

Kind = Literal[
    "need",      # something is wrong or wanted
    "person",    # names a person: role says which
    "setting",   # colours the picture, no need by itself (作業所, 年金, 同居)
    "crisis",    # danger; crisis says which kind, level says how much by itself
    "idiom",     # covers a match of others: 死ぬほど忙しい, 保護犬
    "intent",    # asks for information, greets, is not welfare: intent says which
]


class Entry(Fact):
    """One concept.

    weight: per field, 1 (hint) to 5 (by itself enough to name the window); level: urgency of a crisis word by itself;
    covers (idiom only): ids of the entries that it silences where it overlaps them, all when empty;
    undeniable: a ない behind a raw phrase takes nothing from it (死ぬ勇気~もない, 生きてる理由~がない);
    deed (crisis only): more than a wish to die – means, acts, others drawn in: a window takes it over at once, without asking back;
    sure (crisis only): said in so many words, with who does it: however calm and businesslike the rest is, it puts this in no doubt.
    """

    id: Id
    kind: Kind = "need"
    because: Text
    words: tuple[Text, ...] = ()
    raw: tuple[Text, ...] = ()
    need: Id | None = None
    fields: dict[Field, float] = Default(default_factory=dict)
    topic: Id | None = None
    role: About | None = None
    age: tuple[int, int] | None = None
    crisis: CrisisKind | None = None
    level: Urgency | None = None
    intent: Literal["info", "other", "chat"] | None = None
    covers: tuple[Id, ...] = ()
    undeniable: bool = False
    deed: bool = False
    sure: bool = False
    examples: tuple[Text, ...] = ()
    counterexamples: tuple[Text, ...] = ()


class LexiconFile(Sourced):
    """`lexicon/<subject>.yaml`: the entries of one subject. dialect: only for towns of this prefecture.

    groups: alternatives that lines of all lexicon files may name as `<group>`.
    """

    dialect: Text | None = None
    groups: dict[Id, tuple[str, ...]] = Default(default_factory=dict)
    entries: tuple[Entry, ...]


class Rule(Fact):
    """A rule over persons and needs. `when` is compiled by `triage/rules.py`, which documents its grammar.

    sure (danger only): what it joins means danger however calm and businesslike the rest is, as for an entry.
    """

    id: Id
    because: Text
    when: dict[str, object]
    sure: bool = False
    pattern: Pattern | None = None
    crisis: CrisisKind | None = None
    urgency: Urgency | None = None
    fields: tuple[Field, ...] = ()
    needs: tuple[Id, ...] = ()
    complex: bool = False
    programme: Literal["coordination", "outreach", "participation"] | None = None
    matches: tuple[Text, ...]
    spares: tuple[Text, ...]
    source: Text | None = None


class RuleFile(Sourced):
    """`rules/<subject>.yaml`."""

    rules: tuple[Rule, ...]


class ReplyFile(Sourced):
    """`replies/<language>.yaml`: everything the bot says by itself. Placeholders in {braces}.

    draft: nobody who grew up with the language has read it yet; it goes out only where a town has chosen the language.
    """

    language: Text
    draft: bool = False
    replies: dict[Id, Text]


class Case(Fact):
    """A labelled message of our own (`cases/*.yaml`), labels as in the labelling guide."""

    id: Text
    text: Text
    action: Literal["route", "clarify", "info", "other", "chat"]
    fields: tuple[Field, ...] = ()
    complex: bool = False
    patterns: tuple[Pattern, ...] = ()
    urgency: Urgency = "normal"
    crisis: tuple[CrisisKind, ...] = ()
    about: tuple[About, ...] = Default(default=("unknown",))
    style: str | None = None
    note: str | None = None
