"""One town read and checked alone: what all towns share stands in as files that are typed already.

Reading everything takes a second, one town hundredths of one; so a change can be checked while somebody waits and go
live without a restart. Pure.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pydantic import BaseModel

from knowledge.check import Look, check_files
from knowledge.errors import KnowledgeError, Problem
from knowledge.loader import File, parsed
from knowledge.overlay import Edit, as_data, laid, where
from knowledge.schema import ReplyFile, RuleFile
from knowledge.schema.extras import ContactFile, FaqFile, GlossaryFile, GlossarySection, SearchFile
from knowledge.source import Document, read
from knowledge.types import Knowledge

FOLDER = "knowledge"
_SOURCE, _DAY = "shared", date.min


@dataclass(frozen=True, slots=True)
class Laid:
    """The knowledge with a town's edits in it. left_out: edits that the files don't bear any more."""

    knowledge: Knowledge
    left_out: tuple[Edit, ...] = ()


def as_files(knowledge: Knowledge) -> dict[str, BaseModel]:
    """What all towns share, under paths of the same shape as the real ones."""
    glossary = knowledge.glossary
    sections = {
        name: GlossarySection.model_construct(source=_SOURCE, checked=_DAY, terms=dict(terms))
        for name, terms in (("needs", glossary.needs), ("topics", glossary.topics), ("words", glossary.words))
    }
    made: dict[str, BaseModel] = {
        "glossary.yaml": GlossaryFile.model_construct(**sections),  # type: ignore[arg-type]
        "base/contacts.yaml": ContactFile.model_construct(contacts=knowledge.contacts),
        "base/search.yaml": SearchFile.model_construct(
            source=_SOURCE, checked=_DAY, stop=knowledge.search.stop, synonyms=knowledge.search.synonyms
        ),
        "base/faq/shared.yaml": FaqFile.model_construct(faq=knowledge.faq),
        "base/rules/shared.yaml": RuleFile.model_construct(source=_SOURCE, checked=_DAY, rules=knowledge.rules),
    }
    for language, texts in knowledge.replies.items():
        made[f"base/replies/{language}.yaml"] = ReplyFile.model_construct(
            source=_SOURCE, checked=_DAY, language=language, replies=dict(texts)
        )
    for number, file in enumerate(knowledge.lexicon):
        made[f"base/lexicon/shared_{number}.yaml"] = file
    return made


def problems_of(
    town: str, files: Sequence[File], shared: Knowledge, *, today: date | None = None, looks: Sequence[Look] = ()
) -> list[Problem]:
    """What `tsunagu check` says of these files of a town."""
    start = f"{FOLDER}/municipalities/{town}/"
    found = check_files(
        files, folder=FOLDER, municipalities=(town,), today=today, looks=looks, known=as_files(shared)
    )
    return [problem for problem in found if problem.file.startswith(start)]


def laid_over(knowledge: Knowledge, town: str, files: Sequence[File], edits: Sequence[Edit]) -> Laid:
    """The knowledge with the edits of one town live, as many of them as the files bear; never without the town."""
    if not edits:
        return Laid(knowledge)
    known = as_files(knowledge)
    whole = _with(knowledge, town, files, edits, known)
    if whole is not None:
        return Laid(whole)
    fitting: list[Edit] = []
    for edit in edits:
        if _with(knowledge, town, files, [*fitting, edit], known) is not None:
            fitting.append(edit)
    made = _with(knowledge, town, files, fitting, known) if fitting else None
    return Laid(made or knowledge, tuple(edit for edit in edits if edit not in fitting))


def _with(
    knowledge: Knowledge, town: str, files: Sequence[File], edits: Sequence[Edit], known: Mapping[str, BaseModel]
) -> Knowledge | None:
    try:
        result = parsed(laid(town, files, edits), folder=FOLDER, known=known)
    except (KnowledgeError, LookupError, TypeError):
        return None
    bundle = result.bundle
    if result.problems or bundle is None or town not in bundle.towns:
        return None
    return replace(
        knowledge, towns={**knowledge.towns, town: bundle.towns[town]}, version=_version(knowledge.version, town, edits)
    )


def _version(version: str, town: str, edits: Sequence[Edit]) -> str:
    told = json.dumps([version, town, as_data(edits)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def by_field(
    problems: Sequence[Problem], town: str, files: Sequence[File], edit: Edit
) -> dict[str, list[Problem]]:
    """Findings by the field of the thing that an edit changes; "" for those that lie elsewhere in the town's files."""
    path, place = where(town, files, edit.about)
    raw = next((file.raw for file in files if file.path == path), b"")
    starts = _starts(raw, path, place)
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        here = problem.file == f"{FOLDER}/{path}" and problem.line is not None
        name = _named(problem, place) or _at(starts, problem.line or 0) if here else ""
        found.setdefault(name, []).append(problem)
    return found


def _named(problem: Problem, place: Sequence[str | int]) -> str:
    """The field that a finding of the shape names itself: one that is missing has no line of its own."""
    start = "".join(f"{step}." for step in place)
    rest = problem.what.removeprefix(start) if problem.what.startswith(start) else ""
    found = re.match(r"([a-z_]+)[.:]", rest)
    return found[1] if found else ""


def _starts(raw: bytes, path: str, place: Sequence[str | int]) -> list[tuple[int, str]]:
    """The line on which each field begins, and one past the thing, whose name is ""."""
    try:
        document = read(raw, file=path)
    except KnowledgeError:
        return []
    inside: object = document.data
    for step in place:
        inside = _inner(inside, step)
    if not isinstance(inside, dict):
        line = document.line(place)
        return [(line, "text"), (line + 1, "")] if line else []
    lines = [(document.line((*place, name)) or 0, name) for name in inside]
    after = _after(document, place)
    return sorted([*lines, *([(after, "")] if after else [])])


def _inner(data: object, step: str | int) -> object:
    if isinstance(data, dict):
        return data.get(step)
    return data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None


def _after(document: Document, place: Sequence[str | int]) -> int | None:
    """The line of the thing that comes next in the list."""
    if not place or not isinstance(place[-1], int):
        return None
    following = (*place[:-1], place[-1] + 1)
    return document.line(following) if document.has(following) else None


def _at(starts: Sequence[tuple[int, str]], line: int) -> str:
    return next((name for start, name in reversed(starts) if start <= line), "")


