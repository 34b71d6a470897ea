"""`tsunagu staff`: accounts of staff and their API tokens."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import typer

from api.commands.opening import opened, settings, stop
from handoff.desk import apitokens, roster, sessions
from handoff.desk import staff as accounts
from handoff.desk.apitokens import SCOPES, BadToken
from handoff.desk.organisations import LONGEST as LONGEST_BODY
from handoff.desk.organisations import of_windows
from handoff.desk.passwords import one_time_password
from handoff.desk.roster import Left
from handoff.desk.staff import Role, SignedIn, StaffProblem
from knowledge.schema import Town

LONGEST_NAME = 60
BODY_HELP = "The body they work for, such as 大樹町社会福祉協議会; empty: the town itself. Without it: that of the windows, if one runs all."
app = typer.Typer(help="Accounts of staff and their API tokens.", no_args_is_help=True)


@app.command()
def add(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    login: Annotated[str, typer.Argument(help="Login, unique over all towns: a-z 0-9 . _ @ -")],
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    window: Annotated[list[str] | None, typer.Option(help="Window id, such as taiki.fukushi; may be repeated.")] = None,
    name: Annotated[str | None, typer.Option(help="How colleagues see the person, such as 鈴木 花子.")] = None,
    organisation: Annotated[str | None, typer.Option(help=BODY_HELP)] = None,
) -> None:
    """Make an account. Prints the one-time password, which is changed at the first sign-in.

    Example: tsunagu staff add taiki suzuki --role staff --window taiki.fukushi --name "鈴木 花子"
    """
    try:
        body = _body(organisation)
        typer.echo(asyncio.run(_add(municipality, login, role, window or [], name=_name(name), organisation=body)))
    except StaffProblem as why:
        stop(str(why), code=2)


async def _add(
    municipality: str, login: str, role: Role, windows: list[str], *, name: str | None, organisation: str | None
) -> str:
    async with opened(settings()) as services:
        towns = (await services.knowledge()).towns
        if municipality not in towns:
            stop(f"{municipality}: no such town; known: {', '.join(sorted(towns))}", code=2)
        seats = [_full_id(window, towns[municipality]) for window in windows]
        if role == "staff" and not seats:
            typer.echo("note: without --window this account sees only tickets assigned to it by name", err=True)
        password, body = one_time_password(), of_windows(seats, towns[municipality]) if organisation is None else organisation
        await accounts.add(
            services.store, municipality_id=municipality, login=login, role=role, windows=seats, password=password,
            now=services.clock(), name=name, organisation=body or None,
        )
    return password


@app.command("list")
def list_(municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")]) -> None:
    """One line each: login, role, name, windows, since when the account is closed, and the body if it is not the town.

    Example: tsunagu staff list taiki
    """
    for member, closed in asyncio.run(_list(municipality)):
        state = f"closed {closed:%Y-%m-%d}" if closed else "one-time password" if member.must_change else "open"
        told = (member.login, member.role, member.name or "", ",".join(sorted(member.windows)), state, member.organisation or "")
        typer.echo("\t".join(told).rstrip("\t"))


async def _list(municipality: str) -> list[tuple[SignedIn, datetime | None]]:
    async with opened(settings()) as services:
        towns = (await services.knowledge()).towns
        if municipality not in towns:
            stop(f"{municipality}: no such town; known: {', '.join(sorted(towns))}", code=2)
        async with services.store.reading(municipality) as session:
            return await roster.everybody(session)


@app.command()
def move(
    login: Annotated[str, typer.Argument(help="Login of the account.")],
    window: Annotated[
        list[str] | None, typer.Option(help="Window id, such as taiki.kodomo; may be repeated. The old ones go.")
    ] = None,
    role: Annotated[Role | None, typer.Option(help="What the account may do from now on; as it is without it.")] = None,
    organisation: Annotated[str | None, typer.Option(help=BODY_HELP)] = None,
) -> None:
    """Seat somebody at other windows (人事異動), from their next page on. What is assigned to them by name stays theirs.

    Example: tsunagu staff move suzuki --window taiki.kodomo
    """
    if window is None and role is None and organisation is None:
        stop("give --window, --role or --organisation", code=2)
    try:
        _tell(login, asyncio.run(_move(login, window, role, organisation=_body(organisation))))
    except StaffProblem as why:
        stop(str(why), code=2)


async def _move(login: str, windows: list[str] | None, role: Role | None, *, organisation: str | None) -> Left:
    async with opened(settings()) as services:
        member = await accounts.find(services.store, login)
        town = (await services.knowledge()).towns[member.municipality_id]
        seats = None if windows is None else [_full_id(window, town) for window in windows]
        body = of_windows(seats or (), town) if organisation is None else organisation  # a window of ours makes nobody ours
        return await roster.move(
            services.store, login, windows=seats, role=role, organisation=body, now=services.clock()
        )


@app.command()
def disable(login: Annotated[str, typer.Argument(help="Login of the account.")]) -> None:
    """Close an account at once (退職・異動): no password, session or token of it opens anything. What they did stays on record.

    Example: tsunagu staff disable suzuki
    """
    try:
        _tell(login, asyncio.run(_disable(login)))
    except StaffProblem as why:
        stop(str(why), code=2)


async def _disable(login: str) -> Left:
    async with opened(settings()) as services:
        return await roster.disable(services.store, login, now=services.clock())


@app.command()
def enable(login: Annotated[str, typer.Argument(help="Login of a closed account.")]) -> None:
    """Open a closed account again. Prints a one-time password; look whether its windows are still right.

    Example: tsunagu staff enable suzuki
    """
    _print_password(login, roster.enable)


@app.command()
def password(login: Annotated[str, typer.Argument(help="Login of the account.")]) -> None:
    """A new one-time password for who has forgotten theirs or is locked out. All sessions and tokens of the account end.

    Example: tsunagu staff password suzuki
    """
    _print_password(login, roster.reset_password)


def _print_password(login: str, give: Callable[..., Awaitable[object]]) -> None:
    """Alone on stdout. give: what the new password is for."""
    async def given(fresh: str) -> None:
        async with opened(settings()) as services:
            await give(services.store, login, password=fresh, now=services.clock())

    fresh = one_time_password()
    try:
        asyncio.run(given(fresh))
    except StaffProblem as why:
        stop(str(why), code=2)
    typer.echo(fresh)


def _tell(login: str, left: Left) -> None:
    """What still hangs on them."""
    typer.echo(f"{login}: done")
    if left.tickets:
        typer.echo(f"担当のままの案件 {left.tickets} 件。調整役か同じ窓口の人が、担当を変えてください。 / open tickets still in their hands", err=True)
    if left.on_rota:
        typer.echo("夜の当番表に残っています。/staff/night で外してください。 / still on the rota of the night", err=True)


def _name(name: str | None) -> str | None:
    """The name as colleagues will see it: one line that fits a list."""
    if name is None:
        return None
    found = " ".join(name.split())
    if not found or len(found) > LONGEST_NAME or not found.isprintable():
        stop(f"--name: 1〜{LONGEST_NAME}文字で書いてください / a name has 1 to {LONGEST_NAME} printable characters", code=2)
    return found


def _body(organisation: str | None) -> str | None:
    """One line that fits beside a name. None: nothing was said; empty: the town itself."""
    if organisation is None:
        return None
    found = " ".join(organisation.split())
    if len(found) > LONGEST_BODY or not found.isprintable():
        stop(f"--organisation: {LONGEST_BODY}文字までで書いてください / an organisation has {LONGEST_BODY} printable characters at most", code=2)
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
