"""Every id that names something must name something that exists, once. Pure; findings only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from knowledge.errors import Problem, closest
from knowledge.parse import Parsed
from knowledge.schema import Entry, FaqEntry, LexiconFile, Municipality, ReplyFile, Rule, RuleFile, Window
from knowledge.schema.answers import AnswerFile, AnswerText, TownAnswerFile
from knowledge.schema.extras import (
    CaseFile,
    ContactFile,
    FaqFile,
    GlossaryFile,
    MeetingFile,
    ResourceFile,
    WindowFile,
)
from knowledge.source import Step
from knowledge.templates import check_templates

Where = tuple[Step, ...]


def check_references(parsed: Parsed) -> list[Problem]:
    """Findings over the files that have the right shape."""
    return [
        *_words(parsed),
        *_base(parsed),
        *(found for town in parsed.towns() for found in _town(parsed, town)),
        *check_templates(parsed),
    ]


def _words(parsed: Parsed) -> Iterator[Problem]:
    """Lexicon, rules and their needs and topics, common ones and towns' own."""
    lexicons = parsed.of(LexiconFile, "")
    entries = [
        (path, ("entries", at), entry) for path, file in lexicons.items() for at, entry in enumerate(file.entries)
    ]
    rules = [
        (path, ("rules", at), rule)
        for path, file in parsed.fresh(RuleFile, "").items()
        for at, rule in enumerate(file.rules)
    ]
    yield from _once(parsed, [(path, (*where, "id"), entry.id) for path, where, entry in entries])
    yield from _once(parsed, [(path, (*where, "id"), rule.id) for path, where, rule in rules])
    ids = {entry.id for _, _, entry in entries}
    for path, where, entry in entries:
        if path not in parsed.known:
            yield from _entry(parsed, path, where, entry, ids)
    for path, where, rule in rules:
        yield from _rule(parsed, path, where, rule)


def _entry(parsed: Parsed, path: str, where: Where, entry: Entry, ids: set[str]) -> Iterator[Problem]:
    if entry.need:
        yield from _listed(parsed, path, (*where, "need"), entry.need, "needs")
    if entry.topic:
        yield from _listed(parsed, path, (*where, "topic"), entry.topic, "topics")
    for at, covered in enumerate(entry.covers):
        if covered not in ids:
            yield _dangling(parsed, path, (*where, "covers", at), covered, ("見出し語", "lexicon entry"), ids)
    if not entry.words and not entry.raw:
        yield parsed.problem(
            path,
            where,
            (f"「{entry.id}」に言葉がありません", f"`{entry.id}` has no words"),
            ("words も raw もないと、何にも当たりません", "without words or raw it can never match"),
            ("words か raw に1つ以上書いてください", "give at least one word"),
        )
    if entry.deed and entry.kind != "crisis":
        yield parsed.problem(
            path,
            (*where, "deed"),
            (f"「{entry.id}」は危機の語ではないのに deed があります", f"`{entry.id}` has `deed`, but names no danger"),
            ("deed は、死にたい気持ちを超えた準備や行為を示す危機の語だけのものです", "`deed` is for words of danger that tell more than a wish to die"),
            ("deed の行を消すか、kind: crisis にしてください", "remove `deed`, or make it kind `crisis`"),
        )
    wanted = {"crisis": entry.crisis, "person": entry.role, "intent": entry.intent}.get(entry.kind, True)
    if wanted is None:
        key = {"crisis": "crisis", "person": "role", "intent": "intent"}[entry.kind]
        yield parsed.problem(
            path,
            where,
            (f"「{entry.id}」に {key} がありません", f"`{entry.id}` has no `{key}`"),
            (f"kind: {entry.kind} には {key} が要ります", f"kind `{entry.kind}` needs `{key}`"),
            (f"{key}: … を書き足してください", f"add `{key}: …`"),
        )


def _rule(parsed: Parsed, path: str, where: Where, rule: Rule) -> Iterator[Problem]:
    for at, need in enumerate(rule.needs):
        yield from _listed(parsed, path, (*where, "needs", at), need, "needs")


