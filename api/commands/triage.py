"""`tsunagu triage` and `tsunagu evaluate`: judging messages from the command line, without a database."""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from knowledge.errors import KnowledgeError
from knowledge.loader import ROOT, Knowledge, load

_CACHE = Path("var/cache")


class BadLine(ValueError):
    """A line that is no message; the text says which line and what is wrong."""


def triage(
    municipality: Annotated[str | None, typer.Option(help="Town id, such as taiki: names its windows too.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print for a person instead of JSON.")] = False,
) -> None:
    """Judge messages: JSON Lines {"id", "text"} or {"id", "messages"} on stdin, one decision a line on stdout.

    Example: echo '{"id": 1, "text": "母の介護で疲れました"}' | tsunagu triage --municipality taiki
    """
    from triage import wire

    judge = _Judge(_knowledge(ROOT), municipality)
    failed = False
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            case = _case(line, number)
            decision, windows = judge.decide(case)
        except BadLine as why:
            failed = True
            _put({"id": _id_of(line), "error": str(why)})
            continue
        if explain:
            typer.echo(wire.explain(case["id"], decision, windows, judge.knowledge.glossary.needs))
        else:
            _put(wire.as_json(case["id"], decision, windows))
    if failed:
        raise typer.Exit(1)


def evaluate(
    gold: Annotated[Path, typer.Argument(help="Labelled messages (`text`) or conversations (`messages`), JSON Lines as in the labelling guide.")],
    errors: Annotated[int, typer.Option(help="How many of the worst cases to show.")] = 10,
    against: Annotated[Path | None, typer.Option(help="Another knowledge folder: what it would decide otherwise.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as one JSON object, nothing else.")] = False,
) -> None:
    """Figures, confusion tables and the worst cases of the triage on labelled messages.

    Example: tsunagu evaluate cases.jsonl --errors 20 --against ../knowledge-draft
    """
    from triage.evaluate import figures

    rows = _gold(gold)
    predicted = _predict(rows, _knowledge(ROOT))
    found = figures(rows, predicted)
    if as_json:
        _put({name: None if math.isnan(value) else round(value, 4) for name, value in found.items()})
        return
    for name, value in found.items():
        typer.echo(f"{name:20} {value:.3f}" if name != "cases" else f"{name:20} {value:.0f}")
    _show_confusion(rows, predicted)
    _show_worst(rows, predicted, errors)
    if against is not None:
        _show_changes(rows, predicted, _predict(rows, _knowledge(against)))


class _Judge:
    """One engine, one town or none."""

    def __init__(self, knowledge: Knowledge, municipality: str | None) -> None:
        from triage.engine import Engine
        from triage.types import LocalWords

        if municipality is not None and municipality not in knowledge.towns:
            raise _stop(f"--municipality {municipality}: 知らない自治体です / no such town; known: {', '.join(sorted(knowledge.towns))}")
        self.knowledge = knowledge
        self._engine = Engine(knowledge)
        self._town = knowledge.towns[municipality] if municipality else None
        self._local = LocalWords() if self._town is None else LocalWords.of(self._town)

    def decide(self, case: dict[str, Any]) -> tuple[Any, tuple[str, ...]]:
        decision = self._engine.decide(case["messages"], today=case["today"], local=self._local)
        if self._town is None:
            return decision, ()
        from handoff.desk.routing import windows_for

        return decision, windows_for(decision, self._town)


