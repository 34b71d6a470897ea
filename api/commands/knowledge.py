"""`tsunagu check` and `tsunagu search`: the knowledge from the command line."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from handoff.desk.proof import proof
from knowledge.check import check as check_knowledge
from knowledge.errors import Problem
from knowledge.loader import ROOT, knowledge_of, load_serving
from knowledge.parse import Parsed
from knowledge.schema import LexiconFile, RuleFile
from knowledge.search import Document, Index, Phrases
from triage.check import Fault
from triage.check import check as check_examples
from triage.rules import RuleError, compile_rule


def check(
    municipality: Annotated[list[str] | None, typer.Argument(help="Town ids, such as taiki. None = all.")] = None,
    production: Annotated[
        bool, typer.Option("--production", help="Also what a town must have told before going live.")
    ] = False,
    root: Annotated[Path, typer.Option(help="The knowledge folder.", hidden=True)] = ROOT,
) -> None:
    """Look over the knowledge files; exit 1 with file, line, what, why and how to fix when something is wrong.

    Example: tsunagu check taiki --production
    """
    if not root.is_dir():
        raise _stop(f"{root}: フォルダーがありません / no such folder")
    today = date.today()
    problems = check_knowledge(
        root, municipalities=municipality or (), production=production, today=today,
        looks=[proof(today=today), grammar, examples],
    )
    if problems:
        tell(problems)
        raise typer.Exit(1)
    typer.echo("問題はありません / no problems")


def grammar(found: Parsed) -> Iterator[Problem]:
    """Rules whose `when` triage can't compile. A look for `knowledge.check`, which knows no triage."""
    for path, file in found.of(RuleFile, "").items():
        for at, rule in enumerate(file.rules):
            try:
                compile_rule(rule)
            except RuleError as why:
                japanese, _, english = str(why).partition(" / ")
                yield found.problem(
                    path, ("rules", at, "when"), (japanese, english),
                    ("読めない規則は、決して当てはまりません", "a rule that can't be read never fires"),
                    ("when の項目の名と形を triage/rules.py の説明で確かめてください", "see triage/rules.py for the keys of `when`"),
                )


def examples(found: Parsed) -> Iterator[Problem]:
    """Examples of rules and words that fail. A look for `knowledge.check`; silent while the files can't be put together."""
    if found.bundle is None:
        return
    places: dict[tuple[str, str], tuple[str, str, int]] = {}
    for path, rules in found.of(RuleFile, "base/").items():
        places.update({("rule", rule.id): (path, "rules", at) for at, rule in enumerate(rules.rules)})
    for path, words in found.of(LexiconFile, "base/").items():
        places.update({("entry", entry.id): (path, "entries", at) for at, entry in enumerate(words.entries)})
    for fault in check_examples(knowledge_of(found.bundle, "")):
        if fault.key != "when":   # `grammar` tells of those
            yield _failed(found, fault, *places[fault.of, fault.id])


def _failed(found: Parsed, fault: Fault, path: str, listed: str, at: int) -> Problem:
    japanese, _, english = fault.what.partition(" / ")
    return found.problem(
        path, (listed, at, fault.key, fault.index), (japanese, english),
        ("言葉や規則を変えるたびに、例が前と同じに読めるかを確かめています", "examples guard every change of words and rules"),
        (f"{fault.id} の言葉・条件か、{fault.key} のこの例を直してください。`tsunagu triage --explain` で、どう読まれたかが見えます",
         f"correct {fault.id} or this one of its {fault.key}; `tsunagu triage --explain` shows how it is read"),
    )


def tell(problems: Sequence[Problem]) -> None:
    """Every finding on stdout, in two languages, and their number on stderr."""
    for problem in problems:
        typer.echo(_shown(problem))
    typer.echo(f"{len(problems)} 件の問題があります / {len(problems)} problem(s)", err=True)


def _shown(problem: Problem) -> str:
    japanese, english = _languages(problem)
    return "\n".join(
        (
            problem.place,
            f"  何が: {japanese[0]}",
            f"  なぜ: {japanese[1]}",
            f"  直し方: {japanese[2]}",
            f"  what: {english[0]}",
            f"  why: {english[1]}",
            f"  fix: {english[2]}",
            "",
        )
    )


def _languages(problem: Problem) -> tuple[list[str], list[str]]:
    pairs = [text.split(" / ", 1) for text in (problem.what, problem.why, problem.fix)]
    return [pair[0] for pair in pairs], [pair[-1] for pair in pairs]


def search(
    corpus: Annotated[Path, typer.Option(help='JSON Lines of {"id", "question", "answer"}.')],
    top: Annotated[int, typer.Option(min=1, max=1000, help="Hits for each query.")] = 10,
) -> None:
    """Rank answers for queries, line by line: stdin {"id", "text"}, stdout {"id", "hits": [{"id", "score"}]}.

    Example: tsunagu search --corpus faq.jsonl < queries.jsonl
    """
    from triage.tokenise import normal_forms

    words = load_serving(cache=ROOT.parent / "var" / "knowledge").knowledge.search
    index = Index(_documents(corpus), phrases=Phrases(words, tokenise=lambda text: normal_forms(text, "A")))
    failed = False
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        answer = _answer(index, line, number, top)
        failed |= "error" in answer
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    if failed:
        raise typer.Exit(1)


def _documents(corpus: Path) -> list[Document]:
    found: list[Document] = []
    try:
        lines = corpus.read_bytes().splitlines()
    except OSError as error:
        raise _stop(f"{corpus}: 読めません / cannot be read ({error.strerror})") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            found.append(_document(corpus, line, number))
    return found


def _document(corpus: Path, line: bytes, number: int) -> Document:
    try:
        data = json.loads(line.decode("utf-8-sig"))
        return Document(str(data["id"]), str(data["question"]), str(data.get("answer") or ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _stop(
            f'{corpus}:{number}: {{"id", "question", "answer"}} の JSON ではありません / not a JSON object with these keys'
        ) from None


def _answer(index: Index, line: bytes, number: int, top: int) -> dict[str, Any]:
    query_id = None
    try:
        data = json.loads(line.decode("utf-8-sig"))
        query_id = data.get("id")
        text = data["text"]
        if not isinstance(text, str):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {"id": query_id, "error": f'line {number}: expected {{"id": "…", "text": "…"}}'}
    return {"id": query_id, "hits": [{"id": hit.id, "score": hit.score} for hit in index.search(text, top=top)]}


def _stop(message: str) -> typer.Exit:
    typer.echo(f"tsunagu: {message}", err=True)
    return typer.Exit(2)
