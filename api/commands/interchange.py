"""`tsunagu export` and `tsunagu import-windows`: a town's windows to other directories and spreadsheets, and back."""

import json
import os
import tempfile
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.commands.knowledge import tell
from api.commands.opening import stop
from handoff.desk.proof import proof
from knowledge import hsds, sheet_reading, spreadsheet
from knowledge.check import check_files
from knowledge.errors import KnowledgeError, Problem
from knowledge.loader import ROOT, File, files, load_serving, parsed
from knowledge.schema import Town, Window
from knowledge.schema.extras import GlossaryFile, WindowFile
from knowledge.types import Glossary


class Format(StrEnum):
    HSDS = "hsds"
    CSV = "csv"


def export(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    out: Annotated[Path, typer.Argument(help="The file to write; an older one is replaced.")],
    form: Annotated[Format, typer.Option("--format", help="Open Referral HSDS 3 as JSON, or CSV for a spreadsheet.")],
    root: Annotated[Path, typer.Option(help="The knowledge folder.", hidden=True)] = ROOT,
) -> None:
    """Write a town's windows and public resources to a file.

    Example: tsunagu export taiki --format csv taiki.csv
    """
    town, glossary = _town(municipality, root)
    match form:
        case Format.HSDS:
            made = hsds.export(town, glossary=glossary, today=date.today())
            content = (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode()
        case Format.CSV:
            content = spreadsheet.write(town, glossary=glossary)
    _write(out, content)
    typer.echo(f"{out} に書き出しました / written")


def import_windows(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    sheet: Annotated[Path, typer.Argument(metavar="FILE.csv", help="As `tsunagu export --format csv` writes it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,
    root: Annotated[Path, typer.Option(help="The knowledge folder.", hidden=True)] = ROOT,
) -> None:
    """Make windows.yaml from a CSV; UTF-8 or Shift_JIS. One wrong line and nothing is changed: all are told.

    Example: tsunagu import-windows taiki taiki.csv
    """
    raw = _read(sheet)
    found = files(root)
    if not any(file.path.startswith(f"municipalities/{municipality}/") for file in found):
        stop(f"{municipality}: そのような町はありません。先に tsunagu tenant new / no such town", code=2)
    try:
        rows = sheet_reading.read(raw, file=sheet.name)
        made = sheet_reading.windows_yaml(rows, glossary=_glossary(found, root))
    except KnowledgeError as error:
        _refuse(error.problems)
        return
    problems = _judged(made, found, municipality, root)
    if problems:
        _refuse(problems)
    target = root / "municipalities" / municipality / "windows.yaml"
    left = f"。活動 {rows.left_out} 行は読みません（resources.yaml は変わりません）" if rows.left_out else ""
    typer.echo(f"{sheet.name}（{rows.encoding}）: 行 {len(rows.rows)}{left}")
    new = _windows(_with(found, municipality, made), municipality, root)
    typer.echo(_difference(_windows(found, municipality, root), new))
    if dry_run:
        typer.echo("何も変えていません（--dry-run） / nothing was changed")
        return
    if target.exists():
        _write(target.with_suffix(".yaml.bak"), target.read_bytes())
        typer.echo(f"前のものは {target.name}.bak にあります。前の説明（# の行）は新しいものにはありません")
    _write(target, made.text.encode())
    typer.echo(f"{target} に書きました / written")


def _town(municipality: str, root: Path) -> tuple[Town, Glossary]:
    """The town as it lies in the files; another town's mistakes don't matter."""
    try:
        serving = load_serving(root)
    except KnowledgeError as error:
        tell(error.problems)
        raise typer.Exit(1) from None
    knowledge = serving.knowledge
    own = [problem for problem in serving.problems if f"/municipalities/{municipality}/" in f"/{problem.file}"]
    if own:
        tell(own)
        raise typer.Exit(1)
    if municipality not in knowledge.towns:
        stop(f"{municipality}: そのような町はありません / no such town; known: {', '.join(sorted(knowledge.towns))}", code=2)
    return knowledge.towns[municipality], knowledge.glossary


def _glossary(found: Sequence[File], root: Path) -> Glossary:
    result = parsed([file for file in found if file.path == "glossary.yaml"], folder=root.name)
    file = result.of(GlossaryFile, "glossary").get("glossary.yaml")
    if file is None:
        raise KnowledgeError([problem for problem in result.problems if problem.file.endswith("glossary.yaml")])
    return Glossary(file.needs.terms, file.topics.terms, file.words.terms)


def _with(found: Sequence[File], municipality: str, made: sheet_reading.Windows) -> list[File]:
    path = f"municipalities/{municipality}/windows.yaml"
    return [*(file for file in found if file.path != path), File(path, made.text.encode())]


def _judged(
    made: sheet_reading.Windows, found: Sequence[File], municipality: str, root: Path
) -> list[Problem]:
    """What the sheet would break: its own lines, and other files of the town that were right before."""
    today = date.today()

    def looked(candidate: Sequence[File]) -> list[Problem]:
        return check_files(
            candidate, folder=root.name, municipalities=[municipality], today=today, looks=[proof(today=today)]
        )

    yaml = f"{root.name}/municipalities/{municipality}/windows.yaml"
    after = looked(_with(found, municipality, made))
    before = set(looked(found)) if any(problem.file != yaml for problem in after) else set()
    own = [made.place(problem, yaml=yaml) for problem in after if problem.file == yaml]
    others = [problem for problem in after if problem.file != yaml and problem not in before]
    return [*sorted(own, key=lambda problem: problem.line or 0), *others]


def _windows(found: Sequence[File], municipality: str, root: Path) -> tuple[Window, ...]:
    path = f"municipalities/{municipality}/windows.yaml"
    result = parsed([file for file in found if file.path == path], folder=root.name)
    file = result.of(WindowFile, path).get(path)
    return file.windows if file else ()


def _difference(before: Sequence[Window], after: Sequence[Window]) -> str:
    old, new = ({window.id: window for window in windows} for windows in (before, after))
    changed = [one for one in new if one in old and old[one] != new[one]]
    told = (
        ("足した窓口 / added", [one for one in new if one not in old]),
        ("消えた窓口 / removed", [one for one in old if one not in new]),
        ("変わった窓口 / changed", changed),
    )
    lines = [f"  {name}: {', '.join(ids)}" for name, ids in told if ids]
    return "\n".join(lines) or "  窓口の中身は同じです / the windows are the same"


def _refuse(problems: Sequence[Problem]) -> None:
    tell(problems)
    typer.echo("何も変えていません。町は前のまま動いています / nothing was changed", err=True)
    raise typer.Exit(1)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(sheet_reading.LARGEST + 1)
    except OSError as error:
        stop(f"{path}: 読めません / cannot be read ({error.strerror})", code=2)
        raise


def _write(path: Path, content: bytes) -> None:
    """Beside and renamed: a reader never sees half a file."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}", suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        stop(f"{path}: 書けません / cannot be written ({error.strerror})", code=2)