def _case(line: bytes, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine(f"line {number}: not JSON (UTF-8, one object a line)") from None
    if not isinstance(row, dict) or "id" not in row:
        raise BadLine(f'line {number}: needs an object with "id"')
    messages = row.get("messages", [row["text"]] if "text" in row else None)
    if not isinstance(messages, list) or not all(isinstance(one, str) for one in messages):
        raise BadLine(f'line {number}: needs "text" (a string) or "messages" (a list of strings)')
    return {"id": row["id"], "messages": [part for one in messages for part in one.split("\n")], "today": _today(row, number)}


def _today(row: dict[str, Any], number: int) -> date:
    try:
        return date.fromisoformat(row["today"]) if "today" in row else date.today()
    except (TypeError, ValueError):
        raise BadLine(f'line {number}: "today" must look like 2026-11-21') from None


def _id_of(line: bytes) -> object:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row.get("id") if isinstance(row, dict) else None


def _put(row: object) -> None:
    sys.stdout.buffer.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def _knowledge(root: Path) -> Knowledge:
    if not root.is_dir():
        raise _stop(f"{root}: フォルダーがありません / no such folder")
    try:
        return load(root, cache=_CACHE)
    except KnowledgeError as why:
        first = why.problems[0]
        raise _stop(f"{first.file}:{first.line or ''} {first.what}（{len(why.problems)} 件、tsunagu check で全部見られます）") from None


def _gold(path: Path) -> list[dict[str, Any]]:
    try:
        rows = list(_rows(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as why:
        raise _stop(f"{path}: 読めません / cannot read: {type(why).__name__}") from None
    if not rows:
        raise _stop(f"{path}: 一件もありません / no cases")
    return rows


def _rows(text: str) -> Iterator[dict[str, Any]]:
    needed = ("id", "text", "action", "fields", "complex", "patterns", "urgency", "crisis")
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise _stop(f"line {number}: not JSON") from None
        if isinstance(row, dict) and isinstance(row.get("messages"), list):
            row = {"text": "\n".join(map(str, row["messages"])), **row}
        missing = [key for key in needed if not isinstance(row, dict) or key not in row]
        if missing:
            raise _stop(f"line {number}: missing {', '.join(missing)}")
        yield row


def _predict(rows: Sequence[dict[str, Any]], knowledge: Knowledge) -> list[dict[str, Any]]:
    from triage import wire

    judge = _Judge(knowledge, None)
    today = date.today()
    predicted = []
    for row in rows:
        decision, _ = judge.decide({"messages": str(row["text"]).split("\n"), "today": today})
        predicted.append(wire.as_json(row["id"], decision, ()))
    return predicted


def _show_confusion(rows: Sequence[dict[str, Any]], predicted: Sequence[dict[str, Any]]) -> None:
    from triage.evaluate import confusion

    for key in ("action", "primary", "urgency"):
        table = confusion(rows, predicted, key)
        names = sorted({name for pair in table for name in pair})
        typer.echo(f"\n{key}（縦: 正解 gold, 横: 判定 predicted）")
        typer.echo(" " * 12 + "".join(f"{name[:10]:>12}" for name in names))
        for one in names:
            typer.echo(f"{one[:11]:12}" + "".join(f"{table[(one, other)]:>12}" for other in names))


def _show_worst(rows: Sequence[dict[str, Any]], predicted: Sequence[dict[str, Any]], limit: int) -> None:
    from triage.evaluate import worst

    for miss in worst(rows, predicted, limit=limit):
        typer.echo(f"\n{miss.row['id']} [{', '.join(miss.faults)}] {str(miss.row['text'])[:160]}")
        for key in ("action", "fields", "complex", "patterns", "urgency", "crisis"):
            if miss.row[key] != miss.predicted[key]:
                typer.echo(f"   {key}: 正解 {miss.row[key]}  判定 {miss.predicted[key]}")


def _show_changes(rows: Sequence[dict[str, Any]], now: Sequence[dict[str, Any]], then: Sequence[dict[str, Any]]) -> None:
    from triage.evaluate import compare

    changes = compare(rows, now, then)
    better = sum((change.better or 0) > 0 for change in changes)
    worse = sum((change.better or 0) < 0 for change in changes)
    typer.echo(f"\n変わる判定: {len(changes)} 件（よくなる {better}、悪くなる {worse}） / decisions that change")
    for change in changes:
        mark = "＋" if (change.better or 0) > 0 else "－" if (change.better or 0) < 0 else "・"
        typer.echo(f" {mark} {change.id} [{', '.join(change.keys)}] {change.text[:120]}")


def _stop(message: str) -> typer.Exit:
    typer.echo(f"tsunagu: {message}", err=True)
    return typer.Exit(2)
