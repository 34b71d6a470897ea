"""`tsunagu staff`: accounts of staff and their API tokens."""

import asyncio
from typing import Annotated

import typer

from api.commands.opening import opened, settings, stop
from handoff.desk import apitokens, sessions
from handoff.desk import staff as accounts
from handoff.desk.apitokens import SCOPES, BadToken
from handoff.desk.passwords import one_time_password
from handoff.desk.staff import Role, StaffProblem
from knowledge.schema import Town

LONGEST_NAME = 60
app = typer.Typer(help="Accounts of staff and their API tokens.", no_args_is_help=True)


@app.command()
def add(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    login: Annotated[str, typer.Argument(help="Login, unique over all towns: a-z 0-9 . _ @ -")],
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    window: Annotated[list[str] | None, typer.Option(help="Window id, such as taiki.fukushi; may be repeated.")] = None,
    name: Annotated[str | None, typer.Option(help="How colleagues see the person, such as 鈴木 花子.")] = None,
) -> None:
    """Make an account. Prints the one-time password, which is changed at the first sign-in.

    Example: tsunagu staff add taiki suzuki --role staff --window taiki.fukushi --name "鈴木 花子"
    """
    try:
        typer.echo(asyncio.run(_add(municipality, login, role, window or [], name=_name(name))))
    except StaffProblem as why:
        stop(str(why), code=2)


async def _add(municipality: str, login: str, role: Role, windows: list[str], *, name: str | None) -> str:
    async with opened(settings()) as services:
        towns = (await services.knowledge()).towns
        if municipality not in towns:
            stop(f"{municipality}: no such town; known: {', '.join(sorted(towns))}", code=2)
        seats = [_full_id(window, towns[municipality]) for window in windows]
        if role == "staff" and not seats:
            typer.echo("note: without --window this account sees only tickets assigned to it by name", err=True)
        password = one_time_password()
        await accounts.add(
            services.store, municipality_id=municipality, login=login, role=role, windows=seats, password=password,
            now=services.clock(), name=name,
        )
    return password


def _name(name: str | None) -> str | None:
    """The name as colleagues will see it: one line that fits a list."""
    if name is None:
        return None
    found = " ".join(name.split())
    if not found or len(found) > LONGEST_NAME or not found.isprintable():
        stop(f"--name: 1〜{LONGEST_NAME}文字で書いてください / a name has 1 to {LONGEST_NAME} printable characters", code=2)
    return found


def _full_id(window: str, town: Town) -> str:
    try:
        return f"{town.id}.{town.window(window).id}"
    except KeyError:
        known = ", ".join(f"{town.id}.{one.id}" for one in town.windows)
        stop(f"--window {window}: no such window in {town.id}; known: {known}", code=2)
        raise


@app.command()
def token(
    login: Annotated[str, typer.Argument(help="Login of the account.")],
    name: Annotated[str, typer.Option(help="What the token is for, such as kintone; needs --scope.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help=f"What it may do: {', '.join(SCOPES)}; may be repeated; needs --name.")
    ] = None,
) -> None:
    """Print a bearer token for the JSON API, alone on stdout. Without --name and --scope: all that the role may do.

    Example: tsunagu staff token suzuki --name kintone --scope tickets:read
    """
    try:
        typer.echo(asyncio.run(_token(login, name, scope or [])))
    except (StaffProblem, BadToken) as why:
        stop(str(why), code=2)


async def _token(login: str, name: str, scopes: list[str]) -> str:
    async with opened(settings()) as services:
        member = await accounts.find(services.store, login)
        if not name and not scopes:
            return await sessions.new_token(services.store, member, now=services.clock())
        async with services.store.town(member.municipality_id) as session:
            return await apitokens.make(session, member, name=name, scopes=scopes, now=services.clock())
