"""The staff console: signing in, the list of tickets, and what changes while a page is open.

Pages are rendered here; who may see what, `handoff.desk` knows. The ticket's own page is `console_ticket`.
"""

from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, FastAPI, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from sqlalchemy import func, select

from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem, document
from api.pages import names_of, page
from api.session import (
    NotSignedIn,
    PasswordChangeNeeded,
    address_of,
    clear_cookie,
    cookie_of,
    refuse_foreign,
    require,
    set_cookie,
)
from api.wiring import Services
from handoff.desk import sessions
from handoff.desk.passwords import WeakPassword
from handoff.desk.queue import Filters, Status, list_for
from handoff.desk.sessions import Locked, Refused
from handoff.desk.staff import SignedIn
from handoff.store.models import Event
from knowledge.loader import Knowledge
from knowledge.schema import Urgency

router = APIRouter(prefix="/staff", include_in_schema=False)

Anyone = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin", "auditor"))]
Fresh = Annotated[
    SignedIn, Depends(require("staff", "coordinator", "admin", "auditor", with_one_time_password=True))
]
LOCKED = "何度もまちがえたため、しばらく入れません。30分ほど待つか、管理者に伝えてください。"
Queue = Literal["all", "mine", "unassigned", "coordinator", "crisis", "resolved"]
QUEUES: dict[Queue, str] = {
    "all": "すべて", "mine": "自分の担当", "unassigned": "担当者なし", "crisis": "急ぎ・いますぐ",
    "coordinator": "調整役の旗", "resolved": "終わったもの",
}


def install(app: FastAPI) -> None:
    """Pages send a browser without a session to the login form; the JSON API keeps its 401."""
    app.add_exception_handler(NotSignedIn, _to_login)
    app.add_exception_handler(PasswordChangeNeeded, _to_password)
    app.add_exception_handler(Problem, _as_page)


async def _to_login(request: Request, why: Exception) -> Response:
    return _redirect_or_problem(request, why, "/staff/login")


async def _to_password(request: Request, why: Exception) -> Response:
    return _redirect_or_problem(request, why, "/staff/password")


def _redirect_or_problem(request: Request, why: Exception, to: str) -> Response:
    assert isinstance(why, Problem)
    if _wants_page(request):
        return RedirectResponse(to, 303)
    return document(why.status, why.title, why.detail, headers=why.headers)


async def _as_page(request: Request, why: Exception) -> Response:
    """What went wrong, in the console as a page that leads back, elsewhere as a problem document."""
    assert isinstance(why, Problem)
    if not _wants_page(request):
        return document(why.status, why.title, why.detail, headers=why.headers)
    text = ERRORS.get(why.status, why.title)
    return page("console/error.html", {"text": text, "back": request.url.path.rsplit("/", 1)[0]}, status=why.status)


def _wants_page(request: Request) -> bool:
    return request.url.path.startswith("/staff") and "text/html" in request.headers.get("accept", "")


ERRORS = {
    404: "このページはないか、あなたの担当ではありません。担当の窓口か調整役に聞いてください。",
    403: "この画面から送られたものではないため、受けつけませんでした。画面を開きなおして、もう一度してください。",
}


def shell(staff: SignedIn | None, knowledge: Knowledge) -> dict[str, Any]:
    """What every page of the console needs."""
    town = knowledge.towns.get(staff.municipality_id) if staff else None
    return {"staff": staff, "town": town, "name": names_of(knowledge), "queues": QUEUES}


@router.get("")
async def home() -> RedirectResponse:
    return RedirectResponse("/staff/tickets", 303)


@router.get("/login")
async def login_form(knowledge: KnowledgeDep) -> HTMLResponse:
    return page("console/login.html", {**shell(None, knowledge), "error": None, "login": ""})


@router.post("/login")
async def login(
    request: Request, services: ServicesDep, knowledge: KnowledgeDep, login: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Sign in; the same text for a wrong login and a wrong password."""
    refuse_foreign(request, services.settings, strict=False)
    old = cookie_of(request, services.settings)
    try:
        issued = await sessions.login(
            services.store, login, password=password, address=address_of(request), now=services.clock(), old_token=old
        )
    except (Refused, Locked) as why:
        locked = isinstance(why, Locked)
        error = LOCKED if locked else "ログイン名かパスワードがちがいます。"
        context = {**shell(None, knowledge), "error": error, "login": login}
        return page("console/login.html", context, status=429 if locked else 401)
    response = RedirectResponse("/staff/tickets", 303)
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
        error = "いまのパスワードがちがいます。"
    except Locked:
        error = LOCKED
    except WeakPassword as why:
        error = str(why).split(" / ", maxsplit=1)[0]
    else:
        return RedirectResponse("/staff/tickets", 303)
    return page("console/password.html", {**shell(staff, knowledge), "error": error}, status=422)


@router.get("/tickets")
async def tickets(
    services: ServicesDep, staff: Anyone, knowledge: KnowledgeDep, queue: Queue = "all",
    window: Annotated[str | None, Query(max_length=100)] = None,
    urgency: Urgency | Literal[""] | None = None, part: bool = False,
) -> HTMLResponse:
    """The list. part: only the rows, for refreshing an open page."""
    async with services.store.reading(staff.municipality_id) as session:
        lines = await list_for(session, staff, _filters(queue, window or None, urgency or None))
        cursor = await newest_event(session)
    context = {
        **shell(staff, knowledge), "lines": lines, "queue": queue, "window": window or "", "urgency": urgency or "",
        "now": services.clock(), "cursor": cursor,
    }
    return page("console/rows.html" if part else "console/tickets.html", context)


def _filters(queue: Queue, window: str | None, urgency: Urgency | None) -> Filters:
    status: Status = "resolved" if queue == "resolved" else "active"
    return Filters(
        window=window, mine=queue == "mine", unassigned=queue == "unassigned", coordinator=queue == "coordinator",
        crisis=queue == "crisis", urgency=urgency, status=status,
    )


async def newest_event(session: Any) -> int:
    """The town's last event sequence: a page shows it, and asks for what came after."""
    return cast(int, await session.scalar(select(func.coalesce(func.max(Event.sequence), 0))))


@router.get("/pulse")
async def pulse(services: ServicesDep, staff: Anyone, after: Annotated[int, Query(ge=0)] = 0) -> JSONResponse:
    """Whether anything changed in the town: answers at once, or waits up to 20 s for it. Ids stay here."""
    newest = await _newest(services, staff)
    if newest <= after:
        with services.wake.subscribe(municipality_id=staff.municipality_id) as bell:
            await bell.wait(PULSE_SECONDS)
        newest = await _newest(services, staff)
    return JSONResponse({"sequence": newest})


PULSE_SECONDS = 20.0
"""Long polling: one open request a page, no stream that a proxy might hold back."""


async def _newest(services: Services, staff: SignedIn) -> int:
    async with services.store.reading(staff.municipality_id) as session:
        return await newest_event(session)
