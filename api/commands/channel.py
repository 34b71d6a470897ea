"""`tsunagu channel`: the LINE and Telegram accounts of a town."""

import asyncio
import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from api.commands.opening import opened, settings, stop
from handoff.intake import accounts
from handoff.intake.taps import Tap, value_of

app = typer.Typer(help="LINE and Telegram accounts of a town.", no_args_is_help=True)

MENU: tuple[Tap, ...] = ("consult", "call", "help", "windows")
SECRET_SHAPES = {
    "line": (re.compile(r"[0-9a-f]{32}"), "32 characters 0-9a-f, from the LINE Developers console, Basic settings"),
    "telegram": (re.compile(r"[A-Za-z0-9_-]{1,256}"), "1 to 256 characters A-Z a-z 0-9 _ -, of your own choice"),
}


@app.command()
def add(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    kind: Annotated[Literal["line", "telegram"], typer.Argument(help="Which platform.")],
    secret_file: Annotated[Path, typer.Option(help="File with the channel secret (LINE) or secret token (Telegram).")],
    token_file: Annotated[Path, typer.Option(help="File with the channel access token or bot token.")],
    mode: Annotated[
        Literal["entrance", "conversation"] | None,
        typer.Option(help="LINE: a door to the town's own page (default), or the whole conversation."),
    ] = None,
) -> None:
    """Store an account's credentials, sealed. The last line printed is the webhook path.

    Example: tsunagu channel add taiki line --secret-file secret.txt --token-file token.txt
    """
    if kind == "telegram" and mode == "entrance":
        stop("--mode entrance: only LINE is used as an entrance; leave it out for telegram", code=2)
    mode = mode or ("entrance" if kind == "line" else "conversation")
    secret, token = _read(secret_file, "--secret-file"), _read(token_file, "--token-file")
    shape, told = SECRET_SHAPES[kind]
    if not shape.fullmatch(secret):
        stop(f"--secret-file {secret_file}: not a {kind} secret; it has {told}", code=2)
    typer.echo(asyncio.run(_add(municipality, kind, mode, {"secret": secret, "token": token})))


@app.command()
def renew(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    key: Annotated[str, typer.Argument(help="The account's key: the last part of its webhook path.")],
    token_file: Annotated[Path, typer.Option(help="File with the new channel access token or bot token.")],
) -> None:
    """Replace an account's access token, and send what waits.

    Example: tsunagu channel renew taiki AbC123 --token-file token.txt
    """
    token = _read(token_file, "--token-file")
    asyncio.run(_renew(municipality, key, token))
    typer.echo(f"{key}: token replaced; what waits is sent within seconds")


@app.command("line-menu")
def line_menu(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    key: Annotated[str, typer.Argument(help="The LINE account's key: the last part of its webhook path.")],
) -> None:
    """Put the menu of four large areas under every talk of a LINE account.

    Example: tsunagu channel line-menu taiki AbC123
    """
    typer.echo(asyncio.run(_line_menu(municipality, key)))


async def _renew(municipality: str, key: str, token: str) -> None:
    async with opened(settings()) as services:
        async with services.store.town(municipality) as session:
            if not await accounts.renew(session, key, token=token):
                stop(f"{key}: no such account of {municipality}; the key is the last part of its webhook path", code=2)


async def _line_menu(municipality: str, key: str) -> str:
    from bots.line.client import LineClient  # here, because the SDK takes a second to import
    from bots.line.menu import Area, MenuRefused, menu, publish
    from bots.line.menu_picture import NoFont, draw

    async with opened(settings()) as services:
        known = await services.knowledge()
        account = await accounts.Accounts(services.store).by_key(key, now=services.clock())
        if account is None or account.municipality_id != municipality or account.kind != "line":
            stop(f"{key}: no LINE account of {municipality}; the key is the last part of its webhook path", code=2)
            raise AssertionError
        areas = [Area(value_of(tap, known), writes=tap == "consult") for tap in MENU]
        chosen = services.settings
        client = LineClient(account.credentials["token"], chosen.line_api_url, data_host=chosen.line_data_api_url)
        try:
            picture = draw([area.label for area in areas])
            return await publish(client, menu(areas, chat_bar=known.towns[municipality].name), picture)
        except (MenuRefused, NoFont) as why:
            stop(f"line-menu: {why}")
            raise AssertionError from why
        finally:
            await client.close()


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
