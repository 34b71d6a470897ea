"""`tsunagu channel`: the LINE and Telegram accounts of a town."""

import asyncio
import re
from pathlib import Path
from secrets import token_urlsafe
from typing import Annotated, Literal

import typer

from api.commands.opening import opened, settings, stop
from handoff.intake import accounts
from handoff.intake.polling import MODE

app = typer.Typer(help="LINE and Telegram accounts of a town.", no_args_is_help=True)

SECRET_SHAPES = {
    "line": (re.compile(r"[0-9a-f]{32}"), "32 characters 0-9a-f, from the LINE Developers console, Basic settings"),
    "telegram": (re.compile(r"[A-Za-z0-9_-]{1,256}"), "1 to 256 characters A-Z a-z 0-9 _ -, of your own choice"),
}


@app.command()
def add(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    kind: Annotated[Literal["line", "telegram"], typer.Argument(help="Which platform.")],
    token_file: Annotated[Path, typer.Option(help="File with the channel access token or bot token.")],
    secret_file: Annotated[
        Path | None, typer.Option(help="File with the channel secret (LINE) or secret token (Telegram).")
    ] = None,
    mode: Annotated[Literal["entrance", "conversation"], typer.Option(help="LINE: how far LINE may be used.")]
    = "conversation",
    polling: Annotated[bool, typer.Option("--polling", help="Telegram: ask for messages; no public address needed.")]
    = False,
) -> None:
    """Store an account's credentials, sealed. The last line printed is the webhook path.

    Example: tsunagu channel add taiki line --secret-file secret.txt --token-file token.txt
    """
    if mode == "entrance":
        stop("--mode entrance: comes with the channels work; use conversation", code=2)
    token = _read(token_file, "--token-file")
    if polling:
        if kind != "telegram":
            stop("--polling: only Telegram can be asked; LINE needs a public https address", code=2)
        asyncio.run(_add(municipality, kind, MODE, {"secret": token_urlsafe(32), "token": token}))
        typer.echo("polling")
        return
    if secret_file is None:
        stop("--secret-file: missing", code=2)
        raise AssertionError
    secret = _read(secret_file, "--secret-file")
    shape, told = SECRET_SHAPES[kind]
    if not shape.fullmatch(secret):
        stop(f"--secret-file {secret_file}: not a {kind} secret; it has {told}", code=2)
    typer.echo(asyncio.run(_add(municipality, kind, mode, {"secret": secret, "token": token})))


def _read(path: Path, option: str) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as why:
        stop(f"{option} {path}: {type(why).__name__}; give a readable text file", code=2)
        raise AssertionError from why
    if not value or any(character.isspace() for character in value):
        stop(f"{option} {path}: it must hold the one secret and nothing else", code=2)
    return value


async def _add(municipality: str, kind: str, mode: str, credentials: dict[str, str]) -> str:
    async with opened(settings()) as services:
        known = (await services.knowledge()).towns
        if municipality not in known:
            stop(f"{municipality}: no such town; known: {', '.join(sorted(known))}", code=2)
        async with services.store.town(municipality) as session:
            account = await accounts.add(
                session, municipality_id=municipality, kind=kind, mode=mode, credentials=credentials, now=services.clock()
            )
            path = f"/hooks/{kind}/{account.key}"
    return path
