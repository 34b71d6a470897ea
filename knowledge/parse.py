"""From raw files to one `Bundle`: each path has its shape, each town is put together from its files."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel

from knowledge.errors import KnowledgeError, Problem, both
from knowledge.schema import (
    Fact,
    FaqEntry,
    LexiconFile,
    Meeting,
    Municipality,
    NationalContact,
    ReplyFile,
    Rule,
    RuleFile,
    SafetyCheck,
    Town,
)
from knowledge.schema.answers import AnswerFile, AnswerText, TownAnswerFile
from knowledge.schema.contact_ways import Inquiry, ResumeWords, SafeContact
from knowledge.schema.disclosure import DisclosureLaw
from knowledge.schema.extras import (
    CaseFile,
    ContactFile,
    FaqFile,
    GlossaryFile,
    MeetingFile,
    ResourceFile,
    SafetyCheckFile,
    SearchFile,
    SearchWords,
    TownReplyFile,
    WindowFile,
)
from knowledge.schema.weights import AboutWeights, Weights
from knowledge.shape import build
from knowledge.source import Document, Step, read

SHAPES: tuple[tuple[re.Pattern[str], type[BaseModel]], ...] = tuple(
    (re.compile(pattern), model)
    for pattern, model in (
        (r"glossary\.yaml", GlossaryFile),
        (r"base/contacts\.yaml", ContactFile),
        (r"base/search\.yaml", SearchFile),
        (r"base/resume_words\.yaml", ResumeWords),
        (r"base/safe_contact\.yaml", SafeContact),
        (r"base/inquiry\.yaml", Inquiry),
        (r"base/disclosure\.yaml", DisclosureLaw),
        (r"base/search/[^/]+\.yaml", SearchFile),
        (r"base/meetings\.yaml", MeetingFile),
        (r"base/safety_checks\.yaml", SafetyCheckFile),
        (r"base/lexicon/[^/]+\.yaml", LexiconFile),
        (r"base/rules/[^/]+\.yaml", RuleFile),
        (r"base/weights/about\.yaml", AboutWeights),
        (r"base/weights/[^/]+\.yaml", Weights),
        (r"base/replies/[^/]+\.yaml", ReplyFile),
        (r"base/faq/[^/]+\.yaml", FaqFile),
        (r"base/answers/[^/]+\.yaml", AnswerFile),
        (r"base/cases/[^/]+\.yaml", CaseFile),
        (r"municipalities/[^/]+/municipality\.yaml", Municipality),
        (r"municipalities/[^/]+/windows\.yaml", WindowFile),
        (r"municipalities/[^/]+/meetings\.yaml", MeetingFile),
        (r"municipalities/[^/]+/resources\.yaml", ResourceFile),
        (r"municipalities/[^/]+/replies\.yaml", TownReplyFile),
        (r"municipalities/[^/]+/lexicon\.yaml", LexiconFile),
        (r"municipalities/[^/]+/faq\.yaml", FaqFile),
        (r"municipalities/[^/]+/answers\.yaml", TownAnswerFile),
        (r"municipalities/[^/]+/cases\.yaml", CaseFile),
    )
)

Model = TypeVar("Model", bound=BaseModel)


class Bundle(Fact):
    """What the cache holds: the whole knowledge, typed."""

    towns: dict[str, Town]
    lexicon: tuple[LexiconFile, ...]
    rules: tuple[Rule, ...]
    contacts: tuple[NationalContact, ...]
    replies: tuple[ReplyFile, ...]
    faq: tuple[FaqEntry, ...]
    glossary: GlossaryFile
    search: SearchWords = SearchWords()
    resume_words: tuple[str, ...] = ()
    safe_contact: SafeContact | None = None
    inquiry: Inquiry | None = None
    disclosure: DisclosureLaw | None = None
    weights: tuple[Weights, ...] = ()
    about: AboutWeights | None = None
    meetings: tuple[Meeting, ...] = ()
    answers: tuple[AnswerText, ...] = ()


@dataclass(frozen=True)
class Parsed:
    """Typed files by path, their documents for lines, and the findings so far.

    bundle None: too broken to be put together; known: paths of files that were typed and looked over before.
    """

    folder: str
    documents: Mapping[str, Document]
    objects: Mapping[str, BaseModel]
    problems: tuple[Problem, ...]
    bundle: Bundle | None
    known: frozenset[str] = frozenset()

    def with_problems(self, more: Iterable[Problem]) -> "Parsed":
        return replace(self, problems=(*self.problems, *more))

    def of(self, model: type[Model], start: str) -> dict[str, Model]:
        """The files of one shape whose path begins with `start`, by path."""
        return {
            path: found for path, found in self.objects.items() if isinstance(found, model) and path.startswith(start)
        }

    def fresh(self, model: type[Model], start: str) -> dict[str, Model]:
        """`of` without what was looked over before: ids are known by it, its own lines are not judged again."""
        return {path: found for path, found in self.of(model, start).items() if path not in self.known}

    def problem(
        self, path: str, where: Sequence[Step], what: tuple[str, str], why: tuple[str, str], fix: tuple[str, str]
    ) -> Problem:
        """A finding at a place inside a file; each text is (Japanese, English)."""
        document = self.documents[path]
        return Problem(document.file, document.line(where), both(*what), both(*why), both(*fix))

    def towns(self) -> tuple[str, ...]:
        """Folder names under `municipalities/`, readable or not."""
        return tuple(sorted({path.split("/")[1] for path in self.documents if path.startswith("municipalities/")}))


def parse(raw: Mapping[str, bytes], *, folder: str, known: Mapping[str, BaseModel] | None = None) -> Parsed:
    """Read and type every file; wrong ones are left out and told in `problems`.

    known: files that are typed already (`knowledge/shared.py`), so that one town can be read without all the rest.
    """
    objects: dict[str, BaseModel] = dict(known or {})
    documents = {path: Document(f"{folder}/{path}", None, None) for path in objects}
    problems: list[Problem] = []
    for path, content in raw.items():
        model = next((model for pattern, model in SHAPES if pattern.fullmatch(path)), None)
        if model is None:
            problems.append(_unknown_file(f"{folder}/{path}"))
            continue
        try:
            documents[path] = read(content, file=f"{folder}/{path}")
        except KnowledgeError as error:
            problems.extend(error.problems)
            continue
        built = build(documents[path], model, problems)
        if built is not None:
            objects[path] = built
    result = Parsed(folder, documents, objects, tuple(problems), None, frozenset(known or ()))
    return _bundled(result)


def _bundled(result: Parsed) -> Parsed:
    glossary = result.of(GlossaryFile, "glossary").get("glossary.yaml")
    missing: list[Problem] = []
    towns = {town: made for town in result.towns() if (made := _town(result, town, missing))}
    if glossary is None and "glossary.yaml" not in result.documents:
        missing.append(_missing_file(f"{result.folder}/glossary.yaml"))
    if "base/replies/ja.yaml" not in result.documents:
        missing.append(_missing_file(f"{result.folder}/base/replies/ja.yaml"))
    result = result.with_problems(missing)
    if glossary is None or result.problems:
        return result
    contacts = result.of(ContactFile, "base/").values()
    return replace(
        result,
        bundle=Bundle(
            towns=towns,
            glossary=glossary,
            search=_search_words(result),
            meetings=tuple(item for file in result.of(MeetingFile, "base/").values() for item in file.meetings),
            lexicon=tuple(result.of(LexiconFile, "base/").values()),
            rules=tuple(rule for file in result.of(RuleFile, "base/").values() for rule in file.rules),
            contacts=tuple(contact for file in contacts for contact in file.contacts),
            replies=tuple(result.of(ReplyFile, "base/").values()),
            faq=tuple(entry for file in result.of(FaqFile, "base/").values() for entry in file.faq),
            resume_words=tuple(word for file in result.of(ResumeWords, "base/").values() for word in file.words),
            safe_contact=next(iter(result.of(SafeContact, "base/").values()), None),
            inquiry=next(iter(result.of(Inquiry, "base/").values()), None),
            disclosure=next(iter(result.of(DisclosureLaw, "base/").values()), None),
            weights=tuple(result.of(Weights, "base/").values()),
            answers=tuple(one for file in result.of(AnswerFile, "base/").values() for one in file.answers),
            about=next(iter(result.of(AboutWeights, "base/").values()), None),
        ),
    )


def _search_words(result: Parsed) -> SearchWords:
    files = result.of(SearchFile, "base/").values()
    return SearchWords(
        stop=frozenset(word for file in files for word in file.stop),
        asking=frozenset(word for file in files for word in file.asking),
        weak=frozenset(word for file in files for word in file.weak),
        synonyms=tuple(group for file in files for group in file.synonyms),
        leads=tuple(lead for file in files for lead in file.leads),
    )


def _town(result: Parsed, town: str, problems: list[Problem]) -> Town | None:
    start = f"municipalities/{town}/"
    for name in ("municipality.yaml", "windows.yaml"):
        if start + name not in result.documents and not _failed(result, start + name):
            problems.append(_missing_file(f"{result.folder}/{start}{name}"))
    municipality = result.of(Municipality, start).get(start + "municipality.yaml")
    windows = result.of(WindowFile, start).get(start + "windows.yaml")
    if municipality is None or windows is None:
        return None
    if municipality.id != town:
        problems.append(_wrong_folder(result, start, municipality.id, town))
    meetings = result.of(MeetingFile, start).values()
    resources = result.of(ResourceFile, start).values()
    replies = next(iter(result.of(TownReplyFile, start).values()), None)
    answers = next(iter(result.of(TownAnswerFile, start).values()), None)
    return Town(
        municipality=municipality,
        windows=windows.windows,
        meetings=tuple(item for file in meetings for item in file.meetings),
        resources=tuple(item for file in resources for item in file.resources),
        replies={str(language): texts for language, texts in replies.replies.items()} if replies else {},
        lexicon=next(iter(result.of(LexiconFile, start).values()), None),
        faq=tuple(entry for file in result.of(FaqFile, start).values() for entry in file.faq),
        safety_checks=_safety_checks(result, municipality),
        answers=answers.answers if answers else (),
        without_answers=answers.without if answers else (),
    )


def _safety_checks(result: Parsed, municipality: Municipality) -> tuple[SafetyCheck, ...]:
    """The town's own, and of those for all towns what it has not set itself."""
    own = {check.id for check in municipality.safety_checks}
    shared = (check for file in result.of(SafetyCheckFile, "base/").values() for check in file.safety_checks)
    return (*municipality.safety_checks, *(check for check in shared if check.id not in own))


