"""A rule that can never fire: it waits for an id that nothing gives. Pure; findings only.

Knows the keys of `when` that hold ids. Whether `when` is well formed is told by `triage/rules.py`, which compiles it.
"""

from collections.abc import Iterator
from typing import Any

from knowledge.errors import Problem, closest
from knowledge.parse import Parsed
from knowledge.schema import CRISIS_KINDS, LexiconFile, Rule, RuleFile
from knowledge.schema.extras import GlossaryFile
from knowledge.source import Step

MARKS_OF_TRIAGE = frozenset({"told_much", *(f"crisis_{kind}" for kind in CRISIS_KINDS)})
"""Marks that no word gives: triage sets them itself (`triage/judge.py`). A test keeps the two together."""
_WAITED_FOR = frozenset({"marks", "every", "has", "near"})
_FORBIDDEN = frozenset({"lacks"})
_NOTHING_WAITS = "none"


def check_firing(parsed: Parsed) -> Iterator[Problem]:
    """Ids in the rules' `when` that no lexicon entry and no rule ever gives."""
    entries = [entry for file in parsed.of(LexiconFile, "").values() for entry in file.entries]
    files = parsed.of(RuleFile, "")
    glossary = parsed.of(GlossaryFile, "glossary").get("glossary.yaml")
    if glossary is None or any("lexicon" in problem.file for problem in parsed.problems):
        return  # what is missing is already told, and everything would seem to wait for it
    given = {entry.id for entry in entries} | {entry.need for entry in entries if entry.need}
    given |= MARKS_OF_TRIAGE
    names = given | set(glossary.needs.terms)
    given |= {need for file in files.values() for rule in file.rules for need in rule.needs}
    for path, file in files.items():
        for at, rule in enumerate(file.rules):
            yield from _rule(parsed, path, ("rules", at), rule, names, given)


def _rule(
    parsed: Parsed, path: str, where: tuple[Step, ...], rule: Rule, names: set[str], given: set[str]
) -> Iterator[Problem]:
    for waited, choices in _ids(rule.when, waits=True):
        for name in choices:
            if name not in names:
                yield _unknown(parsed, path, (*where, "when"), rule, name, names)
        if waited and choices and not any(name in given for name in choices) and all(name in names for name in choices):
            yield parsed.problem(
                path,
                (*where, "when"),
                (f"「{rule.id}」は決して当てはまりません: {'、'.join(choices)}", f"`{rule.id}` can never fire: {', '.join(choices)}"),
                ("これを付ける言葉も規則もありません", "no word and no rule gives it"),
                ("見出し語に need を足すか、この条件を直してください", "give an entry this `need`, or change the condition"),
            )


def _ids(when: Any, *, waits: bool) -> Iterator[tuple[bool, tuple[str, ...]]]:
    """Groups of ids; True: one of the group must be there for the rule to fire."""
    if isinstance(when, list):
        for item in when:
            yield from _ids(item, waits=waits)
    if not isinstance(when, dict):
        return
    for key, value in when.items():
        if key == "near":
            yield from ((waits, _texts(group)) for group in value if isinstance(value, list))
        elif key == "least" and isinstance(value, dict):
            yield from ((False, _texts(group)) for group in value.get("of", ()))
        elif key == "every":
            yield from ((waits, (name,)) for name in _texts(value))
        elif key in _WAITED_FOR or key in _FORBIDDEN:
            yield waits and key not in _FORBIDDEN, _texts(value)
        elif isinstance(value, dict | list):
            # In `any` another branch may hold, in `none` nothing is waited for.
            yield from _ids(value, waits=waits and key not in ("any", _NOTHING_WAITS))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _unknown(parsed: Parsed, path: str, where: tuple[Step, ...], rule: Rule, name: str, names: set[str]) -> Problem:
    near = closest(name, names)
    return parsed.problem(
        path,
        where,
        (f"「{rule.id}」の「{name}」は見出し語にも needs にもありません", f"`{name}` of `{rule.id}` is no entry and no need"),
        ("だれも付けない印を待つ規則は、決して当てはまりません", "a rule that waits for it can never fire"),
        (f"「{near}」ではありませんか", f"did you mean `{near}`?")
        if near
        else ("id を直すか、見出し語を書き足してください", "correct the id, or add the entry"),
    )
