"""Runs the examples that rules and lexicon entries carry: what must match does, what must be spared is.

Must not know: where files lie, towns. `tsunagu check` gives each fault its file and line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.schema import Entry, Rule, Town
from knowledge.types import Knowledge
from triage.engine import Engine
from triage.rules import RuleError, compile_rule

_DAY = date(2026, 11, 21)
Key = Literal["when", "matches", "spares", "examples", "counterexamples"]


@dataclass(frozen=True, slots=True)
class Fault:
    """An example that doesn't hold. of: the rule or the entry; index: which example; what: Japanese / English."""

    of: Literal["rule", "entry"]
    id: str
    key: Key
    index: int
    what: str


def check(knowledge: Knowledge) -> list[Fault]:
    """Rules that can't be compiled, and examples of rules and entries that fail. Empty when all is well."""
    broken = [fault for rule in knowledge.rules for fault in _readable(rule)]
    if broken:
        return broken
    engine = Engine(knowledge)
    rules = [fault for rule in knowledge.rules for fault in _of_rule(rule, engine)]
    entries = [entry for file in knowledge.lexicon for entry in file.entries if entry.kind != "idiom"]
    return [*rules, *(fault for entry in entries for fault in _of_entry(entry, engine))]


def check_own_words(town: Town, engine: Engine) -> list[Fault]:
    """The same of a town's own entries, read as in that town; and that its idioms silence what they say, and no more."""
    entries = town.lexicon.entries if town.lexicon is not None else ()
    of = {True: _of_idiom, False: _of_entry}
    return [fault for entry in entries for fault in of[entry.kind == "idiom"](entry, engine, town=town.id)]


def _readable(rule: Rule) -> Iterator[Fault]:
    try:
        compile_rule(rule)
    except RuleError as why:
        yield Fault("rule", rule.id, "when", 0, str(why))


def _of_rule(rule: Rule, engine: Engine) -> Iterator[Fault]:
    for index, text in enumerate(rule.matches):
        if rule.id not in _fired(engine, text):
            yield Fault("rule", rule.id, "matches", index, (
                f"規則 {rule.id} が、当てはまるはずの「{text}」で働きません / rule {rule.id} does not fire on its own example"))
    for index, text in enumerate(rule.spares):
        if rule.id in _fired(engine, text):
            yield Fault("rule", rule.id, "spares", index, (
                f"規則 {rule.id} が、働いてはいけない「{text}」で働きます / rule {rule.id} fires where it must not"))


def _of_entry(entry: Entry, engine: Engine, *, town: str | None = None) -> Iterator[Fault]:
    """An example may give way to a longer word of another need: then that one speaks, and says it better."""
    for index, text in enumerate(entry.examples):
        if entry.id not in engine.matched(text, today=_DAY, town=town) and entry.id not in engine.outdone(text, today=_DAY, town=town):
            yield Fault("entry", entry.id, "examples", index, (
                f"語 {entry.id} が、例「{text}」で見つかりません / entry {entry.id} is not found in its own example"))
    for index, text in enumerate(entry.counterexamples):
        if entry.id in engine.matched(text, today=_DAY, town=town):
            yield Fault("entry", entry.id, "counterexamples", index, (
                f"語 {entry.id} が、反例「{text}」で見つかってしまいます / entry {entry.id} is found in its counterexample"))


def _of_idiom(entry: Entry, engine: Engine, *, town: str | None = None) -> Iterator[Fault]:
    """What it covers says nothing in its examples, and still speaks in its counterexamples."""
    covered = frozenset(entry.covers)
    if not covered:
        yield Fault("entry", entry.id, "examples", 0, (
            f"言い方 {entry.id} が、どの言葉を数えなくするのか決まっていません / idiom {entry.id} covers nothing by name, and so everything"))
    for index, text in enumerate(entry.examples):
        if not covered.isdisjoint(engine.matched(text, today=_DAY, town=town)):
            yield Fault("entry", entry.id, "examples", index, (
                f"言い方 {entry.id} があっても、例「{text}」がまだ困りごととして数えられます / idiom {entry.id} does not silence its own example"))
    for index, text in enumerate(entry.counterexamples):
        if covered.isdisjoint(engine.matched(text, today=_DAY, town=town)):
            yield Fault("entry", entry.id, "counterexamples", index, (
                f"言い方 {entry.id} のために、反例「{text}」の困りごとが見つからなくなります / idiom {entry.id} silences its counterexample"))


def _fired(engine: Engine, text: str) -> set[str]:
    return {reason.rule for reason in engine.decide([text], today=_DAY).reasons}