def _failed(result: Parsed, path: str) -> bool:
    return any(problem.file == f"{result.folder}/{path}" for problem in result.problems)


def _unknown_file(file: str) -> Problem:
    return Problem(
        file,
        None,
        both("この場所・名前のファイルは読まれません", "no file is read under this name here"),
        both("名前のまちがいで知識が欠けるのを防ぎます", "a misspelt file name would silently lose knowledge"),
        both(
            "knowledge/README.md の一覧の名前（拡張子 .yaml）に直すか、消してください",
            "use a name listed in knowledge/README.md (ending .yaml), or remove it",
        ),
    )


def _missing_file(file: str) -> Problem:
    return Problem(
        file,
        None,
        both("ファイルがありません", "the file is missing"),
        both("これがないと動きません", "nothing runs without it"),
        both("ほかの町の同じファイルを写して直してください", "copy the same file of another town and change it"),
    )


def _wrong_folder(result: Parsed, start: str, found: str, town: str) -> Problem:
    path = start + "municipality.yaml"
    return Problem(
        f"{result.folder}/{path}",
        result.documents[path].line(("id",)),
        both(f"id が「{found}」、フォルダーが「{town}」です", f"the id is `{found}` but the folder is `{town}`"),
        both("窓口の id は自治体の id で始まります", "window ids begin with the municipality's id"),
        both("どちらかにそろえてください", "make them the same"),
    )
