"""Who is asking: the console's cookie or a bearer token, read into a `SignedIn`; which roles a route is for.

`Require` is the one door: a test reads the roles from the route table and asserts every cell. What a cookie does must
come from our own pages: browsers say so in Sec-Fetch-Site or Origin.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.deps import ServicesDep
from api.errors import Problem
from api.settings import Settings
from api.wiring import Services
from handoff.desk import sessions
from handoff.desk.apitokens import Scope
from handoff.desk.sessions import Issued
from handoff.desk.staff import Role, SignedIn

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES: Final = frozenset({"same-origin", "none"})


class NotSignedIn(Problem):
    """401: no session and no token, or one that has ended. Pages send the browser to /staff/login instead."""

    def __init__(self) -> None:
        super().__init__(
            401, "Not signed in", "send a bearer token, or sign in at /staff/login",
            headers={"WWW-Authenticate": "Bearer"},
        )


class NotForRole(Problem):
    """403: signed in, but the route is not for this role."""

    def __init__(self) -> None:
        super().__init__(403, "Not for your role")


class OutOfScope(Problem):
    """403: the API key is not for this route."""

    def __init__(self) -> None:
        super().__init__(403, "Not for this key", "the key has other scopes; an admin makes keys at /staff/links")


class PasswordChangeNeeded(Problem):
    """403: a one-time password opens only the page where it is changed."""

    def __init__(self) -> None:
        super().__init__(403, "Choose your own password first", "the one-time password has to be changed at first use")


class ForeignPage(Problem):
    """403: a page of another site made the browser ask."""

    def __init__(self) -> None:
        super().__init__(403, "Request from another site", "send it from this console's own pages")


class Require:
    """Dependency: the signed-in member of staff, of one of these roles. `roles` is read by the matrix test.

    with_one_time_password: also open to a session that still has to choose its own password.
    background: asked by an open page, not by a person; it does not keep the session alive. scope: what an API key
    with scopes needs for it; without one, such keys are refused.
    """

    def __init__(
        self, *roles: Role, with_one_time_password: bool = False, background: bool = False, scope: Scope | None = None
    ) -> None:
        self.roles: Final = frozenset(roles)
        self.scope: Final = scope
        self.with_one_time_password = with_one_time_password
        self.background = background

    async def __call__(self, request: Request, services: ServicesDep) -> SignedIn:
        """Who is asking. NotSignedIn, NotForRole, ForeignPage, PasswordChangeNeeded."""
        staff = await self._identify(request, services)
        if staff.role not in self.roles:
            raise NotForRole
        if staff.scopes is not None and self.scope not in staff.scopes:
            raise OutOfScope
        return staff

    async def _identify(self, request: Request, services: Services) -> SignedIn:
        bearer = bearer_of(request)
        if bearer is not None:
            return _found(await sessions.of_token(services.store, bearer, now=services.clock()))
        cookie = cookie_of(request, services.settings) or ""
        staff = _found(await sessions.of_session(
            services.store, cookie, now=services.clock(), touch=not self.background
        ))
        refuse_foreign(request, services.settings)
        if staff.must_change and not self.with_one_time_password:
            raise PasswordChangeNeeded
        return staff


def _found(staff: SignedIn | None) -> SignedIn:
    if staff is None:
        raise NotSignedIn
    return staff


def require(
    *roles: Role, with_one_time_password: bool = False, background: bool = False, scope: Scope | None = None
) -> Require:
    """`Annotated[SignedIn, Depends(require("staff", "coordinator"))]`"""
    return Require(*roles, with_one_time_password=with_one_time_password, background=background, scope=scope)


def roles_of(route: APIRoute) -> frozenset[Role] | None:
    """The roles that a route asks for; None when it asks for no sign-in."""
    found = [requirement.roles for requirement in _requirements(route.dependant)]
    return frozenset.intersection(*found) if found else None


def scope_of(route: APIRoute) -> Scope | None:
    """What an API key with scopes needs for a route; None: no such key opens it."""
    return next((requirement.scope for requirement in _requirements(route.dependant)), None)


def _requirements(dependant: Dependant) -> Iterator[Require]:
    if isinstance(dependant.call, Require):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _requirements(inner)


def refuse_foreign(request: Request, settings: Settings, *, strict: bool = True) -> None:
    """ForeignPage when a request that changes something comes from a page of another site.

    strict: a request that says nothing about its origin is refused too. The login form, which no cookie can be
    misused for, is not strict.
    """
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        own = site in OWN_SITES
    elif origin is not None:
        own = urlsplit(origin).netloc == urlsplit(settings.public_url).netloc
    else:
        own = not strict
    if not own:
        raise ForeignPage


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this very host; browsers take it over https only."""
    return "__Host-sid" if settings.secure else "sid"


def cookie_of(request: Request, settings: Settings) -> str | None:
    return request.cookies.get(cookie_name(settings))


def bearer_of(request: Request) -> str | None:
    """The token of the Authorization header; None without the header, NotSignedIn for another scheme."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn
    return token.strip()


def set_cookie(response: Response, issued: Issued, settings: Settings) -> None:
    """Hand the session to the browser, until it is closed."""
    response.set_cookie(
        cookie_name(settings), issued.token, path="/", secure=settings.secure, httponly=True, samesite="lax"
    )


def clear_cookie(response: Response, settings: Settings) -> None:
    """Take the session back, and what the browser kept of the pages."""
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.secure, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def address_of(request: Request) -> str:
    """Where the request came from, as the server saw it (or a trusted proxy told)."""
    return request.client.host if request.client else "unknown"
