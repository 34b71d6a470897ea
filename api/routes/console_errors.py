"""What went wrong, as a page of the console in plain Japanese; scripts and API clients keep their problem documents.

Knows no tickets. A text never repeats what was sent.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, cast
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from api.errors import Problem, document
from api.pages import page
from api.session import ForeignPage, NotForRole, NotSignedIn, PasswordChangeNeeded
from handoff.store.errors import Busy

Handler = Callable[[Request, Exception], Awaitable[Response]]

BY_KIND: Final[dict[type[Exception], str]] = {
    ForeignPage: "この画面から送られたものではないため、受けつけませんでした。画面を開きなおして、もう一度してください。",
    NotForRole: "この画面は、あなたの役割では使えません。必要なときは管理者に伝えてください。",
    RequestValidationError: "入力に足りないところか、長すぎるところがあります。もどって、確かめてください。",
}
BY_STATUS: Final = {
    404: "このページはないか、あなたの担当ではありません。担当の窓口か調整役に聞いてください。",
    405: "この操作はできません。案件の一覧からやりなおしてください。",
    413: "入力が長すぎます。短くして、もう一度してください。",
    500: "こちらの不具合で、うまくいきませんでした。もとの画面を開きなおし、書いたものが残っているか確かめてください。"
         "くり返すときは、日時と、していたことを運用担当に伝えてください（原因は動作の記録に残っています）。",
    503: "いま混み合っていて、受けつけられませんでした。何も保存されていません。少し待って、もう一度してください。",
}
PAGES: Final = ("/staff", "/duty/", "/slips/")
"""Where people read what went wrong: the console, and what somebody without an account opens from a mail or a slip."""
WITHOUT_TEXT: Final = "うまくいきませんでした。案件の一覧からやりなおしてください。"
BACK_TO: Final = re.compile(
    r"/staff/((tickets|cases|meetings)(/[a-z0-9_-]{1,60})?|reception|morning|night|own|links|log|knowledge(/drafts/[0-9]{1,9})?)",
    re.ASCII,
)
"""The pages that a login leads back to."""


def install(app: FastAPI) -> None:
    """Pages send a browser without a session to the login form and show errors as pages; all else stays as it was."""
    app.add_exception_handler(NotSignedIn, _to_login)
    app.add_exception_handler(PasswordChangeNeeded, _to_password)
    for kind in (Problem, RequestValidationError, HTTPException, Busy, Exception):
        app.add_exception_handler(kind, _pages_before(cast(Handler, app.exception_handlers[kind])))


async def _to_login(request: Request, why: Exception) -> Response:
    path = request.url.path
    back = f"?{urlencode({'next': path})}" if request.method == "GET" and BACK_TO.fullmatch(path) else ""
    return _redirect_or_problem(request, why, f"/staff/login{back}")


async def _to_password(request: Request, why: Exception) -> Response:
    return _redirect_or_problem(request, why, "/staff/password")


def _redirect_or_problem(request: Request, why: Exception, to: str) -> Response:
    assert isinstance(why, Problem)
    if _wants_page(request):
        return RedirectResponse(to, 303)
    return document(why.status, why.title, why.detail, headers=why.headers)


def _pages_before(other: Handler) -> Handler:
    """The page where a browser asked for one, with the status that `other` gives; what `other` answers where not."""
    async def handle(request: Request, why: Exception) -> Response:
        answer = await other(request, why)
        if not _wants_page(request):
            return answer
        text = _text(why, answer.status_code)
        context = {"text": text, "back": _back(request), "staff": None, "town": None}
        return page("console/error.html", context, status=answer.status_code)

    return handle


def _back(request: Request) -> str:
    """The page on which it happened, where it can be opened again."""
    path = request.url.path
    if not path.startswith("/staff"):
        return path
    found = BACK_TO.match(path) if request.method == "POST" else None
    return found[0] if found else "/staff/tickets"


def _text(why: Exception, status: int) -> str:
    """In this order: the kind of error, its status, the Japanese title that a page's own route gave it."""
    if type(why) in BY_KIND:
        return BY_KIND[type(why)]
    if status in BY_STATUS:
        return BY_STATUS[status]
    return why.title if isinstance(why, Problem) and not why.title.isascii() else WITHOUT_TEXT


def _wants_page(request: Request) -> bool:
    return request.url.path.startswith(PAGES) and "text/html" in request.headers.get("accept", "")
