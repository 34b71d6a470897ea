"""Signing in to the staff console, signing out, and choosing one's own password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console_errors import BACK_TO
from api.session import address_of, clear_cookie, cookie_of, refuse_foreign, require, set_cookie
from handoff.desk import sessions
from handoff.desk.passwords import WeakPassword, verify_password
from handoff.desk.sessions import Locked, Refused, Verifying
from handoff.desk.staff import SignedIn

router = APIRouter(prefix="/staff", include_in_schema=False)

Fresh = Annotated[
    SignedIn, Depends(require("staff", "coordinator", "admin", "auditor", with_one_time_password=True))
]
FIRST_PAGE = "/staff/tickets"
WRONG = "ログイン名かパスワードがちがいます。"
LOCKED = "何度もまちがえたため、しばらく入れません。30分ほど待つか、管理者に伝えてください。"


def verifier() -> Verifying:
    """What checks a password, which takes its time on purpose; a test gives its own."""
    return verify_password


@router.get("/login")
async def login_form(knowledge: KnowledgeDep, next: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """next: the page that was asked for before; only pages of this console are gone back to."""
    return page("console/login.html", {**shell(None, knowledge), "error": None, "login": "", "next": _own(next)})


def _own(path: str) -> str:
    return path if BACK_TO.fullmatch(path) else FIRST_PAGE


@router.post("/login")
async def login(
    request: Request, services: ServicesDep, knowledge: KnowledgeDep, login: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)], verifying: Annotated[Verifying, Depends(verifier)],
    next: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Sign in; the same text for a wrong login and a wrong password."""
    refuse_foreign(request, services.settings, strict=False)
    old = cookie_of(request, services.settings)
    try:
        issued = await sessions.login(
            services.store, login, password=password, address=address_of(request), now=services.clock(), old_token=old,
            verifying=verifying,
        )
    except (Refused, Locked) as why:
        locked = isinstance(why, Locked)
        context = {"error": LOCKED if locked else WRONG, "login": login, "next": _own(next)}
        return page("console/login.html", {**shell(None, knowledge), **context}, status=429 if locked else 401)
    response = RedirectResponse(_own(next), 303)
    set_cookie(response, issued, services.settings)
    return response


@router.post("/logout")
async def logout(request: Request, services: ServicesDep, staff: Fresh) -> Response:
    token = cookie_of(request, services.settings)
    if token is not None:
        await sessions.logout(services.store, token)
    response = RedirectResponse("/staff/login", 303)
    clear_cookie(response, services.settings)
    return response


@router.get("/password")
async def password_form(staff: Fresh, knowledge: KnowledgeDep) -> HTMLResponse:
    return page("console/password.html", {**shell(staff, knowledge), "error": None})


@router.post("/password")
async def password(
    request: Request, services: ServicesDep, staff: Fresh, knowledge: KnowledgeDep,
    old: Annotated[str, Form(max_length=1000)], new: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Change the password; all other sessions of this login end."""
    token = cookie_of(request, services.settings)
    try:
        await sessions.change_password(
            services.store, staff, current=old, new=new, address=address_of(request), now=services.clock(), keep=token
        )
    except Refused:
        error, status = "いまのパスワードがちがいます。", 422
    except Locked:
        error, status = LOCKED, 429
    except WeakPassword as why:
        error, status = str(why).split(" / ", maxsplit=1)[0], 422
    else:
        return RedirectResponse(FIRST_PAGE, 303)
    return page("console/password.html", {**shell(staff, knowledge), "error": error}, status=status)
