"""The web process: routes, headers, errors, and what must be opened and closed around them.

Thin on purpose: no SDK, no SudachiPy. Hooks answer before the knowledge is read.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api import errors
from api.bodies import BoundedBody
from api.console_files import ConsoleFiles
from api.routes import console_errors, routers
from api.routes.hooks import Hooks
from api.security import SecureHeaders
from api.settings import Settings
from api.supervisor import Supervisor
from api.wiring import close_services, open_services
from handoff.intake.accounts import Accounts
from handoff.store.journal import Journal
from handoff.store.wake import Wake


class App(FastAPI):
    """The application, with a door of their own for webhooks (`state.hooks`, which the lifespan opens).

    They are most of what comes in. The way through FastAPI's own layers and a hundred routes to find them costs more
    than all that is done for them: measured, seven parts of ten.
    """

    secure = False

    def build_middleware_stack(self) -> ASGIApp:
        """Headers outside of all else: the answer to a fault of our own has them too."""
        return SecureHeaders(BoundedBody(super().build_middleware_stack()), secure=self.secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/hooks/"):
            await self.state.hooks(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, *, wake: Wake | None = None, supervisor: Supervisor | None = None) -> FastAPI:
    """The application. wake: shared with the worker; supervisor: starts the worker with it and ends it at shutdown."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = await open_services(settings, wake=wake)
        journal = await Journal.open(services.store)
        app.state.services = services
        app.state.hooks = Hooks(
            Accounts(services.store), journal, services.store.keys, services.clock, secure=settings.secure
        )
        if supervisor is not None:
            supervisor.start(clock=None if settings.now is None else services.clock)
        services.loaded.add_done_callback(lambda _: gc.freeze())  # a third of a second each time it is looked through
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

    app = App(
        title="つなぐ窓口", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None,
        openapi_url="/openapi.json",
    )
    errors.install(app)
    console_errors.install(app)
    for router in routers():
        app.include_router(router)
    app.mount("/static", ConsoleFiles(), name="static")
    app.secure = settings.secure
    return app
