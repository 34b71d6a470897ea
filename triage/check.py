"""Runs the examples that rules and lexicon entries carry: what must match does, what must be spared is.

Must not know: where files lie (a problem names the file of its subject by convention), towns.
"""

from collections.abc import Iterator
from datetime import date

from knowledge.errors import Problem
from knowledge.schema import Entry, Rule, Town
from knowledge.types import Knowledge
from triage.engine import Engine
from triage.rules import RuleError, compile_rule

_DAY = date(2026, 11, 21)
_RULES = "base/rules"
_LEXICON = "base/lexicon"


def check(knowledge: Knowledge) -> list[Problem]:
    """Problems of rules that can't be compiled or whose examples fail. Empty when all is well."""
    broken = [problem for rule in knowledge.rules for problem in _readable(rule)]
    return broken or list(_examples(knowledge, Engine(knowledge)))


def check_words(knowledge: Knowledge) -> list[Problem]:
    """Problems of lexicon entries: an example that isn't found, a counterexample that is."""
    engine = Engine(knowledge)
    return [found for file in knowledge.lexicon for entry in file.entries for found in _entry(entry, engine)]


def check_own_words(town: Town, engine: Engine) -> list[Problem]:
    """The same of a town's own entries, read as in that town."""
    entries = town.lexicon.entries if town.lexicon is not None else ()
    return [found for entry in entries for found in _entry(entry, engine, town=town.id)]


def _entry(entry: Entry, engine: Engine, *, town: str | None = None) -> Iterator[Problem]:
    if entry.kind == "idiom":
        return
    for text in entry.examples:
        if entry.id not in engine.matched(text, today=_DAY, town=town):
            yield _problem(entry.id, f"例「{text}」で語が見つかりません", "example", _LEXICON)
    for text in entry.counterexamples:
        if entry.id in engine.matched(text, today=_DAY, town=town):
            yield _problem(entry.id, f"反例「{text}」で語が見つかってしまいます", "counterexample", _LEXICON)


def _readable(rule: Rule) -> Iterator[Problem]:
    try:
        compile_rule(rule)
    except RuleError as why:
        yield _problem(rule.id, str(why), "when", _RULES)


def _examples(knowledge: Knowledge, engine: Engine) -> Iterator[Problem]:
    for rule in knowledge.rules:
        for text in rule.matches:
            if rule.id not in _fired(engine, text):
                yield _problem(rule.id, f"「{text}」に当てはまるはずの規則が働きません", "matches", _RULES)
        for text in rule.spares:
            if rule.id in _fired(engine, text):
                yield _problem(rule.id, f"「{text}」に働いてはいけない規則が働きます", "spares", _RULES)


def _fired(engine: Engine, text: str) -> set[str]:
    return {reason.rule for reason in engine.decide([text], today=_DAY).reasons}


def _problem(name: str, what: str, key: str, folder: str) -> Problem:
    return Problem(
        folder, None, f"{name}: {what} / {name}: its {key} fails",
        "言葉や規則を直すたびに、例で確かめています / examples guard every change of words and rules",
        f"{name} の条件か {key} を直してください / correct the entry or its {key}",
    )
