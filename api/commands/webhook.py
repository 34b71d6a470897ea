"""`tsunagu webhook`: other systems that hear of a town's events, without content."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from api.commands.opening import opened, settings, stop
from bots.webhooks.guard import BadTarget, target_of
from bots.webhooks.secret import new_secret
from handoff.notices import hooks
from handoff.notices.hooks import KINDS, BadEndpoint, Endpoint

app = typer.Typer(help="Webhooks of a town: events without content, signed.", no_args_is_help=True)


@app.command()
def add(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    url: Annotated[str, typer.Argument(help="Where to post: https://…")],
    name: Annotated[str, typer.Option(help="What it is, as the log shows it.")] = "webhook",
    kind: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(KINDS)}; may be repeated; all without it.")] = None,
) -> None:
    """Store an address, sealed. Prints the signing secret (whsec_…), shown this once, alone on stdout.

    Example: tsunagu webhook add taiki https://example.jp/hooks/tsunagu --name kintone --kind ticket.opened
    """
    try:
        typer.echo(asyncio.run(_add(municipality, url, name, kind or list(KINDS))))
    except (BadTarget, BadEndpoint) as why:
        stop(str(why), code=2)


async def _add(municipality: str, url: str, name: str, kinds: list[str]) -> str:
    if unknown := sorted(set(kinds) - set(KINDS)):
        stop(f"--kind {unknown[0]}: no such event; known: {', '.join(KINDS)}", code=2)
    secret = new_secret()
    async with opened(settings()) as services:
        known = (await services.knowledge()).towns
        if municipality not in known:
            stop(f"{municipality}: no such town; known: {', '.join(sorted(known))}", code=2)
        target_of(url, private=services.settings.private_hosts)
        async with services.store.town(municipality) as session:
            await hooks.add(
                session, town=municipality, name=name, url=url, secret=secret, kinds=kinds, staff_id=None,
                now=services.clock(),
            )
    return secret


@app.command("list")
def list_(municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")]) -> None:
    """One line each: id, name, host, events, whether it was stopped and why.

    Example: tsunagu webhook list taiki
    """
    for one in asyncio.run(_list(municipality)):
        state = f"stopped: {one.stop_reason}" if one.stopped_at else "on"
        typer.echo("\t".join((str(one.id), one.name, one.host, ",".join(one.kinds), state)))


async def _list(municipality: str) -> tuple[Endpoint, ...]:
    async with opened(settings()) as services, services.store.reading(municipality) as session:
        return await hooks.endpoints(session)


@app.command()
def remove(
    municipality: Annotated[str, typer.Argument(help="Town id, such as taiki.")],
    endpoint: Annotated[str, typer.Argument(help="Id, as `tsunagu webhook list` shows it.")],
) -> None:
    """Tell an address nothing more and forget what it was told.

    Example: tsunagu webhook remove taiki 019ab2c4-…
    """
    try:
        found = UUID(endpoint)
    except ValueError:
        stop(f"{endpoint}: no id; see `tsunagu webhook list {municipality}`", code=2)
        raise AssertionError from None
    if not asyncio.run(_remove(municipality, found)):
        stop(f"{endpoint}: no such webhook of {municipality}; see `tsunagu webhook list {municipality}`", code=2)
    typer.echo("removed")


async def _remove(municipality: str, endpoint: UUID) -> bool:
    async with opened(settings()) as services, services.store.town(municipality) as session:
        return await hooks.remove(session, endpoint, staff_id=None, now=services.clock())
