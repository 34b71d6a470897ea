"""`tsunagu tenant new`: the files of a new town, to be filled in by the town's official."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from api.commands.opening import stop
from knowledge.loader import ROOT, files, parsed
from knowledge.parse import Parsed
from knowledge.schema import Municipality
from knowledge.schema.extras import GlossaryFile, MeetingFile, WindowFile
from knowledge.tenant import Source, refusal, skeleton
from knowledge.types import Glossary

app = typer.Typer(no_args_is_help=True, help="Towns of this deployment.")


@app.callback()
def group() -> None:
    """Towns of this deployment."""


@app.command()
def new(
    town: Annotated[str, typer.Argument(metavar="ID", help="Id of the new town: lower-case letters, such as taiki.")],
    source: Annotated[str, typer.Option("--from", help="Town whose structure is taken; its facts are not.")] = "taiki",
    root: Annotated[Path, typer.Option(help="The knowledge folder.", hidden=True)] = ROOT,
) -> None:
    """Make commented files for a new town; `tsunagu check ID` then lists what is to be filled in, and how.

    Example: tsunagu tenant new sora --from taiki
    """
    towns = root / "municipalities"
    if not towns.is_dir():
        stop(f"{towns}: フォルダーがありません / no such folder", code=2)
    refused = refusal(town, known=[path.name for path in towns.iterdir()])
    if refused:
        stop(refused, code=2)
    made = _skeleton(town, source, root)
    _write(towns / town, made)
    typer.echo(f"{towns / town} に作りました / made:")
    for name in made:
        typer.echo(f"  {name}")
    typer.echo(f"次は: tsunagu check {town} （書くところが、書き方といっしょに出ます）")
    typer.echo(f"next: tsunagu check {town} lists what is to be filled in, and how. Guide: docs/ja/new-town.md")


def _skeleton(town: str, source: str, root: Path) -> dict[str, str]:
    # Another town half filled in is no reason to refuse; only the source and the glossary must be right.
    wanted = ("glossary.yaml", f"municipalities/{source}/")
    found = parsed([file for file in files(root) if file.path.startswith(wanted)], folder=root.name)
    glossary = found.of(GlossaryFile, "glossary").get("glossary.yaml")
    drawn = _source(found, source)
    if glossary is None or drawn is None:
        known = ", ".join(sorted(path.name for path in (root / "municipalities").iterdir() if path.is_dir()))
        stop(
            f"--from {source}: もとにできません。tsunagu check {source} で確かめてください（あるのは {known}） / "
            f"cannot be used; see tsunagu check {source}; known: {known}",
            code=2,
        )
        raise typer.Exit(2)
    words = Glossary(glossary.needs.terms, glossary.topics.terms, glossary.words.terms)
    return skeleton(town, source=drawn, glossary=words)


def _source(found: Parsed, town: str) -> Source | None:
    start = f"municipalities/{town}/"
    municipality = found.of(Municipality, start).get(start + "municipality.yaml")
    windows = found.of(WindowFile, start).get(start + "windows.yaml")
    meetings = found.of(MeetingFile, start).get(start + "meetings.yaml")
    if municipality is None or windows is None:
        return None
    return Source(municipality, windows.windows, meetings.meetings if meetings else ())


def _write(folder: Path, made: dict[str, str]) -> None:
    """All files or none: written beside under a hidden name, which the loader doesn't read, then renamed."""
    beside = folder.with_name(f".{folder.name}.new")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        for name, text in made.items():
            (beside / name).write_text(text, encoding="utf-8")
        beside.rename(folder)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        stop(f"{folder}: 書けません / cannot be written ({error.strerror})", code=2)