def _base(parsed: Parsed) -> Iterator[Problem]:
    contacts = parsed.of(ContactFile, "base/")
    yield from _once(
        parsed,
        [
            (path, ("contacts", at, "id"), contact.id)
            for path, file in contacts.items()
            for at, contact in enumerate(file.contacts)
        ],
    )
    cases = parsed.of(CaseFile, "")
    yield from _once(
        parsed,
        [(path, ("cases", at, "id"), case.id) for path, file in cases.items() for at, case in enumerate(file.cases)],
    )
    answers = parsed.fresh(AnswerFile, "base/")
    yield from _answers(parsed, {path: file.answers for path, file in answers.items()})
    faqs = parsed.fresh(FaqFile, "base/")
    yield from _faq(parsed, faqs, windows=None)


def _answers(parsed: Parsed, files: Mapping[str, Sequence[AnswerText]]) -> Iterator[Problem]:
    texts = [(path, ("answers", at), text) for path, file in files.items() for at, text in enumerate(file)]
    yield from _once(parsed, [(path, (*where, "id"), text.id) for path, where, text in texts])
    for path, where, text in texts:
        for at, need in enumerate(text.needs):
            yield from _listed(parsed, path, (*where, "needs", at), need, "needs")


def _faq(parsed: Parsed, faqs: dict[str, FaqFile], *, windows: set[str] | None) -> Iterator[Problem]:
    """windows None: general entries, which can name no town's window."""
    entries: list[tuple[str, Where, FaqEntry]] = [
        (path, ("faq", at), entry) for path, file in faqs.items() for at, entry in enumerate(file.faq)
    ]
    yield from _once(parsed, [(path, (*where, "id"), entry.id) for path, where, entry in entries])
    for path, where, entry in entries:
        for at, topic in enumerate(entry.topics):
            yield from _listed(parsed, path, (*where, "topics", at), topic, "topics")
        for at, window in enumerate(entry.windows):
            if window not in (windows or set()):
                yield _dangling(parsed, path, (*where, "windows", at), window, ("窓口", "window"), windows or set())


def _town(parsed: Parsed, town: str) -> Iterator[Problem]:
    start = f"municipalities/{town}/"
    files = parsed.of(WindowFile, start)
    ids = {window.id for file in files.values() for window in file.windows}
    for path, file in files.items():
        yield from _once(parsed, [(path, ("windows", at, "id"), window.id) for at, window in enumerate(file.windows)])
        for at, window in enumerate(file.windows):
            yield from _window(parsed, path, ("windows", at), window)
    if files:
        for path, municipality in parsed.of(Municipality, start).items():
            yield from _municipality(parsed, path, municipality, ids)
    for path, meetings in parsed.of(MeetingFile, start).items():
        yield from _once(parsed, [(path, ("meetings", at, "id"), item.id) for at, item in enumerate(meetings.meetings)])
        for at, item in enumerate(meetings.meetings):
            for number, convener in enumerate(item.conveners):
                if convener not in ids:
                    where: Where = ("meetings", at, "conveners", number)
                    yield _dangling(parsed, path, where, convener, ("窓口", "window"), ids)
    own = parsed.of(TownAnswerFile, start)
    yield from _answers(parsed, {path: file.answers for path, file in own.items()})
    common = {text.id for file in parsed.of(AnswerFile, "base/").values() for text in file.answers}
    for path, told in own.items():
        for at, text_id in enumerate(told.without):
            if text_id not in common:
                yield _dangling(parsed, path, ("without", at), text_id, ("共通の文", "common text"), common)
    for path, resources in parsed.of(ResourceFile, start).items():
        yield from _once(
            parsed, [(path, ("resources", at, "id"), item.id) for at, item in enumerate(resources.resources)]
        )
    yield from _faq(parsed, parsed.of(FaqFile, start), windows=ids)


def _window(parsed: Parsed, path: str, where: Where, window: Window) -> Iterator[Problem]:
    yield from _once(parsed, [(path, (*where, "desks", at, "id"), desk.id) for at, desk in enumerate(window.desks)])
    yield from _once(
        parsed, [(path, (*where, "offices", at, "id"), office.id) for at, office in enumerate(window.offices)]
    )
    for at, topic in enumerate(window.topics):
        yield from _listed(parsed, path, (*where, "topics", at), topic, "topics")
    for number, desk in enumerate(window.desks):
        for at, topic in enumerate(desk.topics):
            yield from _listed(parsed, path, (*where, "desks", number, "topics", at), topic, "topics")


