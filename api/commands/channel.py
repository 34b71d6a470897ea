"""`tsunagu channel`: the LINE and Telegram accounts of a town."""

import asyncio
import re
from pathlib import Path
from secrets import token_urlsafe
from typing import Annotated, Literal
from urllib.parse import urlsplit

import typer
from sqlalchemy import select

from api.commands.opening import opened, settings, stop
from api.wiring import Services
from bots.errors import SendError
from handoff.intake import accounts
from handoff.intake.accounts import Account
from handoff.intake.alerts import STAFF_CHAT, start_from
from handoff.intake.polling import MODE
from handoff.intake.taps import Tap, value_of
from handoff.store.models import ChannelAccount

app = typer.Typer(help="LINE and Telegram accounts of a town.", no_args_is_help=True)

CALL_SECONDS = 10.0
TELEGRAM_PORTS = (443, 80, 88, 8443)
WHY_NOT = {
    "unauthorised": "Telegram does not know this bot token: tsunagu channel renew …",
    "bad_request": "Telegram does not take this address: it must have a name that the internet knows and a good certificate",
}
MENU: tuple[Tap, ...] = ("consult", "call", "help", "windows")
SECRET_SHAPES = {
    "line": (re.compile(r"[0-9a-f]{32}"), "32 characters 0-9a-f, from the LINE Developers console, Basic settings"),
    "telegram": (re.compile(r"[A-Za-z0-9_-]{1,256}"), "1 to 256 characters A-Z a-z 0-9 _ -, of your own choice"),
}
OLDER_KEYS = {"ignore_unknown_options": True}  # one in 64 of the keys made until 2026-11 begins with a hyphen


@app.command()
def add(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    kind: Annotated[Literal["line", "telegram"], typer.Argument(help="Which platform.")],
    token_file: Annotated[Path, typer.Option(help="File with the channel access token or bot token.")],
    secret_file: Annotated[
        Path | None, typer.Option(help="File with the channel secret (LINE) or secret token (Telegram).")
    ] = None,
    mode: Annotated[
        Literal["entrance", "conversation"] | None,
        typer.Option(help="LINE: a door to the town's own page (default), or the whole conversation."),
    ] = None,
    polling: Annotated[bool, typer.Option("--polling", help="Telegram: ask for messages; no public address needed.")]
    = False,
) -> None:
    """Store an account's credentials, sealed. The last line printed is the webhook path: LINE's goes into the LINE Developers
    console, Telegram is told by `tsunagu channel telegram-webhook`.

    Example: tsunagu channel add taiki line --secret-file secret.txt --token-file token.txt
    """
    if kind == "telegram" and mode == "entrance":
        stop("--mode entrance: only LINE is used as an entrance; leave it out for telegram", code=2)
    mode = mode or ("entrance" if kind == "line" else "conversation")
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


@app.command(context_settings=OLDER_KEYS)
def renew(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    key: Annotated[str, typer.Argument(help="The account's key: the last part of its webhook path.")],
    token_file: Annotated[Path, typer.Option(help="File with the new channel access token or bot token.")],
) -> None:
    """Replace an account's access token, and send what waits.

    Example: tsunagu channel renew taiki 3f9c0a17 --token-file token.txt
    """
    token = _read(token_file, "--token-file")
    asyncio.run(_renew(municipality, key, token))
    typer.echo(f"{key}: token replaced; what waits is sent within seconds")


@app.command("line-menu", context_settings=OLDER_KEYS)
def line_menu(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    key: Annotated[str, typer.Argument(help="The LINE account's key: the last part of its webhook path.")],
) -> None:
    """Put the menu of four large areas under every talk of a LINE account.

    Example: tsunagu channel line-menu taiki 3f9c0a17
    """
    typer.echo(asyncio.run(_line_menu(municipality, key)))


@app.command("telegram-webhook", context_settings=OLDER_KEYS)
def telegram_webhook(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    key: Annotated[str, typer.Argument(help="The Telegram account's key: the last part of its webhook path.")],
) -> None:
    """Tell Telegram where a bot's messages go: the address, the secret token, the kinds of updates wanted.

    Example: tsunagu channel telegram-webhook taiki 3f9c0a17
    """
    typer.echo(asyncio.run(_telegram_webhook(municipality, key)))


async def _account(services: Services, municipality: str, key: str, *, kind: str) -> Account:
    """The town's account of that key; the command ends where there is none."""
    account = await accounts.Accounts(services.store).by_key(key, now=services.clock())
    if account is None or account.municipality_id != municipality or account.kind != kind:
        name = {"line": "LINE", "telegram": "Telegram"}[kind]
        stop(f"{key}: no {name} account of {municipality}; the key is the last part of its webhook path", code=2)
        raise AssertionError
    return account


async def _telegram_webhook(municipality: str, key: str) -> str:
    from bots.telegram.client import TelegramClient  # here, because the SDK takes half a second to import

    async with opened(settings()) as services:
        account = await _account(services, municipality, key, kind="telegram")
        if account.mode == MODE:
            stop(f"{key}: this account asks for its messages (--polling) and needs no webhook", code=2)
        public = services.settings.public_url
        _fit_for_telegram(public)
        url = f"{public}/hooks/telegram/{account.key}"
        client = TelegramClient(account.credentials["token"], services.settings.telegram_api_url, CALL_SECONDS)
        try:
            await client.listen_at(url, secret=account.credentials["secret"])
        except SendError as why:
            stop(f"telegram-webhook: {why.code}; {WHY_NOT.get(why.code, 'try again later')}")
        finally:
            await client.close()
    return url


def _fit_for_telegram(public_url: str) -> None:
    """Telegram comes over https to one of four ports only (Bot API, setWebhook)."""
    parts = urlsplit(public_url)
    if parts.scheme != "https" or (parts.port or 443) not in TELEGRAM_PORTS:
        stop(
            f"TSUNAGU_PUBLIC_URL {public_url}: Telegram comes to a public https address on port 443, 80, 88 or 8443; "
            "a town without one adds its account with --polling", code=2,
        )


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
        account = await _account(services, municipality, key, kind="line")
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


@app.command()
def alerts(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    chat_id: Annotated[str, typer.Option(help="Id of the staff's Telegram group, such as -1001234567890.")] = "",
    off: Annotated[bool, typer.Option("--off", help="No alerts any more.")] = False,
) -> None:
    """Neutral alerts to a staff group on Telegram: number and link of a new matter, nothing of it. Off by default.

    Example: tsunagu channel alerts taiki --chat-id=-1001234567890
    """
    if off == bool(chat_id):
        stop("give either --chat-id=… or --off", code=2)
    if chat_id and not re.fullmatch(r"-[0-9]{5,20}", chat_id):
        stop(f"--chat-id {chat_id}: a group's id is a negative number, such as -1001234567890", code=2)
    asyncio.run(_alerts(municipality, chat_id))
    typer.echo("off" if off else "on")


async def _alerts(municipality: str, chat_id: str) -> None:
    async with opened(settings()) as services:
        async with services.store.town(municipality) as session:
            found = list(await session.scalars(select(ChannelAccount).where(ChannelAccount.kind == "telegram")))
            if not found:
                stop(f"{municipality}: no Telegram account; `tsunagu channel add {municipality} telegram …` first", code=2)
            for account in found:
                kept = {name: value for name, value in account.credentials.items() if name != STAFF_CHAT}
                account.credentials = {**kept, STAFF_CHAT: chat_id} if chat_id else kept
            await start_from(session, municipality)


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
