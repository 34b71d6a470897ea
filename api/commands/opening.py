"""What commands share: settings read with one clear line when they are wrong, and an open store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer
from pydantic import ValidationError

from api.settings import Settings
from api.wiring import Services, close_services, open_services
from handoff.store.wake import Wake


def settings() -> Settings:
    """The settings; exits with 2 and a line for each wrong one."""
    try:
        return Settings()
    except ValidationError as why:
        for error in why.errors():
            name = "TSUNAGU_" + "_".join(str(part) for part in error["loc"]).upper()
            stop(f"{name if error['loc'] else 'settings'}: {error['msg'].removeprefix('Value error, ')}", code=2)
        raise


def stop(message: str, *, code: int = 1) -> None:
    """One line on stderr, and out."""
    typer.echo(f"tsunagu: {message}", err=True)
    raise typer.Exit(code)


@asynccontextmanager
async def opened(chosen: Settings, *, wake: Wake | None = None, at_once: bool = False) -> AsyncIterator[Services]:
    """Services for the length of a command."""
    services = await open_services(chosen, wake=wake, at_once=at_once)
    try:
        yield services
    finally:
        await close_services(services)
