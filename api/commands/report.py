"""`tsunagu report`: the figures of a fiscal year, as JSON, CSV or Excel."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.commands.opening import opened, settings, stop
from handoff.desk.tickets import fiscal_year as fiscal_year_of
from handoff.figures.files import Format, written
from handoff.figures.masking import for_public
from handoff.figures.report import Report, report_of
from handoff.figures.year import BadYear, FiscalYear
from handoff.privacy import audit


def report(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    fiscal_year: Annotated[int | None, typer.Option(help="Year in which it begins (April); now's by default.")] = None,
    form: Annotated[Format, typer.Option("--format", help="json, csv (with BOM) or xlsx.")] = "json",
    public: Annotated[bool, typer.Option("--public", help="Withhold numbers under 5, for publication.")] = False,
    output: Annotated[Path | None, typer.Option(help="File to write; stdout by default.")] = None,
) -> None:
    """Indicators of a fiscal year beside the plan's own figures. Shape: docs/ja/figures.md.

    Example: tsunagu report taiki --fiscal-year 2026 --format xlsx --output taiki-2026.xlsx
    """
    if form == "xlsx" and output is None and sys.stdout.isatty():
        stop("xlsx is no text for a terminal; give --output FILE", code=2)
    try:
        made = asyncio.run(_made(municipality, fiscal_year, public=public))
    except BadYear as why:
        stop(str(why), code=2)
    data = written(made, form)
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(data)
    except OSError as why:
        stop(f"{output}: {why.strerror}", code=1)


async def _made(municipality: str, number: int | None, *, public: bool) -> Report:
    async with opened(settings()) as services:
        known = await services.knowledge()
        if municipality not in known.towns:
            stop(f"{municipality}: no such town; known: {', '.join(sorted(known.towns))}", code=2)
        now = services.clock()
        year = FiscalYear(fiscal_year_of(now) if number is None else number)
        town = known.towns[municipality]
        async with services.store.reading(municipality) as session:
            made = await report_of(session, year, town=town, words=known.glossary.words, now=now)
        async with services.store.town(municipality) as session:
            await audit.record(session, action="figures_exported", staff_id=None, now=now)
    return for_public(made) if public else made
