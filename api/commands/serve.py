"""`tsunagu serve`, `worker`, `migrate`, and `demo`, which is what `make run` calls."""

import asyncio
import json
import os
import socket
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI

from api import logs
from api.app import create_app
from api.commands.opening import opened, settings, stop
from api.routes.chat_stream import end_streams
from api.settings import Settings
from api.supervisor import Supervisor
from api.wiring import clock_from, load_knowledge
from handoff.privacy.keys import KeyRing
from handoff.store.migrate import migrate as migrate_database
from handoff.store.wake import Wake

GRACE_SECONDS = 5
"""Open event streams are ended after this long at shutdown."""


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Run and supervise a worker too.")] = True,
) -> None:
    """Serve the web process, with a supervised worker beside it.

    Example: tsunagu serve --host 0.0.0.0 --port 8080
    """
    chosen = settings()
    logs.set_up(chosen.log_format)
    _serve(chosen, host=host, port=port, with_worker=worker)


def _serve(chosen: Settings, *, host: str, port: int, with_worker: bool) -> None:
    listening = _listen(host, port)
    wake = Wake()
    supervisor = Supervisor(wake) if with_worker else None
    app = create_app(chosen, wake=wake, supervisor=supervisor)
    ChatServer(uvicorn.Config(app, **flags(chosen))).run(sockets=[listening])


def flags(chosen: Settings) -> dict[str, Any]:
    """How uvicorn serves: forwarding headers are believed from trusted proxies only."""
    return {
        "log_config": None, "access_log": False, "server_header": False,
        "proxy_headers": bool(chosen.trusted_proxies), "forwarded_allow_ips": chosen.trusted_proxies or None,
        "timeout_graceful_shutdown": GRACE_SECONDS, "h11_max_incomplete_event_size": 64 * 1024,
    }


class ChatServer(uvicorn.Server):
    """Ends event streams when it begins to shut down: it waits for open answers."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        assert isinstance(self.config.app, FastAPI)
        end_streams(self.config.app)
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket; one clear line where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as why:
        stop(f"{host}:{port} cannot be used ({os.strerror(why.errno or 0)}); choose another with --port")
    listening.listen(2048)
    return listening


def worker(
    wake_fd: Annotated[int | None, typer.Option(hidden=True, help="Inherited socket that carries wake-ups.")] = None,
    clock_ahead: Annotated[float | None, typer.Option(hidden=True, help="Seconds that the clock of a test is ahead.")] = None,
) -> None:
    """Run a separate worker: reads the inbox, answers, sends.

    Example: tsunagu worker
    """
    from api.worker import work

    parent = os.getppid() if wake_fd is not None else None
    chosen = settings()
    logs.set_up(chosen.log_format)

    async def run() -> None:
        async with opened(_at(chosen, clock_ahead), at_once=True) as services:
            if wake_fd is not None:
                services.wake.attach(wake_fd)
            await work(services, parent=parent)

    _running()(run())


def _at(chosen: Settings, ahead: float | None) -> Settings:
    """With the clock where our web process has it, which began to count some seconds ago."""
    if ahead is None or chosen.now is None:
        return chosen
    return chosen.model_copy(update={"now": datetime.now(UTC) + timedelta(seconds=ahead)})


def _running() -> Callable[[Coroutine[Any, Any, None]], None]:
    """The faster event loop, where there is one: half of what the worker does is passing things between loops."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run


def migrate() -> None:
    """Bring the database to the newest schema and make every town of knowledge/municipalities/ known to it.

    Example: tsunagu migrate
    """
    _migrate(settings())


def _migrate(chosen: Settings) -> None:
    knowledge = load_knowledge(chosen)
    chosen.key_path.parent.mkdir(parents=True, exist_ok=True)
    keys = KeyRing.open(chosen.key_path, create=True)
    towns = {town.id: town.name for town in knowledge.towns.values()}
    asyncio.run(migrate_database(chosen.database, towns, keys=keys, clock=clock_from(chosen), say=typer.echo))


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
) -> None:
    """Everything for a first look: database, five towns, demo staff, then serve. `make run` calls it.

    Example: tsunagu demo --port 8099
    """
    address = f"http://{host}:{port}"
    os.environ.setdefault("TSUNAGU_PUBLIC_URL", address)
    os.environ["TSUNAGU_DEMO"] = "1"
    chosen = settings()
    logs.set_up(chosen.log_format)
    typer.echo("[1/3] database and knowledge of five towns")
    _migrate(chosen)
    typer.echo("[2/3] demo staff of 大樹町")
    path = chosen.var / "demo-accounts.json"
    accounts = _demo_accounts(chosen, path)
    practising = _training(chosen)
    typer.echo("[3/3] serving; stop with Ctrl+C\n")
    typer.echo(f"  demo town page   {address}/demo/taiki")
    typer.echo(f"  staff console    {address}/staff")
    typer.echo(f"  API              {address}/docs\n")
    for account in accounts:
        typer.echo(f"  {account['role']:<12} {account['login']:<20} {account['password']}")
    typer.echo(f"\n  (also in {path})\n\n  架空町（れんしゅう用） / training town with invented cases, never mixed with a real one:")
    for account in practising:
        typer.echo(f"  {account['role']:<12} {account['login']:<20} {account['password']}")
    typer.echo("")
    _serve(chosen, host=host, port=port, with_worker=True)


def _training(chosen: Settings) -> list[dict[str, str]]:
    """The training town's staff and cases; its logins in a file of their own."""
    from handoff.training.town import TOWN

    accounts = _demo_accounts(chosen, chosen.var / "training-accounts.json", town_id=TOWN)
    asyncio.run(_training_cases(chosen, {one["role"]: one["login"] for one in accounts}))
    return accounts


async def _training_cases(chosen: Settings, logins: Mapping[str, str]) -> None:
    from handoff.desk import staff
    from handoff.training.board import ensure_board
    from handoff.training.cases import ensure_training
    from handoff.training.town import TOWN

    async with opened(chosen) as services:
        town = (await services.knowledge()).towns[TOWN]
        member = await staff.find(services.store, logins["staff"])
        await ensure_training(services.store, town, staff_id=member.id, now=services.clock())
        coordinator = await staff.find(services.store, logins["coordinator"])
        await ensure_board(services.store, town, staff=coordinator, now=services.clock())


async def _demo_staff(chosen: Settings, kept: list[dict[str, str]], town_id: str) -> list[dict[str, str]]:
    """Demo logins: kept from the last run where they are still good, else made anew."""
    from handoff.desk.demo import ensure_demo_staff

    async with opened(chosen) as services:
        town = (await services.knowledge()).towns[town_id]
        return await ensure_demo_staff(services.store, town, kept, now=services.clock())


def _demo_accounts(chosen: Settings, path: Path, *, town_id: str = "taiki") -> list[dict[str, str]]:
    """The demo logins, written for the owner of the machine only."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    accounts = asyncio.run(_demo_staff(chosen, kept, town_id))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(accounts, file, ensure_ascii=False, indent=1)
    return accounts
