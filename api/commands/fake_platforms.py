"""`tsunagu fake-platforms`: a LINE of one's own on this machine, with a page to write as a resident. For trying out and training.

The platforms are those of the tests and come with a clone only; nothing else of the program imports them.
"""

import asyncio
import json
import os
import secrets
import threading
from pathlib import Path
from typing import Annotated

import typer

from api.commands.opening import opened, settings, stop
from api.settings import Settings
from handoff.intake import accounts
from handoff.store.models import ChannelAccount

KEPT = "fake-line.json"


def fake_platforms(
    municipality: Annotated[str, typer.Argument(help="Town whose LINE is played.")] = "taiki",
    port: Annotated[int, typer.Option(help="The page's port; LINE's own API is on the next one.", min=1, max=65534)] = 8090,
    house: Annotated[str | None, typer.Option(help="Where `tsunagu serve` answers; TSUNAGU_PUBLIC_URL where not given.")] = None,
    mode: Annotated[str, typer.Option(help="entrance or conversation, for a new account.")] = "entrance",
) -> None:
    """Play LINE in the browser: write as a resident, see Flex, quick replies and pictures. Nothing leaves this machine.

    Example: tsunagu fake-platforms taiki, and beside it TSUNAGU_LINE_API_URL=http://127.0.0.1:8091 tsunagu serve
    """
    try:
        from tests.fakes.line import FakeLine
        from tests.fakes.line_page import LinePage
        from tests.fakes.loopback import Loopback
    except ImportError:
        stop("fake-platforms needs a clone with its tests and `make setup-dev`")
    if mode not in ("entrance", "conversation"):
        stop(f"--mode {mode}: write entrance or conversation", code=2)
    chosen = settings()
    account = asyncio.run(_account(chosen, municipality, mode))
    where = (house or chosen.public_url).rstrip("/")
    try:
        line = FakeLine(token=account["token"], secret=account["secret"], port=port + 1)
        page = Loopback(LinePage(line, f"{where}/hooks/line/{account['key']}").app(), port=port)
    except OSError as why:
        stop(f"ports {port} and {port + 1} cannot be used ({os.strerror(why.errno or 0)}); choose another with --port")
    with line, page:
        typer.echo(f"  LINE for residents   {page.url}")
        typer.echo("  start the house with these, and stop both with Ctrl+C:")
        typer.echo(f"  TSUNAGU_LINE_API_URL={line.url} TSUNAGU_LINE_DATA_API_URL={line.url} tsunagu serve")
        threading.Event().wait()


async def _account(chosen: Settings, municipality: str, mode: str) -> dict[str, str]:
    """The town's fake account, made at the first time and kept beside the key file for the owner of the machine only."""
    path = chosen.var / KEPT
    async with opened(chosen) as services:
        if municipality not in (await services.knowledge()).towns:
            stop(f"{municipality}: no such town; `tsunagu check` lists them")
        kept: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        found = kept.get(municipality)
        async with services.store.town(municipality) as session:
            if found is not None and await accounts.renew(session, found["key"], token=found["token"]):
                return found
            made = {"secret": secrets.token_hex(16), "token": secrets.token_urlsafe(24)}
            row: ChannelAccount = await accounts.add(
                session, municipality_id=municipality, kind="line", mode=mode, credentials=made, now=services.clock()
            )
            kept[municipality] = {**made, "key": row.key}
    _keep(path, kept)
    return kept[municipality]


def _keep(path: Path, accounts_: dict[str, dict[str, str]]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(accounts_, file, indent=1)