def _municipality(parsed: Parsed, path: str, town: Municipality, ids: set[str]) -> Iterator[Problem]:
    named: list[tuple[Where, str]] = [(("coordinator", "window"), town.coordinator.window)]
    if town.general_desk_window:
        named.append((("general_desk_window",), town.general_desk_window))
    for number, programme in enumerate(town.programmes):
        named += [(("programmes", number, "windows", at), window) for at, window in enumerate(programme.windows)]
    tables: tuple[tuple[str, Mapping[Any, tuple[str, ...]]], ...] = (
        ("field_windows", town.field_windows),
        ("topic_windows", town.topic_windows),
        ("crisis_windows", town.crisis_windows),
    )
    for group, table in tables:
        named += [((group, key, at), window) for key, windows in table.items() for at, window in enumerate(windows)]
    for where, window in named:
        if window not in ids:
            yield _dangling(parsed, path, where, window, ("窓口", "window"), ids)
    for topic in town.topic_windows:
        yield from _listed(parsed, path, ("topic_windows", topic), topic, "topics")
    yield from _spoken(parsed, path, town)
    known = {file.language for file in parsed.of(ReplyFile, "base/").values()}
    for at, language in enumerate(town.languages):
        if known and language not in known:
            yield _dangling(
                parsed, path, ("languages", at), language, ("base/replies", "language of base/replies"), known
            )
    yield from _once(parsed, [(path, ("indicators", at, "id"), item.id) for at, item in enumerate(town.indicators)])
    yield from _once(parsed, [(path, ("parameters", at, "id"), item.id) for at, item in enumerate(town.parameters)])


def _spoken(parsed: Parsed, path: str, town: Municipality) -> Iterator[Problem]:
    """Japanese is always among the languages, and none is named twice."""
    if "ja" not in town.languages:
        yield parsed.problem(
            path,
            ("languages",),
            ("languages に ja がありません", "`languages` lacks ja"),
            ("日本語の人に返す言葉がなくなります", "nothing would be left to say in Japanese"),
            ("ja を足してください。例: [ja, ja-easy, en]", "add ja, for example [ja, ja-easy, en]"),
        )
    for at, language in enumerate(town.languages):
        if language in town.languages[:at]:
            yield parsed.problem(
                path,
                ("languages", at),
                (f"「{language}」が2回あります", f"`{language}` is named twice"),
                ("一度で足ります", "once is enough"),
                ("片方を消してください", "remove one of them"),
            )


def _listed(parsed: Parsed, path: str, where: Where, value: str, section: str) -> Iterator[Problem]:
    glossary = parsed.of(GlossaryFile, "glossary").get("glossary.yaml")
    if glossary is None:  # its own problem is already told
        return
    terms = glossary.needs.terms if section == "needs" else glossary.topics.terms
    if value not in terms:
        yield _dangling(
            parsed, path, where, value, (f"glossary.yaml の {section}", f"glossary.yaml {section}"), set(terms)
        )


def _dangling(
    parsed: Parsed, path: str, where: Where, value: str, kind: tuple[str, str], known: Iterable[str]
) -> Problem:
    near = closest(value, known)
    hint = (
        (f"「{near}」ではありませんか", f"did you mean `{near}`?")
        if near
        else ("id を直すか、足りないものを書き足してください", "correct the id, or add what is missing")
    )
    return parsed.problem(
        path,
        where,
        (f"「{value}」は{kind[0]}にありません", f"`{value}` is not a known {kind[1]}"),
        ("つながる先のない id です", "the id leads nowhere"),
        hint,
    )


def _once(parsed: Parsed, places: list[tuple[str, Where, str]]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path, where, value in places:
        document = parsed.documents[path]
        if value in seen:
            yield parsed.problem(
                path,
                where,
                (f"id「{value}」が2回使われています", f"the id `{value}` is used twice"),
                (f"前は {seen[value]} にあります", f"first at {seen[value]}"),
                ("どちらかの id を変えてください", "change one of them"),
            )
        else:
            seen[value] = f"{document.file}:{document.line(where)}"
