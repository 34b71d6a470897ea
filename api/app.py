"""The web process: routes, headers, errors, and what must be opened and closed around them.

Thin on purpose: no SDK, no SudachiPy. Hooks answer before the knowledge is read.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from api import errors
from api.routes import (
    attachments,
    callback,
    chat,
    chat_resume,
    chat_upload,
    console,
    console_closing,
    console_errors,
    console_figures,
    console_handover,
    console_login,
    console_night,
    console_papers,
    console_restriction,
    console_search,
    console_ticket,
    coordination,
    coordination_meetings,
    coordination_people,
    coordination_plans,
    demo,
    docs,
    duty,
    editing,
    editing_draft,
    editing_history,
    entrance,
    health,
    staff_api,
    widget,
)
from api.routes.hooks import Hooks
from api.security import SecureHeaders
from api.settings import ROOT, Settings
from api.supervisor import Supervisor
from api.wiring import Services, close_services, open_services
from handoff.intake.accounts import Accounts
from handoff.store.journal import Journal
from handoff.store.wake import Wake


class HooksWhenOpen:
    """Passes hooks on to what the lifespan has opened."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["app"].state.hooks(scope, receive, send)


def create_app(settings: Settings, *, wake: Wake | None = None, supervisor: Supervisor | None = None) -> FastAPI:
    """The application. wake: shared with the worker; supervisor: starts the worker with it and ends it at shutdown."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = await open_services(settings, wake=wake)
        journal = await Journal.open(services.store)
        app.state.services = services
        app.state.hooks = Hooks(Accounts(services.store), journal, services.store.keys, services.clock)
        if supervisor is not None:
            supervisor.start()
        following = asyncio.create_task(services.live.follow())
        try:
            yield
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            if supervisor is not None:
                await supervisor.stop()
            await journal.close()
            await close_services(services)

    app = FastAPI(
        title="つなぐ窓口", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None,
        openapi_url="/openapi.json",
    )
    errors.install(app)
    console_errors.install(app)
    for module in (
        health, docs, chat, chat_resume, chat_upload, callback, entrance, widget, demo, staff_api, console_login, console,
        console_ticket, console_handover, console_closing, console_restriction, console_figures, console_papers,
        console_search, console_night, duty, attachments, editing, editing_draft, editing_history, coordination, coordination_people,
        coordination_plans, coordination_meetings,
    ):
        app.include_router(module.router)
    app.mount("/hooks", HooksWhenOpen())
    app.mount("/static", StaticFiles(directory=ROOT / "api" / "static"), name="static")
    app.add_middleware(SecureHeaders, secure=settings.secure)
    return app


def services_of(app: FastAPI) -> Services:
    """What the lifespan opened; for tests and the in-process worker."""
    found = app.state.services
    assert isinstance(found, Services)
    return found
